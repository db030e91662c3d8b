//! Every implementation, started as `measure` starts it, against two servers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::thread;

use datasets::{corpus, tree};
use metrics::metric;
use multi_agent::TwoAgents;
use schema::outcome::Outcome;
use serde_json::{Value, json};

pub(crate) const IMPLEMENTATIONS: [&str; 8] = [
    "multi_agent_reqwest",
    "multi_agent_tokio_default",
    "multi_agent_tokio_localset",
    "multi_agent_async_std",
    "multi_agent_smol",
    "multi_agent_smol_1kb",
    "multi_agent_httpx",
    "multi_agent_aiohttp",
];

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
    pub(crate) name: &'static str,
    pub(crate) output: Output,
    out: tempfile::TempDir,
}

impl Ran {
    pub(crate) fn outcome(&self) -> Outcome {
        let text = fs::read(self.out.path().join("outcome.json"))
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.name, self.stderr()));
        serde_json::from_slice(&text).expect("an outcome")
    }

    fn text(&self, name: &str) -> String {
        let path = self.out.path().join(format!("outputs/{name}.jsonl"));
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}: {}", self.name, self.stderr()))
    }

    pub(crate) fn lines(&self, name: &str) -> Vec<Value> {
        self.text(name).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// As `evaluate` computes it.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let metric = metric::find(name).expect("a metric of the table");
        let value = metric.of_lines(self.text("timings").as_bytes()).expect("a metric of lines");
        value.value.unwrap_or_else(|| panic!("{} {name}: {:?}", self.name, value.reason))
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }
}

/// All implementations at once, in the order of [`IMPLEMENTATIONS`], each against its own two servers.
pub(crate) fn all(data: &Path, parameters: &TwoAgents, urls: impl Fn() -> [String; 2] + Sync) -> Vec<Ran> {
    thread::scope(|scope| {
        let urls = &urls;
        let runs = IMPLEMENTATIONS.map(|name| scope.spawn(move || run(name, data, &urls(), parameters)));
        runs.into_iter().map(|run| run.join().expect("no panic")).collect()
    })
}

/// One warm run with two iterations, the first of them warm-up.
pub(crate) fn run(name: &'static str, data: &Path, urls: &[String; 2], parameters: &TwoAgents) -> Ran {
    let out = tempfile::tempdir().expect("a temporary folder");
    let params = json!({
        "protocol": schema::PROTOCOL, "run_id": "test", "task": "multi_agent", "algorithm": "two_agents",
        "hyperparameters": parameters, "dataset": "agent_corpus", "split": "none", "device": "cpu", "threads": 1,
        "mode": "warm", "warmup": 1, "iterations": 1, "capture": "full", "slow_percent": 0, "work": ["concurrent"],
    });
    let order = out.path().join("params.json");
    fs::write(&order, params.to_string()).expect("written");
    let mut command = command(name);
    command.env("FERROBENCH_LLM_URL", &urls[0]).env("FERROBENCH_LLM_2_URL", &urls[1]);
    command.env("FERROBENCH_LLM_MODEL", "m").env("http_proxy", "http://127.0.0.1:9");
    command.arg("--params").arg(&order).arg("--data").arg(data).arg("--out").arg(out.path()).args(["--seed", "1"]);
    Ran { name, output: command.output().expect("started"), out }
}

fn command(name: &str) -> Command {
    if name.ends_with("httpx") || name.ends_with("aiohttp") {
        let mut command = Command::new(python());
        command.arg("-sB").arg(root().join(format!("bins/multi-agent/src/bin/{name}.py")));
        command.env("PYTHONPATH", root().join("crates/task/python"));
        return command;
    }
    Command::new(Path::new(env!("CARGO_BIN_EXE_multi_agent_reqwest")).with_file_name(name))
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
