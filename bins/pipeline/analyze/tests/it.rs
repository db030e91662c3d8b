//! The step as a process, on studies whose costs are known.

mod made;

use std::fs;

use made::{AGAIN, Made, MadeBlock, PYTHON, RUST};
use serde_json::Value;

/// Three times faster than Python, itself a second time, and the tuned ones.
fn plain(id: &'static str) -> MadeBlock {
    MadeBlock::new(
        id,
        &[(RUST, 1.0), (AGAIN, 1.0), ("regression_faer", 0.5), (PYTHON, 3.0), ("regression_sklearn_tuned", 1.5)],
    )
}

fn comparison<'a>(analysis: &'a Value, cell: usize, left: &str, right: &str, metric: &str) -> &'a Value {
    let all = analysis["cells"][cell]["comparisons"].as_array().expect("comparisons");
    let mut found = all.iter().filter(|c| c["left"] == left && c["right"] == right && c["metric"] == metric);
    let one = found.next().expect("the comparison");
    assert!(found.next().is_none(), "{left} against {right} on {metric} once");
    one
}

fn near(value: &Value, expected: f64, tolerance: f64) {
    let value = value.as_f64().expect("a number");
    assert!((value / expected - 1.0).abs() < tolerance, "{value} is not {expected}");
}

#[test]
fn a_known_ratio_comes_out_with_its_verdict() {
    let analysis = Made::new(&[plain("one")]).analysis();
    let library = comparison(&analysis, 0, RUST, PYTHON, "work_ns");
    near(&library["ratio"], 1.0 / 3.0, 0.01);
    near(&library["left_value"], 1e6, 0.01);
    near(&library["right_value"], 3e6, 0.01);
    assert_eq!(library["role"], "library");
    assert_eq!(library["verdict"], "materially_faster");
    assert_eq!(library["parity"], "within_tolerance");
    assert_eq!(library["n"], 10);
    let (p, adjusted) = (library["p"].as_f64().expect("p"), library["p_adjusted"].as_f64().expect("adjusted"));
    // Holm over the library pair's two headline metrics.
    assert!(p < adjusted && adjusted <= 2.0 * p, "{p} {adjusted}");
    assert!(library["because"].as_str().expect("words").contains("margin of 5 %"), "{library}");
    assert_eq!(comparison(&analysis, 0, "regression_faer", "regression_sklearn_tuned", "work_ns")["role"], "tuned");
    assert_eq!(comparison(&analysis, 0, "regression_faer", PYTHON, "work_ns")["role"], "across");
    near(&comparison(&analysis, 0, RUST, PYTHON, "rss_peak_bytes")["margin"], 1.10, 1e-12);
}

#[test]
fn an_arm_shows_its_runs_and_its_quality() {
    let mut block = plain("one");
    block.failed = vec![(RUST, 3)];
    let analysis = Made::new(&[block]).analysis();
    let arm = &analysis["cells"][0]["arms"][0];
    assert_eq!((&arm["attempted"], &arm["ok"], &arm["failed"]), (&10.into(), &9.into(), &1.into()));
    assert_eq!(arm["failures"]["crashed"], 1);
    let work = &arm["metrics"]["work_ns"];
    assert_eq!(work["n"], 9);
    assert!(work["values"][3].is_null() && work["values"][4].is_number());
    near(&work["mean"], 1e6, 0.01);
    // From the start of the process to the first mark, 5 ms in every run.
    near(&arm["metrics"]["startup_ns"]["median"], 5e6, 1e-12);
    assert_eq!(arm["quality"]["mse"]["value"], 0.25);
    assert_eq!(analysis["runs"]["failed"], 1);
    assert_eq!(analysis["runs"]["unexpected"], 1);
    assert_eq!(analysis["left_out"][0]["what"], "regression_other");
    // One failure of ten is not more than 10 %.
    assert_eq!(comparison(&analysis, 0, RUST, PYTHON, "work_ns")["n"], 9);
    assert_eq!(comparison(&analysis, 0, RUST, PYTHON, "work_ns")["verdict"], "materially_faster");
}

