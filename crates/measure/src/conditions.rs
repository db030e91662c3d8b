//! What else was going on around a run: two snapshots of the machine, and what lies between them.

use schema::record::Conditions;

use crate::clock;
use crate::fingerprint::governor;
use crate::pseudo_files::{bytes_field, entries, number, text};

/// /proc/stat counts in hundredths of a second on every CPU; a share of less time than this is
/// mostly rounding and is left out.
const SHARE_WINDOW_NS_MIN: u64 = 200_000_000;
const TICK_NS: u64 = 10_000_000;

/// The clock ran on while the machine slept for at least this long: the run was disturbed.
pub const SUSPENDED_NS_MIN: u64 = 1_000_000_000;
/// A hypervisor that takes more than this share has disturbed the run.
const STEAL_PERCENT_MAX: f64 = 2.0;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuTimes {
    pub busy_ns: u64,
    pub steal_ns: u64,
    pub cpus: u32,
}

/// The machine at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    at_ns: u64,
    cpu: Option<CpuTimes>,
    frequency_mhz: Option<f64>,
    throttle_events: Option<u64>,
    swap_used_bytes: u64,
    memory_available_bytes: u64,
    temperature_celsius: Option<f64>,
    on_battery: Option<bool>,
}

impl Snapshot {
    /// `cpus`: whose frequency counts.
    pub fn take(cpus: &[u32]) -> Self {
        let meminfo = text("/proc/meminfo").unwrap_or_default();
        let bytes = |key| bytes_field(&meminfo, key).unwrap_or(0);
        Self {
            at_ns: clock::monotonic_ns(),
            cpu: cpu_times(),
            frequency_mhz: frequency_mhz(cpus),
            throttle_events: throttle_events(),
            swap_used_bytes: bytes("SwapTotal").saturating_sub(bytes("SwapFree")),
            memory_available_bytes: bytes("MemAvailable"),
            temperature_celsius: temperature_celsius(),
            on_battery: on_battery(),
        }
    }
}

/// `known_cpu_ns`: what the run and the harness used between the two snapshots.
pub fn between(before: &Snapshot, after: &Snapshot, known_cpu_ns: u64) -> Conditions {
    let window_ns = after.at_ns.saturating_sub(before.at_ns);
    let shares = before.cpu.zip(after.cpu).filter(|_| window_ns >= SHARE_WINDOW_NS_MIN);
    let percent = |part_ns: u64, cpus: u32| part_ns as f64 * 100.0 / (window_ns as f64 * f64::from(cpus.max(1)));
    let mut conditions = Conditions {
        other_load_percent: shares
            .map(|(b, a)| percent(a.busy_ns.saturating_sub(b.busy_ns).saturating_sub(known_cpu_ns), a.cpus)),
        steal_percent: shares.map(|(b, a)| percent(a.steal_ns.saturating_sub(b.steal_ns), a.cpus)),
        memory_available_bytes: before.memory_available_bytes,
        frequency_mhz_before: before.frequency_mhz,
        frequency_mhz_after: after.frequency_mhz,
        temperature_celsius: after.temperature_celsius,
        throttle_events: before.throttle_events.zip(after.throttle_events).map(|(b, a)| a.saturating_sub(b)),
        governor: governor(),
        on_battery: after.on_battery,
        swap_used_bytes: after.swap_used_bytes,
        aslr: number("/proc/sys/kernel/randomize_va_space"),
        ..Conditions::default()
    };
    conditions.disturbed = disturbances(before, after, &conditions);
    conditions
}

fn disturbances(before: &Snapshot, after: &Snapshot, conditions: &Conditions) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(steal) = conditions.steal_percent.filter(|steal| *steal > STEAL_PERCENT_MAX) {
        found.push(format!("the hypervisor took {steal:.1} % of the CPU time"));
    }
    if let Some(events) = conditions.throttle_events.filter(|events| *events > 0) {
        found.push(format!("the processor was throttled {events} times"));
    }
    if conditions.on_battery == Some(true) {
        found.push("running on battery".to_owned());
    }
    if after.swap_used_bytes > before.swap_used_bytes {
        let grown = (after.swap_used_bytes - before.swap_used_bytes) >> 20;
        found.push(format!("{grown} MiB went to swap"));
    }
    found
}

/// The sums of /proc/stat: busy is user, nice, system, irq and softirq (guest time is in user).
pub fn cpu_times() -> Option<CpuTimes> {
    parse_cpu_times(&text("/proc/stat")?)
}

fn parse_cpu_times(stat: &str) -> Option<CpuTimes> {
    let all = stat.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = all.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    let [user, nice, system, _idle, _iowait, irq, softirq, steal, ..] = ticks[..] else { return None };
    let numbered =
        |line: &&str| line.strip_prefix("cpu").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    Some(CpuTimes {
        busy_ns: (user + nice + system + irq + softirq) * TICK_NS,
        steal_ns: steal * TICK_NS,
        cpus: stat.lines().filter(numbered).count() as u32,
    })
}

