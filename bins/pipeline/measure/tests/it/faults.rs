//! Runs that go wrong: each is one record with its class, and the rest goes on.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use measure::gpu::Gpus;
use measure::interrupt::Interrupts;
use measure::watch;
use schema::record::{FailureClass, Record, Status};
use serde_json::json;

use crate::bench::{Bench, processes_in, text};

fn failure(record: &Record) -> (FailureClass, &str) {
    match &record.status {
        Status::Failed { class, message } => (*class, message),
        other => panic!("{}: {other:?}", record.identity.arm),
    }
}

#[test]
fn every_way_to_fail_has_its_class_and_the_next_run_is_measured() {
    let expected = [
        ("no_outcome", FailureClass::Protocol, "no outcome.json"),
        ("impossible_marks", FailureClass::Protocol, "not inside the process's life"),
        ("wrong_seed", FailureClass::Protocol, "seed"),
        ("wrong_digest", FailureClass::Protocol, "sha256"),
        ("diverged", FailureClass::Diverged, "1 of 2 values that are not finite"),
        ("killed", FailureClass::Killed, "signal 9"),
        ("crash", FailureClass::Crashed, "the third layer is missing"),
        ("bad_input", FailureClass::BadInput, "`alpha`: -1 is not allowed"),
    ];
    let mut behaviours: Vec<&str> = expected.iter().map(|(behaviour, ..)| *behaviour).collect();
    behaviours.extend(["skip", "good"]);
    let bench = Bench::new(&behaviours, 1);
    let output = bench.run();
    assert!(output.status.success(), "a failed run is a record, no error: {}", text(&output.stderr));
    assert!(text(&output.stdout).contains("1 ok, 8 failed, 1 skipped"), "{}", text(&output.stdout));
    let records = bench.records();
    for (record, (behaviour, class, words)) in records.iter().zip(expected) {
        let (found, message) = failure(record);
        assert_eq!(found, class, "{behaviour}: {message}");
        assert!(message.contains(words), "{behaviour}: {message}");
    }
    assert_eq!(records[8].status, Status::Skipped { reason: "error: no such device here".to_owned() });
    assert_eq!(records[9].status, Status::Ok);
}

#[test]
fn a_program_that_cannot_be_started_is_said_to_be_so() {
    let mut bench = Bench::new(&["good"], 1);
    bench.block["arms"][0]["argv"][0] = json!("/nowhere/program");
    assert!(bench.run().status.success());
    let records = bench.records();
    let (class, message) = failure(&records[0]);
    assert!(class == FailureClass::Spawn && message.contains("No such file"), "{message}");
}

#[test]
fn a_hanging_run_ends_at_its_limit_even_if_it_ignores_the_first_signal() {
    let mut bench = Bench::new(&["hang", "hang_stubbornly"], 1);
    bench.block["limits"]["timeout_s"] = json!(1);
    let start = Instant::now();
    assert!(bench.run().status.success());
    let seconds = start.elapsed().as_secs_f64();
    assert!((7.0..12.0).contains(&seconds), "1 s, and 1 s with 5 s of grace: {seconds}");
    for record in bench.records() {
        assert_eq!(failure(&record).0, FailureClass::Timeout);
    }
    assert_eq!(processes_in(bench.root()), Vec::<String>::new());
}

#[test]
fn what_a_run_leaves_behind_is_ended_and_counted() {
    let bench = Bench::new(&["grandchildren"], 1);
    assert!(bench.run().status.success());
    let record = &bench.records()[0];
    assert_eq!(record.status, Status::Ok);
    assert_eq!(record.resources.left_over_processes, 2);
    assert!(record.timing.wall_ns < 1_000_000_000, "what is left over does not count as the run's time");
}

#[test]
fn gigabytes_on_stdout_neither_block_the_run_nor_fill_the_record() {
    let mut bench = Bench::new(&["flood"], 1);
    bench.block["limits"]["timeout_s"] = json!(300); // a busy machine pipes slowly
    assert!(bench.run().status.success());
    let record = &bench.records()[0];
    assert_eq!(record.status, Status::Ok);
    assert_eq!(record.stdout.bytes, 2 << 30);
    assert!(record.stdout.head.len() + record.stdout.tail.len() <= 1 << 20);
}

#[test]
fn memory_is_the_runs_own_not_that_of_a_large_parent() {
    // The parent of the launcher has 200 MB here, as a `measure` with large buffers would.
    let ballast = vec![1_u8; 200 << 20];
    std::hint::black_box(&ballast);
    let watched = peak_of("/bin/true");
    drop(ballast);
    let reference = Command::new("/usr/bin/time").args(["-f", "%M", "/bin/true"]).output().expect("GNU time");
    let kibibytes: u64 = text(&reference.stderr).trim().parse().expect("a number");
    let difference = watched.abs_diff(kibibytes * 1024);
    assert!(watched < 4 << 20 && difference < 512 << 10, "{watched} bytes, GNU time says {kibibytes} KiB");
}

fn peak_of(program: &str) -> u64 {
    let order = watch::Order {
        launcher: Path::new(env!("CARGO_BIN_EXE_launch")),
        argv: vec![program.into()],
        variables: &BTreeMap::new(),
        folder: Path::new("/"),
        cpus: &[],
        timeout: Duration::from_secs(10),
        file_bytes: None,
        memory_bytes: None,
        gpus: &Gpus::open(),
        lock: None,
    };
    let interrupts = Interrupts::take().expect("signals");
    watch::run(&order, &interrupts).expect("watched").resources.rss_peak_bytes
}
