//! `params.json`: one run's order, given to a task's executable by `--params`. Every value is
//! resolved: a task has no defaults of its own, so both languages get the same numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::Id;
use crate::mark::MarkName;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    pub protocol: String,
    /// Joins outcome, record and evaluation.
    pub run_id: String,
    pub task: Id,
    pub algorithm: Id,
    /// Complete: every hyperparameter of the algorithm, defaults filled in by `plan`.
    pub hyperparameters: Map<String, Value>,
    pub dataset: Id,
    /// The split scheme in the data manifest, `holdout`.
    pub split: Id,
    pub device: Device,
    /// Threads that the implementation may use, the same for all.
    pub threads: u32,
    pub mode: Mode,
    /// Iterations whose marks are warm-up (0 in cold mode).
    pub warmup: u32,
    /// Iterations that count (1 in cold mode).
    pub iterations: u32,
    /// The marks whose time is compared.
    pub work: Vec<MarkName>,
    pub capture: Capture,
    /// The task library spins this share of each work mark's time at the mark's end, in every
    /// language alike: the known slow-down that proves the verdicts. 0 everywhere else.
    #[serde(default)]
    pub slow_percent: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    #[default]
    Cpu,
    Cuda,
}

/// Cold: one iteration in a fresh process, the whole process is compared.
/// Warm: warm-up first, then the marks of the work are compared. Never mixed in one figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    Cold,
    #[default]
    Warm,
}

/// Whether outputs are written in full or only as sha256 digests in the outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Capture {
    #[default]
    Full,
    Digest,
}
