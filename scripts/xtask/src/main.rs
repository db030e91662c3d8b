//! `cargo xtask generate [--check]`: config/schema/, Nextflow's parameters, docs/parameters.md and
//! each task's task.json, from the types and the tasks' own words. With `--check` nothing is
//! written, and every file that differs is named.

mod parameters;
mod schemas;
mod tasks;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use schema::fault::{Fault, Faults};
use schema::files;

#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write every generated file
    Generate {
        /// Write nothing; fail and name every file that differs
        #[arg(long)]
        check: bool,
        /// The checkout, where not the working folder's
        #[arg(long)]
        root: Option<PathBuf>,
    },
}

/// A file as it must be, its path relative to the checkout.
struct Generated {
    path: PathBuf,
    text: String,
}

fn main() -> ExitCode {
    let Command::Generate { check, root } = Arguments::parse().command;
    let result = run(check, root.as_deref());
    schema::fault::exit_code(result.map_err(anyhow::Error::reallocate_into_boxed_dyn_error_without_backtrace))
}

fn run(check: bool, root: Option<&Path>) -> anyhow::Result<()> {
    let root = files::project_root(root.unwrap_or(Path::new(".")))?;
    let mut generated = schemas::files(&root)?;
    generated.extend(parameters::files(&root)?);
    generated.extend(tasks::files(&root)?);
    let different: Vec<&Generated> = generated
        .iter()
        .filter(|file| std::fs::read_to_string(root.join(&file.path)).ok() != Some(file.text.clone()))
        .collect();
    let surplus = schemas::surplus(&root)?;
    if check { tell(&different, &surplus).map_err(Into::into) } else { write(&root, &different, &surplus) }
}

fn tell(different: &[&Generated], surplus: &[PathBuf]) -> Result<(), Faults> {
    let fault = |path: &Path, what| Fault::new(path.display().to_string(), what).hint("run `cargo xtask generate`");
    let mut faults = Faults::default();
    for file in different {
        faults.push(fault(&file.path, "differs from what is generated"));
    }
    for path in surplus {
        faults.push(fault(path, "is generated from nothing any more"));
    }
    faults.into_result()
}

fn write(root: &Path, different: &[&Generated], surplus: &[PathBuf]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for file in different {
        let path = root.join(&file.path);
        files::create_folder(path.parent().unwrap_or(root))?;
        files::write_whole(&path, file.text.as_bytes())?;
        writeln!(out, "wrote {}", file.path.display())?;
    }
    for path in surplus {
        std::fs::remove_file(root.join(path)).with_context(|| format!("cannot remove {}", path.display()))?;
        writeln!(out, "removed {}", path.display())?;
    }
    Ok(())
}
