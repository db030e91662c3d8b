//! `ferrobench plan`: what `nextflow run main.nf` would measure with the same parameters, and how
//! long that takes, by the very code of the steps.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use schema::document::schema_of;
use schema::duration;
use schema::fault::{Fault, visible};
use schema::plan::PlannedBlock;
use schema::run_options::RunOptions;
use selection::{Purpose, Tasks};
use serde_json::{Map, Value};

pub(crate) fn run(root: &Path, parameters: &[String], out: &mut dyn Write) -> Result<ExitCode> {
    let mut given = read(parameters)?;
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

/// `--name value`, `--name=value`, and `--name` alone for a switch, as Nextflow reads them.
fn read(parameters: &[String]) -> Result<Map<String, Value>, Fault> {
    let mut given = Map::new();
    let mut words = parameters.iter().peekable();
    while let Some(word) = words.next() {
        let Some(name) = word.strip_prefix("--").filter(|name| !name.is_empty()) else {
            return Err(Fault::new("plan", format!("`{word}` is no parameter")).hint("write --NAME VALUE"));
        };
        let (name, value) = match name.split_once('=') {
            Some((name, value)) => (name, Value::from(value)),
            None => {
                (name, words.next_if(|next| !next.starts_with("--")).map_or(Value::Bool(true), |v| v.as_str().into()))
            }
        };
        if given.insert(name.to_owned(), value).is_some() {
            return Err(Fault::new(format!("--{name}"), "given twice"));
        }
    }
    Ok(given)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_as_nextflow_reads_them() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let given = read(&words("--study smoke --no_wait --budget=25m --seed 7")).expect("read");
        let expected = serde_json::json!({"study": "smoke", "no_wait": true, "budget": "25m", "seed": "7"});
        assert_eq!(Value::Object(given), expected);
        for (wrong, told) in [("smoke", "`smoke` is no parameter"), ("--seed 1 --seed 2", "given twice")] {
            assert!(read(&words(wrong)).expect_err(wrong).to_string().contains(told));
        }
    }
}
