use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::config::{Benchmarks, Hardware, Study};

fn value_of(text: &str) -> Value {
    let (value, _, faults) = tree(text.as_bytes(), "x.yaml").expect("syntax");
    assert!(faults.is_empty(), "{faults:?}");
    value
}

fn complaint_of<T: DeserializeOwned + JsonSchema + std::fmt::Debug>(text: &str) -> String {
    parse::<T>(text.as_bytes(), "x.yaml").expect_err("a fault").to_string()
}

const STUDY: &str = "\
study: mine
title: Mine
rounds: 3
seed: 1
margins: {time: 1.05, memory: 1.1}
cells:
  - task: regression
    algorithms: [linear]
    datasets:
      - diabetes
      - {name: synthetic_linear, n_samples: 200}
    threads: [1, 2]
";

#[test]
fn plain_scalars_follow_the_core_schema_of_yaml_1_2() {
    // Examples of YAML 1.2.2, 10.3.2, and the words that YAML 1.1 took for booleans and times.
    let text =
        "[~, null, true, False, NO, on, y, 0, -19, 0o7, 0x3A, +12, 0., .5, -1E+3, 12e03, 1:30, 1_000, '1', \"true\"]";
    assert_eq!(
        value_of(text),
        json!([
            null, null, true, false, "NO", "on", "y", 0, -19, 7, 58, 12, 0.0, 0.5, -1000.0, 12000.0, "1:30", "1_000",
            "1", "true"
        ])
    );
}

#[test]
fn a_study_is_read_with_its_lines() {
    let study = parse::<Study>(STUDY.as_bytes(), "x.yaml").expect("valid");
    assert_eq!(study.value.rounds, 3);
    for (pointer, line) in [("/rounds", 3), ("/cells/0", 7), ("/cells/0/datasets/1/n_samples", 11), ("/nothing", 1)] {
        assert_eq!(study.lines.line(pointer), line, "{pointer}");
    }
    assert_eq!(study.lines.place("/cells/0/threads/9"), "x.yaml:12");
}

#[test]
fn every_fault_of_a_file_is_told_at_once_with_its_line() {
    let text = STUDY
        .replace("rounds: 3", "rounds: three")
        .replace("seed: 1", "sead: 1")
        .replace("[linear]", "[]")
        .replace("    threads", "    devices: [cuba]\n    threads")
        .replace("title: Mine", "title: Mine\ntitle: Yours");
    assert_eq!(
        complaint_of::<Study>(&text),
        "error: x.yaml:1: missing key `seed`
error: x.yaml:3: duplicate key `title`, first in line 2
error: x.yaml:4: `rounds`: expected a whole number, given `three`
error: x.yaml:5: unknown key `sead`; allowed: aa, adaptive, cells, claims, dataset_files, margins, measures, min_score, notes, power_analysis, rounds, seed, slowed, study, title
hint: did you mean `seed`?
error: x.yaml:9: `cells.0.algorithms`: the list is empty; at least one entry is needed
error: x.yaml:13: `cells.0.devices.0`: `cuba` is not allowed; allowed: cpu, cuda
hint: did you mean `cuda`?"
    );
}

#[test]
fn a_value_of_several_shapes_is_told_by_the_shape_that_was_meant() {
    let smok = STUDY.replace(&STUDY[STUDY.find("cells:").expect("cells")..], "cells: smok\n");
    assert!(
        complaint_of::<Study>(&smok)
            .contains("x.yaml:6: `cells`: `smok` is not allowed; allowed: smoke\nhint: did you mean")
    );
    let number = STUDY.replace("- diabetes", "- 7");
    let told = complaint_of::<Study>(&number);
    assert!(told.contains("x.yaml:10: `cells.0.datasets.0`: expected text or keys with values, given 7"), "{told}");
    let bad_id = STUDY.replace("- diabetes", "- ../diabetes");
    assert!(complaint_of::<Study>(&bad_id).contains("`../diabetes` is no id; allowed:"));
    let no_name = STUDY.replace("{name: synthetic_linear,", "{nam: synthetic_linear,");
    assert!(complaint_of::<Study>(&no_name).contains("x.yaml:11: `cells.0.datasets.1`: missing key `name`"));
}

#[test]
fn a_word_deep_inside_one_shape_is_told_at_its_own_place() {
    let told = complaint_of::<Study>(&STUDY.replace("    threads", "    modes: [could]\n    threads"));
    assert_eq!(
        told,
        "error: x.yaml:12: `cells.0.modes.0`: `could` is not allowed; allowed: cold, warm\nhint: did you mean `cold`?"
    );
}

