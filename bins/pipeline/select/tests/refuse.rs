//! Bad input: one clear line each with file and line, all at once, exit 2, nothing written.

mod checkout;

use checkout::Checkout;

const STUDY: &str = "config/studies/default.yaml";
const DEFAULT: &str = r#"{"study": "default"}"#;

/// What it says when it refuses: exit 2, and nothing written.
fn refused(checkout: &Checkout, options: &str) -> String {
    let output = checkout.run(options);
    let told = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(!checkout.path("out").exists(), "written in spite of faults");
    told.replace(&checkout.path("").display().to_string(), "ROOT/")
}

/// Text of the default study, what takes its place, and the line that this has to give.
const STUDY_FAULTS: &[(&str, &str, &str)] = &[
    ("rounds: 10", "round: 10", "unknown key `round`; allowed: "),
    ("rounds: 10", "round: 10", "hint: did you mean `rounds`?"),
    ("rounds: 10", "rounds: ten", "default.yaml:7: `rounds`: expected a whole number, given `ten`"),
    ("rounds: 10", "rounds: 0", "default.yaml:7: `rounds`: 0 is too small; allowed: 1 or more"),
    (
        "task: regression",
        "task: regresion",
        "default.yaml:13: unknown task `regresion`; known: regression\nhint: did you mean `regression`?",
    ),
    (
        "[linear]",
        "[lineer]",
        "default.yaml:14: unknown algorithm of `regression` `lineer`; known: linear, ridge\nhint: did you mean `linear`?",
    ),
    ("[diabetes]", "[diabetis]", "default.yaml:15: unknown dataset of `regression` `diabetis`; known: "),
    ("[diabetes]", "[diabetis]", "synthetic_linear\nhint: did you mean `diabetes`?"),
    ("[diabetes]", "[]", "default.yaml:15: `cells.0.datasets`: the list is empty"),
    ("[diabetes]", "[diabetes, diabetes]", "default.yaml:15: dataset `diabetes` is listed twice"),
    ("n_samples: 2000,", "n_sample: 2000,", "default.yaml:22: dataset `synthetic_linear`: unknown key `n_sample`"),
    (
        "n_samples: 2000,",
        "n_samples: 1,",
        "default.yaml:22: dataset `synthetic_linear`: `n_samples`: 1 is too small; allowed: 2 or more",
    ),
    ("threads: [1, 2]", "threads: []", "default.yaml:29: `cells.2.threads`: the list is empty"),
    ("threads: [1, 2]", "threads: [0]", "default.yaml:29: 0 threads do no work"),
    ("threads: [1, 2]", "threads: [2, 2]", "default.yaml:29: `threads.1` repeats an earlier entry"),
    (
        "modes: [cold]",
        "modes: [cold]\n    iterations: 7",
        "a cold run does the work once: `warmup: 0` and `iterations: 7` contradict",
    ),
    (
        "modes: [cold]",
        "modes: [could]",
        "default.yaml:36: `cells.3.modes.0`: `could` is not allowed; allowed: cold, warm\nhint: did you mean `cold`?",
    ),
    (
        "threads: [1, 2]",
        "hyperparameters: {alpha: [1.0]}",
        "default.yaml:29: unknown hyperparameter `alpha`; known: fit_intercept",
    ),
    ("threads: [1, 2]", "hyperparameters: {fit_intercept: []}", "`hyperparameters.fit_intercept`: the list is empty"),
    (
        "threads: [1, 2]",
        "hyperparameters: {fit_intercept: [true, 7]}",
        "default.yaml:29: `fit_intercept`: expected true or false, given 7",
    ),
    (
        "threads: [1, 2]",
        "implementations: [regression_lifna]",
        "default.yaml:29: unknown implementation of `regression` `regression_lifna`",
    ),
    ("aa: one_a_domain", "aa: none", "claims need an A/A block"),
    ("aa: one_a_domain", "measures: false", "a study with `measures: false` makes no claim"),
    ("aa: one_a_domain", "slowed: [5, 100]", "`slowed.1`: 100 is not from 1 to 99"),
    ("metric: work_ns", "metric: work_ms", "default.yaml:44: unknown metric of a claim `work_ms`"),
    ("better: regression_faer", "better: regression_fear", "hint: did you mean `regression_faer`?"),
    ("better: regression_faer", "better: regression_sklearn_tuned", "compares `regression_sklearn_tuned` with itself"),
    ("better: regression_faer", "better: regression_faer@a2", "is there to calibrate"),
    ("study: default", "study: other", "default.yaml:2: `study`: `other` in the file of study `default`"),
    ("study: default", "study: default\nstudy: default", "default.yaml:3: duplicate key `study`, first in line 2"),
    ("study: default", "study: ../../x", "`../../x` is no id"),
    ("seed: 20261121", "seed: &a 1", "an anchor (`&name`) is not allowed"),
    ("title: ", "title: [", "default.yaml:"),
];

