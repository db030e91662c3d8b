//! Every implementation of the agent, started as `measure` starts it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use datasets::{corpus, tree};
use ollama_agent::AnalysisReport;
use schema::outcome::Outcome;
use serde_json::{Value, json};

pub(crate) const IMPLEMENTATIONS: [&str; 4] =
    ["ollama_agent_reqwest", "ollama_agent_hyper", "ollama_agent_httpx", "ollama_agent_aiohttp"];

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the checkout")
}

/// The folder of a prepared corpus; it is removed with what is returned.
pub(crate) fn data() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tree = tree::write(folder.path(), "corpus", &corpus::make(7)).expect("written");
    let manifest = json!({
        "schema_version": schema::SCHEMA_VERSION, "dataset": "agent_corpus", "choice": "agent_corpus",
        "inputs": [], "splits": [], "tree": tree, "weights": null, "rows": 0, "columns": 0,
        "source": {"origin": "", "licence": ""},
    });
    fs::write(folder.path().join("manifest.json"), manifest.to_string()).expect("written");
    folder
}

pub(crate) struct Ran {
    pub(crate) output: Output,
    out: tempfile::TempDir,
}

impl Ran {
    pub(crate) fn outcome(&self) -> Outcome {
        let text = fs::read(self.out.path().join("outcome.json"))
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.output.stderr)));
        serde_json::from_slice(&text).expect("an outcome")
    }

    pub(crate) fn lines(&self, name: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.out.path().join(format!("outputs/{name}.jsonl"))).expect("an output");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }
}

/// One run with two iterations, the first of them warm-up.
pub(crate) fn run(implementation: &str, data: &Path, url: &str, parameters: &AnalysisReport) -> Ran {
    let out = tempfile::tempdir().expect("a temporary folder");
    let params = json!({
        "protocol": schema::PROTOCOL, "run_id": "test", "task": "ollama_agent", "algorithm": "analysis_report",
        "hyperparameters": parameters, "dataset": "agent_corpus", "split": "none", "device": "cpu", "threads": 1,
        "mode": "warm", "warmup": 1, "iterations": 1, "capture": "full", "slow_percent": 0,
        "work": ["scan", "ingest", "summarise", "analysis", "report"],
    });
    let order = out.path().join("params.json");
    fs::write(&order, params.to_string()).expect("written");
    let mut command = command(implementation);
    command.env("FERROBENCH_LLM_URL", url).env("FERROBENCH_LLM_MODEL", "m").env("http_proxy", "http://127.0.0.1:9");
    command.arg("--params").arg(&order).arg("--data").arg(data).arg("--out").arg(out.path()).args(["--seed", "1"]);
    Ran { output: command.output().expect("started"), out }
}

fn command(implementation: &str) -> Command {
    let executable = match implementation {
        "ollama_agent_reqwest" => env!("CARGO_BIN_EXE_ollama_agent_reqwest"),
        "ollama_agent_hyper" => env!("CARGO_BIN_EXE_ollama_agent_hyper"),
        _ => {
            let mut command = Command::new(python());
            command.arg("-sB").arg(root().join(format!("bins/ollama-agent/src/bin/{implementation}.py")));
            command.env("PYTHONPATH", root().join("crates/task/python"));
            return command;
        }
    };
    Command::new(executable)
}

/// Of the locked environment, which is made here where it is missing.
fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let made = Command::new(root().join("scripts/environment")).arg("agents").output().expect("bash is here");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Path::new(String::from_utf8_lossy(&made.stdout).trim()).join("bin/python")
    })
}
