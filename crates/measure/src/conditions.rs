//! What else was going on around a run: two snapshots of the machine, and what lies between them.

use std::collections::BTreeMap;

use schema::record::{Conditions, CoreFrequency, Pressure};

use crate::clock;
use crate::fingerprint::{governor, turbo};
use crate::processes::Look;
use crate::pseudo_files::{bytes_field, number, text};
use crate::sensors::{self, CpuTimes, Stalls};

/// A share of less time than this is mostly the rounding of the kernel's counters and is left out.
const SHARE_WINDOW_NS_MIN: u64 = 200_000_000;

/// The clock ran on while the machine slept for at least this long: the run was disturbed.
pub const SUSPENDED_NS_MIN: u64 = 1_000_000_000;
/// A hypervisor that takes more than this share has disturbed the run.
const STEAL_PERCENT_MAX: f64 = 2.0;
/// All work stood still for memory for more than this share of the time.
const MEMORY_STALL_PERCENT_MAX: f64 = 1.0;
/// What goes through swap below this is the kernel's housekeeping.
const SWAPPED_BYTES_MIN: u64 = 1 << 20;

/// The machine at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    at_ns: u64,
    cpu: Option<CpuTimes>,
    processes: Look,
    frequencies_mhz: Vec<Option<f64>>,
    throttle_events: Option<u64>,
    swap_used_bytes: u64,
    swapped_bytes: Option<(u64, u64)>,
    stalls: Option<Stalls>,
    memory_available_bytes: u64,
    temperature_celsius: Option<f64>,
    on_battery: Option<bool>,
}

impl Snapshot {
    /// `cpus`: whose frequency counts. The time between a snapshot before and one after holds the
    /// run, and the taking of neither.
    pub fn before(cpus: &[u32]) -> Self {
        let mut taken = Self::after(cpus);
        (taken.cpu, taken.at_ns) = (sensors::cpu_times(), clock::monotonic_ns());
        taken
    }

    pub fn after(cpus: &[u32]) -> Self {
        let (at_ns, cpu) = (clock::monotonic_ns(), sensors::cpu_times());
        let meminfo = text("/proc/meminfo").unwrap_or_default();
        let bytes = |key| bytes_field(&meminfo, key).unwrap_or(0);
        Self {
            at_ns,
            cpu,
            processes: Look::take(),
            frequencies_mhz: sensors::frequencies_mhz(cpus),
            throttle_events: sensors::throttle_events(),
            swap_used_bytes: bytes("SwapTotal").saturating_sub(bytes("SwapFree")),
            swapped_bytes: sensors::swapped_bytes(),
            stalls: sensors::stalls(),
            memory_available_bytes: bytes("MemAvailable"),
            temperature_celsius: sensors::temperature_celsius(),
            on_battery: sensors::on_battery(),
        }
    }
}

/// What was seen of one core's frequency while the run lasted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct During {
    pub mean: Option<f64>,
    pub min: Option<f64>,
}

/// Why a run counts as disturbed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disturbance {
    pub what: String,
    /// It may be over when the run is done again.
    pub passing: bool,
}

impl Disturbance {
    pub fn passing(what: String) -> Self {
        Self { what, passing: true }
    }

    pub fn lasting(what: String) -> Self {
        Self { what, passing: false }
    }
}

/// `known_cpu_ns`: what the run and the harness used between the two snapshots; `during`: of each of `cpus`.
pub fn between(before: &Snapshot, after: &Snapshot, cpus: &[u32], during: &[During], known_cpu_ns: u64) -> Conditions {
    let window_ns = after.at_ns.saturating_sub(before.at_ns);
    let shares = before.cpu.zip(after.cpu).filter(|_| window_ns >= SHARE_WINDOW_NS_MIN);
    let percent = |part_ns: u64, cpus: u32| part_ns as f64 * 100.0 / (window_ns as f64 * f64::from(cpus.max(1)));
    let swapped = before.swapped_bytes.zip(after.swapped_bytes);
    let mut conditions = Conditions {
        other_load_percent: shares
            .map(|(b, a)| percent(a.busy_ns.saturating_sub(b.busy_ns).saturating_sub(known_cpu_ns), a.cpus)),
        steal_percent: shares.map(|(b, a)| percent(a.steal_ns.saturating_sub(b.steal_ns), a.cpus)),
        other_load_most: shares.and_then(|_| before.processes.most_until(&after.processes, window_ns)),
        memory_available_bytes: before.memory_available_bytes,
        frequency_mhz_before: mean(&before.frequencies_mhz),
        frequency_mhz_after: mean(&after.frequencies_mhz),
        frequencies: frequencies(before, after, cpus, during),
        temperature_celsius: after.temperature_celsius,
        temperature_celsius_before: before.temperature_celsius,
        throttle_events: before.throttle_events.zip(after.throttle_events).map(|(b, a)| a.saturating_sub(b)),
        governor: governor(),
        turbo: turbo(),
        on_battery: after.on_battery,
        swap_used_bytes: after.swap_used_bytes,
        swap_in_bytes: swapped.map(|(b, a)| a.0.saturating_sub(b.0)),
        swap_out_bytes: swapped.map(|(b, a)| a.1.saturating_sub(b.1)),
        pressure: before.stalls.zip(after.stalls).map(|(b, a)| pressure(&b, &a, window_ns)),
        aslr: number("/proc/sys/kernel/randomize_va_space"),
        ..Conditions::default()
    };
    conditions.absent = absent(&conditions);
    conditions
}

