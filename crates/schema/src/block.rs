//! A block file: one cell, all its arms, k rounds in a shuffled order, fully resolved. It is the
//! unit of the DAG in phase 4, of the cache and of resuming; `measure` needs it and what it
//! names, nothing else. Its sha256 is its key in the block store.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::DatasetChoice;
use crate::fingerprint::Fingerprint;
use crate::id::{ArmId, Id};
use crate::implementation::{Class, FileDigest, Language};
use crate::mark::MarkName;
use crate::params::{Capture, Device, Mode};
use crate::task::MarkSpec;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Block {
    pub schema_version: String,
    pub block_id: Id,
    pub study: Id,
    pub domain: Id,
    pub cell: Cell,
    pub arms: Vec<Arm>,
    /// Each round's runs in the order in which they are to be done.
    pub rounds: Vec<Vec<PlannedRun>>,
    pub data: BlockData,
    /// What a run's outcome is checked against.
    pub marks: Vec<MarkSpec>,
    pub outputs: Vec<crate::task::OutputSpec>,
    pub limits: Limits,
    #[serde(default)]
    pub sampling: Sampling,
    /// The machine that the block was planned for; `measure` probes again and compares.
    pub fingerprint: Fingerprint,
    /// The measuring program that the block was planned for.
    pub measure: FileDigest,
    /// The tiny program that `measure` starts each run through, so that the run's high-water mark
    /// of memory is not that of `measure`.
    pub launcher: FileDigest,
    /// Programs that `measure` starts before the runs and ends after them, on the cores left to itself.
    #[serde(default)]
    pub services: Vec<Service>,
    /// `ci` builds are never a basis for a figure: the report says so.
    pub build_profile: String,
}

/// The unit about which the question is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    pub cell_id: Id,
    /// For people: `linear on synthetic_linear (n=20000, d=100), 2 threads, warm`.
    pub label: String,
    pub task: Id,
    pub algorithm: Id,
    pub hyperparameters: Map<String, Value>,
    /// The prepared dataset's id.
    pub dataset: Id,
    pub choice: DatasetChoice,
    pub split: Id,
    pub device: Device,
    pub threads: u32,
    pub mode: Mode,
    pub warmup: u32,
    pub iterations: u32,
    pub work: Vec<MarkName>,
    pub capture: Capture,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    pub facts: ArmFacts,
    /// The whole command but for the protocol's own flags.
    pub argv: Vec<String>,
    /// Variables of this implementation; `measure` clears everything else and adds its own list.
    pub env: BTreeMap<String, String>,
    /// The variables to set to `threads`.
    pub threads_env: Vec<String>,
    /// Every file that the run starts from, verified before the first run.
    pub files: Vec<FileDigest>,
}

/// What a reader of a record wants to know about who did the work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArmFacts {
    pub arm: ArmId,
    pub implementation: Id,
    pub class: Class,
    pub language: Language,
    pub framework: String,
    pub framework_version: String,
    pub slow_percent: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedRun {
    pub run_id: String,
    pub arm: ArmId,
    /// The same for every arm of a round.
    pub seed: u64,
    pub env_padding_bytes: u32,
    /// Length of the working folder's last name, shuffled for the same reason.
    pub folder_name_length: u32,
    pub hash_seed: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockData {
    pub dataset: Id,
    /// The prepared folder, relative to the project's root.
    pub folder: String,
    pub manifest_sha256: String,
    /// sha256 of each file, by name.
    pub inputs: BTreeMap<String, String>,
}

/// How many of the planned rounds are run, and what is run again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sampling {
    /// A round of which a run was disturbed is run again after the others; at most so many times in all.
    #[serde(default)]
    pub repeats_max: u32,
    /// Where given, rounds end early once the intervals are narrow enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
}

/// STATS 2.8: looked at after fixed numbers of rounds only, at the interval's width and never at a p-value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Until {
    /// Half of the 95 % interval of every compared pair, in per cent of the ratio.
    pub half_width_percent: f64,
    /// Rounds after which is looked.
    pub looks: Vec<u32>,
}

impl Eq for Sampling {}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub timeout_s: u32,
    /// All outputs of one run together.
    pub output_bytes: u64,
    pub memory_bytes: Option<u64>,
    pub gate: Gate,
}

/// What the machine must look like before the block's first run, and how long it is waited for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    pub other_load_percent_max: f64,
    pub memory_available_bytes_min: u64,
    pub temperature_celsius_max: Option<f64>,
    /// A run begins at most this much warmer than the block's first did; null: not looked at.
    #[serde(default)]
    pub warmer_celsius_max: Option<f64>,
    pub wait_s_max: u32,
    /// Pause between two runs.
    pub cooldown_ms: u32,
}

impl Eq for Gate {}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    pub name: Id,
    pub argv: Vec<String>,
    pub env: BTreeMap<String, String>,
    /// What it is started from, verified before the first run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileDigest>,
}
