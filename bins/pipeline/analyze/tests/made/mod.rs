//! A measured study as the earlier steps leave it, with costs that are known.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use schema::block::Block;
use schema::evaluation::{Evaluation, Parity};
use schema::manifest::{Manifest, ManifestFile};
use schema::plan::Plan;
use schema::record::Record;
use schema::selection::Selection;
use schema::{SCHEMA_VERSION, digest, document};
use serde_json::{Value, json};

pub(crate) const RUST: &str = "regression_linfa";
pub(crate) const PYTHON: &str = "regression_sklearn";
pub(crate) const AGAIN: &str = "regression_linfa@a2";

/// One block: its arms with the mean ms of work of each, and what is to go wrong.
#[derive(Clone)]
pub(crate) struct MadeBlock {
    pub(crate) id: &'static str,
    pub(crate) mode: &'static str,
    pub(crate) arms: Vec<(&'static str, f64)>,
    pub(crate) rounds: u32,
    pub(crate) failed: Vec<(&'static str, u32)>,
    pub(crate) parity: &'static str,
    /// What the records say that the processor is.
    pub(crate) cpu: &'static str,
    pub(crate) dataset: &'static str,
    pub(crate) threads: u32,
    /// Whether its runs call a model, and so have figures of calls: the client's as the arm's cost.
    pub(crate) calls: bool,
    /// Of a warm run, after one that does not count.
    pub(crate) iterations: u32,
}

impl MadeBlock {
    pub(crate) fn new(id: &'static str, arms: &[(&'static str, f64)]) -> Self {
        Self {
            id,
            mode: "warm",
            arms: arms.to_vec(),
            rounds: 10,
            failed: vec![],
            parity: "within_tolerance",
            cpu: "made",
            dataset: "made",
            threads: 1,
            calls: false,
            iterations: 2,
        }
    }
}

pub(crate) struct Made {
    folder: tempfile::TempDir,
    blocks: Vec<MadeBlock>,
    measures: bool,
}

impl Made {
    pub(crate) fn new(blocks: &[MadeBlock]) -> Self {
        Self::with(blocks, true)
    }

    pub(crate) fn smoke(blocks: &[MadeBlock]) -> Self {
        Self::with(blocks, false)
    }

