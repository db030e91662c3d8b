//! `ferrobench audit`: which claims of the audited report its own figures contradict.

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn audit(arguments: &[&str]) -> Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ferrobench"));
    command.arg("--root").arg(root()).arg("audit").args(arguments).output().expect("started")
}

/// Worked out by hand from the report's figures, before the code that computes them.
const CONTRADICTED: [&str; 25] = [
    "throughput_more",
    "throughput_p",
    "throughput_d",
    "python_cv_in_the_summary",
    "consistency_p",
    "ttft_outlier",
    "ttft_rust_lower",
    "success_rust",
    "success_python",
    "success_p",
    "success_p_exact",
    "mean_improvement_rust",
    "peak_improvement_rust",
    "peak_improvement_python",
    "worst_against_best",
    "worst_against_worst",
    "memory_less",
    "startup_less",
    "hours_saved",
    "summary_saving",
    "summary_saving_percent",
    "development_difference",
    "break_even_in_the_summary",
    "wins_rust",
    "wins_python",
];

#[test]
fn the_claims_that_the_reports_own_figures_contradict_are_named() {
    let output = audit(&["tr112"]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut claim = "";
    let mut contradicted = Vec::new();
    for line in text.lines() {
        if !line.starts_with(' ') {
            claim = line.split(':').next().unwrap_or_default();
        } else if line.trim_start().starts_with("contradicted:") {
            contradicted.push(claim);
        }
    }
    assert_eq!(contradicted, CONTRADICTED);
    for golden in ["0.01158", "0.04417", "0.4537", "7.185", "most that is possible is 9", "most that is possible is 5"]
    {
        assert!(text.contains(golden), "{golden} is not in\n{text}");
    }
    assert!(text.contains(" 25 are contradicted by them, 0 cannot be computed"), "{text}");
}

#[test]
fn an_unknown_audit_is_told_with_those_that_are_there() {
    let output = audit(&["tr111"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && told.contains("known: tr112"), "{told}");
}
