//! `ferrobench list`: what there is to run.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use schema::config::{Benchmarks, Study};
use schema::yaml;

pub(crate) fn run(root: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    let benchmarks: Benchmarks = yaml::read(&root.join("config/benchmarks.yaml"))?;
    writeln!(out, "tasks")?;
    for (task, entry) in &benchmarks.tasks {
        let names: Vec<&str> = entry.implementations.iter().map(AsRef::as_ref).collect();
        writeln!(out, "  {:<24} {}", task.as_str(), names.join(", "))?;
    }
    if !benchmarks.executables.is_empty() {
        writeln!(out, "\nexecutables of your own")?;
        for (name, executable) in &benchmarks.executables {
            writeln!(out, "  {:<24} {} ({})", name.as_str(), executable.argv.join(" "), executable.task)?;
        }
    }
    writeln!(out, "\ndatasets")?;
    for dataset in datasets::table::DATASETS {
        writeln!(out, "  {:<24} {}", dataset.name, dataset.summary)?;
    }
    writeln!(out, "\nstudies (nextflow run main.nf --study NAME)")?;
    for path in study_files(root)? {
        let study: Study = yaml::read(&path)?;
        writeln!(out, "  {:<24} {}", study.study.as_str(), study.title)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn study_files(root: &Path) -> Result<Vec<std::path::PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root.join("config/studies"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
