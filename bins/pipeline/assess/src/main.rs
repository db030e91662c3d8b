//! Phase 6: answers, claims and the report.

mod inputs;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use report::{Study, alerts, assessment, costs, decision, deployment, forms, markdown, page};
use schema::analysis::Analysis;
use schema::certificate::Certificate;
use schema::document;
use schema::fault::{Fault, exit_code};
use schema::files::{cannot, create_folder, read_at_most, write_whole};
use schema::id::Id;
use schema::implementation::Implementation;
use schema::plan::Plan;
use schema::publication::{Plot, Plots};
use schema::selection::Selection;

/// Writes report.html, report.md and assessment.json.
#[derive(Parser)]
#[command(name = "assess", version)]
struct Arguments {
    /// selection.json
    #[arg(long)]
    selection: PathBuf,
    /// plan.json
    #[arg(long)]
    plan: PathBuf,
    /// analysis.json
    #[arg(long)]
    analysis: PathBuf,
    /// The folder with plots.json.
    #[arg(long)]
    plots: PathBuf,
    /// The folder with one <implementation>.json each.
    #[arg(long)]
    implementations: PathBuf,
    /// The folder with one certificate, <implementation>.json, each.
    #[arg(long)]
    certificates: PathBuf,
    /// config/assessment.yaml: weights, costs and the names of alerts; without it no decision.
    #[arg(long)]
    inputs: Option<PathBuf>,
    /// The folder for the report.
    #[arg(long)]
    out: PathBuf,
}

fn main() -> ExitCode {
    exit_code(run(&Arguments::parse()).map_err(anyhow::Error::reallocate_into_boxed_dyn_error_without_backtrace))
}

fn run(arguments: &Arguments) -> Result<()> {
    let selection: Selection = document::read(&arguments.selection)?;
    let plan: Plan = document::read(&arguments.plan)?;
    let analysis: Analysis = document::read(&arguments.analysis)?;
    let inputs = arguments.inputs.as_deref().map(inputs::read).transpose()?;
    let implementations = implementations(&arguments.implementations)?;
    let mut assessment = assessment::assess(&selection, &analysis);
    if let Some(inputs) = &inputs {
        assessment.decisions = decision::decide(inputs, &selection, &analysis, &implementations);
    }
    assessment.break_even = costs::break_even(&analysis, &implementations);
    let study = Study {
        selection: &selection,
        plan: &plan,
        analysis: &analysis,
        assessment: &assessment,
        inputs: inputs.as_ref(),
        implementations: &implementations,
        certificates: &certificates(&arguments.certificates)?,
        plots: &plots(&arguments.plots)?,
    };
    let out = &arguments.out;
    create_folder(out)?;
    write_whole(&out.join("report.html"), page::html(&study).as_bytes())?;
    write_whole(&out.join("report.md"), markdown::report(&study).as_bytes())?;
    if let Some(inputs) = &inputs {
        write_whole(&out.join("deployment.md"), deployment::document(&study, inputs).as_bytes())?;
        write_whole(&out.join("alerts.yml"), alerts::rules(&analysis, &inputs.alerts).as_bytes())?;
    }
    for form in forms::asked_for(&study) {
        write_whole(&out.join(form.file), &(form.make)(&study))?;
    }
    Ok(document::write(&out.join("assessment.json"), &assessment)?)
}

fn implementations(folder: &Path) -> Result<BTreeMap<Id, Implementation>> {
    let mut found = BTreeMap::new();
    for path in json_files(folder)? {
        let document: Implementation = document::read(&path)?;
        found.insert(document.implementation.clone(), document);
    }
    Ok(found)
}

fn certificates(folder: &Path) -> Result<BTreeMap<Id, Certificate>> {
    let mut found = BTreeMap::new();
    for path in json_files(folder)? {
        let document: Certificate = document::read(&path)?;
        found.insert(document.implementation.clone(), document);
    }
    Ok(found)
}

fn json_files(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let unreadable = |error: &std::io::Error| cannot("read", folder, error);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(&error))? {
        let path = entry.map_err(|error| unreadable(&error))?.path();
        if path.is_file() && path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// A drawing larger than this was not made by `plot`.
const DRAWING_BYTES_MAX: u64 = 16 << 20;

fn plots(folder: &Path) -> Result<Vec<(Plot, String)>> {
    let list = folder.join("plots.json");
    let plots: Plots = document::read(&list)?;
    let read = |plot: Plot| {
        if plot.file.contains('/') || plot.file.starts_with('.') {
            return Err(Fault::new(list.display().to_string(), format!("`{}` is no plain file name", plot.file)));
        }
        let path = folder.join(&plot.file);
        let text = String::from_utf8(read_at_most(&path, DRAWING_BYTES_MAX)?)
            .map_err(|_| Fault::new(path.display().to_string(), "not UTF-8"))?;
        Ok((plot, text))
    };
    Ok(plots.plots.into_iter().map(read).collect::<Result<_, Fault>>()?)
}
