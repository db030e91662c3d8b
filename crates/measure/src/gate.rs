//! The gate before a block's first run: is the machine quiet enough, and if not, who is in the way.

use std::time::{Duration, Instant};

use schema::block::Gate;

use crate::fingerprint::available_cpus;
use crate::interrupt::{Interrupted, Interrupts};
use crate::processes;
use crate::pseudo_files::{bytes_field, text};
use crate::sensors::{CpuTimes, cpu_times, temperature_celsius};

/// Long enough that counters in hundredths of a second tell a load to about two per cent.
const LOOK: Duration = Duration::from_millis(500);
/// A process that uses less of a core does not stand out.
const CULPRIT_PERCENT_MIN: f64 = 5.0;

/// How the gate was passed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    pub waited_ms: u64,
    /// What was still over its limit; the runs that follow are marked with it.
    pub breach: Option<String>,
}

/// How closely is looked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Look {
    /// Before a block's first run: also at what else is running, which takes half a second.
    Whole,
    /// Between two runs: at heat and memory only; what else is running is seen while a run lasts.
    BetweenRuns {
        /// The processor's temperature when the block's first run began.
        first_celsius: Option<f64>,
    },
}

/// Waits until the machine is as the gate demands, at most as long as it allows (with `no_wait`:
/// not at all). `say` gets a line when something is in the way, about once a second.
pub fn pass(
    gate: &Gate,
    look: Look,
    no_wait: bool,
    interrupts: &Interrupts,
    say: &mut dyn FnMut(&str),
) -> Result<Passage, Interrupted> {
    let mut breach = look_for_breach(gate, look, interrupts)?;
    let start = Instant::now();
    let limit = Duration::from_secs(if no_wait { 0 } else { gate.wait_s_max.into() });
    while let Some(what) = &breach {
        let waited = start.elapsed();
        if waited >= limit {
            break;
        }
        say(&format!("waiting: {what}, {} s of {}", waited.as_secs(), limit.as_secs()));
        interrupts.sleep(LOOK.min(limit.saturating_sub(waited)))?;
        breach = look_for_breach(gate, look, interrupts)?;
    }
    Ok(Passage { waited_ms: start.elapsed().as_millis() as u64, breach })
}

/// What is over its limit, in words.
fn look_for_breach(gate: &Gate, look: Look, interrupts: &Interrupts) -> Result<Option<String>, Interrupted> {
    let first_celsius = match look {
        Look::BetweenRuns { first_celsius } => first_celsius,
        Look::Whole => {
            if let Some(busy) = look_for_load(gate, interrupts)? {
                return Ok(Some(busy));
            }
            None
        }
    };
    let now = temperature_celsius();
    Ok(memory_breach(gate).or_else(|| heat_breach(gate, first_celsius, now)))
}

fn look_for_load(gate: &Gate, interrupts: &Interrupts) -> Result<Option<String>, Interrupted> {
    let (before, processes) = (cpu_times(), processes::Look::take());
    interrupts.sleep(LOOK)?;
    let load = before.zip(cpu_times()).map(|(before, after)| load_percent(before, after, LOOK));
    let Some(load) = load.filter(|load| *load > gate.other_load_percent_max) else { return Ok(None) };
    let most = processes.most_until(&processes::Look::take(), LOOK.as_nanos() as u64);
    let culprit = most.filter(|process| process.cpu_percent >= CULPRIT_PERCENT_MIN);
    let cores = available_cpus().len();
    Ok(Some(culprit.map_or_else(
        || format!("other programs use {load:.0} % of {cores} cores"),
        |process| format!("{} uses {:.0} % CPU", process.name, process.cpu_percent),
    )))
}

fn load_percent(before: CpuTimes, after: CpuTimes, time: Duration) -> f64 {
    let busy = after.busy_ns.saturating_sub(before.busy_ns) as f64;
    busy * 100.0 / (time.as_nanos() as f64 * f64::from(after.cpus.max(1)))
}

