//! bins/<task>/task.json: what each task says of itself, for readers without a compiler.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use crate::Generated;

pub(crate) fn files(root: &Path) -> anyhow::Result<Vec<Generated>> {
    task_packages(root)?
        .iter()
        .map(|package| {
            let path = Path::new("bins").join(package).join("task.json");
            Ok(Generated { path, text: printed_by(root, package)? })
        })
        .collect()
}

/// The folders of bins/ with a `src/bin/<task>_task.rs`; they may have hyphens where the task has underscores.
fn task_packages(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in root.join("bins").read_dir().context("cannot list bins")? {
        let entry = entry?;
        if let Ok(name) = entry.file_name().into_string()
            && entry.path().join(format!("src/bin/{}.rs", printer(&name))).is_file()
        {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn printer(package: &str) -> String {
    format!("{}_task", package.replace('-', "_"))
}

fn printed_by(root: &Path, package: &str) -> anyhow::Result<String> {
    let binary = printer(package);
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--profile", "tools", "--package", package, "--bin", &binary])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start cargo for {binary}"))?;
    ensure!(output.status.success(), "{binary} failed: {}", output.status);
    String::from_utf8(output.stdout).with_context(|| format!("{binary} printed no UTF-8"))
}
