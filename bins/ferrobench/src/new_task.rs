//! `ferrobench new-task`: a folder that passes conformance as it is, and its line in the config.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use schema::config::Benchmarks;
use schema::fault::{Fault, visible};
use schema::files;
use schema::id::Id;
use schema::yaml;

/// Each file's place in the task's folder, and its text with `{task}` for the name.
const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../templates/Cargo.toml.txt")),
    ("README.md", include_str!("../templates/README.md.txt")),
    ("src/lib.rs", include_str!("../templates/lib.rs.txt")),
    ("src/bin/{task}_task.rs", include_str!("../templates/task.rs.txt")),
    ("src/bin/{task}_rust.rs", include_str!("../templates/rust.rs.txt")),
    ("src/bin/{task}_numpy.py", include_str!("../templates/numpy.py.txt")),
];

pub(crate) fn run(root: &Path, name: &str, out: &mut dyn Write) -> Result<ExitCode> {
    let task = Id::new(name).map_err(|error| Fault::new("new-task", error.to_string()))?;
    if name.starts_with(|first: char| first.is_ascii_digit()) || name.len() > 48 {
        let what = format!("`{name}` cannot name a Rust package with its implementations");
        return Err(Fault::new("new-task", what).hint("begin with a letter, and use at most 48 characters").into());
    }
    let config = root.join("config/benchmarks.yaml");
    let folder = root.join("bins").join(name);
    check_free(&config, &folder, &task)?;
    let text = fs::read_to_string(&config).with_context(|| config.display().to_string())?;
    let extended =
        with_task(&text, name).ok_or_else(|| Fault::new(config.display().to_string(), "has no line `tasks:`"))?;
    for (place, template) in FILES {
        let path = folder.join(place.replace("{task}", name));
        files::create_folder(path.parent().unwrap_or(&folder))?;
        files::write_whole(&path, template.replace("{task}", name).as_bytes())?;
    }
    files::write_whole(&config, extended.as_bytes())?;
    describe(root, name, &folder)?;
    writeln!(out, "made bins/{name} and its line in config/benchmarks.yaml")?;
    writeln!(out, "try it: nextflow run workflows/smoke.nf --tasks {name}")?;
    Ok(ExitCode::SUCCESS)
}

fn check_free(config: &Path, folder: &Path, task: &Id) -> Result<()> {
    if folder.exists() {
        return Err(Fault::new(folder.display().to_string(), "is there already").hint("choose another name").into());
    }
    let benchmarks: Benchmarks = yaml::read(config)?;
    if benchmarks.tasks.contains_key(task) {
        return Err(Fault::new(config.display().to_string(), format!("names a task `{task}` already")).into());
    }
    Ok(())
}

/// The config's text with the task's entry as the first under `tasks:`; comments stay where they are.
fn with_task(text: &str, name: &str) -> Option<String> {
    let entry = format!("  {name}:\n    implementations: [{name}_rust, {name}_numpy]\n    reference: {name}_numpy\n");
    let mut extended = String::with_capacity(text.len() + entry.len());
    let mut found = false;
    for line in text.split_inclusive('\n') {
        extended.push_str(line);
        if !found && line.trim_end() == "tasks:" {
            extended.push_str(&entry);
            found = true;
        }
    }
    found.then_some(extended)
}

/// Builds the task's own executable and keeps what it prints as the folder's task.json.
fn describe(root: &Path, name: &str, folder: &Path) -> Result<()> {
    let target = std::env::var_os("FERROBENCH_CARGO_TARGET")
        .map_or_else(|| files::state_folder(root).join("target"), Into::into);
    let output = Command::new("cargo")
        .args(["run", "--quiet", "--profile", "tools", "--package", name, "--bin", &format!("{name}_task")])
        .current_dir(root)
        .env("CARGO_TARGET_DIR", target.join("tools"))
        .output()
        .context("cargo")?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        anyhow::bail!("the new task did not build: {}", visible(stderr.trim()));
    }
    files::write_whole(&folder.join("task.json"), &output.stdout)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_goes_under_tasks_and_comments_stay() {
        let text = "# a\ntasks:\n  old:\n    implementations: [old_x]\n    reference: old_x\nexecutables: {}\n";
        let extended = with_task(text, "new").expect("there are tasks");
        assert!(extended.starts_with("# a\ntasks:\n  new:\n    implementations: [new_rust, new_numpy]\n"));
        assert!(extended.ends_with("  old:\n    implementations: [old_x]\n    reference: old_x\nexecutables: {}\n"));
        assert_eq!(with_task("other: 1\n", "new"), None);
    }
}