#[test]
fn faults_of_form_leave_a_value_whose_names_can_be_checked() {
    let text = STUDY.replace("seed: 1", "seed: 1\nsead/x: 1").replace("rounds: 3", "rounds: 0");
    let (study, faults) = survey::<Study>(text.as_bytes(), "x.yaml");
    assert_eq!(faults.0.len(), 2, "{faults}");
    assert_eq!(study.expect("a study all the same").value.rounds, 0);
    let (study, faults) = survey::<Study>(STUDY.replace("seed: 1", "seed: x").as_bytes(), "x.yaml");
    assert!(study.is_none());
    assert_eq!(faults.0.len(), 1, "{faults}");
}

#[test]
fn ranges_say_what_is_allowed() {
    let told = complaint_of::<Study>(&STUDY.replace("rounds: 3", "rounds: 0"));
    assert!(told.contains("x.yaml:3: `rounds`: 0 is too small; allowed: 1 or more"), "{told}");
    let told = complaint_of::<Study>(&STUDY.replace("[1, 2]", "[1, 5000000000]"));
    assert!(told.contains("`cells.0.threads.1`: 5000000000 is too large; allowed: 4294967295 or less"), "{told}");
    let hardware = "threads_max: null\ntimeout_s: -1\nmemory_bytes: null\ntarget_cpu: native\n\
        gate: {other_load_percent_max: 25, memory_available_bytes_min: 1, temperature_celsius_max: hot, wait_s_max: 1, cooldown_ms: 1}\n";
    let told = complaint_of::<Hardware>(hardware);
    assert!(told.contains("x.yaml:2: `timeout_s`: -1 is too small"), "{told}");
    assert!(
        told.contains("`gate.temperature_celsius_max`: expected nothing (null) or a number, given `hot`"),
        "{told}"
    );
}

#[test]
fn what_makes_yaml_hostile_is_refused() {
    for (text, part) in [
        ("tasks: &a {}\nexecutables: *a\n", "x.yaml:2: an alias"),
        ("tasks: &a {}\n", "x.yaml:1: an anchor"),
        ("tasks: !!python/object:os.system {}\n", "x.yaml:1: a tag"),
        ("tasks: {}\n---\ntasks: {}\n", "x.yaml:2: a second document"),
        ("tasks: {a: 1, a: 2}\n", "duplicate key `a`"),
        ("tasks: {[1]: 2}\n", "a key has to be a plain word"),
        ("tasks: .nan\n", "`.nan` is not a finite number"),
        ("tasks: 99999999999999999999\n", "too many digits"),
        ("tasks: [\n", "x.yaml:"),
        ("", "expected keys with values, given nothing (null)"),
    ] {
        let told = complaint_of::<Benchmarks>(text);
        assert!(told.contains(part), "{part} in\n{told}");
    }
    let deep = format!("tasks: {}{}", "[".repeat(40), "]".repeat(40));
    assert!(complaint_of::<Benchmarks>(&deep).contains("nested deeper than 32 levels"));
    let large = vec![b'#'; BYTES_MAX as usize + 1];
    assert!(
        parse::<Benchmarks>(&large, "x.yaml").expect_err("large").to_string().contains("larger than 1048576 bytes")
    );
    assert!(
        parse::<Benchmarks>(b"a: 1\nb: \xff", "x.yaml").expect_err("bytes").to_string().contains("x.yaml:2: not UTF-8")
    );
}

#[test]
fn bombs_of_aliases_and_brackets_end_quickly() {
    let started = std::time::Instant::now();
    let level = |level: usize| format!("l{level}: &l{level} [{}]\n", format!("*l{},", level - 1).repeat(9));
    let bomb = (1..12).map(level).collect::<Vec<_>>().concat();
    assert!(parse::<Benchmarks>(format!("l0: &l0 x\n{bomb}").as_bytes(), "x.yaml").is_err());
    assert!(parse::<Benchmarks>("[".repeat(1 << 20).as_bytes(), "x.yaml").is_err());
    assert!(parse::<Benchmarks>("- ".repeat(1 << 19).as_bytes(), "x.yaml").is_err());
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

/// JSON is YAML's flow style: whatever of it is within the limits is read back as it is.
fn small_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9f64).prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z~/ ]{1,8}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse::<Study>(&bytes, "x.yaml");
    }

    #[test]
    fn nothing_like_yaml_makes_it_panic(text in "[\\-?:,\\[\\]{}#&*!|>'\"%@` \n\ta-c0-9.~<=\u{feff}\u{85}]{0,120}") {
        let _ = parse::<Study>(text.as_bytes(), "x.yaml");
    }

    #[test]
    fn json_reads_back_as_it_was_written(value in small_json()) {
        prop_assert_eq!(value_of(&serde_json::to_string(&value).expect("JSON")), value.clone());
        prop_assert_eq!(value_of(&serde_json::to_string_pretty(&value).expect("JSON")), value);
    }
}
