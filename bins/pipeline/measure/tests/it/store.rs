//! The store, the lock, and what is verified before anything is measured.

use std::fs;
use std::os::unix::process::ExitStatusExt;

use serde_json::json;

use crate::bench::{Bench, text};

#[test]
fn a_measured_block_is_found_and_measured_again_only_when_asked_to() {
    let bench = Bench::new(&["good"], 2);
    assert!(bench.run().status.success());
    let first = bench.records();
    fs::remove_dir_all(bench.root().join("out")).expect("removed");
    let again = bench.run();
    assert!(text(&again.stdout).contains("found in the store"), "{}", text(&again.stdout));
    assert_eq!(bench.records()[0].timing.spawn_ns, first[0].timing.spawn_ns);
    let fresh = bench.command().arg("--fresh").output().expect("started");
    assert!(fresh.status.success(), "{}", text(&fresh.stderr));
    assert!(bench.records()[0].timing.spawn_ns > first[1].timing.exit_ns);
    assert_eq!(bench.records()[0].identity.attempt, 2);
}

#[test]
fn a_truncated_block_is_named_set_aside_and_measured_again() {
    let bench = Bench::new(&["good"], 1);
    assert!(bench.run().status.success());
    let stored = bench.state(&format!("blocks/{}/records.jsonl", bench.key()));
    let whole = fs::read(&stored).expect("read");
    fs::write(&stored, &whole[..whole.len() / 2]).expect("truncated");
    let output = bench.run();
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("the stored block is damaged"), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("bytes; the manifest says "), "{}", text(&output.stderr));
    assert_eq!(bench.records()[0].identity.attempt, 2);
    assert!(bench.state(&format!("set_aside/{}/1/records.jsonl", bench.key())).is_file());
}

#[test]
fn changed_files_are_all_named_before_anything_is_measured() {
    let bench = Bench::new(&["good"], 1);
    fs::write(bench.state("data/d/x.npy"), "other data").expect("written");
    let mut changed = bench;
    changed.block["launcher"]["sha256"] = json!("0".repeat(64));
    let output = changed.run();
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("x.npy: has 10 bytes with sha256 ") && said.contains("launch: has "), "{said}");
    assert!(said.contains("hint: "), "{said}");
    assert!(!changed.state("blocks").exists() && !changed.root().join("out").exists());
}

#[test]
fn a_block_that_breaks_its_own_rules_is_refused() {
    let mut bench = Bench::new(&["good"], 1);
    bench.block["rounds"][0][0]["run_id"] = json!("../escape");
    for (version, told) in [("1.0", "`../escape`"), ("2.0", "schema version 2.0")] {
        bench.block["schema_version"] = json!(version);
        let output = bench.run();
        assert_eq!(output.status.code(), Some(2));
        let said = text(&output.stderr);
        assert!(said.contains(told), "{said}");
    }
}

#[test]
fn another_machine_leaves_one_record_and_asks_for_another_try() {
    let mut bench = Bench::new(&["good"], 2);
    bench.block["fingerprint"]["cores"] = json!(4711);
    let output = bench.run();
    assert_eq!(output.status.code(), Some(75), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("cores was 4711"), "{}", text(&output.stderr));
    let records = bench.attempt_records(1);
    let status = serde_json::to_value(&records[0].status).expect("JSON");
    assert_eq!((records.len(), &status["class"]), (1, &json!("fingerprint_mismatch")));
}

#[test]
fn a_second_measure_waits_says_for_whom_and_finds_the_block() {
    let bench = Bench::new(&["slow"], 5);
    let mut first = bench.start();
    bench.until("run 1 of 5");
    let second = bench.run();
    assert!(first.wait().expect("ended").success());
    assert!(second.status.success() && second.status.signal().is_none());
    let waited = format!("waiting for measure pid {} (study s1, block b1)", first.id());
    assert!(text(&second.stderr).contains(&waited), "{}", text(&second.stderr));
    assert!(text(&second.stdout).contains("found in the store, just measured"), "{}", text(&second.stdout));
    assert_eq!(bench.progress().matches("run 1 of 5").count(), 1, "measured once");
}

#[test]
fn a_busy_machine_is_waited_for_visibly_and_its_runs_are_marked() {
    let mut bench = Bench::new(&["good"], 1);
    bench.block["limits"]["gate"]["memory_available_bytes_min"] = json!(1_u64 << 60);
    bench.block["limits"]["gate"]["wait_s_max"] = json!(1);
    let output = bench.run();
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("waiting: ") && text(&output.stderr).contains(" s of 1"));
    let conditions = &bench.records()[0].conditions;
    assert!(conditions.waited_ms >= 1000 && conditions.disturbed[0].starts_with("before the run: "), "{conditions:?}");
}
