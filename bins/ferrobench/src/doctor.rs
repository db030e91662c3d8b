//! `ferrobench doctor`: read-only. Each finding says what was seen, what it means, and the remedy.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::Result;
use schema::digest;

/// How much a finding matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    /// Works, but figures are less sharp, or something cannot be shown.
    Note,
    /// `scripts/run` cannot work without it.
    Missing,
}

struct Finding {
    subject: &'static str,
    state: State,
    seen: String,
    remedy: Option<String>,
}

impl Finding {
    fn good(subject: &'static str, seen: impl Into<String>) -> Self {
        Self { subject, state: State::Good, seen: seen.into(), remedy: None }
    }

    fn note(subject: &'static str, seen: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { subject, state: State::Note, seen: seen.into(), remedy: Some(remedy.into()) }
    }

    fn missing(subject: &'static str, seen: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { subject, state: State::Missing, seen: seen.into(), remedy: Some(remedy.into()) }
    }
}

pub(crate) fn run(root: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    let mut findings = programs(root);
    findings.extend(machine());
    findings.extend(steadiness());
    findings.extend(sensors());
    for finding in &findings {
        let word = match finding.state {
            State::Good => "good",
            State::Note => "note",
            State::Missing => "MISSING",
        };
        writeln!(out, "{word:<8} {:<22} {}", finding.subject, finding.seen)?;
        if let Some(remedy) = &finding.remedy {
            writeln!(out, "{:<31} → {remedy}", "")?;
        }
    }
    let missing = findings.iter().filter(|finding| finding.state == State::Missing).count();
    writeln!(out)?;
    if missing == 0 {
        writeln!(out, "This machine can run every study whose tasks are built. Notes limit what it can show.")?;
        Ok(ExitCode::SUCCESS)
    } else {
        writeln!(out, "{missing} thing(s) missing: scripts/setup installs what it can and names the rest.")?;
        Ok(ExitCode::FAILURE)
    }
}

fn programs(root: &Path) -> Vec<Finding> {
    let tools = root.join(".ferrobench/tools");
    vec![
        program("rust", "cargo", &["--version"], "install Rust by rustup, from your distribution or its site"),
        program(
            "java 17 or newer",
            "java",
            &["-version"],
            "install a Java runtime, for example Debian's openjdk-17-jre-headless",
        ),
        nextflow(&tools),
        python_environment(root),
    ]
}

fn program(subject: &'static str, name: &str, arguments: &[&str], remedy: &str) -> Finding {
    match first_line(name, arguments) {
        Some(line) => Finding::good(subject, line),
        None => Finding::missing(subject, format!("`{name}` does not answer"), remedy),
    }
}

/// The first line that a program prints, on whichever stream it prints it.
fn first_line(name: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(name).args(arguments).output().ok().filter(|output| output.status.success())?;
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).lines().find(|line| !line.trim().is_empty()).map(|line| line.trim().to_owned())
}

fn nextflow(tools: &Path) -> Finding {
    let own = tools.join("nextflow");
    if own.is_file() {
        return Finding::good("nextflow", format!("{} (put its folder on the PATH to type `nextflow`)", own.display()));
    }
    match first_line("nextflow", &["-version"]) {
        Some(line) => Finding::good("nextflow", line),
        None => Finding::missing("nextflow", "neither on the PATH nor in .ferrobench/tools", "scripts/setup"),
    }
}

fn python_environment(root: &Path) -> Finding {
    let lock = root.join("config/python/core.txt");
    let Ok(lock_digest) = digest::of_file(&lock) else {
        return Finding::missing(
            "python environment",
            format!("{} is not there", lock.display()),
            "restore the file from the repository",
        );
    };
    let python = root.join(".ferrobench/env").join(&lock_digest[..16]).join("bin/python");
    match first_line(&python.to_string_lossy(), &["--version"]) {
        Some(version) => Finding::good("python environment", format!("{version}, as locked")),
        None => Finding::missing("python environment", "not made yet for the present lock", "scripts/setup"),
    }
}

