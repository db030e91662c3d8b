//! Phase 1 as a step: the decision as documents.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use schema::document;
use schema::fault::exit_code;
use schema::files::{create_folder, project_root};
use schema::selection::Selection;
use selection::{Purpose, Tasks};

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
        Some(given) => given.clone(),
        None => project_root(Path::new("."))?,
    };
    let given = selection::read_object(&arguments.options)?;
    let decided = selection::decide(&root, given, Tasks::Printed(&arguments.tasks), Purpose::Run)?;
    write(&arguments.out, &decided.selection, &decided.builds()?)
}

/// `selection.json` last: whoever finds it finds the rest.
fn write(out: &Path, selection: &Selection, builds: &[schema::implementation::BuildRequest]) -> Result<()> {
    create_folder(&out.join("builds"))?;
    create_folder(&out.join("datasets"))?;
    create_folder(&out.join("services"))?;
    for build in builds {
        document::write(&out.join("builds").join(format!("{}.json", build.implementation)), build)?;
    }
    for dataset in &selection.datasets {
        document::write(&out.join("datasets").join(format!("{}.json", dataset.dataset)), dataset)?;
    }
    for service in &selection.services {
        document::write(&out.join("services").join(format!("{}.json", service.service)), service)?;
    }
    document::write(&out.join("selection.json"), selection)?;
    Ok(())
}
