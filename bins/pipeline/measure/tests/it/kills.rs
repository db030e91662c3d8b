//! `measure` itself is killed or interrupted, and started again.

use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use measure::clock::monotonic_ns;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use schema::record::Record;

use crate::bench::{Bench, keys, processes_in, text};

fn send(bench: &Bench, signal: Signal, at: &str) -> (ExitStatus, u64) {
    let child = bench.start();
    bench.until(at);
    std::thread::sleep(Duration::from_millis(60)); // into the run, which takes 250 ms
    end(child, signal)
}

fn end(mut child: Child, signal: Signal) -> (ExitStatus, u64) {
    kill(Pid::from_raw(child.id().cast_signed()), signal).expect("sent");
    let status = child.wait().expect("ended");
    (status, monotonic_ns())
}

#[test]
fn killed_in_a_block_and_started_again_gives_the_same_set_and_no_overlap() {
    let bench = Bench::new(&["good", "slow"], 3);
    send(&bench, Signal::SIGKILL, "run 4 of 6");
    let rerun = bench.run();
    assert!(rerun.status.success(), "{}", text(&rerun.stderr));
    let records = bench.records();
    let undisturbed = Bench::new(&["good", "slow"], 3);
    assert!(undisturbed.run().status.success());
    assert_eq!(keys(&records), keys(&undisturbed.records()), "the same cells, arms and rounds, each once");
    assert!(records.iter().all(|record| record.identity.attempt == 2));
    let unfinished = bench.attempt_records(1);
    assert_eq!(unfinished.len(), 3, "what was measured before the kill is kept beside");
    let mut all: Vec<&Record> = unfinished.iter().chain(&records).collect();
    all.sort_by_key(|record| record.timing.spawn_ns);
    assert!(all.windows(2).all(|pair| pair[0].timing.exit_ns < pair[1].timing.spawn_ns), "two runs overlap");
}

#[test]
fn a_kill_leaves_no_run_behind_and_the_lock_is_held_until_then() {
    let bench = Bench::new(&["hang_stubbornly"], 1);
    let child = bench.start();
    let runs = || processes_in(bench.root()).iter().any(|command| command.contains("sleep"));
    let begin = Instant::now();
    while !runs() && begin.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(10));
    }
    let (_, killed_ns) = end(child, Signal::SIGKILL);
    assert!(runs(), "the run outlives its measure");
    // The run ignores SIGTERM, so the launcher needs its five seconds of grace; the next measure waits.
    let interrupts = measure::interrupt::Interrupts::take().expect("signals");
    let mut said = Vec::new();
    let lock = bench.root().join("lock");
    measure::lock::take(&lock, "a test", &interrupts, &mut |line| said.push(line.to_owned())).expect("in the end");
    assert!(monotonic_ns() - killed_ns > 3_000_000_000, "the lock was free while the run still ran");
    assert!(said[0].contains("left running"), "{said:?}");
    assert_eq!(processes_in(bench.root()), Vec::<String>::new());
}

#[test]
fn a_signal_ends_the_run_and_leaves_the_attempt_unfinished() {
    for (signal, code) in [(Signal::SIGTERM, 143), (Signal::SIGINT, 130)] {
        let bench = Bench::new(&["hang"], 2);
        let start = Instant::now();
        let (status, _) = send(&bench, signal, "run 1 of 2");
        assert_eq!(status.code(), Some(code));
        assert!(start.elapsed() < Duration::from_secs(10));
        let records = bench.attempt_records(1);
        let status = serde_json::to_value(&records[0].status).expect("JSON");
        assert_eq!((records.len(), status["class"].as_str()), (1, Some("interrupted")));
        assert!(!bench.state("blocks").exists() && !bench.root().join("out").exists());
        assert_eq!(processes_in(bench.root()), Vec::<String>::new());
    }
}
