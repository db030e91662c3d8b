//! Phase 3: one conformance suite over every implementation, and parity on smoke inputs.
//!
//! The suite starts an implementation as `measure` does and looks at what it leaves behind. It
//! knows no language and no task: a new implementation is examined with no code written for it.

mod certificates;
mod checks;
mod parity;
mod process;
mod refusal;
mod shape;
mod smoke_case;
mod subject;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use measure::services::Services;
use schema::block::Service;
use schema::{document, fault, files};

#[derive(Parser)]
#[command(about = "Examines implementations before anything is measured")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the conformance suite over one implementation
    Conform(Conform),
    /// Compares what the conforming implementations left behind, pair by pair
    Parity(Parity),
}

#[derive(Args)]
struct Case {
    /// The checkout; found above the working folder where absent
    #[arg(long)]
    root: Option<PathBuf>,
    /// The task's `task.json`
    #[arg(long)]
    task: PathBuf,
    /// The data manifests of the task's smoke case, one a dataset
    #[arg(long, required = true, num_args = 1..)]
    dataset: Vec<PathBuf>,
}

#[derive(Args)]
struct Conform {
    #[command(flatten)]
    case: Case,
    /// The `implementation.json`
    #[arg(long)]
    implementation: PathBuf,
    /// A service that the task needs beside a run, as a block file has it; may be given several times
    #[arg(long)]
    service: Vec<PathBuf>,
    /// Where `<implementation>.json` and `<implementation>/<algorithm>/` are written
    #[arg(long)]
    out: PathBuf,
}

#[derive(Args)]
struct Parity {
    #[command(flatten)]
    case: Case,
    /// The folder of the certificates and the outputs beside them
    #[arg(long)]
    certificates: PathBuf,
    /// Where `parity.jsonl` is written
    #[arg(long)]
    out: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match &arguments.command {
        Command::Conform(conform) => certify(conform),
        Command::Parity(parity) => compare(parity),
    };
    // Not `into`: that hides the fault inside, and with it the exit code.
    fault::exit_code(result.map_err(anyhow::Error::reallocate_into_boxed_dyn_error_without_backtrace))
}

fn case(arguments: &Case) -> Result<smoke_case::SmokeCase> {
    let root = match &arguments.root {
        Some(root) => std::fs::canonicalize(root).map_err(|error| files::cannot("open", root, &error))?,
        None => files::project_root(&std::env::current_dir()?)?,
    };
    Ok(smoke_case::SmokeCase::load(root, &arguments.task, &arguments.dataset)?)
}

fn certify(arguments: &Conform) -> Result<()> {
    let mut case = case(&arguments.case)?;
    let services: Vec<Service> = arguments.service.iter().map(|path| document::read(path)).collect::<Result<_, _>>()?;
    case.needs(&services)?;
    // Until every check is done.
    let services = Services::start(&case.root, &services)?;
    case.variables = services.variables();
    let implementation = case.implementation(&arguments.implementation)?;
    files::create_folder(&arguments.out)?;
    certificates::certify(&case, &implementation, &arguments.out)
}

fn compare(arguments: &Parity) -> Result<()> {
    let case = case(&arguments.case)?;
    files::create_folder(&arguments.out)?;
    Ok(parity::compare(&case, &arguments.certificates, &arguments.out)?)
}
