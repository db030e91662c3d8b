//! `record.json`: `measure`'s document about one run, exactly one a run, even after a kill.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::block::{ArmFacts, Cell};
use crate::fingerprint::Fingerprint;
use crate::id::{ArmId, Id};
use crate::outcome::Outcome;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub identity: Identity,
    pub status: Status,
    /// The workload, as in the block file.
    pub cell: Cell,
    pub arm: ArmFacts,
    /// sha256 of each input that the run was given, by name.
    pub data: BTreeMap<String, String>,
    /// The task's own document; absent when it left none.
    pub outcome: Option<Outcome>,
    pub timing: Timing,
    pub resources: Resources,
    pub conditions: Conditions,
    pub environment: Environment,
    /// Head and tail of what the run wrote, 1 MiB each at most, with the whole length.
    pub stdout: Captured,
    pub stderr: Captured,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    pub schema_version: String,
    pub run_id: String,
    pub study: Id,
    pub block_id: Id,
    pub cell_id: Id,
    pub arm: ArmId,
    pub implementation: Id,
    /// Counts from 0; each round runs every arm once, so a round is a pair.
    pub round: u32,
    /// Place in the round's shuffled order, from 0.
    pub position: u32,
    /// 1 for the first try of the block; earlier tries are kept beside and never analysed.
    pub attempt: u32,
    pub seed: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "lowercase", deny_unknown_fields)]
pub enum Status {
    Ok,
    Skipped { reason: String },
    Failed { class: FailureClass, message: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// Exit code 2: the run refused its input.
    BadInput,
    /// Any other exit code than 0, 2, 3.
    Crashed,
    Killed,
    Oom,
    Timeout,
    /// Exit 0, but no outcome, an invalid one, or impossible marks.
    Protocol,
    /// The result holds values that are not finite.
    Diverged,
    Interrupted,
    /// The program could not be started at all.
    Spawn,
    /// The machine is not the one that the block was planned for.
    FingerprintMismatch,
}

/// `CLOCK_MONOTONIC`, as `measure` saw it from outside.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    pub spawn_ns: u64,
    pub exit_ns: u64,
    /// `exit_ns - spawn_ns`.
    pub wall_ns: u64,
    /// When it was, for people: Unix time in ms. No duration is computed from it.
    pub started_unix_ms: u64,
    /// How far `CLOCK_BOOTTIME` ran ahead of `CLOCK_MONOTONIC` meanwhile: above 0 the machine slept.
    pub suspended_ns: u64,
}

/// Of the run's whole process tree, unless a field says otherwise. A sensor that is not there is
/// null, never 0.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resources {
    pub cpu_user_ns: u64,
    pub cpu_system_ns: u64,
    /// The kernel's own high-water mark of the main process.
    pub rss_peak_bytes: u64,
    /// The largest sum over the tree that a sample saw; equals or exceeds nothing it did not see.
    pub rss_tree_peak_bytes: Option<u64>,
    pub rss_mean_bytes: Option<u64>,
    pub threads_peak: Option<u32>,
    pub processes_peak: Option<u32>,
    pub cpu_percent: Option<f64>,
    pub context_switches_voluntary: u64,
    pub context_switches_involuntary: u64,
    pub page_faults_minor: u64,
    pub page_faults_major: u64,
    pub read_bytes: Option<u64>,
    pub write_bytes: Option<u64>,
    pub samples: u32,
    pub sample_interval_ns: u64,
    /// CPU time that the harness itself spent while the run lasted.
    pub harness_cpu_ns: u64,
    pub gpu_memory_peak_bytes: Option<u64>,
    pub gpu_memory_mean_bytes: Option<u64>,
    pub gpu_percent: Option<f64>,
    pub gpu_energy_microjoules: Option<u64>,
    pub cpu_energy_microjoules: Option<u64>,
    /// Processes that outlived the run's main process and were ended.
    pub left_over_processes: u32,
}

/// What else was going on around the run.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// CPU use of everything that is not this run, in per cent of all cores, while it lasted.
    pub other_load_percent: Option<f64>,
    /// Time stolen by the hypervisor, in per cent of all cores, while the run lasted.
    pub steal_percent: Option<f64>,
    pub memory_available_bytes: u64,
    pub frequency_mhz_before: Option<f64>,
    pub frequency_mhz_after: Option<f64>,
    pub temperature_celsius: Option<f64>,
    pub throttle_events: Option<u64>,
    pub governor: Option<String>,
    pub on_battery: Option<bool>,
    pub swap_used_bytes: u64,
    /// How long the gate held the run back.
    pub waited_ms: u64,
    /// Why the run is marked as disturbed; empty when it is not. A marked run is kept.
    pub disturbed: Vec<String>,
    /// Length of the padding variable in the environment, against layout bias.
    pub env_padding_bytes: u32,
    pub aslr: Option<u8>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    pub fingerprint: Fingerprint,
    /// The variables that the run was started with, whole.
    pub variables: BTreeMap<String, String>,
    pub cpus: Vec<u32>,
    /// sha256 of each file of the implementation.
    pub files: BTreeMap<String, String>,
    pub commit: Option<String>,
    pub scheduler_job: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Captured {
    pub bytes: u64,
    /// Lossy UTF-8; escaped wherever it is shown.
    pub head: String,
    pub tail: String,
}
