//! Phase 6: the only writer of results/. File by file by the write rule, the manifest last.

mod content;
mod folder;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use schema::analysis::{Analysis, Assessment};
use schema::document;
use schema::fault::{exit_code, visible};
use schema::files::{cannot, create_folder};
use schema::publication::Published;

use content::Content;
use folder::Folder;

/// Puts a study's report, analysis, plots, records and certificates under its own folder of results.
#[derive(Parser)]
#[command(name = "publish", version)]
struct Arguments {
    /// The folder of all studies; this one gets its own in it.
    #[arg(long)]
    outdir: PathBuf,
    /// selection.json
    #[arg(long)]
    selection: PathBuf,
    /// plan.json
    #[arg(long)]
    plan: PathBuf,
    /// The folder that `analyze` wrote.
    #[arg(long)]
    analysis: PathBuf,
    /// The folder that `plot` wrote.
    #[arg(long)]
    plots: PathBuf,
    /// The folder that `assess` wrote.
    #[arg(long)]
    report: PathBuf,
    /// The folder of finished blocks, one folder each.
    #[arg(long)]
    blocks: PathBuf,
    /// The folder with one <implementation>.json each: what was built, from what.
    #[arg(long)]
    implementations: PathBuf,
    /// The folder with one certificate, <implementation>.json, each.
    #[arg(long)]
    certificates: PathBuf,
    /// The folder for published.json.
    #[arg(long)]
    out: PathBuf,
}

fn main() -> ExitCode {
    exit_code(run(&Arguments::parse()).map_err(anyhow::Error::reallocate_into_boxed_dyn_error_without_backtrace))
}

fn run(arguments: &Arguments) -> Result<()> {
    let content = Content::gather(arguments)?;
    let folder = Folder::open(&arguments.outdir, &content.study)?;
    let change = folder.publish(&content.files)?;
    let report = folder.path().join("report.html");
    let report = std::fs::canonicalize(&report).map_err(|error| cannot("open", &report, &error))?;
    let published = Published {
        schema_version: schema::SCHEMA_VERSION.to_owned(),
        study: content.study,
        report: report.display().to_string(),
        runs: content.analysis.runs.clone(),
        written: change.written,
        unchanged: change.unchanged,
        summary_lines: summary(&content.analysis, &content.assessment),
    };
    create_folder(&arguments.out)?;
    Ok(document::write(&arguments.out.join("published.json"), &published)?)
}

/// The answer's first lines: what a person reads in the terminal before opening the report.
fn summary(analysis: &Analysis, assessment: &Assessment) -> Vec<String> {
    const ANSWERS_MAX: usize = 8;
    let mut lines = Vec::new();
    if !analysis.measures {
        lines.push("Smoke: this proves that everything works and measures nothing.".to_owned());
    } else if !analysis.measured_build {
        lines.push(format!("Not a measured build (profile {}).", analysis.build_profile));
    }
    if (analysis.cells.len() as u32) < analysis.cells_planned {
        lines.push(format!("Partial: {} of {} cells.", analysis.cells.len(), analysis.cells_planned));
    }
    let answers = assessment.answers.iter().map(|answer| format!("{}: {}", answer.task, answer.sentence));
    lines.extend(answers.take(ANSWERS_MAX));
    if assessment.answers.is_empty() {
        lines.push("No cell was analysed: there is no answer.".to_owned());
    }
    if assessment.answers.len() > ANSWERS_MAX {
        lines.push(format!("… and {} more in the report.", assessment.answers.len() - ANSWERS_MAX));
    }
    lines.iter().map(|line| visible(line)).collect()
}