/// The same for the other files, each named first.
const OTHER_FAULTS: &[(&str, &str, &str, &str)] = &[
    (
        "config/studies/smoke.yaml",
        "measures: false",
        "measures: true",
        "smoke.yaml:11: `cells: smoke` shows that everything works and measures nothing",
    ),
    (
        "config/benchmarks.yaml",
        "regression_faer,",
        "regression_fear,",
        "benchmarks.yaml:13: implementation `regression_fear` has no file: neither bins/regression/src/bin/regression_fear.rs",
    ),
    (
        "config/benchmarks.yaml",
        "reference: regression_sklearn",
        "reference: regression_sklean",
        "benchmarks.yaml:14: unknown implementation of `regression` `regression_sklean`",
    ),
    (
        "config/benchmarks.yaml",
        "regression_faer,",
        "regression_faer, regression_faer,",
        "implementation `regression_faer` is listed twice",
    ),
    (
        "config/benchmarks.yaml",
        "tasks:",
        "tasks:\n  svm: {implementations: [svm_x], reference: svm_x}",
        "benchmarks.yaml:12: task `svm` has no description (svm.json)",
    ),
    (
        "config/benchmarks.yaml",
        "tasks:",
        "executables:\n  mine: {task: regresion, argv: [x]}\ntasks:",
        "benchmarks.yaml:12: unknown task `regresion`",
    ),
    (
        "config/benchmarks.yaml",
        "tasks:",
        "executables:\n  mine: {task: regression, argv: [my/x]}\ntasks:",
        "there is no file `my/x`",
    ),
    (
        "config/benchmarks.yaml",
        "tasks:",
        "executables:\n  mine: {task: regression, argv: []}\ntasks:",
        "a command is a list of at least one word",
    ),
    (
        "config/hardware.yaml",
        "timeout_s: 600",
        "timeout_s: soon",
        "hardware.yaml:4: `timeout_s`: expected a whole number, given `soon`",
    ),
    (
        "config/hardware.yaml",
        "target_cpu: native",
        "target_cpu: native -C linker=x",
        "hardware.yaml:8: `native -C linker=x` is no processor's name",
    ),
    ("config/hardware.yaml", "_percent_max: 25", "_percent_max: 250", "250 is not from 0 to 100"),
    (
        "config/frameworks.yaml",
        "implementations: [regression_faer]",
        "implementations: [regression_fear]",
        "unknown implementation `regression_fear`",
    ),
    (
        "config/frameworks.yaml",
        "implementations: [regression_faer]",
        "implementations: [regression_linfa]",
        "belongs to `faer` already",
    ),
    ("config/assessment.yaml", "wait: 10m", "wait: soon", "alerts.wait: `soon` is no duration"),
    ("config/assessment.yaml", "work_time: 5", "wrk_time: 5", "nothing scores the criterion `wrk_time`"),
    ("config/frameworks.yaml", "date: 2026-11-21", "date: yesterday", "`yesterday` is no day; allowed: YYYY-MM-DD"),
    ("config/frameworks.yaml", "value: 2", "value: 6", "6 is too large; allowed: 5.0 or less"),
    ("config/frameworks.yaml", "      agreement:", "      agreemint:", "unknown criterion `agreemint`"),
];

