//! A finished block as `measure` leaves one, its data and its task: three arms, `r`, `r@a2` and `p`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use datasets::npy::{self, Array};
use schema::block::Block;
use schema::data::DataManifest;
use schema::manifest::{Manifest, ManifestFile};
use schema::record::Record;
use schema::task::TaskSpec;
use schema::{SCHEMA_VERSION, digest, document};
use serde_json::{Value, json};

const ARMS: [(&str, &str, &str); 3] = [("r", "r", "rust"), ("r@a2", "r", "rust"), ("p", "p", "python")];

pub(crate) struct Made {
    folder: tempfile::TempDir,
    rounds: u32,
    failed: Vec<String>,
}

impl Made {
    /// Data, task, block file and every run's predictions; `finish` adds records and manifest.
    pub(crate) fn new(rounds: u32) -> Self {
        let made = Self { folder: tempfile::tempdir().expect("a folder"), rounds, failed: Vec::new() };
        fs::create_dir_all(made.data()).expect("made");
        fs::create_dir_all(made.block()).expect("made");
        made.write_target(&[1.0, 2.0, 3.0, 4.0]);
        made.write_task("regression");
        let block: Block = serde_json::from_value(made.block_json()).expect("a block");
        document::write(&made.block().join("block.json"), &block).expect("written");
        for round in 0..rounds {
            for (arm, _, _) in ARMS {
                // The last digit of p's differs: within tolerance, not identical.
                let last = if arm == "p" { 2.0 + f64::EPSILON * 2.0 } else { 2.0 };
                made.predictions(arm, round, &[3.0, last]);
            }
        }
        made
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    pub(crate) fn block(&self) -> PathBuf {
        self.root().join("blocks/block")
    }

    pub(crate) fn task(&self) -> PathBuf {
        self.root().join("task.json")
    }

    fn data(&self) -> PathBuf {
        self.root().join(".ferrobench/data/made")
    }

    pub(crate) fn predictions(&self, arm: &str, round: u32, values: &[f64]) {
        let folder = self.block().join("runs").join(run_id(arm, round)).join("outputs");
        fs::create_dir_all(&folder).expect("made");
        let array = Array { shape: vec![values.len() as u64], values: values.to_vec() };
        npy::write(&folder.join("predictions.npy"), &array).expect("written");
    }

    pub(crate) fn no_predictions(&self, arm: &str, round: u32) {
        let file = self.block().join("runs").join(run_id(arm, round)).join("outputs/predictions.npy");
        fs::remove_file(file).expect("removed");
    }

    pub(crate) fn failed(&mut self, arm: &str, round: u32) {
        self.failed.push(run_id(arm, round));
    }

    /// The target, the split (rows 3 and 1 are its test part) and their manifest.
    pub(crate) fn write_target(&self, values: &[f64]) {
        let folder = self.data();
        npy::write(&folder.join("y.npy"), &Array { shape: vec![values.len() as u64], values: values.to_vec() })
            .expect("written");
        self.write_parts(values.len() as u64, &[("test", &[3, 1])]);
    }

    /// The parts of the split with their rows, and the manifest.
    pub(crate) fn write_parts(&self, rows: u64, parts: &[(&str, &[i64])]) {
        let folder = self.data();
        for (name, rows) in parts {
            let array = Array { shape: vec![rows.len() as u64], values: rows.to_vec() };
            npy::write(&folder.join(format!("{name}.npy")), &array).expect("written");
        }
        let file = |name: &str, dtype: &str, rows: u64| {
            let path = folder.join(format!("{name}.npy"));
            json!({"name": name, "path": format!("{name}.npy"), "format": "npy", "dtype": dtype, "shape": [rows],
                "bytes": fs::metadata(&path).expect("there").len(), "sha256": digest::of_file(&path).expect("read")})
        };
        let parts: Vec<Value> = parts.iter().map(|(name, rows)| file(name, "i64", rows.len() as u64)).collect();
        let manifest: DataManifest = serde_json::from_value(json!({
            "schema_version": SCHEMA_VERSION, "dataset": "made", "choice": "made",
            "inputs": [file("y", "f64", rows)],
            "splits": [{"name": "holdout", "algorithm": "shuffle_chacha8", "seed": 0, "parts": parts}],
            "weights": null, "rows": rows, "columns": 0, "source": {"origin": "made", "licence": "none"},
        }))
        .expect("a data manifest");
        document::write(&folder.join("manifest.json"), &manifest).expect("written");
    }

    pub(crate) fn write_task(&self, name: &str) {
        let metric = |id: &str| json!({"id": id, "output": "predictions", "target": {"input": "y", "split": "test"}});
        let other = json!({"id": "mae", "output": "absent", "algorithms": ["another"]});
        let task: TaskSpec = serde_json::from_value(json!({
            "protocol": schema::PROTOCOL, "task": name, "summary": "made", "domain": "classical",
            "algorithms": {"linear": {"summary": "made", "parameters": {}}}, "datasets": ["made"],
            "marks": [{"name": "fit", "required": true, "repeats": true, "work": true}],
            "outputs": [{"name": "predictions", "kind": "npy", "dtype": "f64", "shape": ["n_test"]}],
            "metrics": [metric("mse"), metric("r2"), metric("nonsense"), other],
            "parity": [{"output": "predictions", "rule": "close", "rtol": 1e-9, "because": "made"}],
            "smoke": {"dataset": "made", "mode": "warm", "warmup": 1, "iterations": 2, "timeout_s": 5},
        }))
        .expect("a task");
        document::write(&self.task(), &task).expect("written");
    }

    fn block_json(&self) -> Value {
        let file = json!({"path": "x", "sha256": "0"});
        let arms: Vec<Value> = ARMS
            .iter()
            .map(|(arm, implementation, language)| {
                json!({"facts": facts(arm, implementation, language), "argv": ["x"], "env": {}, "threads_env": [], "files": []})
            })
            .collect();
        json!({
            "schema_version": SCHEMA_VERSION, "block_id": "block", "study": "made", "domain": "classical",
            "cell": cell(), "arms": arms, "rounds": [],
            "data": {"dataset": "made", "folder": ".ferrobench/data/made", "manifest_sha256": "0",
                "inputs": {"y": digest::of_file(&self.data().join("y.npy")).expect("read")}},
            "marks": [], "outputs": [], "limits": {"timeout_s": 5, "output_bytes": 1 << 20, "memory_bytes": null,
                "gate": {"other_load_percent_max": 100.0, "memory_available_bytes_min": 0,
                    "temperature_celsius_max": null, "wait_s_max": 0, "cooldown_ms": 0}},
            "fingerprint": fingerprint(), "measure": file, "launcher": file, "build_profile": "release",
        })
    }

    fn record(&self, arm: &(&str, &str, &str), round: u32) -> Record {
        let (name, implementation, language) = *arm;
        let run = run_id(name, round);
        // Alternates between rounds, alike for both sides: the ratio is 3 in every round.
        let work_ns = u64::from(1 + round % 2) * if language == "python" { 3 } else { 1 };
        let mark = |iteration: u64| json!({"name": "fit", "iteration": iteration, "start_ns": 1000 * iteration, "end_ns": 1000 * iteration + work_ns});
        let failed = self.failed.contains(&run);
        let status =
            if failed { json!({"is": "failed", "class": "crashed", "message": "made"}) } else { json!({"is": "ok"}) };
        let outcome = json!({"protocol": schema::PROTOCOL, "run_id": run, "status": "done", "seed": 1,
            "marks": [mark(0), mark(1), mark(2)], "versions": {}, "artifacts": []});
        let value = json!({
            "identity": {"schema_version": SCHEMA_VERSION, "run_id": run, "study": "made", "block_id": "block",
                "cell_id": "cell", "arm": name, "implementation": implementation, "round": round, "position": 0,
                "attempt": 1, "seed": 1},
            "status": status, "cell": cell(), "arm": facts(name, implementation, language), "data": {},
            "outcome": if failed { Value::Null } else { outcome },
            "timing": schema::record::Timing::default(), "resources": schema::record::Resources::default(),
            "conditions": schema::record::Conditions::default(),
            "environment": {"fingerprint": fingerprint(), "variables": {}, "cpus": [], "files": {}, "commit": null,
                "scheduler_job": null},
            "stdout": schema::record::Captured::default(), "stderr": schema::record::Captured::default(),
        });
        serde_json::from_value(value).expect("a record")
    }

    /// Records, then the manifest over everything that is there.
    pub(crate) fn finish(&mut self) {
        let mut records = Vec::new();
        for round in 0..self.rounds {
            records.extend(ARMS.iter().map(|arm| self.record(arm, round)));
        }
        document::write_lines(&self.block().join("records.jsonl"), &records).expect("written");
        self.write_manifest(SCHEMA_VERSION);
    }

    pub(crate) fn manifest_version(&self, version: &str) {
        self.write_manifest(version);
    }

    fn write_manifest(&self, version: &str) {
        let mut names = vec!["block.json".to_owned(), "records.jsonl".to_owned()];
        for round in 0..self.rounds {
            let runs = ARMS.iter().map(|(arm, _, _)| format!("runs/{}/outputs/predictions.npy", run_id(arm, round)));
            names.extend(runs.filter(|name| self.block().join(name).exists()));
        }
        let files = names.into_iter().map(|path| {
            let place = self.block().join(&path);
            let bytes = fs::metadata(&place).expect("there").len();
            ManifestFile { sha256: digest::of_file(&place).expect("read"), path, bytes }
        });
        let manifest = Manifest {
            schema_version: version.to_owned(),
            kind: schema::manifest::ManifestKind::Block,
            id: "block".to_owned().try_into().expect("an id"),
            key: None,
            attempt: Some(1),
            files: files.collect(),
        };
        document::write(&self.block().join("manifest.json"), &manifest).expect("written");
    }
}

fn run_id(arm: &str, round: u32) -> String {
    format!("{}-{round}", arm.replace('@', "."))
}

fn facts(arm: &str, implementation: &str, language: &str) -> Value {
    json!({"arm": arm, "implementation": implementation, "class": "library", "language": language, "framework": "made",
        "framework_version": "1", "slow_percent": 0})
}

fn cell() -> Value {
    json!({"cell_id": "cell", "label": "linear on made, 1 thread, warm", "task": "regression", "algorithm": "linear",
        "hyperparameters": {}, "dataset": "made", "choice": "made", "split": "holdout", "device": "cpu", "threads": 1,
        "mode": "warm", "warmup": 1, "iterations": 2, "work": ["fit"], "capture": "full"})
}

fn fingerprint() -> BTreeMap<&'static str, Value> {
    let absent = ["microcode", "smt", "governor", "turbo", "hypervisor", "gpu_driver", "container_image"];
    let mut fields: BTreeMap<&str, Value> = absent.into_iter().map(|name| (name, Value::Null)).collect();
    fields.extend([("cpu_model", json!("made")), ("kernel", json!("made")), ("gpus", json!([]))]);
    fields.extend([("cores", json!(1)), ("memory_gib", json!(1))]);
    fields
}
