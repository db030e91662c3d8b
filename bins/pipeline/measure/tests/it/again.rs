//! Disturbed rounds are run again, as further samples of the same rounds.

use schema::record::{Record, split_counted};
use serde_json::json;

use crate::bench::{Bench, keys, text};

/// A block on a machine that is always busier than allowed.
fn always_disturbed(rounds: u32, repeats_max: u32) -> Bench {
    let mut bench = Bench::new(&["slow", "good"], rounds);
    bench.block["limits"]["gate"]["other_load_percent_max"] = json!(-1.0);
    bench.block["sampling"] = json!({"repeats_max": repeats_max});
    bench
}

fn order(records: &[Record]) -> Vec<(u32, u32)> {
    let mut rounds: Vec<(u32, u32)> = Vec::new();
    for record in records {
        let place = (record.identity.round, record.identity.repeat);
        if rounds.last() != Some(&place) {
            rounds.push(place);
        }
    }
    rounds
}

#[test]
fn a_disturbed_round_is_run_again_whole_and_its_first_runs_are_kept() {
    let bench = always_disturbed(2, 3);
    let output = bench.run();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let records = bench.records();
    assert_eq!(
        order(&records),
        [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2)],
        "none a third time before each had its second"
    );
    assert_eq!(records.len(), 10);
    let disturbed = &records[0].conditions.disturbed;
    assert!(disturbed.iter().any(|what| what.starts_with("other programs used ")), "{disturbed:?}");
    assert!(records[0].conditions.other_load_percent.is_some());
    assert_eq!(records[4].identity.run_id, format!("{}_again1", records[0].identity.run_id));
    assert!(bench.progress().contains("run 5 of 6 (slow, round 1 again)"), "{}", bench.progress());
}

#[test]
fn the_set_of_what_counts_is_that_of_an_undisturbed_block() {
    let bench = always_disturbed(2, 3);
    assert!(bench.run().status.success());
    let records = bench.records();
    let (counting, disturbed) = split_counted(records, Record::round_and_repeat);
    assert_eq!(disturbed.len(), 6);
    assert_eq!(order(&counting), [(1, 1), (0, 2)]);
    let quiet = Bench::new(&["slow", "good"], 2);
    assert!(quiet.run().status.success());
    assert_eq!(keys(&counting), keys(&quiet.records()));
}

#[test]
fn nothing_is_run_again_where_nothing_may_be_or_nothing_was_disturbed() {
    let bench = always_disturbed(2, 0);
    assert!(bench.run().status.success());
    assert_eq!(order(&bench.records()), [(0, 0), (1, 0)]);
    let in_a_hurry = always_disturbed(2, 5);
    assert!(in_a_hurry.command().arg("--no-wait").status().expect("started").success());
    assert_eq!(order(&in_a_hurry.records()), [(0, 0), (1, 0)]);
    let mut quiet = Bench::new(&["good"], 2);
    quiet.block["sampling"] = json!({"repeats_max": 5});
    assert!(quiet.run().status.success());
    assert_eq!(order(&quiet.records()), [(0, 0), (1, 0)], "{:?}", quiet.records()[0].conditions.disturbed);
}
