//! The whole command on a checkout of its own, as a process.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

const CONFIG: &str = "manifest {}\n\
    // generated from crates/schema/src/run_options.rs by `cargo xtask generate`\n\
    // end of the generated part\n";

fn generate(root: &Path, check: bool) -> std::process::Output {
    let mut command = Command::cargo_bin("xtask").expect("cargo built it");
    command.arg("generate").arg("--root").arg(root);
    if check {
        command.arg("--check");
    }
    command.output().expect("it started")
}

#[test]
fn what_was_generated_passes_and_every_change_to_it_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path();
    for file in ["Cargo.toml", "main.nf"] {
        fs::write(root.join(file), "").expect("written");
    }
    fs::write(root.join("nextflow.config"), CONFIG).expect("written");
    fs::create_dir(root.join("bins")).expect("made");

    assert_eq!(generate(root, true).status.code(), Some(2), "nothing is generated yet");
    assert!(!root.join("nextflow_schema.json").exists(), "--check writes nothing");
    assert_eq!(generate(root, false).status.code(), Some(0));
    assert_eq!(generate(root, true).status.code(), Some(0));
    assert!(generate(root, false).stdout.is_empty(), "a second time nothing is written");

    fs::write(root.join("docs/parameters.md"), "by hand").expect("written");
    fs::write(root.join("config/schema/gone.schema.json"), "{}").expect("written");
    let told = generate(root, true);
    let stderr = String::from_utf8(told.stderr).expect("UTF-8");
    assert_eq!(told.status.code(), Some(2));
    assert!(stderr.contains("error: docs/parameters.md: differs from what is generated"), "{stderr}");
    assert!(stderr.contains("error: config/schema/gone.schema.json: is generated from nothing"), "{stderr}");
    assert_eq!(stderr.matches("error: ").count(), 2, "{stderr}");
}