fn mean(frequencies: &[Option<f64>]) -> Option<f64> {
    let found: Vec<f64> = frequencies.iter().flatten().copied().collect();
    (!found.is_empty()).then(|| found.iter().sum::<f64>() / found.len() as f64)
}

/// Empty where no core tells its frequency.
fn frequencies(before: &Snapshot, after: &Snapshot, cpus: &[u32], during: &[During]) -> Vec<CoreFrequency> {
    let at = |moment: &[Option<f64>], place: usize| moment.get(place).copied().flatten();
    let core = |(place, cpu): (usize, &u32)| {
        let seen = during.get(place).copied().unwrap_or_default();
        let (before, after) = (at(&before.frequencies_mhz, place), at(&after.frequencies_mhz, place));
        CoreFrequency { cpu: *cpu, before, during: seen.mean, during_min: seen.min, after }
    };
    let known = |core: &CoreFrequency| core.before.or(core.during).or(core.after).is_some();
    cpus.iter().enumerate().map(core).filter(known).collect()
}

fn pressure(before: &Stalls, after: &Stalls, window_ns: u64) -> Pressure {
    let percent = |before: Option<u64>, after: Option<u64>| {
        let stalled_us = after?.saturating_sub(before?);
        // The kernel's account runs ahead of the window by its own step of averaging.
        (window_ns > 0).then(|| (stalled_us as f64 * 1000.0 * 100.0 / window_ns as f64).min(100.0))
    };
    Pressure {
        cpu_some_percent: percent(before.cpu_some_us, after.cpu_some_us),
        memory_some_percent: percent(before.memory_some_us, after.memory_some_us),
        memory_full_percent: percent(before.memory_full_us, after.memory_full_us),
        io_some_percent: percent(before.io_some_us, after.io_some_us),
        io_full_percent: percent(before.io_full_us, after.io_full_us),
    }
}

fn absent(conditions: &Conditions) -> BTreeMap<String, String> {
    let short = "the run was shorter than the counters can tell a share of";
    let sensor = |there: bool, name: &'static str, reason: &'static str| (!there).then_some((name, reason));
    [
        sensor(conditions.other_load_percent.is_some(), "other_load_percent", short),
        sensor(conditions.steal_percent.is_some(), "steal_percent", short),
        sensor(!conditions.frequencies.is_empty(), "frequencies", "no core tells its frequency here"),
        sensor(conditions.temperature_celsius.is_some(), "temperature_celsius", "no sensor of the processor here"),
        sensor(conditions.throttle_events.is_some(), "throttle_events", "the kernel counts none here"),
        sensor(conditions.governor.is_some(), "governor", "the frequency is not the kernel's to govern here"),
        sensor(conditions.turbo.is_some(), "turbo", "the kernel does not tell here"),
        sensor(conditions.on_battery.is_some(), "on_battery", "no battery here"),
        sensor(conditions.swap_in_bytes.is_some(), "swap_in_bytes", "the kernel does not count it"),
        sensor(conditions.pressure.is_some(), "pressure", "the kernel keeps no account of it (PSI)"),
    ]
    .into_iter()
    .flatten()
    .map(|(name, reason)| (name.to_owned(), reason.to_owned()))
    .collect()
}

/// What of the conditions disturbed the run, whatever it was planned to be like.
pub fn disturbances(conditions: &Conditions) -> Vec<Disturbance> {
    let mut found = Vec::new();
    if let Some(steal) = conditions.steal_percent.filter(|steal| *steal > STEAL_PERCENT_MAX) {
        found.push(Disturbance::passing(format!("the hypervisor took {steal:.1} % of the CPU time")));
    }
    if let Some(events) = conditions.throttle_events.filter(|events| *events > 0) {
        found.push(Disturbance::passing(format!("the processor was throttled {events} times")));
    }
    if conditions.on_battery == Some(true) {
        found.push(Disturbance::lasting("running on battery".to_owned()));
    }
    let swapped = conditions.swap_in_bytes.unwrap_or(0) + conditions.swap_out_bytes.unwrap_or(0);
    if swapped >= SWAPPED_BYTES_MIN {
        found.push(Disturbance::passing(format!("{} MiB went through swap", swapped >> 20)));
    }
    let stalled = conditions.pressure.as_ref().and_then(|pressure| pressure.memory_full_percent);
    if let Some(stalled) = stalled.filter(|stalled| *stalled > MEMORY_STALL_PERCENT_MAX) {
        found.push(Disturbance::passing(format!("all work waited for memory for {stalled:.1} % of the time")));
    }
    found
}

#[cfg(test)]
mod tests;