#[test]
fn an_implementation_against_itself_sets_the_resolution() {
    let analysis = Made::new(&[plain("one")]).analysis();
    let itself = comparison(&analysis, 0, RUST, AGAIN, "work_ns");
    assert_eq!(itself["role"], "calibration");
    assert_eq!(itself["verdict"], "equivalent");
    assert_eq!(itself["p"], itself["p_adjusted"], "not corrected: its own rate is what calibrates");
    let resolution = analysis["resolution"].as_array().expect("a list");
    let work = resolution.iter().find(|one| one["metric"] == "work_ns").expect("of the work");
    assert_eq!((&work["aa_blocks"], &work["aa_called_different"]), (&1.into(), &0.into()));
    let ratio = work["ratio"].as_f64().expect("a ratio");
    assert!(1.0 < ratio && ratio < 1.03, "{ratio}");
    assert!(work["remark"].as_str().expect("words").contains("too few to judge"));
}

#[test]
fn without_an_a_a_block_nothing_is_claimed() {
    let analysis = Made::new(&[MadeBlock::new("one", &[(RUST, 1.0), (PYTHON, 3.0)])]).analysis();
    let library = comparison(&analysis, 0, RUST, PYTHON, "work_ns");
    assert_eq!(library["verdict"], "no_difference_shown");
    assert!(library["because"].as_str().expect("words").contains("aa: one_a_domain"), "{library}");
    assert!(analysis["resolution"][0]["ratio"].is_null());
}

#[test]
fn unequal_work_and_too_many_failures_are_not_compared() {
    let mut different = plain("one");
    different.parity = "different";
    let analysis = Made::new(&[different]).analysis();
    assert_eq!(comparison(&analysis, 0, RUST, PYTHON, "work_ns")["verdict"], "not_comparable");
    assert!(comparison(&analysis, 0, RUST, PYTHON, "work_ns")["p_adjusted"].is_null());
    assert_eq!(analysis["pooled"][0]["cells_not_comparable"], 1);

    let mut failing = plain("one");
    failing.failed = vec![(PYTHON, 1), (PYTHON, 2)];
    let analysis = Made::new(&[failing]).analysis();
    let library = comparison(&analysis, 0, RUST, PYTHON, "work_ns");
    assert_eq!(library["verdict"], "not_comparable");
    assert!(library["because"].as_str().expect("words").contains("2 of 10 runs of regression_sklearn"), "{library}");
}

#[test]
fn what_phase_3_found_different_stays_different() {
    let made = Made::new(&[plain("one")]);
    let path = made.path("parity/parity.jsonl");
    let text = fs::read_to_string(&path).expect("read").replace("identical", "different");
    fs::write(&path, text).expect("written");
    let analysis = made.analysis();
    assert_eq!(comparison(&analysis, 0, RUST, PYTHON, "work_ns")["parity"], "different");
    assert_eq!(comparison(&analysis, 0, RUST, AGAIN, "work_ns")["parity"], "within_tolerance");
    fs::create_dir(made.path("parity/1")).expect("made");
    fs::rename(&path, made.path("parity/1/parity.jsonl")).expect("moved");
    assert_eq!(comparison(&made.analysis(), 0, RUST, PYTHON, "work_ns")["parity"], "different", "one a task");
    fs::write(made.path("parity/1/parity.jsonl"), "").expect("written");
    assert_eq!(comparison(&made.analysis(), 0, RUST, PYTHON, "work_ns")["parity"], "unchecked");
    fs::remove_file(made.path("parity/1/parity.jsonl")).expect("removed");
    fs::remove_dir_all(made.path("out")).expect("removed");
    assert!(made.refusal().contains("no parity.jsonl"));
}

#[test]
fn five_rounds_are_too_few_and_say_how_many_are_not() {
    let mut block = plain("one");
    block.rounds = 5;
    let analysis = Made::new(&[block]).analysis();
    let library = comparison(&analysis, 0, RUST, PYTHON, "work_ns");
    assert_eq!(library["verdict"], "too_few_runs");
    assert!(library["because"].as_str().expect("words").contains("6 rounds would show"), "{library}");
}

#[test]
fn a_smoke_study_claims_nothing() {
    let analysis = Made::smoke(&[plain("one")]).analysis();
    assert_eq!(analysis["measures"], false);
    for comparison in analysis["cells"][0]["comparisons"].as_array().expect("comparisons") {
        assert_eq!(comparison["verdict"], "too_few_runs");
        assert!(comparison["p"].is_null() && comparison["interval"].is_null() && comparison["p_adjusted"].is_null());
    }
    assert_eq!((&analysis["pooled"], &analysis["resolution"]), (&Value::Array(vec![]), &Value::Array(vec![])));
}

