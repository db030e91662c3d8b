//! Watches a command as `measure` watches a run and prints its figures, one JSON line a run:
//! `watch_command RUNS LAUNCHER COMMAND…`. For scripts/benchmark-truth.

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use measure::clock::monotonic_ns;
use measure::gpu::Gpus;
use measure::interrupt::Interrupts;
use measure::{cpus, watch};
use serde_json::json;

fn main() -> ExitCode {
    schema::fault::exit_code(run())
}

fn run() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut words = std::env::args_os().skip(1);
    let usage = "usage: watch_command RUNS LAUNCHER COMMAND…";
    let runs: u32 = words.next().ok_or(usage)?.to_string_lossy().parse()?;
    let launcher = PathBuf::from(words.next().ok_or(usage)?);
    let argv: Vec<OsString> = words.collect();
    let interrupts = Interrupts::take()?;
    let cpus = cpus::divide(1);
    cpus::keep_to(&cpus.harness)?;
    for _ in 0..runs {
        let order = watch::Order {
            launcher: &launcher,
            argv: argv.clone(),
            variables: &BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]),
            folder: Path::new("/tmp"),
            cpus: &cpus.run,
            timeout: Duration::from_mins(10),
            file_bytes: None,
            memory_bytes: None,
            gpus: &Gpus::open(),
            lock: None,
        };
        let start_ns = monotonic_ns();
        let watched = watch::run(&order, &interrupts)?;
        let call_ns = monotonic_ns() - start_ns;
        let used = &watched.resources;
        let figures = json!({
            "ended": format!("{:?}", watched.end),
            "cpus": cpus.run,
            "call_ns": call_ns,
            "wall_ns": watched.timing.wall_ns,
            "cpu_ns": used.cpu_user_ns + used.cpu_system_ns,
            "rss_peak_bytes": used.rss_peak_bytes,
            "samples": used.samples,
            "harness_cpu_ns": used.harness_cpu_ns,
        });
        writeln!(std::io::stdout().lock(), "{figures}")?;
    }
    Ok(())
}
