//! Phase 2: expands the study into plan.json and one block file a cell. Phase 3: leaves out what
//! does not conform.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use planning::{Admit, Expand};
use schema::fault::exit_code;
use schema::files::{cannot, project_root};

/// Turns a study into blocks, and leaves out of them what phase 3 does not admit.
#[derive(Parser)]
#[command(name = "plan", version)]
struct Arguments {
    /// The checkout; found above the working folder where absent.
    #[arg(long, global = true)]
    root: Option<PathBuf>,
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand)]
enum Step {
    /// Writes `plan.json` and `blocks/<block_id>.json` from the selection and phase 2's documents.
    Expand(Expand),
    /// Writes both again without the implementations that do not conform.
    Admit(Admit),
}

fn main() -> ExitCode {
    // `into` would hide the fault's type, which decides the exit code.
    exit_code(run(&Arguments::parse()).map_err(anyhow::Error::reallocate_into_boxed_dyn_error_without_backtrace))
}

fn run(arguments: &Arguments) -> Result<()> {
    let root = match &arguments.root {
        Some(given) => std::fs::canonicalize(given).map_err(|error| cannot("open", given, &error))?,
        None => project_root(Path::new("."))?,
    };
    match &arguments.step {
        Step::Expand(expand) => planning::expand(&root, expand),
        Step::Admit(admit) => planning::admit(&root, admit),
    }
}
