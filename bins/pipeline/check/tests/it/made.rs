//! A checkout with prepared data and a task, and `check` started in it.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use datasets::npy::{self, Array, Element};
use schema::certificate::Certificate;
use schema::data::DataManifest;
use schema::evaluation::Parity;
use schema::implementation::Implementation;
use schema::task::TaskSpec;
use schema::{SCHEMA_VERSION, digest, document};
use serde_json::{Value, json};

/// A checkout with prepared data and a task.
pub(crate) struct Made(tempfile::TempDir);

impl Made {
    pub(crate) fn new() -> Self {
        let made = Self(tempfile::tempdir().expect("a folder"));
        made.write_task(&json!([{"output": "predictions", "rule": "close", "rtol": 1e-9, "because": "made"}]));
        let y = Array { shape: vec![6], values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] };
        made.write_data(&[("y", y)], &[0, 1, 2, 3], &[4, 5]);
        made
    }

    /// The task `regression`, on data of whose plane every coefficient is known.
    pub(crate) fn regression(x: Array<f64>, y: Array<f64>, train: &[i64], test: &[i64]) -> Self {
        let made = Self(tempfile::tempdir().expect("a folder"));
        let mut task: TaskSpec = document::read(&repository().join("bins/regression/task.json")).expect("a task");
        task.smoke.dataset = serde_json::from_value(json!("made")).expect("a choice");
        document::write(&made.path("task.json"), &task).expect("written");
        made.write_data(&[("x", x), ("y", y)], train, test);
        made
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    pub(crate) fn write_task(&self, parity: &Value) {
        let output = |name: &str, length: &str| json!({"name": name, "kind": "npy", "dtype": "f64", "shape": [length]});
        let mark =
            |name: &str, repeats: bool| json!({"name": name, "required": true, "repeats": repeats, "work": repeats});
        let shift = json!({"type": "object", "properties": {"shift": {"type": "number", "default": 0.0}}});
        let algorithm = json!({"summary": "made", "parameters": shift});
        let task: TaskSpec = serde_json::from_value(json!({
            "protocol": schema::PROTOCOL, "task": "made", "summary": "made", "domain": "classical",
            "algorithms": {"mean": algorithm, "last": algorithm}, "datasets": ["made"],
            "marks": [mark("load", false), mark("fit", true)],
            "outputs": [output("predictions", "n_test"), output("value", "1")],
            "metrics": [], "parity": parity,
            "smoke": {"dataset": "made", "mode": "warm", "warmup": 1, "iterations": 2, "timeout_s": 10},
        }))
        .expect("a task");
        document::write(&self.path("task.json"), &task).expect("written");
    }

    /// Written as `prepare` does: the folder's name ends with the manifest's digest.
    fn write_data(&self, inputs: &[(&str, Array<f64>)], train: &[i64], test: &[i64]) {
        self.write_dataset("made", inputs, train, test);
    }

    pub(crate) fn write_dataset(&self, dataset: &str, inputs: &[(&str, Array<f64>)], train: &[i64], test: &[i64]) {
        let folder = self.path("data");
        fs::create_dir_all(&folder).expect("made");
        let inputs: Vec<Value> = inputs.iter().map(|(name, array)| data_file(&folder, name, "f64", array)).collect();
        let part = |name: &str, rows: &[i64]| {
            data_file(&folder, name, "i64", &Array { shape: vec![rows.len() as u64], values: rows.to_vec() })
        };
        let manifest: DataManifest = serde_json::from_value(json!({
            "schema_version": SCHEMA_VERSION, "dataset": dataset, "choice": dataset, "inputs": inputs,
            "splits": [{"name": "holdout", "algorithm": "shuffle_chacha8", "seed": 0,
                "parts": [part("train", train), part("test", test)]}],
            "weights": null, "rows": train.len() + test.len(), "columns": 0,
            "source": {"origin": "made", "licence": "none"},
        }))
        .expect("a data manifest");
        let file = self.path(&format!("{dataset}.json"));
        document::write(&file, &manifest).expect("written");
        fs::copy(&file, folder.join("manifest.json")).expect("copied");
        let sha256 = digest::of_file(&file).expect("read");
        let place = self.path(".ferrobench/data");
        fs::create_dir_all(&place).expect("made");
        fs::rename(folder, place.join(format!("{dataset}-{}", &sha256[..16]))).expect("renamed");
    }

    /// A program with its describe, as `prepare build` leaves it.
    pub(crate) fn describe(&self, name: &str, argv: &[String], env: &Value, file: &Path) -> Implementation {
        let mut command = std::process::Command::new(&argv[0]);
        command.args(&argv[1..]).arg("--describe");
        let variables = env.as_object().expect("an object");
        command.envs(variables.iter().map(|(name, value)| (name, value.as_str().expect("text"))));
        let described = command.output().expect("ran");
        let describe: Value = serde_json::from_slice(&described.stdout).expect("JSON");
        let files = [json!({"path": file, "sha256": digest::of_file(file).expect("read")})];
        let implementation: Implementation = serde_json::from_value(json!({
            "schema_version": SCHEMA_VERSION, "implementation": name, "task": describe["task"],
            "language": describe["language"], "argv": argv, "env": env, "files": files, "env_digest": null,
            "describe": describe, "facts": schema::implementation::ImplementationFacts::default(), "problem": null,
        }))
        .expect("an implementation");
        self.save(&implementation);
        implementation
    }

    /// The subject that breaks one rule, or none where `rule` is empty.
    pub(crate) fn write_implementation(&self, name: &str, rule: &str) -> Implementation {
        let script = self.path(&format!("{name}.py"));
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/subject.py")).expect("read");
        fs::write(&script, text.replace("made_subject", name)).expect("written");
        // Without site packages it starts twice as fast; it is started some 500 times.
        let mut argv = vec![python(), "-S".to_owned(), script.display().to_string()];
        if !rule.is_empty() {
            argv.extend(["--break".to_owned(), rule.to_owned()]);
        }
        self.describe(name, &argv, &json!({}), &script)
    }

    pub(crate) fn save(&self, implementation: &Implementation) {
        let path = self.path(&format!("{}.json", implementation.implementation));
        document::write(&path, implementation).expect("written");
    }

    pub(crate) fn check(&self, command: &str, more: &[&str]) -> assert_cmd::assert::Assert {
        let mut check = Command::cargo_bin("check").expect("built");
        check.current_dir(self.root()).arg(command).args([
            "--root",
            ".",
            "--task",
            "task.json",
            "--dataset",
            "made.json",
        ]);
        check.args(more).assert()
    }

    pub(crate) fn parity(&self) -> Vec<Parity> {
        self.check("parity", &["--certificates", "out", "--out", "parity"]).success().stdout("").stderr("");
        document::read_lines(&self.path("parity/parity.jsonl")).expect("valid parity")
    }

    pub(crate) fn conform(&self, name: &str) -> Certificate {
        self.check("conform", &["--implementation", &format!("{name}.json"), "--out", "out"])
            .success()
            .stdout("")
            .stderr("");
        document::read(&self.path(&format!("out/{name}.json"))).expect("a certificate")
    }
}

/// The interpreter itself: a shim would need variables that a cleared environment has not.
fn python() -> String {
    let printed = std::process::Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
    String::from_utf8(printed.expect("python3").stdout).expect("text").trim().to_owned()
}

fn data_file<T: Element>(folder: &Path, name: &str, dtype: &str, array: &Array<T>) -> Value {
    let path = folder.join(format!("{name}.npy"));
    npy::write(&path, array).expect("written");
    json!({"name": name, "path": format!("{name}.npy"), "format": "npy", "dtype": dtype, "shape": array.shape,
        "bytes": fs::metadata(&path).expect("there").len(), "sha256": digest::of_file(&path).expect("read")})
}

/// The checkout that this test is part of.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").canonicalize().expect("a checkout")
}