fn machine() -> Vec<Finding> {
    let print = measure::fingerprint::probe();
    let mut findings = vec![Finding::good("processor", format!("{}, {} cores given", print.cpu_model, print.cores))];
    findings.push(if print.cores < 2 {
        Finding::note(
            "cores",
            "one core: the harness shares it with every run",
            "use a machine with two cores or more for figures",
        )
    } else {
        Finding::good("cores", format!("{}: runs of up to {} threads", print.cores, print.cores))
    });
    findings.push(if print.memory_gib < 4 {
        Finding::note(
            "memory",
            format!("{} GiB", print.memory_gib),
            "large cells may be left out; 8 GiB carry the default study",
        )
    } else {
        Finding::good("memory", format!("{} GiB", print.memory_gib))
    });
    findings.push(match print.gpus.as_slice() {
        [] => {
            Finding::note("gpu", "none: cells with device cuda are left out", "nothing to mend where there is no GPU")
        }
        gpus => Finding::good("gpu", gpus.join(", ")),
    });
    if let Some(hypervisor) = print.hypervisor {
        findings.push(Finding::note(
            "virtual machine",
            format!("under {hypervisor}: other guests can disturb runs unseen"),
            "trust intervals, not single runs; the A/A block shows today's resolution",
        ));
    }
    findings
}

/// What makes timings waver: read as pyperf's `system tune` and hyperfine's warnings do.
fn steadiness() -> Vec<Finding> {
    let governor = read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    let governor = match governor.as_deref() {
        None => Finding::note("frequency governor", "cannot be read here", "nothing to mend: the host decides"),
        Some("performance") => Finding::good("frequency governor", "performance"),
        Some(other) => {
            Finding::note("frequency governor", other, "cpupower frequency-set --governor performance (as root)")
        }
    };
    let turbo = match read("/sys/devices/system/cpu/intel_pstate/no_turbo").as_deref() {
        Some("0") => Finding::note(
            "turbo",
            "on: the first runs may be faster than later, hot ones",
            "rounds are interleaved, so both sides get the same share",
        ),
        Some(_) => Finding::good("turbo", "off"),
        None => Finding::note("turbo", "cannot be read here", "nothing to mend: rounds are interleaved"),
    };
    let aslr = match read("/proc/sys/kernel/randomize_va_space").as_deref() {
        Some("2") => Finding::good("address randomisation", "on: layout luck averages out over runs"),
        other => Finding::note(
            "address randomisation",
            format!("{}: every run gets the same layout luck", other.unwrap_or("unknown")),
            "sysctl kernel.randomize_va_space=2 (as root)",
        ),
    };
    let battery = fs::read_dir("/sys/class/power_supply").ok().into_iter().flatten().flatten().any(|entry| {
        read(&entry.path().join("type").to_string_lossy()).as_deref() == Some("Battery")
            && read(&entry.path().join("status").to_string_lossy()).as_deref() == Some("Discharging")
    });
    let power = if battery {
        Finding::note("power", "on battery: the processor may be held back", "plug it in before measuring")
    } else {
        Finding::good("power", "not on battery")
    };
    vec![governor, turbo, aslr, power, load()]
}

fn load() -> Finding {
    let text = read("/proc/loadavg").unwrap_or_default();
    let one_minute: f64 = text.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0.0);
    if one_minute > 0.5 {
        Finding::note(
            "load",
            format!("{one_minute:.2} over the last minute"),
            "close what runs beside; the gate waits, then marks the runs",
        )
    } else {
        Finding::good("load", format!("{one_minute:.2} over the last minute"))
    }
}

fn sensors() -> Vec<Finding> {
    let energy = if fs::read_to_string("/sys/class/powercap/intel-rapl:0/energy_uj").is_ok() {
        Finding::good("energy counter", "readable")
    } else {
        Finding::note(
            "energy counter",
            "not readable: energy is reported as absent, never as 0",
            "where RAPL exists, root can open it to readers",
        )
    };
    let temperature = if fs::read_dir("/sys/class/thermal").is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("thermal_zone"))
    }) {
        Finding::good("temperature", "readable")
    } else {
        Finding::note("temperature", "no sensor: throttling cannot be seen", "nothing to mend on a virtual machine")
    };
    vec![energy, temperature]
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}
