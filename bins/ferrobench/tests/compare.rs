//! `ferrobench compare` as a process, on two results whose change is known.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::{Value, json};

struct Made {
    folder: tempfile::TempDir,
}

impl Made {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    /// A published folder in which the implementation's work costs `ms`.
    fn result(&self, name: &str, ms: f64, change: impl FnOnce(&mut Value)) -> PathBuf {
        let mut analysis = analysis(ms);
        change(&mut analysis);
        let folder = self.folder.path().join(name);
        fs::create_dir_all(folder.join("analysis")).expect("made");
        fs::write(folder.join("analysis/analysis.json"), analysis.to_string()).expect("written");
        folder
    }
}

fn compare(older: &Path, newer: &Path, limit: Option<&str>) -> (i32, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ferrobench"));
    command.arg("compare").arg(older).arg(newer);
    if let Some(limit) = limit {
        command.args(["--fail-on-regression", limit]);
    }
    let output = command.output().expect("started");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().expect("a code"), String::from_utf8(text).expect("text"))
}

/// Twelve runs with some 1 % of noise.
fn values(ms: f64, phase: f64) -> Vec<f64> {
    (0..12).map(|round| ms * 1e6 * (1.0 + 0.01 * (f64::from(round) * 12.9 + phase).sin())).collect()
}

fn arm(name: &str, language: &str, ms: f64) -> Value {
    let summary = |unit: &str, values: Vec<f64>| {
        json!({"unit": unit, "n": values.len(), "mean": null, "geometric_mean": null, "sd": null,
        "cv": null, "min": null, "q1": null, "median": null, "q3": null, "max": null, "values": values,
        "outliers_mild": [], "outliers_severe": []})
    };
    json!({
        "facts": {"arm": name, "implementation": name, "class": "library", "language": language, "framework": "made",
            "framework_version": "1.0", "slow_percent": 0},
        "attempted": 12, "ok": 12, "skipped": 0, "failed": 0, "failures": {}, "disturbed": 0,
        "metrics": {"work_ns": summary("ns", values(ms, ms)), "rss_peak_bytes": summary("bytes", values(20.0, ms))},
        "quality": {"mse": {"value": 0.25, "unit": "1", "better": "lower"}},
    })
}

fn analysis(ms: f64) -> Value {
    let comparison = json!({"left": "regression_linfa", "right": "regression_sklearn", "role": "library",
        "metric": "work_ns", "unit": "ns", "n": 12, "left_value": null, "right_value": null, "ratio": null, "interval": null,
        "interval_90": null, "p": null, "p_adjusted": null, "p_companion": null, "sd_log_ratio": null, "hedges_g": null,
        "autocorrelation": null, "detectable_ratio": null, "rounds_for_margin": null, "margin": 1.05,
        "parity": "within_tolerance", "verdict": "materially_faster", "because": "made", "warnings": []});
    let resolution = |metric: &str| {
        json!({"domain": "classical", "metric": metric, "ratio": 1.01, "aa_blocks": 1,
        "aa_called_different": 0, "remark": "made"})
    };
    json!({
        "schema_version": schema::SCHEMA_VERSION, "study": "made", "title": "Made", "measures": true, "measured_build": true,
        "build_profile": "release", "cells_planned": 1, "left_out": [], "pooled": [],
        "fingerprint": {"cpu_model": "made", "microcode": null, "cores": 2, "smt": null, "memory_gib": 8, "kernel": "made",
            "governor": null, "turbo": null, "hypervisor": null, "gpus": [], "gpu_driver": null, "container_image": null},
        "resolution": [resolution("work_ns"), resolution("rss_peak_bytes")],
        "runs": {"attempted": 24, "ok": 24, "skipped": 0, "failed": 0, "disturbed": 0, "unexpected": 0},
        "cells": [{
            "block_id": "one", "domain": "classical", "parity": [], "comparisons": [comparison],
            "arms": [arm("regression_linfa", "rust", ms), arm("regression_sklearn", "python", 3.0)],
            "cell": {"cell_id": "cell_one", "label": "linear on made, 1 thread, warm", "task": "regression",
                "algorithm": "linear", "hyperparameters": {}, "dataset": "made", "choice": "made", "split": "holdout",
                "device": "cpu", "threads": 1, "mode": "warm", "warmup": 1, "iterations": 2, "work": ["fit"], "capture": "full"},
        }],
    })
}

#[test]
fn a_known_slow_down_is_shown_and_fails_where_that_is_asked() {
    let made = Made::new();
    let (old, new) = (made.result("old", 1.0, |_| {}), made.result("new", 1.2, |_| {}));
    let (code, text) = compare(&old, &new, None);
    assert_eq!(code, 0, "{text}");
    let line = "materially more: linear on made, 1 thread, warm, work_ns of regression_linfa";
    assert!(
        text.contains(line) && text.contains("B's over A's: ratio 1.2, 95 % interval 1.19–1.21 (n = 12)"),
        "{text}"
    );
    assert!(text.contains("4 comparisons: 1 cost materially more"), "{text}");
    let (code, text) = compare(&old, &new, Some("5%"));
    assert!(code == 1 && text.ends_with("regression: 1 above 5 %, 0 no longer measured\n"), "{text}");
    // The interval reaches below 25 %, and a gain is no regression.
    assert_eq!(compare(&old, &new, Some("25")).0, 0);
    assert_eq!(compare(&new, &old, Some("5%")).0, 0);
    let (code, text) = compare(&old, &old, Some("5%"));
    assert!(
        code == 0 && text.contains("4 equivalent") && text.contains("no regression of 5 % or more is shown"),
        "{text}"
    );
}

