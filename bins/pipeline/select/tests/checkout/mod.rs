//! A small checkout in a temporary folder, with a configuration as the project's own once was.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use schema::digest;
use serde_json::Value;
use tempfile::TempDir;

const WORKSPACE: &str = r#"[workspace]
resolver = "3"
members = ["bins/regression", "crates/kernels", "crates/task"]
"#;

const REGRESSION: &str = r#"[package]
name = "regression"
version = "0.1.0"
edition = "2024"

[features]
regression_linfa = ["dep:small-task"]
regression_faer = ["dep:small-task", "dep:small-kernels"]

[dependencies]
small-task = { path = "../../crates/task", optional = true }
small-kernels = { path = "../../crates/kernels", optional = true }
"#;

pub(crate) struct Checkout {
    folder: TempDir,
}

#[allow(dead_code, reason = "no test file needs all of them")]
impl Checkout {
    pub(crate) fn new() -> Self {
        let checkout = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checkout");
        checkout.copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../config/assessment.yaml"),
            "config/assessment.yaml",
        );
        for file in
            ["benchmarks.yaml", "frameworks.yaml", "hardware.yaml", "studies/smoke.yaml", "studies/default.yaml"]
        {
            let file = format!("config/{file}");
            checkout.copy(&kept.join(&file), &file);
        }
        checkout.copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regression.json"), "tasks/regression.json");
        for (path, text) in [
            ("main.nf", ""),
            ("Cargo.toml", WORKSPACE),
            ("Cargo.lock", "version = 4\n"),
            ("bins/regression/Cargo.toml", REGRESSION),
            ("bins/regression/src/lib.rs", "// the task\n"),
            ("bins/regression/src/bin/regression_linfa.rs", "fn main() {}\n"),
            ("bins/regression/src/bin/regression_faer.rs", "fn main() {}\n"),
            ("bins/regression/src/bin/regression_sklearn.py", "print(1)\n"),
            ("bins/regression/src/bin/regression_sklearn_tuned.py", "print(2)\n"),
            ("bins/pipeline/prepare/export_sklearn.py", "print(3)\n"),
            ("crates/datasets/src/lib.rs", "// datasets\n"),
            ("crates/loaders/src/lib.rs", "// loaders\n"),
            ("crates/kernels/Cargo.toml", &package("small-kernels")),
            ("crates/kernels/src/lib.rs", "// kernels\n"),
            ("crates/task/Cargo.toml", &package("small-task")),
            ("crates/task/src/lib.rs", "// task\n"),
            ("crates/task/python/ferrobench_task.py", "x = 1\n"),
            ("config/python/core.txt", "numpy==2.4.6\n"),
        ] {
            checkout.write(path, text);
        }
        checkout.add_environment();
        checkout
    }

    /// The interpreter's file where `scripts/setup` would put it for the lock as it is now.
    pub(crate) fn add_environment(&self) {
        let lock = digest::of_file(&self.path("config/python/core.txt")).expect("the lock");
        self.write(&format!(".ferrobench/env/{}/bin/python", &lock[..16]), "");
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn copy(&self, from: &Path, to: &str) {
        self.write(to, &fs::read_to_string(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())));
    }

    pub(crate) fn replace(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(path)).expect(path);
        assert!(text.contains(from), "{path} does not contain {from}");
        self.write(path, &text.replacen(from, to, 1));
    }

    pub(crate) fn run(&self, options: &str) -> Output {
        self.write("options.json", options);
        let _ = fs::remove_dir_all(self.path("out"));
        let mut command = Command::cargo_bin("select").expect("the step");
        for (flag, path) in [("--options", "options.json"), ("--tasks", "tasks"), ("--out", "out"), ("--root", "")] {
            command.arg(flag).arg(self.path(path));
        }
        command.output().expect("it starts")
    }

    pub(crate) fn selected(&self, options: &str) -> Value {
        let output = self.run(options);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        self.read("selection.json")
    }

    pub(crate) fn read(&self, document: &str) -> Value {
        let text = fs::read(self.path("out").join(document)).expect(document);
        serde_json::from_slice(&text).expect("JSON")
    }
}

fn package(name: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n")
}