fn assert_told(file: &str, from: &str, to: &str, told: &str) {
    let checkout = Checkout::new();
    checkout.replace(file, from, to);
    let study = if file.ends_with("smoke.yaml") { r#"{"study": "smoke"}"# } else { DEFAULT };
    let said = refused(&checkout, study);
    assert!(said.contains(told), "{file}: {from} → {to}: expected\n{told}\nin\n{said}");
    assert!(said.lines().all(|line| line.starts_with("error: ") || line.starts_with("hint: ")), "{said}");
}

#[test]
fn every_fault_of_a_study_has_its_line() {
    for (from, to, told) in STUDY_FAULTS {
        assert_told(STUDY, from, to, told);
    }
}

#[test]
fn every_fault_of_the_other_files_has_its_line() {
    for (file, from, to, told) in OTHER_FAULTS {
        assert_told(file, from, to, told);
    }
}

#[test]
fn all_faults_of_everything_are_told_at_once() {
    let checkout = Checkout::new();
    checkout.replace(STUDY, "rounds: 10", "rounds: 0\nround: 1");
    checkout.replace(STUDY, "[linear]", "[lineer]");
    checkout.replace("config/hardware.yaml", "wait_s_max", "wait_s_mx");
    checkout.replace("config/benchmarks.yaml", "reference: regression_sklearn", "reference: nobody");
    checkout.replace("config/frameworks.yaml", "date: 2026-11-21", "date: 1");
    let said =
        refused(&checkout, r#"{"study": "default", "studdy": 1, "repetitions": "many", "outdir": "Cargo.toml/x"}"#);
    for told in [
        "error: unknown parameter --studdy\nhint: did you mean --study?",
        "error: --repetitions: expected nothing (null) or a whole number, given `many`",
        "error: config/studies/default.yaml:7: `rounds`: 0 is too small",
        "error: config/studies/default.yaml:8: unknown key `round`",
        "default.yaml:15: unknown algorithm of `regression` `lineer`",
        "error: config/hardware.yaml:14: unknown key `wait_s_mx`",
        "unknown implementation of `regression` `nobody`",
        "error: --outdir: ROOT/Cargo.toml/x: `ROOT/Cargo.toml` is a file",
    ] {
        assert!(said.contains(told), "expected\n{told}\nin\n{said}");
    }
}

#[test]
fn options_are_checked_by_name_type_and_value() {
    for (options, told) in [
        (r#"{"studdy": "default"}"#, "error: unknown parameter --studdy\nhint: did you mean --study?"),
        (r#"{"frobnicate": 1}"#, "hint: the parameters are --"),
        (
            r#"{"study": "defualt"}"#,
            "error: --study: unknown study `defualt`; known: default, smoke\nhint: did you mean `default`?",
        ),
        (r#"{"study": "my/own.yaml"}"#, "error: --study: there is no file `my/own.yaml`"),
        (r#"{"study": true}"#, "error: --study: needs a value"),
        (
            r#"{"tasks": "regresion"}"#,
            "error: --tasks: unknown task `regresion`; known: regression\nhint: did you mean `regression`?",
        ),
        (r#"{"tasks": ","}"#, "error: --tasks: names nothing"),
        (r#"{"implementations": "regression_fear"}"#, "hint: did you mean `regression_faer`?"),
        (r#"{"repetitions": 0}"#, "error: --repetitions: 0 is too small; allowed: 1 or more"),
        (r#"{"repetitions": 1001}"#, "error: --repetitions: 1001 is too large; allowed: 1000 or less"),
        (r#"{"seed": -1}"#, "error: --seed: -1 is too small; allowed: 0 or more"),
        (r#"{"seed": 1.5}"#, "error: --seed: expected"),
        (r#"{"fresh": "maybe"}"#, "error: --fresh: expected true or false, given `maybe`"),
        (
            r#"{"build_profile": "relase"}"#,
            "unknown build profile `relase`; known: release, dist, ci\nhint: did you mean `release`?",
        ),
        (r#"{"target_cpu": "native -C linker=/tmp/x"}"#, "is no processor's name"),
        (
            r#"{"device": "cda"}"#,
            "error: --device: `cda` is not allowed; allowed: cpu, cuda\nhint: did you mean `cuda`?",
        ),
        (r#"{"no_wait": true, "noWait": false}"#, "error: --no_wait: given twice: "),
        ("[1]", "expected one JSON object of options"),
        ("{", "not JSON: "),
    ] {
        let said = refused(&Checkout::new(), options);
        assert!(said.contains(told), "{options}: expected\n{told}\nin\n{said}");
    }
}

#[test]
fn a_device_that_the_machine_may_not_use_is_refused_and_another_takes_the_place_of_the_cells() {
    let checkout = Checkout::new();
    let cpu = checkout.selected(r#"{"study": "default", "device": "cpu"}"#);
    let cells = cpu["study"]["cells"].as_array().expect("cells");
    assert!(cells.iter().all(|cell| cell["devices"] == serde_json::json!(["cpu"])), "{cells:?}");
    checkout.replace("config/hardware.yaml", "devices: null", "devices: [cpu]");
    let said = refused(&checkout, r#"{"study": "default", "device": "cuda"}"#);
    let told = "error: --device: `cuda`: config/hardware.yaml does not allow it; allowed here: cpu";
    assert!(said.contains(told) && said.lines().count() == 1, "{said}");
    checkout.replace("config/hardware.yaml", "devices: [cpu]", "devices: null");
    let said = refused(&checkout, r#"{"study": "smoke", "device": "cuda"}"#);
    assert!(said.contains("error: --device: `cuda`: ") && said.contains("allowed here: cpu"), "{said}");
}

#[test]
fn results_of_another_study_are_not_mixed_in() {
    let checkout = Checkout::new();
    let manifest = r#"{"schema_version": "1.0", "kind": "study", "id": "other", "files": []}"#;
    checkout.write("results/default/manifest.json", manifest);
    let said = refused(&checkout, DEFAULT);
    assert!(
        said.contains("error: ROOT/results/default: holds the results of study `other`, not of `default`\nhint: "),
        "{said}"
    );
    checkout.write("results/default/manifest.json", "{}");
    assert!(refused(&checkout, DEFAULT).contains("is not that of a study"));
    checkout.write("results/default/manifest.json", &manifest.replace("other", "default"));
    checkout.selected(DEFAULT);
}

#[test]
fn an_outdir_that_cannot_be_written_is_named_before_anything_runs() {
    // /proc refuses new files to everyone, the superuser too.
    let said = refused(&Checkout::new(), r#"{"outdir": "/proc/ferrobench/x"}"#);
    assert!(said.contains("error: --outdir: /proc/ferrobench/x: cannot "), "{said}");
}

#[test]
fn a_missing_python_environment_names_its_remedy() {
    let checkout = Checkout::new();
    checkout.write("config/python/core.txt", "numpy==2.4.7\n");
    let said = refused(&checkout, DEFAULT);
    assert!(said.contains("the Python environment is not there; needed by regression_sklearn, "), "{said}");
    assert!(said.contains("hint: run scripts/setup"), "{said}");
}

#[test]
fn algorithms_and_datasets_that_do_not_fit_are_told_with_what_does() {
    let ridge_only_on = |datasets: &str| {
        let checkout = Checkout::new();
        let summary = r#""summary": "least squares with a penalty","#;
        checkout.replace("tasks/regression.json", summary, &format!("{summary} \"datasets\": {datasets},"));
        checkout
    };
    let checkout = ridge_only_on(r#"["synthetic_linear"]"#);
    checkout.replace(STUDY, "[linear]", "[ridge]");
    let said = refused(&checkout, DEFAULT);
    assert!(said.contains("default.yaml:15: unknown dataset of `ridge` `diabetes`; known: synthetic_linear"), "{said}");

    let checkout = ridge_only_on(r#"["synthetic_linear"]"#);
    checkout.replace(STUDY, "[linear]", "[linear, ridge]");
    let said = refused(&checkout, DEFAULT);
    let told = "default.yaml:14: `ridge` takes no dataset of this cell; it takes synthetic_linear";
    assert!(said.contains(told), "{said}");

    for (split, own, told) in [
        ("all", "", "`split: all` leaves `regression` no rows to judge on; allowed: holdout, cv5"),
        ("cv5", r#""split": "all", "#, "`split: cv5`: runs of `regression` have the split all only"),
    ] {
        let checkout = Checkout::new();
        checkout.replace("tasks/regression.json", "\"marks\"", &format!("{own}\"marks\""));
        checkout.replace(STUDY, "[diabetes]", &format!("[diabetes]\n    split: {split}"));
        let said = refused(&checkout, DEFAULT);
        assert!(said.contains(told), "{said}");
    }
}

#[test]
fn a_damaged_task_description_is_named() {
    let checkout = Checkout::new();
    checkout.replace("tasks/regression.json", "\"domain\"", "\"domian\"");
    let said = refused(&checkout, DEFAULT);
    assert!(said.contains("unknown key `domian`"), "{said}");
    assert!(said.contains("missing key `domain`"), "{said}");
}