fn memory_breach(gate: &Gate) -> Option<String> {
    let available = bytes_field(&text("/proc/meminfo")?, "MemAvailable")?;
    (available < gate.memory_available_bytes_min).then(|| {
        format!("{} MiB of memory are free, {} are needed", available >> 20, gate.memory_available_bytes_min >> 20)
    })
}

/// Above the limit, or out of the band in which the block's first run began.
fn heat_breach(gate: &Gate, first: Option<f64>, now: Option<f64>) -> Option<String> {
    let now = now?;
    if let Some(limit) = gate.temperature_celsius_max.filter(|limit| now > *limit) {
        return Some(format!("the processor has {now:.0} °C, the limit is {limit:.0} °C"));
    }
    let (first, band) = first.zip(gate.warmer_celsius_max)?;
    (now > first + band).then(|| format!("the processor has {now:.0} °C, the block began at {first:.0} °C"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(load: f64, memory: u64, wait_s_max: u32) -> Gate {
        Gate {
            other_load_percent_max: load,
            memory_available_bytes_min: memory,
            temperature_celsius_max: Some(80.0),
            warmer_celsius_max: Some(5.0),
            wait_s_max,
            cooldown_ms: 0,
        }
    }

    #[test]
    fn an_open_gate_is_passed_at_once() {
        let interrupts = Interrupts::take().expect("signals");
        let passage = pass(&gate(f64::MAX, 0, 60), Look::Whole, false, &interrupts, &mut |line| panic!("{line}"))
            .expect("passed");
        assert_eq!(passage.breach, None);
        assert!(passage.waited_ms < 100);
    }

    #[test]
    fn a_closed_gate_is_waited_for_visibly_and_then_marked() {
        let interrupts = Interrupts::take().expect("signals");
        let mut said = Vec::new();
        let closed = gate(101.0, u64::MAX, 1);
        let passage =
            pass(&closed, Look::Whole, false, &interrupts, &mut |line| said.push(line.to_owned())).expect("passed");
        assert!(passage.waited_ms >= 1000, "{passage:?}");
        assert!(passage.breach.is_some_and(|what| what.contains("MiB of memory are free")));
        assert!(said[0].starts_with("waiting: ") && said[0].ends_with(" s of 1"), "{said:?}");
    }

    #[test]
    fn without_waiting_the_breach_is_told_at_once() {
        let interrupts = Interrupts::take().expect("signals");
        let passage =
            pass(&gate(101.0, u64::MAX, 60), Look::Whole, true, &interrupts, &mut |_| panic!("waits")).expect("passed");
        assert!(passage.waited_ms < 100 && passage.breach.is_some());
    }

    #[test]
    fn heat_above_the_limit_closes_the_gate() {
        let breach = |first, now| heat_breach(&gate(0.0, 0, 0), first, now);
        assert_eq!(breach(None, Some(79.0)), None);
        assert_eq!(breach(Some(40.0), None), None);
        assert!(breach(None, Some(81.4)).is_some_and(|what| what.contains("81 °C")));
    }

    #[test]
    fn a_run_begins_in_the_band_in_which_the_first_began() {
        let breach = |now| heat_breach(&gate(0.0, 0, 0), Some(40.0), Some(now));
        assert_eq!(breach(45.0), None);
        assert_eq!(breach(45.6).as_deref(), Some("the processor has 46 °C, the block began at 40 °C"));
        let anything = Gate { warmer_celsius_max: None, ..gate(0.0, 0, 0) };
        assert_eq!(heat_breach(&anything, Some(40.0), Some(79.0)), None);
    }

    #[test]
    fn the_load_is_a_share_of_all_cores() {
        let before = CpuTimes { busy_ns: 0, steal_ns: 0, cpus: 4 };
        let after = CpuTimes { busy_ns: 1_000_000_000, ..before };
        assert!((load_percent(before, after, Duration::from_millis(500)) - 50.0).abs() < 1e-9);
    }
}
