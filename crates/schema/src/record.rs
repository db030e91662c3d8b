//! `record.json`: `measure`'s document about one run, exactly one a run, even after a kill.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::block::{ArmFacts, Cell};
use crate::fingerprint::Fingerprint;
use crate::id::{ArmId, Id};
use crate::mark::Mark;
use crate::outcome::Outcome;
use crate::params::Mode;

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
    /// Programs that ran beside the run for it, such as the server of a model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<ServiceUse>,
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
    /// 0 for the round as planned. A round of which a run was disturbed is run again whole, under the
    /// same round and the next number here; the highest counts, the earlier ones are kept beside.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub repeat: u32,
    pub seed: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Record {
    /// By which [`split_counted`] tells what counts.
    pub fn round_and_repeat(&self) -> (u32, u32) {
        (self.identity.round, self.identity.repeat)
    }

    /// What the run cost in its cell's own time, in ns; none where it did not end well. Cold: the whole
    /// process. Warm: the mean time of the work over the iterations that count.
    pub fn cost_ns(&self) -> Option<f64> {
        if self.status != Status::Ok {
            return None;
        }
        if self.cell.mode == Mode::Cold {
            return Some(self.timing.wall_ns as f64);
        }
        let marks = self.outcome.iter().flat_map(|outcome| &outcome.marks);
        let counted = marks.filter(|mark| self.cell.work.contains(&mark.name) && mark.iteration >= self.cell.warmup);
        let work_ns: u64 = counted.map(Mark::duration_ns).sum();
        (work_ns > 0 && self.cell.iterations > 0).then(|| work_ns as f64 / f64::from(self.cell.iterations))
    }
}

/// The runs that count, of each round its last repeat, and the others: they belong to rounds that were
/// disturbed and run again, and stay as evidence. `of` gives a run's round and repeat.
pub fn split_counted<T>(runs: Vec<T>, of: impl Fn(&T) -> (u32, u32)) -> (Vec<T>, Vec<T>) {
    let mut last: BTreeMap<u32, u32> = BTreeMap::new();
    for (round, repeat) in runs.iter().map(&of) {
        let highest = last.entry(round).or_default();
        *highest = repeat.max(*highest);
    }
    runs.into_iter().partition(|run| {
        let (round, repeat) = of(run);
        last.get(&round) == Some(&repeat)
    })
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

/// What a service used while the run lasted; it counts against no run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceUse {
    pub name: Id,
    /// User and system time of all its threads that still live.
    pub cpu_ns: Option<u64>,
    /// The kernel's own high-water mark, of its whole life.
    pub rss_peak_bytes: Option<u64>,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu_energy_by: Option<EnergySource>,
    /// Of all processor packages, whoever used them, from before the run's start to after its end.
    pub cpu_energy_microjoules: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_energy_by: Option<EnergySource>,
    /// Processes that outlived the run's main process and were ended.
    pub left_over_processes: u32,
    /// Why a figure is null, by its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub absent: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EnergySource {
    /// The hardware's own running sum, read before and after.
    Counter,
    /// Power as it was sampled, times the time between two samples.
    Estimate,
}

/// What else was going on around the run.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// CPU use of everything that is not this run, in per cent of all cores, while it lasted.
    pub other_load_percent: Option<f64>,
    /// Time stolen by the hypervisor, in per cent of all cores, while the run lasted.
    pub steal_percent: Option<f64>,
    /// The process that used most of the CPU besides the run, of those that were there before and after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_load_most: Option<OtherProcess>,
    pub memory_available_bytes: u64,
    /// Means over the run's cores.
    pub frequency_mhz_before: Option<f64>,
    pub frequency_mhz_after: Option<f64>,
    /// Each of the run's cores.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frequencies: Vec<CoreFrequency>,
    /// After the run.
    pub temperature_celsius: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_celsius_before: Option<f64>,
    pub throttle_events: Option<u64>,
    pub governor: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turbo: Option<bool>,
    pub on_battery: Option<bool>,
    pub swap_used_bytes: u64,
    /// Of the whole machine, while the run lasted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swap_in_bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swap_out_bytes: Option<u64>,
    /// Of the whole machine, while the run lasted (`/proc/pressure`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pressure: Option<Pressure>,
    /// How long the gate held the run back.
    pub waited_ms: u64,
    /// Why the run is marked as disturbed; empty when it is not. A marked run is kept.
    pub disturbed: Vec<String>,
    /// Length of the padding variable in the environment, against layout bias.
    pub env_padding_bytes: u32,
    pub aslr: Option<u8>,
    /// Why a condition is not known, by its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub absent: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherProcess {
    pub name: String,
    /// Of one core.
    pub cpu_percent: f64,
}

/// In MHz; null where it could not be read at that moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CoreFrequency {
    pub cpu: u32,
    pub before: Option<f64>,
    /// The mean and the least of the samples while the run lasted.
    pub during: Option<f64>,
    pub during_min: Option<f64>,
    pub after: Option<f64>,
}

/// Per cent of the time in which work waited for a resource: `some`, at least one process; `full`, all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pressure {
    pub cpu_some_percent: Option<f64>,
    pub memory_some_percent: Option<f64>,
    pub memory_full_percent: Option<f64>,
    pub io_some_percent: Option<f64>,
    pub io_full_percent: Option<f64>,
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
