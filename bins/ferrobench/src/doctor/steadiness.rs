//! What makes timings waver.

use super::finding::Finding;
use super::host::Host;

/// Reading these takes tens of nanoseconds, and they do not stop.
const GOOD_CLOCKS: [&str; 4] = ["tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter"];

pub(super) fn look(host: &Host) -> Vec<Finding> {
    vec![governor(host), turbo(host), clock(host), addresses(host), power(host), load(host)]
}

fn governor(host: &Host) -> Finding {
    const NAME: &str = "frequency governor";
    match host.text("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").as_deref() {
        None => Finding::note(NAME, "cannot be read here", "the host decides the frequency, unseen"),
        Some("performance") => Finding::good(NAME, "performance"),
        Some(other) => {
            Finding::note(NAME, other, "the frequency follows the load: short runs look slower than long ones")
                .remedy("sudo cpupower frequency-set --governor performance")
        }
    }
}

fn turbo(host: &Host) -> Finding {
    let off_on_intel = host.number::<u8>("sys/devices/system/cpu/intel_pstate/no_turbo").map(|off| off == 0);
    match off_on_intel.or_else(|| host.number::<u8>("sys/devices/system/cpu/cpufreq/boost").map(|on| on == 1)) {
        None => {
            Finding::note("turbo", "cannot be read here", "the first runs may be faster; rounds share that equally")
        }
        Some(false) => Finding::good("turbo", "off"),
        Some(true) => {
            let remedy = if off_on_intel.is_some() {
                "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo"
            } else {
                "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost"
            };
            Finding::note("turbo", "on", "the first runs may be faster than later, hot ones; rounds share that equally")
                .remedy(remedy)
        }
    }
}

fn clock(host: &Host) -> Finding {
    let folder = "sys/devices/system/clocksource/clocksource0";
    let Some(clock) = host.text(&format!("{folder}/current_clocksource")) else {
        return Finding::note("clock source", "cannot be read here", "a slow clock would be counted with short work");
    };
    if GOOD_CLOCKS.contains(&clock.as_str()) {
        return Finding::good("clock source", clock);
    }
    let others = host.text(&format!("{folder}/available_clocksource")).unwrap_or_default();
    let better = GOOD_CLOCKS.into_iter().find(|good| others.split(' ').any(|other| other == *good));
    let found = Finding::note("clock source", clock, "reading it takes about a microsecond, which short work feels");
    match better {
        Some(better) => found.remedy(format!("echo {better} | sudo tee /{folder}/current_clocksource")),
        None => found,
    }
}

fn addresses(host: &Host) -> Finding {
    const NAME: &str = "address randomising";
    match host.text("proc/sys/kernel/randomize_va_space").as_deref() {
        Some("2") => Finding::good(NAME, "on: the luck of the memory layout averages out over runs"),
        other => {
            let seen = format!("{}, not 2", other.unwrap_or("unknown"));
            Finding::note(NAME, seen, "every run has the same luck of the memory layout, which looks like a difference")
                .remedy("sudo sysctl kernel.randomize_va_space=2")
        }
    }
}

fn power(host: &Host) -> Finding {
    let mut batteries = host.entries("sys/class/power_supply", "").into_iter();
    let on_battery = batteries.any(|supply| {
        let says =
            |file: &str, word: &str| measure::pseudo_files::text(supply.join(file)).is_some_and(|text| text == word);
        says("type", "Battery") && says("status", "Discharging")
    });
    if on_battery {
        return Finding::note("power", "on battery", "the processor is held back; such runs are marked as disturbed")
            .remedy("plug it in before measuring");
    }
    Finding::good("power", "not on battery")
}

fn load(host: &Host) -> Finding {
    let text = host.text("proc/loadavg").unwrap_or_default();
    let minute: f64 = text.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0.0);
    let seen = format!("{minute:.2} over the last minute");
    if minute <= 0.5 {
        return Finding::good("load", seen);
    }
    Finding::note("load", seen, "the gate waits for a quiet machine, then measures all the same and marks the runs")
        .remedy("close what runs beside")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::doctor::finding::State;

    #[test]
    fn a_restless_machine_gets_a_note_and_a_remedy_for_each_thing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (path, text) in [
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave"),
            ("sys/devices/system/cpu/intel_pstate/no_turbo", "0"),
            ("sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet"),
            ("sys/devices/system/clocksource/clocksource0/available_clocksource", "tsc hpet acpi_pm"),
            ("proc/sys/kernel/randomize_va_space", "0"),
            ("sys/class/power_supply/BAT0/type", "Battery"),
            ("sys/class/power_supply/BAT0/status", "Discharging"),
            ("proc/loadavg", "3.10 1.00 0.50 2/300 99"),
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, format!("{text}\n")).expect("written");
        }
        let found = look(&Host::at(folder.path()));
        assert_eq!(found.len(), 6);
        for finding in &found {
            assert!(finding.state == State::Note && finding.means.is_some() && finding.remedy.is_some(), "{finding:?}");
        }
        assert!(found[2].remedy.as_deref().is_some_and(|remedy| remedy.starts_with("echo tsc | ")));
    }
}
