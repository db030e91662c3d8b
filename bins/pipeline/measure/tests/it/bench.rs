//! A small checkout with one block whose arms are the known program, behaving as asked.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use schema::digest;
use schema::record::Record;
use serde_json::{Value, json};

pub(crate) struct Bench {
    folder: tempfile::TempDir,
    pub(crate) block: Value,
}

impl Bench {
    /// One arm a behaviour, the same order in every round, one thread.
    pub(crate) fn new(behaviours: &[&str], rounds: u32) -> Self {
        Self::on(tempfile::tempdir().expect("a temporary folder"), behaviours, rounds)
    }

    pub(crate) fn on(folder: tempfile::TempDir, behaviours: &[&str], rounds: u32) -> Self {
        let data = folder.path().join(".ferrobench/data/d");
        fs::create_dir_all(&data).expect("created");
        fs::write(data.join("x.npy"), "the data").expect("written");
        let x = digest::of_bytes(b"the data");
        let manifest = json!({
            "schema_version": "1.0", "dataset": "d", "choice": {"name": "synthetic_linear"},
            "inputs": [{"name": "x", "path": "x.npy", "format": "npy", "dtype": "f64", "shape": [1], "bytes": 8, "sha256": x}],
            "splits": [], "weights": null, "rows": 1, "columns": 1,
            "source": {"origin": "a test", "licence": "none", "notes": []},
        });
        fs::write(data.join("manifest.json"), manifest.to_string()).expect("written");
        let manifest_sha256 = digest::of_file(&data.join("manifest.json")).expect("read");
        let block = json!({
            "schema_version": "1.0", "block_id": "b1", "study": "s1", "domain": "classical",
            "cell": {
                "cell_id": "c1", "label": "known load", "task": "known", "algorithm": "fit",
                "hyperparameters": {}, "dataset": "d", "choice": {"name": "synthetic_linear"}, "split": "holdout",
                "device": "cpu", "threads": 1, "mode": "warm", "warmup": 1, "iterations": 2, "work": ["fit"], "capture": "full",
            },
            "arms": behaviours.iter().map(|name| arm(name)).collect::<Vec<_>>(),
            "rounds": (0..rounds).map(|round| behaviours.iter().map(|name| planned(name, round)).collect()).collect::<Vec<Vec<_>>>(),
            "data": {"dataset": "d", "folder": ".ferrobench/data/d", "manifest_sha256": manifest_sha256, "inputs": {"x": x}},
            "marks": [{"name": "fit", "required": true, "repeats": true, "work": true}],
            "outputs": [{"name": "predictions", "kind": "npy", "dtype": "f64", "shape": ["n"]}],
            "limits": {
                "timeout_s": 20, "output_bytes": 1_000_000, "memory_bytes": null,
                "gate": {"other_load_percent_max": 101.0, "memory_available_bytes_min": 0,
                         "temperature_celsius_max": null, "wait_s_max": 0, "cooldown_ms": 0},
            },
            "fingerprint": measure::fingerprint::probe(),
            "measure": file(env!("CARGO_BIN_EXE_measure")),
            "launcher": file(env!("CARGO_BIN_EXE_launch")),
            "services": [], "build_profile": "ci",
        });
        Self { folder, block }
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn state(&self, path: &str) -> PathBuf {
        self.root().join(".ferrobench").join(path)
    }

    /// The command, with a lock of this bench's own.
    pub(crate) fn command(&self) -> Command {
        let block = self.root().join("block.json");
        fs::write(&block, self.block.to_string()).expect("written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_measure"));
        command.args(["--root".as_ref(), self.root().as_os_str()]);
        command.args(["--block".as_ref(), block.as_os_str()]);
        command.args(["--out".as_ref(), self.root().join("out").as_os_str()]);
        command.args(["--lock".as_ref(), self.root().join("lock").as_os_str()]);
        command
    }

    pub(crate) fn run(&self) -> Output {
        self.command().output().expect("started")
    }

    pub(crate) fn start(&self) -> Child {
        self.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started")
    }

    pub(crate) fn key(&self) -> String {
        digest::of_bytes(self.block.to_string().as_bytes())
    }

    /// The handed-over records.
    pub(crate) fn records(&self) -> Vec<Record> {
        schema::document::read_lines(&self.root().join("out/b1/records.jsonl")).expect("records by the schema")
    }

    /// Of an unfinished attempt.
    pub(crate) fn attempt_records(&self, attempt: u32) -> Vec<Record> {
        let path = self.state(&format!("attempts/{}/{attempt}/records.jsonl", self.key()));
        schema::document::read_lines(&path).expect("records by the schema")
    }

    pub(crate) fn progress(&self) -> String {
        fs::read_to_string(self.state("progress.log")).unwrap_or_default()
    }

    /// Waits until the progress log says so.
    pub(crate) fn until(&self, words: &str) {
        let start = Instant::now();
        while !self.progress().contains(words) {
            assert!(start.elapsed() < Duration::from_secs(30), "no `{words}` in:\n{}", self.progress());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn arm(behaviour: &str) -> Value {
    let load = known_load();
    json!({
        "facts": {"arm": behaviour, "implementation": behaviour, "class": "library", "language": "rust",
                  "framework": "none", "framework_version": "0", "slow_percent": 0},
        "argv": [load, "--behaviour", behaviour], "env": {"ARM_VARIABLE": behaviour},
        "threads_env": ["OMP_NUM_THREADS"], "files": [file(&load)],
    })
}

fn planned(behaviour: &str, round: u32) -> Value {
    json!({"run_id": format!("b1_{round}_{behaviour}"), "arm": behaviour, "seed": 7 + round,
           "env_padding_bytes": 100, "folder_name_length": 20, "hash_seed": 3})
}

pub(crate) fn file(path: &str) -> Value {
    json!({"path": path, "sha256": digest::of_file(Path::new(path)).expect("read")})
}

/// Cargo builds examples beside the package's programs.
pub(crate) fn known_load() -> String {
    let programs = Path::new(env!("CARGO_BIN_EXE_measure")).parent().expect("a folder");
    programs.join("examples/known_load").display().to_string()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Keys of final attempts: what "the same set of records" means.
pub(crate) fn keys(records: &[Record]) -> BTreeMap<(String, String, u32), u32> {
    let mut keys = BTreeMap::new();
    for record in records {
        let identity = &record.identity;
        *keys.entry((identity.cell_id.to_string(), identity.arm.to_string(), identity.round)).or_default() += 1;
    }
    keys
}

/// Command lines of the processes that work below `folder`, as every run of a bench does.
pub(crate) fn processes_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir("/proc").expect("proc").filter_map(Result::ok);
    let inside =
        entries.filter(|entry| fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder)));
    inside.filter_map(|entry| Some(text(&fs::read(entry.path().join("cmdline")).ok()?).replace('\0', " "))).collect()
}