#[test]
fn what_is_no_longer_measured_or_gives_other_results_is_named() {
    let made = Made::new();
    let old = made.result("old", 1.0, |_| {});
    let gone = made.result("gone", 1.0, |analysis| analysis["cells"][0]["arms"][0]["ok"] = 0.into());
    let (code, text) = compare(&old, &gone, Some("5%"));
    assert!(code == 1 && text.contains("no run of regression_linfa ended well in B"), "{text}");
    let none = made.result("none", 1.0, |analysis| analysis["cells"] = json!([]));
    assert!(compare(&old, &none, None).1.contains("not in B: linear on made"));
    let other = made.result("other", 1.2, |analysis| {
        analysis["cells"][0]["arms"][0]["quality"]["mse"]["value"] = 0.3.into();
        analysis["cells"][0]["arms"][0]["facts"]["framework_version"] = "2.0".into();
    });
    let (code, text) = compare(&old, &other, Some("5%"));
    assert!(
        code == 0 && text.contains("not comparable: linear on made") && text.contains("made 1.0 in A, 2.0 in B"),
        "{text}"
    );
    let few = made.result("few", 1.2, |analysis| {
        analysis["cells"][0]["arms"][0]["metrics"]["work_ns"]["values"] = json!([1.2e6, 1.3e6]);
    });
    assert!(compare(&old, &few, Some("5%")).1.contains("too few runs: linear on made"));
}

#[test]
fn two_machines_show_ratios_of_ratios_and_no_regression() {
    let made = Made::new();
    let old = made.result("old", 1.0, |_| {});
    let new = made.result("new", 0.5, |analysis| analysis["fingerprint"]["cpu_model"] = "faster".into());
    let (code, text) = compare(&old, &new, None);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("cpu_model: \"made\" in A, \"faster\" in B"), "{text}");
    assert!(
        text.contains("regression_linfa over regression_sklearn: 0.335 in A, 0.168 in B; B's over A's 0.501 (0.497–0.505, n = 12 and 12)"),
        "{text}"
    );
    let (code, text) = compare(&old, &new, Some("5%"));
    assert!(code == 2 && text.contains("another machine") && text.contains("hint:"), "{text}");
}

#[test]
fn results_of_several_machines_become_one_report() {
    let made = Made::new();
    let old = made.result("old", 1.0, |_| {});
    let new = made.result("new", 0.5, |analysis| {
        analysis["fingerprint"]["cpu_model"] = "faster".into();
        analysis["cells"][0]["comparisons"][0]["verdict"] = "materially_slower".into();
    });
    let out = made.folder.path().join("out");
    let run = |results: &[&Path]| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ferrobench"));
        let output = command.arg("machines").args(results).arg("--out").arg(&out).output().expect("started");
        let text = [output.stdout, output.stderr].concat();
        (output.status.code().expect("a code"), String::from_utf8(text).expect("text"))
    };
    let (code, text) = run(&[&old, &new]);
    assert!(code == 0 && text.contains("1 comparison: "), "{text}");
    let page = fs::read_to_string(out.join("machines.html")).expect("written");
    assert!(page.contains("1 otherwise on one than on another") && page.contains("linear on made"), "{page}");
    let text = fs::read_to_string(out.join("machines.md")).expect("written");
    assert!(text.contains("| 0.50") && text.contains("n = 12 and 12"), "{text}");
    let elsewhere = made.result("elsewhere", 1.0, |analysis| {
        analysis["cells"][0]["cell"]["cell_id"] = "cell_two".into();
    });
    let (code, text) = run(&[&old, &elsewhere]);
    assert!(code == 2 && text.contains("no two of these results have a comparison in common"), "{text}");
    assert_eq!(run(&[&old]).0, 2, "one is no comparison");
}

#[test]
fn what_is_no_result_is_refused_by_name() {
    let made = Made::new();
    let old = made.result("old", 1.0, |_| {});
    let smoke = made.result("smoke", 1.0, |analysis| analysis["measures"] = false.into());
    let newer = made.result("newer", 1.0, |analysis| analysis["schema_version"] = "2.0".into());
    for (folder, said) in
        [(smoke, "measures nothing"), (newer, "schema version 2.0"), (made.folder.path().join("none"), "none")]
    {
        let (code, text) = compare(&old, &folder, None);
        assert!(code == 2 && text.starts_with("error: ") && text.contains(said), "{text}");
    }
    for limit in ["0", "-5%", "much"] {
        assert_eq!(compare(&old, &old, Some(limit)).0, 2);
    }
}
