//! Rounds end at the first look at which the intervals are narrow enough.

use schema::record::Record;
use serde_json::json;

use crate::bench::{Bench, text};

fn rounds_until(half_width_percent: f64) -> (Vec<Record>, String) {
    let mut bench = Bench::new(&["good", "twin"], 12); // any name that is no misbehaviour behaves well
    bench.block["sampling"] = json!({"until": {"half_width_percent": half_width_percent, "looks": [3, 7, 11]}});
    let output = bench.run();
    assert!(output.status.success(), "{}", text(&output.stderr));
    (bench.records(), text(&output.stderr))
}

#[test]
fn wide_enough_a_target_ends_at_the_first_look_that_has_enough_rounds() {
    let (records, said) = rounds_until(1000.0);
    assert_eq!(records.len(), 14, "three rounds are too few to claim anything, seven are not");
    assert!(said.contains("narrow enough after 7 rounds"), "{said}");
}

#[test]
fn a_target_that_is_never_reached_ends_with_the_plan() {
    let (records, said) = rounds_until(1e-9);
    assert_eq!(records.len(), 24);
    assert!(!said.contains("narrow enough"), "{said}");
}