    fn with(blocks: &[MadeBlock], measures: bool) -> Self {
        let made = Self { folder: tempfile::tempdir().expect("a folder"), blocks: blocks.to_vec(), measures };
        made.write_selection_and_plan();
        for block in blocks {
            made.write_block(block);
        }
        fs::create_dir_all(made.path("parity")).expect("made");
        let smoke: Vec<Parity> = blocks.first().map(|block| parities(block, "smoke", "identical")).unwrap_or_default();
        document::write_lines(&made.path("parity/parity.jsonl"), &smoke).expect("written");
        made
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self, out: &str) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::cargo_bin("analyze").expect("built");
        for name in ["selection", "plan"] {
            command.arg(format!("--{name}")).arg(self.path(&format!("{name}.json")));
        }
        for name in ["blocks", "evaluations", "parity"] {
            command.arg(format!("--{name}")).arg(self.path(name));
        }
        command.arg("--out").arg(self.path(out));
        command
    }

    /// Runs the step, which has to do well, and reads what it wrote.
    pub(crate) fn analysis(&self) -> Value {
        self.command("out").assert().success().stdout("").stderr("");
        let _: schema::analysis::Analysis = document::read(&self.path("out/analysis.json")).expect("by its schema");
        serde_json::from_slice(&fs::read(self.path("out/analysis.json")).expect("read")).expect("JSON")
    }

    /// Runs the step, which has to refuse its input, and gives back what it said.
    pub(crate) fn refusal(&self) -> String {
        let output = self.command("out").assert().code(2).stdout("").get_output().stderr.clone();
        assert!(!self.path("out").exists(), "nothing is written");
        String::from_utf8(output).expect("text")
    }

    fn write_selection_and_plan(&self) {
        let study = json!({"study": "made", "title": "Made", "rounds": 10, "seed": 1, "measures": self.measures,
            "margins": {"time": 1.05, "memory": 1.10}, "cells": "smoke"});
        let gate = gate();
        let selection: Selection = serde_json::from_value(json!({
            "schema_version": SCHEMA_VERSION, "study": study, "study_digest": "0",
            "options": schema::run_options::RunOptions::default(),
            "hardware": {"threads_max": null, "timeout_s": 5, "memory_bytes": null, "gate": gate, "target_cpu": "native"},
            "tasks": [], "chosen": [], "datasets": [], "fingerprint": fingerprint("made"), "findings": [],
            "left_out": [{"what": "regression_other", "phase": 1, "reason": "made"}],
        }))
        .expect("a selection");
        document::write(&self.path("selection.json"), &selection).expect("written");
        let planned: Vec<Value> = self
            .blocks
            .iter()
            .map(|block| {
                let arms: Vec<&str> = block.arms.iter().map(|(arm, _)| *arm).collect();
                json!({"block_id": block.id, "key": "0", "cell_id": format!("cell_{}", block.id), "label": "made",
                "domain": "classical", "task": "regression", "arms": arms, "rounds": block.rounds, "estimated_s": 1.0})
            })
            .collect();
        let plan: Plan = serde_json::from_value(json!({
            "schema_version": SCHEMA_VERSION, "study": "made", "title": "Made", "notes": [], "measures": self.measures,
            "blocks": planned, "runs": 0, "estimated_s": 1.0, "already_measured": 0, "left_out": [],
        }))
        .expect("a plan");
        document::write(&self.path("plan.json"), &plan).expect("written");
    }

    fn write_block(&self, made: &MadeBlock) {
        let folder = self.path("blocks").join(made.id);
        fs::create_dir_all(&folder).expect("made");
        let block: Block = serde_json::from_value(block(made)).expect("a block");
        document::write(&folder.join("block.json"), &block).expect("written");
        let records: Vec<Record> = (0..made.rounds)
            .flat_map(|round| (0..made.arms.len()).map(move |place| (round, place)))
            .map(|(round, place)| serde_json::from_value(record(made, round, place)).expect("a record"))
            .collect();
        self.write_records(made.id, &records);
        let evaluations: Vec<Evaluation> = records
            .iter()
            .map(|record| {
                serde_json::from_value(json!({
                    "schema_version": SCHEMA_VERSION, "run_id": record.identity.run_id, "metrics": quality(made, record),
                }))
                .expect("an evaluation")
            })
            .collect();
        let evaluated = self.path("evaluations").join(made.id);
        fs::create_dir_all(&evaluated).expect("made");
        document::write_lines(&evaluated.join("evaluations.jsonl"), &evaluations).expect("written");
        document::write_lines(&evaluated.join("parity.jsonl"), &parities(made, made.id, made.parity)).expect("written");
    }

    /// Records and the manifest that fits them.
    pub(crate) fn write_records(&self, block: &str, records: &[Record]) {
        let folder = self.path("blocks").join(block);
        document::write_lines(&folder.join("records.jsonl"), records).expect("written");
        let files: Vec<ManifestFile> = ["block.json", "records.jsonl"].map(|name| named(&folder, name)).to_vec();
        let manifest: Manifest = serde_json::from_value(json!({"schema_version": SCHEMA_VERSION, "kind": "block",
            "id": block, "key": "0", "attempt": 1, "files": files}))
        .expect("a manifest");
        document::write(&folder.join("manifest.json"), &manifest).expect("written");
    }

    /// As a record might be damaged by hand, with a manifest that fits it again.
    pub(crate) fn replace_in_records(&self, block: &str, what: &str, by: &str) {
        let folder = self.path("blocks").join(block);
        let path = folder.join("records.jsonl");
        let text = fs::read_to_string(&path).expect("read").replacen(what, by, 1);
        fs::write(&path, text).expect("written");
        let mut manifest: Manifest = document::read(&folder.join("manifest.json")).expect("read");
        manifest.files[1] = named(&folder, "records.jsonl");
        document::write(&folder.join("manifest.json"), &manifest).expect("written");
    }

    pub(crate) fn records(&self, block: &str) -> Vec<Record> {
        document::read_lines(&self.path("blocks").join(block).join("records.jsonl")).expect("read")
    }
}

