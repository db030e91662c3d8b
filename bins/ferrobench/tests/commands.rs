//! `ferrobench` as a process, on this checkout and this machine.

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn ferrobench(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ferrobench"));
    command.args(arguments).current_dir(folder).output().expect("started")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

#[test]
fn doctor_says_of_each_thing_what_was_seen_and_where_it_limits_what_that_means() {
    let output = ferrobench(&root(), &["doctor", "--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
    let findings = document["findings"].as_array().expect("findings");
    for subject in [
        "rust",
        "c compiler",
        "java",
        "nextflow",
        "python",
        "uv",
        "packages core",
        "ollama",
        "slurm",
        "processor",
        "cores",
        "smt",
        "memory",
        "swap",
        "memory limit",
        "cpu quota",
        "disk",
        "kernel",
        "virtual machine",
        "container",
        "gpu (NVML)",
        "frequency governor",
        "turbo",
        "clock source",
        "address randomising",
        "power",
        "load",
        "perf counters",
        "energy (RAPL)",
        "temperature",
        "measuring lock",
        "unfinished attempts",
        "block store",
    ] {
        assert!(findings.iter().any(|finding| finding["subject"] == subject), "{subject}");
    }
    for finding in findings {
        assert!(finding["seen"].as_str().is_some_and(|seen| !seen.is_empty()), "{finding}");
        assert!(finding["state"] == "good" || finding["means"].is_string(), "{finding}");
        assert!(finding["state"] != "missing" || finding["remedy"].is_string(), "{finding}");
    }
    let missing = findings.iter().filter(|finding| finding["state"] == "missing").count();
    assert_eq!(document["missing"], missing);
    assert_eq!(output.status.code(), Some(i32::from(missing > 0)));
}

#[test]
fn doctor_names_what_is_missing_with_its_remedy_and_ends_with_1() {
    let empty = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ferrobench"));
    let output = command
        .args(["doctor", "--root"])
        .arg(root())
        .env("PATH", empty.path())
        .env_remove("JAVA_HOME")
        .env_remove("FERROBENCH_PYTHON")
        .output()
        .expect("started");
    let text = told(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for part in ["MISSING rust", "MISSING java", "→ sudo apt-get install openjdk-17-jre-headless", "MISSING python"] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    assert!(text.contains("missing: scripts/setup installs what it can and names the rest."), "{text}");
}

#[test]
fn list_names_tasks_implementations_datasets_and_studies() {
    let output = ferrobench(&root(), &["list"]);
    let text = told(&output);
    assert!(output.status.success(), "{text}");
    for part in ["regression_sklearn_tuned", "diabetes", "synthetic_linear", "default", "smoke"] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn plan_shows_cells_runs_and_time_without_building() {
    let output = ferrobench(&root(), &["plan", "--study", "smoke", "--tasks", "regression"]);
    let text = told(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.starts_with("plan of study smoke: Everything works\n"), "{text}");
    assert!(text.contains("time from ") && text.contains("1 round of regression_faer, "), "{text}");

    let output = ferrobench(&root(), &["plan", "--implementations", "regression_linfa", "--repetitions", "3"]);
    let text = told(&output);
    assert!(text.contains("regression_sklearn: not among --implementations"), "{text}");
    assert!(text.contains(": 3 rounds of regression_linfa"), "{text}");
}

#[test]
fn plan_takes_a_study_of_ones_own_from_where_one_stands_and_fits_it_into_a_budget() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tiny = std::fs::read_to_string(root().join("tests/pipeline/tiny.yaml")).expect("a study");
    std::fs::write(folder.path().join("mine.yaml"), tiny.replace("study: tiny", "study: mine")).expect("written");
    let root = root().display().to_string();
    let plan = |budget: &str| {
        ferrobench(
            folder.path(),
            &["--root", &root, "plan", "--study", "mine.yaml", "--outdir", "out", "--budget", budget],
        )
    };
    let whole = told(&plan("10h"));
    assert!(whole.starts_with("plan of study mine: ") && !whole.contains("the budget of"), "{whole}");
    let none = plan("1s");
    assert_eq!(none.status.code(), Some(2));
    assert!(told(&none).starts_with("error: --budget: no cell fits into 1.0 s; the shortest takes about "));
}

#[test]
fn plan_refuses_what_the_pipeline_refuses() {
    for (arguments, error) in [
        (&["--stduy", "smoke"][..], "error: unknown parameter --stduy\nhint: did you mean --study?\n"),
        (&["--study", "smokee"], "unknown study `smokee`"),
        (&["--tasks", "regresion"], "hint: did you mean `regression`?"),
        (&["--repetitions", "0"], "--repetitions: 0 is too small; allowed: 1 or more"),
        (&["--repetitions"], "--repetitions: needs a value"),
        (&["smoke"], "`smoke` is no parameter"),
    ] {
        let output = ferrobench(&root(), &[&["plan"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(told(&output).contains(error), "{arguments:?}: {}", told(&output));
    }
}
