//! What the machine gives: processor, memory, disk, and what stands between it and the programs.

use std::path::Path;

use measure::control_group;
use measure::pseudo_files::bytes_field;

use super::finding::Finding;
use super::host::{Host, bytes};

/// Below this the operating system and the harness share the measured run's cores.
const CORES_FEW: u32 = 4;
/// What the default study's largest run takes, with room for the system.
const MEMORY_MIN: u64 = 4 << 30;
/// Build folders, environments and a few studies' blocks.
const DISK_MIN: u64 = 10 << 30;

pub(super) fn look(host: &Host, root: &Path) -> Vec<Finding> {
    let print = measure::fingerprint::probe();
    let meminfo = host.text("proc/meminfo").unwrap_or_default();
    let mut findings = vec![Finding::good("processor", print.cpu_model), cores(print.cores), smt(print.smt)];
    findings.extend([memory(&meminfo), swap(&meminfo)]);
    findings.extend(control_groups(host, &meminfo, print.cores));
    findings.push(disk(root));
    findings.push(kernel(host, &print.kernel));
    findings.push(virtual_machine(print.hypervisor));
    findings.push(container(print.container_image));
    findings.push(gpus(&print.gpus, print.gpu_driver.as_deref()));
    findings
}

fn cores(cores: u32) -> Finding {
    let seen = format!("{cores} given to this process");
    if cores >= CORES_FEW {
        return Finding::good("cores", seen);
    }
    Finding::note("cores", seen, "the harness and the system share them with the measured run: intervals are wider")
        .remedy("a machine with 4 cores or more, for sharper figures")
}

fn smt(smt: Option<bool>) -> Finding {
    match smt {
        Some(false) => Finding::good("smt", "off: each thread has a core of its own"),
        Some(true) => Finding::note("smt", "on", "two threads may share one core, which costs each up to half")
            .remedy("echo off | sudo tee /sys/devices/system/cpu/smt/control"),
        None => Finding::note("smt", "cannot be read", "two threads may share one core without a trace"),
    }
}

fn memory(meminfo: &str) -> Finding {
    let total = bytes_field(meminfo, "MemTotal").unwrap_or(0);
    let available = bytes_field(meminfo, "MemAvailable").unwrap_or(0);
    let seen = format!("{}, {} available", bytes(total), bytes(available));
    if available >= MEMORY_MIN {
        return Finding::good("memory", seen);
    }
    Finding::note("memory", seen, "cells whose data do not fit twice are left out, and the gate waits for memory")
        .remedy(format!("close programs until {} are available", bytes(MEMORY_MIN)))
}

fn swap(meminfo: &str) -> Finding {
    let total = bytes_field(meminfo, "SwapTotal").unwrap_or(0);
    let used = total.saturating_sub(bytes_field(meminfo, "SwapFree").unwrap_or(0));
    match (total, used) {
        (0, _) => Finding::good("swap", "none"),
        (_, 0) => Finding::good("swap", format!("{}, none in use", bytes(total))),
        _ => Finding::note(
            "swap",
            format!("{} of {} in use", bytes(used), bytes(total)),
            "a page that comes back from disk takes as long as a million operations; such runs are marked",
        )
        .remedy("sudo swapoff -a (with enough free memory)"),
    }
}

/// The tightest limits of the control groups above this process.
fn control_groups(host: &Host, meminfo: &str, cores: u32) -> Vec<Finding> {
    let limits = control_group::limits(&host.path(""));
    let total = bytes_field(meminfo, "MemTotal").unwrap_or(u64::MAX);
    let memory = limits.memory_bytes.filter(|limit| *limit < total);
    let cpus = limits.cpus.filter(|limit| *limit < f64::from(cores));
    let memory = memory.map_or_else(
        || Finding::good("memory limit", "none below the machine's"),
        |limit| {
            let means = "cells whose data do not fit twice are left out; a run that needs more is killed, and its record says so";
            Finding::note("memory limit", bytes(limit), means).remedy("raise the control group's memory.max")
        },
    );
    let cpus = cpus.map_or_else(
        || Finding::good("cpu quota", "none below the machine's"),
        |limit| {
            let means = "a run is stopped when its quota is used up: times jump by tens of milliseconds";
            Finding::note("cpu quota", format!("{limit} cores' time"), means)
                .remedy("give whole cores (a cpuset, docker --cpuset-cpus) instead of a quota")
        },
    );
    vec![memory, cpus]
}