fn quality(made: &MadeBlock, record: &Record) -> Value {
    let metric = |value: f64, unit: &str| json!({"value": value, "unit": unit, "better": "lower"});
    if !made.calls {
        return json!({"mse": metric(0.25, "1")});
    }
    let place = made.arms.iter().position(|(arm, _)| *arm == record.identity.arm.to_string()).expect("of the block");
    let noise = noise(made.id, place, record.identity.round);
    json!({"ttft": metric(made.arms[place].1 * noise, "ms"), "token_time": metric(7.0 * noise, "ms")})
}

fn named(folder: &Path, name: &str) -> ManifestFile {
    let path = folder.join(name);
    ManifestFile {
        path: name.to_owned(),
        bytes: fs::metadata(&path).expect("there").len(),
        sha256: digest::of_file(&path).expect("read"),
    }
}

fn gate() -> Value {
    json!({"other_load_percent_max": 100.0, "memory_available_bytes_min": 0, "temperature_celsius_max": null,
        "wait_s_max": 0, "cooldown_ms": 0})
}

fn fingerprint(cpu: &str) -> Value {
    json!({"cpu_model": cpu, "microcode": null, "cores": 2, "smt": null, "memory_gib": 8, "kernel": "made",
        "governor": null, "turbo": null, "hypervisor": null, "gpus": [], "gpu_driver": null, "container_image": null})
}

fn cell(made: &MadeBlock) -> Value {
    json!({"cell_id": format!("cell_{}", made.id), "label": "made", "task": "regression", "algorithm": "linear",
        "hyperparameters": {}, "dataset": made.dataset, "choice": "made", "split": "holdout", "device": "cpu", "threads": made.threads,
        "mode": made.mode, "warmup": u32::from(made.mode == "warm"), "iterations": if made.mode == "warm" { made.iterations } else { 1 },
        "work": ["fit", "predict"], "capture": "full"})
}

fn facts(arm: &str) -> Value {
    let implementation = arm.split('@').next().expect("a name");
    let language = if implementation.contains("sklearn") { "python" } else { "rust" };
    let tuned = implementation.contains("tuned") || implementation.contains("faer");
    json!({"arm": arm, "implementation": implementation, "class": if tuned { "tuned" } else { "library" },
        "language": language, "framework": "made", "framework_version": "1", "slow_percent": 0})
}

fn block(made: &MadeBlock) -> Value {
    let file = json!({"path": "x", "sha256": "0"});
    let arms: Vec<Value> = made
        .arms
        .iter()
        .map(|(arm, _)| json!({"facts": facts(arm), "argv": ["x"], "env": {}, "threads_env": [], "files": []}))
        .collect();
    let rounds: Vec<Vec<Value>> = (0..made.rounds)
        .map(|round| {
            made.arms
                .iter()
                .map(|(arm, _)| {
                    json!({"run_id": run_id(made, arm, round), "arm": arm, "seed": 1, "env_padding_bytes": 0,
            "folder_name_length": 8, "hash_seed": 0})
                })
                .collect()
        })
        .collect();
    json!({
        "schema_version": SCHEMA_VERSION, "block_id": made.id, "study": "made", "domain": "classical",
        "cell": cell(made), "arms": arms, "rounds": rounds,
        "data": {"dataset": "made", "folder": ".ferrobench/data/made", "manifest_sha256": "0", "inputs": {}},
        "marks": [], "outputs": [],
        "limits": {"timeout_s": 5, "output_bytes": 1, "memory_bytes": null, "gate": gate()},
        "fingerprint": fingerprint("made"), "measure": file, "launcher": file, "build_profile": "release",
    })
}

