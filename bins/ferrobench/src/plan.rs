//! `ferrobench plan`: what `nextflow run main.nf` would measure with the same parameters, and how
//! long that takes, by the very code of the steps.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use schema::document::schema_of;
use schema::duration;
use schema::fault::visible;
use schema::plan::PlannedBlock;
use schema::run_options::RunOptions;
use selection::{Purpose, Tasks};
use serde_json::{Map, Value};

use crate::parameters;

pub(crate) fn run(root: &Path, words: &[String], out: &mut dyn Write) -> Result<ExitCode> {
    let mut given = parameters::read(words)?;
    from_here(&mut given)?;
    let decided = selection::decide(root, given, Tasks::Kept, Purpose::Estimate)?;
    let plan = planning::outline(root, &decided.selection)?;
    for line in planning::words(&plan) {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "cells:")?;
    for block in &plan.blocks {
        writeln!(out, "  {}", cell(block))?;
    }
    if !decided.selection.findings.is_empty() {
        writeln!(out, "this machine:")?;
        for finding in &decided.selection.findings {
            writeln!(out, "  {}", visible(finding))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn cell(block: &PlannedBlock) -> String {
    let arms: Vec<String> = block.arms.iter().map(ToString::to_string).collect();
    let rounds = if block.rounds == 1 { "1 round".to_owned() } else { format!("{} rounds", block.rounds) };
    let time = duration::words(block.estimated_s);
    format!("{}: {rounds} of {}, about {time}", visible(&block.label), arms.join(", "))
}

/// Files and folders that a person names start where the person stands; defaults in the checkout.
fn from_here(given: &mut Map<String, Value>) -> Result<()> {
    let here = std::env::current_dir()?;
    if let Some(study) = given.get("study").and_then(Value::as_str).map(|study| here.join(study))
        && study.is_file()
    {
        given.insert("study".to_owned(), study.display().to_string().into());
    }
    if let Some(outdir) = given.get("outdir").and_then(Value::as_str).map(|outdir| here.join(outdir)) {
        given.insert("outdir".to_owned(), outdir.display().to_string().into());
    }
    Ok(())
}

/// The parameters with their help, for `ferrobench plan --help`.
pub(crate) fn parameters_help() -> String {
    let schema = schema_of::<RunOptions>();
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    let line = |(name, property): (&String, &Value)| {
        format!("  --{name:<20} {}", property["description"].as_str().unwrap_or_default().replace('\n', " "))
    };
    format!("Parameters:\n{}", properties.iter().map(line).collect::<Vec<_>>().join("\n"))
}
