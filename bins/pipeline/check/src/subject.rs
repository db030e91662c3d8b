//! The implementation that is examined, and how it is started: as `measure` would.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use schema::id::Id;
use schema::implementation::Implementation;
use schema::outcome::{Outcome, OutcomeStatus};
use schema::{PROTOCOL, defaults, document, files};
use serde_json::{Map, Value, json};

use crate::process::{self, Ended};
use crate::smoke_case::SmokeCase;

/// The seed of every run: any value does, as long as it is the same.
pub(crate) const SEED: u64 = 1;
/// `--help` and `--describe` may import a large framework from a cold disk.
const TALK: Duration = Duration::from_mins(1);

pub(crate) struct Subject<'a> {
    pub(crate) case: &'a SmokeCase,
    pub(crate) implementation: &'a Implementation,
    scratch: &'a Path,
    started: Cell<u32>,
}

/// One run's order, which a check may bend before it is carried out.
pub(crate) struct Order {
    pub(crate) params: Map<String, Value>,
    pub(crate) data: PathBuf,
    /// Where the outputs go instead of a fresh folder.
    pub(crate) out: Option<PathBuf>,
}

pub(crate) struct Ran {
    pub(crate) ended: Ended,
    pub(crate) out: PathBuf,
    pub(crate) run_id: String,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(case: &'a SmokeCase, implementation: &'a Implementation, scratch: &'a Path) -> Self {
        Self { case, implementation, scratch, started: Cell::new(0) }
    }

    /// A fresh folder for one start or for a check's own files.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        self.started.set(self.started.get() + 1);
        let folder = self.scratch.join(self.started.get().to_string());
        files::create_folder(&folder)?;
        Ok(folder)
    }

    /// The smoke case of one algorithm, with the task's defaults.
    pub(crate) fn order(&self, algorithm: &Id) -> Result<Order> {
        let case = self.case;
        let smoke = &case.task.smoke;
        let data = case.data(algorithm)?;
        let algorithm_spec = case.task.algorithms.get(algorithm).context("an algorithm of the task")?;
        let hyperparameters = defaults::fill(&algorithm_spec.parameters, &Map::new())?;
        let work: Vec<_> = case.task.marks.iter().filter(|mark| mark.work).map(|mark| mark.name).collect();
        let params = json!({
            "protocol": PROTOCOL, "run_id": format!("check-{}-{algorithm}", self.implementation.implementation),
            "task": case.task.task, "algorithm": algorithm, "hyperparameters": hyperparameters,
            "dataset": data.manifest.dataset, "split": case.split(data), "device": "cpu", "threads": 1,
            "mode": smoke.mode, "warmup": smoke.warmup, "iterations": smoke.iterations, "work": work,
            "capture": "full", "slow_percent": 0,
        });
        let params = params.as_object().cloned().unwrap_or_default();
        Ok(Order { params, data: data.folder.clone(), out: None })
    }

    pub(crate) fn run(&self, order: &Order) -> Result<Ran> {
        let folder = self.folder()?;
        let params = folder.join("params.json");
        document::write(&params, &order.params)?;
        let out = order.out.clone().unwrap_or_else(|| folder.join("out"));
        if order.out.is_none() {
            files::create_folder(&out)?;
        }
        let mut command = self.command(&folder, order.params.get("threads"));
        command.arg("--params").arg(&params).arg("--data").arg(&order.data);
        command.arg("--out").arg(&out).args(["--seed", &SEED.to_string()]);
        let deadline = Duration::from_secs(u64::from(self.case.task.smoke.timeout_s));
        let ended = process::run(&mut command, &folder, deadline)?;
        let run_id = order.params.get("run_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Ran { ended, out, run_id })
    }

    /// `--help` or `--describe`.
    pub(crate) fn ask(&self, flag: &str) -> Result<Ended> {
        let folder = self.folder()?;
        Ok(process::run(self.command(&folder, None).arg(flag), &folder, TALK)?)
    }

    /// The implementation's command with a cleared and then listed environment.
    fn command(&self, folder: &Path, threads: Option<&Value>) -> Command {
        let argv = &self.implementation.argv;
        let program = argv.first().map_or("", String::as_str);
        let mut command = Command::new(files::from_root(&self.case.root, program));
        command.args(argv.iter().skip(1)).current_dir(folder).env_clear();
        command.env("PATH", "/usr/bin:/bin").env("LANG", "C.UTF-8").env("HOME", folder).env("TMPDIR", folder);
        command.env("PYTHONHASHSEED", "0");
        if let (Some(describe), Some(threads)) = (&self.implementation.describe, threads) {
            command.envs(describe.threads_env.iter().map(|name| (name, threads.to_string())));
        }
        command.envs(&self.case.variables).envs(&self.implementation.env);
        command
    }
}

impl Ran {
    /// The outcome of a run that was to succeed, or what went wrong instead.
    pub(crate) fn done(&self) -> Result<Outcome, String> {
        if self.ended.code() != Some(0) {
            return Err(self.ended.in_words());
        }
        let path = self.out.join("outcome.json");
        let bytes = files::read_at_most(&path, files::DOCUMENT_BYTES_MAX)
            .map_err(|_| "exit code 0, but no outcome.json".to_owned())?;
        let outcome: Outcome = document::parse(&bytes, "outcome.json").map_err(|faults| faults.to_string())?;
        let wrong = |field: &str, found: &dyn std::fmt::Display, wanted: &dyn std::fmt::Display| {
            Err(format!("outcome.json: `{field}` is {found} instead of {wanted}"))
        };
        if outcome.protocol != PROTOCOL {
            return wrong("protocol", &outcome.protocol, &PROTOCOL);
        }
        if outcome.run_id != self.run_id {
            return wrong("run_id", &outcome.run_id, &self.run_id);
        }
        if outcome.seed != SEED {
            return wrong("seed", &outcome.seed, &SEED);
        }
        if outcome.status != OutcomeStatus::Done {
            let reason = outcome.reason.as_deref().unwrap_or("no reason");
            return Err(format!("exit code 0, but outcome.json says it was not done: {reason}"));
        }
        Ok(outcome)
    }

    /// Every file that the run left, relative to its folder.
    pub(crate) fn left(&self) -> Vec<String> {
        let mut names = Vec::new();
        collect(&self.out, &self.out, &mut names);
        names.sort();
        names
    }
}

fn collect(base: &Path, folder: &Path, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(base, &path, names);
        } else if let Ok(relative) = path.strip_prefix(base) {
            names.push(relative.display().to_string());
        }
    }
}