fn disk(root: &Path) -> Finding {
    let Some(free) = measure::disk::free_bytes(root) else {
        return Finding::note("disk", "free space cannot be read", "a full disk stops a run; nothing finished is lost");
    };
    let seen = format!("{} free here", bytes(free));
    if free >= DISK_MIN {
        return Finding::good("disk", seen);
    }
    Finding::note("disk", seen, "builds, environments and blocks may not fit; a full disk stops a run")
        .remedy(format!("free {}; .ferrobench/target can be deleted at any time", bytes(DISK_MIN - free)))
}

fn kernel(host: &Host, kernel: &str) -> Finding {
    if !host.text("proc/version").unwrap_or_default().to_lowercase().contains("microsoft") {
        return Finding::good("kernel", kernel);
    }
    Finding::note(
        "kernel",
        format!("{kernel}, Windows Subsystem for Linux"),
        "no governor, counters or temperature can be read, and Windows' own load is not seen; not tried by this project",
    )
    .remedy("keep the checkout on the Linux side (not under /mnt), and use a Linux machine for figures")
}

fn virtual_machine(hypervisor: Option<String>) -> Finding {
    match hypervisor {
        None => Finding::good("virtual machine", "none seen"),
        Some(name) => Finding::note(
            "virtual machine",
            if name == "present" { "under a hypervisor without a name".to_owned() } else { format!("under {name}") },
            "other guests can disturb a run without a trace: trust intervals and the A/A block, not single runs",
        ),
    }
}

fn container(image: Option<String>) -> Finding {
    match image {
        None => Finding::good("container", "none seen"),
        Some(image) => Finding::note(
            "container",
            format!("inside {image}"),
            "figures are kept apart from those of the host: the image is part of the machine's fingerprint",
        ),
    }
}

fn gpus(gpus: &[String], driver: Option<&str>) -> Finding {
    if gpus.is_empty() {
        return Finding::note("gpu (NVML)", "none", "cells with device cuda are left out");
    }
    Finding::good("gpu (NVML)", format!("{}, driver {}", gpus.join(", "), driver.unwrap_or("unknown")))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::doctor::finding::State;

    #[test]
    fn the_tightest_limit_of_all_groups_above_counts() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        };
        write("proc/self/cgroup", "0::/a/b\n");
        write("sys/fs/cgroup/a/memory.max", "1073741824\n");
        write("sys/fs/cgroup/a/b/memory.max", "max\n");
        write("sys/fs/cgroup/a/b/cpu.max", "150000 100000\n");
        let meminfo = "MemTotal: 8388608 kB\n";
        let host = Host::at(folder.path());
        let seen = |findings: Vec<Finding>| findings.into_iter().map(|f| (f.state, f.seen)).collect::<Vec<_>>();
        let expected = [(State::Note, "1.0 GiB".to_owned()), (State::Note, "1.5 cores' time".to_owned())];
        assert_eq!(seen(control_groups(&host, meminfo, 2)), expected);
        write("sys/fs/cgroup/a/memory.max", "max\n");
        write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
        assert!(control_groups(&host, meminfo, 2).iter().all(|finding| finding.state == State::Good));
    }

    #[test]
    fn used_swap_and_windows_are_told() {
        let used = swap("SwapTotal: 2097152 kB\nSwapFree: 1048576 kB\n");
        assert_eq!((used.state, used.seen.as_str()), (State::Note, "1.0 GiB of 2.0 GiB in use"));
        assert_eq!(swap("SwapTotal: 0 kB\nSwapFree: 0 kB\n").state, State::Good);
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("proc")).expect("made");
        fs::write(folder.path().join("proc/version"), "Linux version 5.15.1-microsoft-standard-WSL2").expect("written");
        assert!(kernel(&Host::at(folder.path()), "5.15.1").seen.contains("Windows"));
    }
}
