//! A checkout with phase 1's and phase 2's documents, small enough to read, for the tests of both steps.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use datasets::table;
use schema::block::Block;
use schema::config::DatasetChoice;
use schema::document;
use schema::plan::Plan;
use serde_json::{Value, json};

pub(crate) struct Checkout {
    root: tempfile::TempDir,
    pub(crate) selection: Value,
}

impl Checkout {
    /// Task `t` of domain `d` with the algorithms `linear` and `ridge`; implementations `t_a` (the
    /// reference), `t_b` and `t_c`, which has `linear` only; the cells are `cells`.
    pub(crate) fn new(cells: &Value) -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        let made = Self { selection: selection(cells), root };
        for implementation in ["t_a", "t_b", "t_c"] {
            made.write_implementation(&implementation_document(implementation));
        }
        for choice in
            [json!("diabetes"), json!({"name": "synthetic_linear", "n_samples": 100}), json!("synthetic_linear")]
        {
            made.write_dataset(&choice);
        }
        for program in ["measure", "launch"] {
            fs::write(made.path(program), format!("the {program} program")).expect("written");
        }
        made
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.path().join(relative)
    }

    pub(crate) fn write(&self, relative: &str, document: &Value) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, document.to_string()).expect("written");
    }

    pub(crate) fn write_implementation(&self, document: &Value) {
        let name = document["implementation"].as_str().expect("a name");
        self.write(&format!("implementations/{name}.json"), document);
    }

    fn write_dataset(&self, choice: &Value) {
        let parsed: DatasetChoice = serde_json::from_value(choice.clone()).expect("a choice");
        let dataset = table::dataset_id(&parsed).expect("an id");
        let file = |name: &str, rows: u64| {
            json!({"name": name, "path": format!("{name}.npy"), "format": "npy", "dtype": "f64", "shape": [rows],
                "bytes": 1, "sha256": format!("{name}-digest")})
        };
        let manifest = json!({"schema_version": "1.0", "dataset": dataset, "choice": choice,
            "inputs": [file("x", 100), file("y", 100)],
            "splits": [{"name": "holdout", "algorithm": "shuffle_chacha8", "seed": 1,
                "parts": [file("train", 80), file("test", 20)]}],
            "weights": null, "rows": 100, "columns": 5, "source": {"origin": "", "licence": ""}});
        self.write(&format!("datasets/{dataset}.json"), &manifest);
    }

    /// Runs `plan expand` into `out`.
    pub(crate) fn expand(&self, out: &str) -> Output {
        self.write("selection.json", &self.selection);
        let mut command = self.command("expand");
        for (flag, path) in [
            ("--selection", "selection.json"),
            ("--implementations", "implementations"),
            ("--datasets", "datasets"),
            ("--measure", "measure"),
            ("--launcher", "launch"),
            ("--services", "services"),
            ("--out", out),
        ] {
            command.arg(flag).arg(self.path(path));
        }
        command.output().expect("started")
    }

    pub(crate) fn expanded(&self, out: &str) -> (Plan, Vec<Block>) {
        let output = self.expand(out);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(output.stdout.is_empty());
        read(&self.path(out))
    }

    /// Runs `plan admit` on what is in `out`, into `admitted`.
    pub(crate) fn admit(&self) -> Output {
        let mut command = self.command("admit");
        for (flag, path) in [
            ("--plan", "out/plan.json"),
            ("--blocks", "out/blocks"),
            ("--certificates", "certificates"),
            ("--out", "admitted"),
        ] {
            command.arg(flag).arg(self.path(path));
        }
        command.output().expect("started")
    }

    fn command(&self, step: &str) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("plan"));
        command.args([step, "--root"]).arg(self.root.path());
        command
    }
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A plan and its blocks, in the plan's order; every block file is one that the plan names.
pub(crate) fn read(out: &Path) -> (Plan, Vec<Block>) {
    let plan: Plan = document::read(&out.join("plan.json")).expect("a plan");
    let files = fs::read_dir(out.join("blocks")).expect("the blocks").count();
    assert_eq!(files, plan.blocks.len());
    let path = |id: &schema::id::Id| out.join(format!("blocks/{id}.json"));
    let blocks: Vec<Block> =
        plan.blocks.iter().map(|planned| document::read(&path(&planned.block_id)).expect("a block")).collect();
    for planned in &plan.blocks {
        assert_eq!(schema::digest::of_file(&path(&planned.block_id)).expect("read"), planned.key);
    }
    (plan, blocks)
}

pub(crate) fn arms(block: &Block) -> Vec<String> {
    block.arms.iter().map(|arm| arm.facts.arm.to_string()).collect()
}

pub(crate) fn implementation_document(name: &str) -> Value {
    let algorithms = if name == "t_c" { json!(["linear"]) } else { json!(["linear", "ridge"]) };
    json!({"schema_version": "1.0", "implementation": name, "task": "t", "language": "rust",
        "argv": [format!("/x/{name}")], "env": {}, "files": [{"path": format!("/x/{name}"), "sha256": "s"}],
        "env_digest": null, "facts": {}, "problem": null,
        "describe": {"protocol": schema::PROTOCOL, "implementation": name, "class": "library", "task": "t",
            "framework": "f", "framework_version": "1", "language": "rust", "algorithms": algorithms,
            "devices": ["cpu"], "modes": ["cold", "warm"], "requires": [],
            "build": {"profile": "release", "target_cpu": "native", "features": [name], "kernels": []},
            "threads_env": ["RAYON_NUM_THREADS"]}})
}

fn task() -> Value {
    let alpha = json!({"type": "object", "properties": {"alpha": {"type": "number", "minimum": 0.0, "default": 1.0}}});
    json!({"protocol": schema::PROTOCOL, "task": "t", "summary": "s", "domain": "d",
        "algorithms": {"linear": {"summary": "s", "parameters": {"type": "object", "properties": {}}},
            "ridge": {"summary": "s", "parameters": alpha}},
        "datasets": ["diabetes", "synthetic_linear"],
        "marks": [{"name": "fit", "required": true, "repeats": true, "work": true},
            {"name": "predict", "required": true, "repeats": true, "work": false}],
        "outputs": [{"name": "predictions", "kind": "npy", "dtype": "f64", "shape": ["n_test"]}],
        "metrics": [], "parity": [],
        "smoke": {"dataset": "diabetes", "mode": "warm", "warmup": 1, "iterations": 3, "timeout_s": 7}})
}

fn selection(cells: &Value) -> Value {
    let chosen =
        |name: &str| json!({"implementation": name, "task": "t", "language": "rust", "score": null, "because": ""});
    json!({"schema_version": "1.0", "study_digest": "", "options": {}, "left_out": [], "datasets": [], "findings": [],
        "study": {"study": "s", "title": "S", "rounds": 4, "seed": 11, "aa": "none",
            "margins": {"time": 1.05, "memory": 1.1}, "cells": cells},
        "hardware": {"threads_max": null, "timeout_s": 600, "memory_bytes": null, "target_cpu": "native",
            "gate": {"other_load_percent_max": 25.0, "memory_available_bytes_min": 1, "temperature_celsius_max": null,
                "wait_s_max": 60, "cooldown_ms": 100}},
        "tasks": [{"spec": task(), "reference": "t_a"}],
        "chosen": [chosen("t_b"), chosen("t_a"), chosen("t_c")],
        "fingerprint": {"cpu_model": "c", "microcode": null, "cores": 2, "smt": null, "memory_gib": 1, "kernel": "k",
            "governor": null, "turbo": null, "hypervisor": null, "gpus": [], "gpu_driver": null, "container_image": null}})
}
