//! Phase 2: builds implementations and prepares datasets.

mod build;
mod data;
mod program;
mod service;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use schema::fault::{Fault, exit_code};
use schema::files::{cannot, create_folder, project_root};

/// Builds one implementation, makes one dataset, or makes one service ready.
#[derive(Parser)]
#[command(name = "prepare", version)]
struct Arguments {
    /// The checkout; found above the working folder where absent.
    #[arg(long, global = true)]
    root: Option<PathBuf>,
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand)]
enum Step {
    /// Builds an implementation, asks it what it is, and writes `<implementation>.json`.
    Build(Paths),
    /// Makes a dataset under .ferrobench/data, or finds it there whole, and writes `<dataset>.json`.
    Data(Paths),
    /// Makes a service ready, and writes `<service>.json`, which a block file names.
    Service(service::Options),
    /// For a person: makes a dataset of a file of one's own, and says how a task is run on it.
    File(data::ByHand),
}

#[derive(clap::Args)]
struct Paths {
    /// The request, as `select` wrote it.
    #[arg(long)]
    request: PathBuf,
    /// The folder for what is written.
    #[arg(long)]
    out: PathBuf,
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
        Step::Build(paths) => {
            create_folder(&paths.out)?;
            build::run(&root, &paths.request, &paths.out)
        }
        Step::Data(paths) => {
            create_folder(&paths.out)?;
            data::run(&root, &paths.request, &paths.out)
        }
        Step::Service(options) => {
            create_folder(&options.paths.out)?;
            service::run(&root, options)
        }
        Step::File(given) => data::by_hand(&root, given),
    }
}

/// The interpreter of the Python environment whose lock has this digest.
fn environment_python(root: &Path, env_digest: &str) -> Result<PathBuf, Fault> {
    let python = environment_folder(root, env_digest)?.join("bin").join("python");
    if python.is_file() {
        return Ok(python);
    }
    Err(Fault::new(python.display().to_string(), "the Python environment is not there").hint("run scripts/setup"))
}

fn environment_folder(root: &Path, env_digest: &str) -> Result<PathBuf, Fault> {
    let short = env_digest.get(..16).filter(|short| short.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let short = short.ok_or_else(|| Fault::new("", format!("`{env_digest}` is no sha256 of a lock file")))?;
    Ok(schema::files::state_folder(root).join("env").join(short))
}