fn run_id(made: &MadeBlock, arm: &str, round: u32) -> String {
    format!("{}_{}_{round}", made.id, arm.replace('@', "_"))
}

/// Run-to-run noise of about 1 %, the same at every call: a sine of a mixed number.
fn noise(block: &str, arm: usize, round: u32) -> f64 {
    let seed = block.bytes().map(f64::from).sum::<f64>() + 37.0 * arm as f64 + 101.0 * f64::from(round);
    1.0 + 0.01 * (seed * 12.9898).sin()
}

fn record(made: &MadeBlock, round: u32, place: usize) -> Value {
    let (arm, ms) = made.arms[place];
    let run = run_id(made, arm, round);
    let cost = |ms: f64| (ms * 1e6 * noise(made.id, place, round)) as u64;
    // Fit and predict share the work; the warm-up iteration takes ten times as long.
    let mark = |name: &str, iteration: u64, start: u64, ns: u64| json!({"name": name, "iteration": iteration, "start_ns": start, "end_ns": start + ns});
    let mut marks = vec![mark("load", 0, 1_005_000_000, 1_000_000)];
    for iteration in 0..if made.mode == "warm" { u64::from(made.iterations) + 1 } else { 1 } {
        let factor = if made.mode == "warm" && iteration == 0 { 10 } else { 1 };
        let start = 2_000_000_000 + iteration * 1_000_000_000;
        let fit = cost(ms * 0.75) * factor;
        marks.push(mark("fit", iteration, start, fit));
        marks.push(mark("predict", iteration, start + fit, cost(ms * 0.25) * factor));
    }
    let failed = made.failed.contains(&(arm, round));
    let status =
        if failed { json!({"is": "failed", "class": "crashed", "message": "made"}) } else { json!({"is": "ok"}) };
    let outcome = json!({"protocol": schema::PROTOCOL, "run_id": run, "status": "done", "seed": 1, "marks": marks,
        "versions": {}, "artifacts": []});
    let mut resources = serde_json::to_value(schema::record::Resources::default()).expect("JSON");
    resources["rss_peak_bytes"] = cost(ms * 20.0).into();
    resources["cpu_user_ns"] = cost(ms * 3.0).into();
    let wall = cost(ms * 30.0);
    json!({
        "identity": {"schema_version": SCHEMA_VERSION, "run_id": run, "study": "made", "block_id": made.id,
            "cell_id": format!("cell_{}", made.id), "arm": arm, "implementation": facts(arm)["implementation"],
            "round": round, "position": place, "attempt": 1, "seed": 1},
        "status": status, "cell": cell(made), "arm": facts(arm), "data": {},
        "outcome": if failed { Value::Null } else { outcome },
        "timing": {"spawn_ns": 1_000_000_000, "exit_ns": 1_000_000_000 + wall, "wall_ns": wall, "started_unix_ms": 0, "suspended_ns": 0},
        "resources": resources, "conditions": schema::record::Conditions::default(),
        "environment": {"fingerprint": fingerprint(made.cpu), "variables": {}, "cpus": [], "files": {}, "commit": null, "scheduler_job": null},
        "stdout": {"bytes": 0, "head": "", "tail": ""}, "stderr": {"bytes": 0, "head": "", "tail": ""},
    })
}

/// Every unordered pair of arms, the first one on the left.
fn parities(made: &MadeBlock, block: &str, verdict: &str) -> Vec<Parity> {
    let arms: BTreeMap<&str, f64> = made.arms.iter().copied().collect();
    let names: Vec<&&str> = arms.keys().collect();
    let mut lines = Vec::new();
    for (place, left) in names.iter().enumerate() {
        for right in &names[place + 1..] {
            lines.push(
                serde_json::from_value(json!({"schema_version": SCHEMA_VERSION, "block_id": block,
                "cell_id": format!("cell_{}", made.id), "algorithm": "linear", "left": left, "right": right,
                "verdict": verdict, "rules": []}))
                .expect("a parity"),
            );
        }
    }
    lines
}
