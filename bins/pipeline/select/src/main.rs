//! Phase 1: what is run and what is left out, from config, command line and machine.

mod apply;
mod catalog;
mod check_config;
mod check_study;
mod choose;
mod config;
mod frameworks;
mod machine;
mod names;
mod options;
mod outdir;
mod requests;
mod sources;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use schema::fault::{Faults, exit_code};
use schema::files::{cannot, create_folder, project_root};
use schema::selection::Selection;
use schema::{SCHEMA_VERSION, digest, document};

/// Decides what is run: every fault of options, config and machine at once, or `selection.json`.
#[derive(Parser)]
#[command(name = "select", version)]
struct Arguments {
    /// The parameters of `nextflow run`, as a JSON object.
    #[arg(long)]
    options: PathBuf,
    /// The folder with each task's `<task>.json`.
    #[arg(long)]
    tasks: PathBuf,
    /// The folder for what is written.
    #[arg(long)]
    out: PathBuf,
    /// The checkout; found above the working folder where absent.
    #[arg(long)]
    root: Option<PathBuf>,
}

fn main() -> ExitCode {
    exit_code(run(&Arguments::parse()).map_err(anyhow::Error::reallocate_into_boxed_dyn_error_without_backtrace))
}

fn run(arguments: &Arguments) -> Result<()> {
    let root = match &arguments.root {
        Some(given) => std::fs::canonicalize(given).map_err(|error| cannot("open", given, &error))?,
        None => project_root(Path::new("."))?,
    };
    let mut faults = Faults::default();
    let options = options::read(&arguments.options, &mut faults)?;
    let config = config::read(&root, &options.study, &mut faults);
    let Some(benchmarks) = &config.benchmarks else { return Err(faults.into()) };
    let catalog = catalog::build(&root, benchmarks, &arguments.tasks, &mut faults);
    check_config::check(&config, &mut faults);
    let applied = config.study.as_ref().and_then(|study| {
        check_study::check(study, &catalog, &mut faults);
        outdir::check(&root, &options.outdir, &study.value.study, &mut faults);
        apply::options(study, &options, &catalog, &mut faults)
    });
    let (Some(study), Some(hardware), Some(frameworks)) = (applied, config.hardware, config.frameworks) else {
        return Err(faults.into());
    };
    let fingerprint = measure::fingerprint::probe();
    let choice = choose::choose(&study, &options, &catalog, &frameworks.value);
    let target_cpu = options.target_cpu.clone().unwrap_or_else(|| hardware.value.target_cpu.clone());
    let build = requests::Build { root: &root, profile: &options.build_profile, target_cpu: &target_cpu };
    let datasets = requests::datasets(&root, &study, &choice.tasks, &mut faults);
    machine::check_python(&root, &choice, &datasets, &mut faults);
    // The digests below are of files that the checks above found.
    faults.into_result()?;
    let builds = build.requests(&choice.chosen, &catalog, &fingerprint)?;

    let selection = Selection {
        schema_version: SCHEMA_VERSION.to_owned(),
        study_digest: digest::of_document(&study),
        findings: machine::findings(&fingerprint),
        hardware: schema::config::Hardware { target_cpu, ..hardware.value },
        study,
        options,
        tasks: choice.tasks,
        chosen: choice.chosen,
        left_out: choice.left_out,
        datasets,
        fingerprint,
    };
    write(&arguments.out, &selection, &builds)
}

/// `selection.json` last: whoever finds it finds the rest.
fn write(out: &Path, selection: &Selection, builds: &[schema::implementation::BuildRequest]) -> Result<()> {
    create_folder(&out.join("builds"))?;
    create_folder(&out.join("datasets"))?;
    for build in builds {
        document::write(&out.join("builds").join(format!("{}.json", build.implementation)), build)?;
    }
    for dataset in &selection.datasets {
        document::write(&out.join("datasets").join(format!("{}.json", dataset.dataset)), dataset)?;
    }
    document::write(&out.join("selection.json"), selection)?;
    Ok(())
}