#[test]
fn three_cells_are_pooled_and_cold_ones_apart() {
    let mut cold = plain("cold");
    cold.mode = "cold";
    let analysis = Made::new(&[plain("one"), plain("two"), plain("three"), cold]).analysis();
    let pooled = analysis["pooled"].as_array().expect("pooled");
    let of =
        |metric: &str| pooled.iter().find(|one| one["metric"] == metric && one["role"] == "library").expect("an entry");
    assert_eq!(of("work_ns")["cells"], 3);
    near(&of("work_ns")["geometric_mean_ratio"], 1.0 / 3.0, 0.01);
    near(&of("work_ns")["total_ratio"], 1.0 / 3.0, 0.01);
    assert_eq!(of("wall_ns")["cells"], 1);
    assert!(of("wall_ns")["geometric_mean_ratio"].is_null(), "one cell is no average");
    assert_eq!(of("rss_peak_bytes")["cells"], 3, "the warm ones");
    assert_eq!(comparison(&analysis, 3, RUST, PYTHON, "wall_ns")["verdict"], "materially_faster");
}

#[test]
fn the_same_input_gives_the_same_bytes_on_one_thread_and_on_many() {
    let made = Made::new(&[plain("one"), plain("two")]);
    made.command("first").env("POLARS_MAX_THREADS", "1").assert().success();
    made.command("second").env("POLARS_MAX_THREADS", "16").assert().success();
    for name in ["analysis.json", "runs.parquet", "comparisons.parquet", "runs.csv", "comparisons.csv"] {
        let read = |folder: &str| fs::read(made.path(folder).join(name)).expect(name);
        assert!(read("first") == read("second"), "{name} differs");
    }
    let rows = fs::read_to_string(made.path("first/runs.csv")).expect("read").lines().count();
    assert_eq!(rows, 1 + 2 * 5 * 10);
}

#[test]
fn a_part_of_the_plan_is_analysed_as_a_part() {
    let made = Made::new(&[plain("one"), plain("two")]);
    fs::remove_dir_all(made.path("blocks/two")).expect("removed");
    let analysis = made.analysis();
    assert_eq!(analysis["cells_planned"], 2);
    assert_eq!(analysis["cells"].as_array().expect("cells").len(), 1);
}

#[test]
fn a_damaged_block_is_named() {
    let made = Made::new(&[plain("one")]);
    let path = made.path("blocks/one/records.jsonl");
    let whole = fs::read(&path).expect("read");
    fs::write(&path, &whole[..whole.len() / 2]).expect("written");
    let said = made.refusal();
    assert!(said.contains("blocks/one/records.jsonl") && said.contains("--fresh"), "{said}");
    let mut changed = whole.clone();
    let last = changed.len() - 10;
    changed[last] ^= 1;
    fs::write(&path, changed).expect("written");
    assert!(made.refusal().contains("sha256"));
}

#[test]
fn records_that_do_not_belong_together_are_refused_by_name() {
    let mut elsewhere = plain("two");
    elsewhere.cpu = "another";
    let said = Made::new(&[plain("one"), elsewhere]).refusal();
    assert!(said.contains("block two") && said.contains("cpu_model is \"another\", not \"made\""), "{said}");

    let made = Made::new(&[plain("one")]);
    let records = made.records("one");
    let mut twice = records.clone();
    twice.push(records[0].clone());
    made.write_records("one", &twice);
    assert!(made.refusal().contains("one_regression_linfa_0 (round 0 of regression_linfa) is there twice"));

    made.write_records("one", &records[1..]);
    let said = made.refusal();
    assert!(said.contains("1 planned runs have no record") && said.contains("-resume"), "{said}");

    let mut newer = records.clone();
    newer[0].identity.schema_version = "2.0".to_owned();
    made.write_records("one", &newer);
    assert!(made.refusal().contains("schema version 2.0"));

    made.write_records("one", &records);
    fs::rename(made.path("blocks/one"), made.path("blocks/unknown")).expect("renamed");
    assert!(made.refusal().contains("block unknown is not in the plan"));
}

#[test]
fn an_earlier_attempt_is_not_analysed() {
    let made = Made::new(&[plain("one")]);
    let mut records = made.records("one");
    let mut earlier = records[0].clone();
    earlier.identity.attempt = 0;
    earlier.timing.wall_ns = 1;
    records.push(earlier);
    made.write_records("one", &records);
    assert_eq!(made.analysis()["runs"]["attempted"], 50);
}
