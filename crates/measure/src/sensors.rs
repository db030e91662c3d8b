//! The machine's sensors and counters, as the kernel shows them. What is not there is absent, never 0.

use nix::unistd::{SysconfVar, sysconf};

use crate::pseudo_files::{entries, field, number, text};

pub const TICK_NS: u64 = 10_000_000; // /proc/stat counts in hundredths of a second

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuTimes {
    pub busy_ns: u64,
    pub steal_ns: u64,
    pub cpus: u32,
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

/// In MHz, in the order of `cpus`; a virtual machine tells it, if at all, in cpuinfo.
pub fn frequencies_mhz(cpus: &[u32]) -> Vec<Option<f64>> {
    let kilohertz = |cpu: &u32| number::<f64>(format!("/sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_cur_freq"));
    let found: Vec<Option<f64>> = cpus.iter().map(|cpu| kilohertz(cpu).map(|kilohertz| kilohertz / 1000.0)).collect();
    if found.iter().any(Option::is_some) {
        return found;
    }
    frequencies_of_cpuinfo(&text("/proc/cpuinfo").unwrap_or_default(), cpus)
}

fn frequencies_of_cpuinfo(cpuinfo: &str, cpus: &[u32]) -> Vec<Option<f64>> {
    let value = |line: &str| line.split_once(':').map(|(_, value)| value.trim().to_owned());
    let mut current = None;
    let mut found = vec![None; cpus.len()];
    for line in cpuinfo.lines() {
        if line.starts_with("processor") {
            current = value(line).and_then(|number| number.parse::<u32>().ok());
        } else if line.starts_with("cpu MHz")
            && let Some(place) = cpus.iter().position(|cpu| Some(*cpu) == current)
        {
            found[place] = value(line).and_then(|number| number.parse().ok());
        }
    }
    found
}

/// Summed over all cores, since the machine was started.
pub fn throttle_events() -> Option<u64> {
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
pub fn on_battery() -> Option<bool> {
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

/// Bytes that came in from swap and that went out to it, since the machine was started.
pub fn swapped_bytes() -> Option<(u64, u64)> {
    let vmstat = text("/proc/vmstat")?;
    let page_bytes = sysconf(SysconfVar::PAGE_SIZE).ok().flatten()? as u64;
    let bytes = |key| Some(field(&vmstat, key)?.parse::<u64>().ok()? * page_bytes);
    Some((bytes("pswpin")?, bytes("pswpout")?))
}

/// For how long work has waited for each resource, in microseconds since the machine was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stalls {
    pub cpu_some_us: Option<u64>,
    pub memory_some_us: Option<u64>,
    pub memory_full_us: Option<u64>,
    pub io_some_us: Option<u64>,
    pub io_full_us: Option<u64>,
}

/// `None` where the kernel keeps no account of pressure.
pub fn stalls() -> Option<Stalls> {
    let [cpu, memory, io] = ["cpu", "memory", "io"].map(|name| text(format!("/proc/pressure/{name}")));
    let total = |text: &Option<String>, kind| stall_us(text.as_deref()?, kind);
    let found = Stalls {
        cpu_some_us: total(&cpu, "some"),
        memory_some_us: total(&memory, "some"),
        memory_full_us: total(&memory, "full"),
        io_some_us: total(&io, "some"),
        io_full_us: total(&io, "full"),
    };
    (found != Stalls::default()).then_some(found)
}

fn stall_us(pressure: &str, kind: &str) -> Option<u64> {
    let line = pressure.lines().find(|line| line.split(' ').next() == Some(kind))?;
    line.split(' ').find_map(|word| word.strip_prefix("total="))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str =
        "cpu  100 1 50 1000 5 2 3 7 0 0\ncpu0 50 0 25 500 0 0 0 0 0 0\ncpu1 50 0 25 500 0 0 0 0 0 0\nintr 1\n";

    #[test]
    fn busy_and_stolen_time_are_summed() {
        let expected = CpuTimes { busy_ns: 156 * TICK_NS, steal_ns: 7 * TICK_NS, cpus: 2 };
        assert_eq!(parse_cpu_times(STAT), Some(expected));
        assert_eq!(parse_cpu_times("cpu  1 2\n"), None);
    }

    #[test]
    fn frequencies_are_those_of_the_cores_asked_for() {
        let cpuinfo = "processor\t: 0\ncpu MHz\t\t: 1000.5\n\nprocessor\t: 1\ncpu MHz\t\t: 2000.0\n";
        assert_eq!(frequencies_of_cpuinfo(cpuinfo, &[1]), [Some(2000.0)]);
        assert_eq!(frequencies_of_cpuinfo(cpuinfo, &[1, 0, 7]), [Some(2000.0), Some(1000.5), None]);
    }

    #[test]
    fn the_total_of_a_kind_of_pressure_is_read() {
        let text =
            "some avg10=5.99 avg60=8.86 avg300=5.27 total=28697763\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7";
        assert_eq!(stall_us(text, "some"), Some(28_697_763));
        assert_eq!(stall_us(text, "full"), Some(7));
        assert_eq!(stall_us("some avg10=0.00", "some"), None);
    }
}
