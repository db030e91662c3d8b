//! bins/<task>/task.json: what each task says of itself, for readers without a compiler.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use crate::Generated;

pub(crate) fn files(root: &Path) -> anyhow::Result<Vec<Generated>> {
    task_names(root)?
        .iter()
        .map(|task| {
            let path = Path::new("bins").join(task).join("task.json");
            Ok(Generated { path, text: printed_by(root, task)? })
        })
        .collect()
}

/// The folders of bins/ with a `src/bin/<folder>_task.rs`.
fn task_names(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in root.join("bins").read_dir().context("cannot list bins")? {
        let entry = entry?;
        if let Ok(name) = entry.file_name().into_string()
            && entry.path().join(format!("src/bin/{name}_task.rs")).is_file()
        {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn printed_by(root: &Path, task: &str) -> anyhow::Result<String> {
    let binary = format!("{task}_task");
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--profile", "tools", "--package", task, "--bin", &binary])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start cargo for {binary}"))?;
    ensure!(output.status.success(), "{binary} failed: {}", output.status);
    String::from_utf8(output.stdout).with_context(|| format!("{binary} printed no UTF-8"))
}
