//! Files of reference results, and how near to them is near enough.
#![allow(dead_code, reason = "each program of tests takes what it needs")]

use serde_json::Value;
use stats::{Absence, Interval};

/// Runs `check` on each case of a file; there are at least 200.
pub(crate) fn each_case(name: &str, check: impl Fn(&Value)) {
    let path = format!("{}/tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let document: Value = serde_json::from_slice(&std::fs::read(&path).expect(&path)).expect(&path);
    assert!(document["versions"]["scipy"].is_string(), "{name}: says who made it");
    let cases = document["cases"].as_array().expect("cases");
    assert!(cases.len() >= 200, "{name}: {} cases", cases.len());
    cases.iter().for_each(check);
}

pub(crate) fn number(case: &Value, key: &str) -> f64 {
    case[key].as_f64().unwrap_or_else(|| panic!("no number {key} in {case}"))
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number")).collect()
}

pub(crate) fn lists(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().expect("a list").iter().map(numbers).collect()
}

/// Pairs of lists: left, right.
pub(crate) fn sides(value: &Value) -> Vec<(Vec<f64>, Vec<f64>)> {
    value.as_array().expect("pairs").iter().map(|pair| (numbers(&pair[0]), numbers(&pair[1]))).collect()
}

/// Absolute tolerance, for what may lie near 0 and for what the reference integrates numerically.
#[track_caller]
pub(crate) fn close(what: &str, ours: f64, reference: f64, distance: f64) {
    assert!((ours - reference).abs() <= distance, "{what}: {ours} is not {reference}");
}

/// Relative tolerance; an absolute one of 1e-300 lets two underflows be equal.
#[track_caller]
pub(crate) fn near(what: &str, ours: f64, reference: f64, tolerance: f64) {
    let distance = (ours - reference).abs();
    assert!(distance <= tolerance * reference.abs() + 1e-300, "{what}: {ours:e} is not {reference:e}");
}

#[track_caller]
pub(crate) fn near_interval(what: &str, ours: Interval, reference: &Value, tolerance: f64) {
    let reference = numbers(reference);
    near(what, ours.low, reference[0], tolerance);
    near(what, ours.high, reference[1], tolerance);
}

/// `null` says that there is none.
#[track_caller]
pub(crate) fn same_interval(what: &str, ours: Result<Interval, Absence>, reference: &Value, tolerance: f64) {
    match ours {
        Ok(_) if reference.is_null() => panic!("{what}: {ours:?}, and the reference has none"),
        Ok(ours) => near_interval(what, ours, reference, tolerance),
        Err(absence) => assert!(reference.is_null(), "{what}: {absence}, and the reference is {reference}"),
    }
}
