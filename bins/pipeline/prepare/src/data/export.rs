//! Datasets that scikit-learn carries, exported by its own loader in the project's environment.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use datasets::npy;
use datasets::table::Table;
use schema::digest;
use schema::fault::{Fault, Faults, visible};
use schema::files::{create_folder, read_at_most};

use crate::{environment_python, program};

const EXPORT: &str = "bins/pipeline/prepare/export_sklearn.py";
const LOCK: &str = "config/python/core.txt";
/// Loading scikit-learn from a cold disk takes seconds.
const LIMIT: Duration = Duration::from_mins(5);
/// As large as the largest synthetic table.
const ARRAY_BYTES_MAX: u64 = 8 << 30;

/// The table and where it comes from. `scratch` is made and removed.
pub(super) fn from_sklearn(root: &Path, loader: &str, scratch: &Path) -> Result<(Table, String)> {
    let python = environment_python(root, &digest::of_file(&root.join(LOCK))?)?;
    super::remove(scratch)?;
    create_folder(scratch)?;
    let exported = run(&python, root, loader, scratch);
    super::remove(scratch)?;
    Ok(exported?)
}

fn run(python: &Path, root: &Path, loader: &str, scratch: &Path) -> Result<(Table, String), Faults> {
    let (stdout, stderr) = (scratch.join("stdout"), scratch.join("stderr"));
    let mut command = Command::new(python);
    // Isolated: no user site, no PYTHON variables of the caller's.
    command.arg("-I").arg(root.join(EXPORT)).arg(loader).arg(scratch);
    let place = format!("{EXPORT} {loader}");
    match program::run(&mut command, &stdout, &stderr, Some(LIMIT))? {
        Some(status) if status.success() => {}
        Some(_) => {
            let why = program::last_error(&stderr);
            return Err(Fault::new(place, why.strip_prefix("error: ").unwrap_or(&why)).into());
        }
        None => return Err(Fault::new(place, format!("took longer than {} s", LIMIT.as_secs())).into()),
    }
    let version = String::from_utf8_lossy(&read_at_most(&stdout, 1 << 10)?).trim().to_owned();
    let x = npy::read(&scratch.join("x.npy"), ARRAY_BYTES_MAX)?;
    let y = npy::read(&scratch.join("y.npy"), ARRAY_BYTES_MAX)?;
    Ok((Table { x, y }, format!("sklearn.datasets.{loader} of scikit-learn {}", visible(&version))))
}
