//! What can be read beside the clock. An absent sensor is reported as absent, never as zero.

use super::finding::Finding;
use super::host::Host;

pub(super) fn look(host: &Host) -> Vec<Finding> {
    vec![counters(host), energy(host), temperature(host)]
}

/// From 3 on (Debian's own level) an ordinary user may not open even counters of its own processes.
const PARANOID_MAX: i32 = 2;

fn counters(host: &Host) -> Finding {
    let path = "proc/sys/kernel/perf_event_paranoid";
    let Some(level) = host.number::<i32>(path) else {
        return Finding::note("perf counters", "not there", "cycles and cache misses cannot be looked into here");
    };
    if level > PARANOID_MAX {
        let means = "`perf` cannot look into a run; no figure of this project needs it";
        return Finding::note("perf counters", format!("closed (level {level})"), means)
            .remedy(format!("sudo sysctl kernel.perf_event_paranoid={PARANOID_MAX}"));
    }
    if host.entries("sys/bus/event_source/devices", "cpu").is_empty() {
        return Finding::note("perf counters", "no hardware counters", "the virtual machine hides the processor's");
    }
    Finding::good("perf counters", format!("open (level {level})"))
}

fn energy(host: &Host) -> Finding {
    let packages = host.entries("sys/class/powercap", "intel-rapl:");
    let Some(package) = packages.first() else {
        return Finding::note("energy (RAPL)", "no counter", "energy is reported as absent");
    };
    if std::fs::read(package.join("energy_uj")).is_ok() {
        return Finding::good("energy (RAPL)", "readable");
    }
    Finding::note("energy (RAPL)", "not readable by this user", "energy is reported as absent")
        .remedy("sudo chmod -R a+r /sys/class/powercap/*/energy_uj")
}

fn temperature(host: &Host) -> Finding {
    if host.entries("sys/class/thermal", "thermal_zone").is_empty() {
        return Finding::note(
            "temperature",
            "no sensor",
            "heat cannot be seen; throttling shows in the intervals alone",
        );
    }
    Finding::good("temperature", "readable")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::doctor::finding::State;

    #[test]
    fn absent_sensors_are_notes_and_present_ones_are_good() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(look(&Host::at(folder.path())).iter().all(|finding| finding.state == State::Note));
        for path in [
            "proc/sys/kernel/perf_event_paranoid",
            "sys/bus/event_source/devices/cpu/type",
            "sys/class/powercap/intel-rapl:0/energy_uj",
            "sys/class/thermal/thermal_zone0/temp",
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, "1\n").expect("written");
        }
        assert!(look(&Host::at(folder.path())).iter().all(|finding| finding.state == State::Good));
        fs::write(folder.path().join("proc/sys/kernel/perf_event_paranoid"), "4\n").expect("written");
        assert_eq!(look(&Host::at(folder.path()))[0].seen, "closed (level 4)");
    }
}