/// The mean over `cpus`; a virtual machine tells it, if at all, in cpuinfo.
fn frequency_mhz(cpus: &[u32]) -> Option<f64> {
    let kilohertz = |cpu: &u32| number::<f64>(format!("/sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_cur_freq"));
    let mut found: Vec<f64> = cpus.iter().filter_map(kilohertz).map(|kilohertz| kilohertz / 1000.0).collect();
    if found.is_empty() {
        found = frequencies_of_cpuinfo(&text("/proc/cpuinfo")?, cpus);
    }
    (!found.is_empty()).then(|| found.iter().sum::<f64>() / found.len() as f64)
}

fn frequencies_of_cpuinfo(cpuinfo: &str, cpus: &[u32]) -> Vec<f64> {
    let value = |line: &str| line.split_once(':').map(|(_, value)| value.trim().to_owned());
    let mut current = None;
    let mut found = Vec::new();
    for line in cpuinfo.lines() {
        if line.starts_with("processor") {
            current = value(line).and_then(|number| number.parse::<u32>().ok());
        } else if line.starts_with("cpu MHz") && current.is_some_and(|cpu| cpus.contains(&cpu)) {
            found.extend(value(line).and_then(|number| number.parse::<f64>().ok()));
        }
    }
    found
}

fn throttle_events() -> Option<u64> {
    let counts: Vec<u64> = entries("/sys/devices/system/cpu", "cpu")
        .iter()
        .filter_map(|cpu| number(cpu.join("thermal_throttle/core_throttle_count")))
        .collect();
    (!counts.is_empty()).then(|| counts.iter().sum())
}

/// The hottest sensor of the processor.
pub fn temperature_celsius() -> Option<f64> {
    const SENSORS: [&str; 5] = ["x86_pkg_temp", "coretemp", "k10temp", "zenpower", "cpu"];
    let is_cpu = |kind: &str| SENSORS.iter().any(|sensor| kind.starts_with(sensor));
    let zones = entries("/sys/class/thermal", "thermal_zone").into_iter().filter_map(|zone| {
        let cpu = is_cpu(&text(zone.join("type"))?);
        cpu.then(|| number::<f64>(zone.join("temp")))?
    });
    let chips = entries("/sys/class/hwmon", "hwmon").into_iter().filter_map(|chip| {
        let cpu = is_cpu(&text(chip.join("name"))?);
        cpu.then(|| number::<f64>(chip.join("temp1_input")))?
    });
    zones.chain(chips).map(|thousandths| thousandths / 1000.0).reduce(f64::max)
}

/// `None` where there is no battery to run on.
fn on_battery() -> Option<bool> {
    let supplies = entries("/sys/class/power_supply", "");
    let of_kind = |kind: &str| {
        supplies.iter().filter(|supply| text(supply.join("type")).as_deref() == Some(kind)).collect::<Vec<_>>()
    };
    if of_kind("Battery").is_empty() {
        return None;
    }
    let mains = of_kind("Mains");
    Some(!mains.is_empty() && mains.iter().all(|supply| number::<u8>(supply.join("online")) == Some(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str =
        "cpu  100 1 50 1000 5 2 3 7 0 0\ncpu0 50 0 25 500 0 0 0 0 0 0\ncpu1 50 0 25 500 0 0 0 0 0 0\nintr 1\n";

    fn snapshot(at_ns: u64, cpu: CpuTimes) -> Snapshot {
        Snapshot {
            at_ns,
            cpu: Some(cpu),
            frequency_mhz: None,
            throttle_events: None,
            swap_used_bytes: 0,
            memory_available_bytes: 1,
            temperature_celsius: None,
            on_battery: None,
        }
    }

    #[test]
    fn busy_and_stolen_time_are_summed() {
        let expected = CpuTimes { busy_ns: 156 * TICK_NS, steal_ns: 7 * TICK_NS, cpus: 2 };
        assert_eq!(parse_cpu_times(STAT), Some(expected));
        assert_eq!(parse_cpu_times("cpu  1 2\n"), None);
    }

    #[test]
    fn other_load_is_what_neither_run_nor_harness_used() {
        let second = 1_000_000_000;
        let before = snapshot(0, CpuTimes { busy_ns: 0, steal_ns: 0, cpus: 2 });
        let after = snapshot(second, CpuTimes { busy_ns: 1_500_000_000, steal_ns: 100_000_000, cpus: 2 });
        let seen = between(&before, &after, second);
        assert_eq!(seen.other_load_percent, Some(25.0));
        assert_eq!(seen.steal_percent, Some(5.0));
        assert_eq!(seen.disturbed, ["the hypervisor took 5.0 % of the CPU time"]);
    }

    #[test]
    fn a_run_too_short_for_the_counters_tells_no_share() {
        let before = snapshot(0, CpuTimes::default());
        let after = snapshot(SHARE_WINDOW_NS_MIN - 1, CpuTimes { busy_ns: TICK_NS, steal_ns: 0, cpus: 1 });
        assert_eq!(between(&before, &after, 0).other_load_percent, None);
    }

    #[test]
    fn frequencies_are_those_of_the_cores_asked_for() {
        let cpuinfo = "processor\t: 0\ncpu MHz\t\t: 1000.5\n\nprocessor\t: 1\ncpu MHz\t\t: 2000.0\n";
        assert_eq!(frequencies_of_cpuinfo(cpuinfo, &[1]), [2000.0]);
        assert_eq!(frequencies_of_cpuinfo(cpuinfo, &[0, 1]), [1000.5, 2000.0]);
    }
}
