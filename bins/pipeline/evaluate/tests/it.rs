//! `evaluate` as a process, on a block that is made here.

mod made;

use std::fs;

use assert_cmd::Command;
use made::Made;
use schema::document;
use schema::evaluation::{Evaluation, Parity, ParityVerdict};
use schema::task::TaskSpec;
use serde_json::json;

fn evaluate(made: &Made, more: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("evaluate").expect("built");
    command.arg("--root").arg(made.root()).arg("--block").arg(made.block()).arg("--task").arg(made.task());
    command.args(more).assert()
}

fn evaluated(made: &Made) -> (Vec<Evaluation>, Vec<Parity>) {
    let out = made.root().join("out");
    evaluate(made, &["--out", out.to_str().expect("text")]).success().stdout("").stderr("");
    let folder = out.join("block");
    let evaluations = document::read_lines(&folder.join("evaluations.jsonl")).expect("valid evaluations");
    (evaluations, document::read_lines(&folder.join("parity.jsonl")).expect("valid parity"))
}

fn verdict(parity: &[Parity], left: &str, right: &str) -> ParityVerdict {
    let pair = parity.iter().find(|pair| pair.left.to_string() == left && pair.right.to_string() == right);
    pair.expect("the pair").verdict
}

#[test]
fn every_ok_run_gets_its_metrics_and_every_pair_its_parity() {
    let mut made = Made::new(6);
    made.failed("r", 2);
    made.finish();
    let (evaluations, parity) = evaluated(&made);
    assert_eq!(evaluations.len(), 17, "three arms, six rounds, one failed run");
    // Targets of the split are 4, 2; the predictions 3, 2: e = 1, 0.
    let metrics = &evaluations[0].metrics;
    let value = |name: &str| metrics.iter().find(|(id, _)| id.as_str() == name).expect(name).1.clone();
    assert_eq!(value("mse").value, Some(0.5));
    assert_eq!(metrics.len(), 3, "mae is for another algorithm");
    assert_eq!(value("r2").value, Some(0.5));
    assert!(value("nonsense").reason.expect("a reason").starts_with("no metric `nonsense` is known"));
    assert_eq!(parity.len(), 3, "each unordered pair once");
    assert_eq!(verdict(&parity, "r", "r@a2"), ParityVerdict::Identical);
    assert_eq!(verdict(&parity, "r", "p"), ParityVerdict::WithinTolerance);
    let compared: Vec<u32> = parity.iter().map(|pair| pair.rules[0].compared_runs).collect();
    assert_eq!(compared, [5, 5, 6], "the failed run's round is no pair for its arm");
}

#[test]
fn folds_are_judged_one_by_one_and_their_mean_and_deviation_told() {
    let mut made = Made::new(6);
    made.write_parts(4, &[("fold_0", &[3, 1]), ("fold_1", &[0, 2])]);
    // The targets are 4, 2 and 1, 3; e = 1, 0 and 0, 2.
    for round in 0..6 {
        for arm in ["r", "r@a2", "p"] {
            made.predictions(arm, round, &[3.0, 2.0, 1.0, 1.0]);
        }
    }
    made.predictions("p", 5, &[3.0, 2.0]);
    made.finish();
    let (evaluations, _) = evaluated(&made);
    let of = |run: &str| evaluations.iter().find(|evaluation| evaluation.run_id == run).expect(run);
    let mse = schema::id::Id::new("mse").expect("an id");
    let whole = of("r-0");
    let folds: Vec<Option<f64>> = whole.folds.iter().map(|fold| fold[&mse].value).collect();
    assert_eq!(folds, [Some(0.5), Some(2.0)]);
    assert_eq!(whole.metrics[&mse].value, Some(1.25));
    assert!((whole.sd_over_folds[&mse] - 1.125_f64.sqrt()).abs() < 1e-15);
    let short = of("p-5");
    assert_eq!(short.metrics[&mse].reason.as_deref(), Some("2 values where the folds' targets have 4"));
    assert!(short.folds.is_empty() && short.sd_over_folds.is_empty());
}

#[test]
fn clusters_are_judged_by_the_rows_themselves() {
    let mut made = Made::new(1);
    let mut task: TaskSpec = document::read(&made.task()).expect("a task");
    let metric = json!([{"id": "silhouette", "output": "predictions", "target": {"input": "y"}}]);
    task.metrics = serde_json::from_value(metric).expect("metrics");
    document::write(&made.task(), &task).expect("written");
    for arm in ["r", "r@a2", "p"] {
        made.predictions(arm, 0, &[0.0, 0.0, 1.0, 1.0]);
    }
    made.finish();
    let (evaluations, _) = evaluated(&made);
    // The rows 1, 2 and 3, 4: of the outer ones (2.5 − 1) / 2.5, of the inner ones (1.5 − 1) / 1.5.
    let value = evaluations[0].metrics.values().next().and_then(|metric| metric.value).expect("a value");
    assert!((value - f64::midpoint(0.6, 1.0 / 3.0)).abs() < 1e-15, "{value}");
}

#[test]
fn one_bad_round_is_the_pairs_verdict() {
    let mut made = Made::new(6);
    made.predictions("p", 4, &[3.0, 2.5]);
    made.finish();
    let (_, parity) = evaluated(&made);
    assert_eq!(verdict(&parity, "r", "p"), ParityVerdict::Different);
    assert_eq!(parity[1].rules[0].reason.as_deref(), Some("round 4: value 1: 2 and 2.5"));
    let line = evaluate(&made, &["--line"]).success();
    let expected = "linear on made, 1 thread, warm: r and p: different results: not comparable\n";
    line.stdout(expected);
}

#[test]
fn a_missing_a_misshapen_and_a_non_finite_output_give_null_with_a_reason() {
    let mut made = Made::new(3);
    made.no_predictions("p", 0);
    made.predictions("p", 1, &[3.0, 2.0, 1.0]);
    made.predictions("p", 2, &[f64::NAN, 2.0]);
    made.finish();
    let (evaluations, parity) = evaluated(&made);
    let reason = |run: &str| {
        let evaluation = evaluations.iter().find(|evaluation| evaluation.run_id == run).expect(run);
        let mse = evaluation.metrics.iter().find(|(id, _)| id.as_str() == "mse").expect("mse").1;
        assert_eq!(mse.value, None);
        mse.reason.clone().expect("a reason")
    };
    assert_eq!(reason("p-0"), "the run left no `predictions`");
    assert_eq!(reason("p-1"), "3 values where the target has 2");
    assert_eq!(reason("p-2"), "the output is not finite in row 0: NaN");
    assert_eq!(verdict(&parity, "r", "p"), ParityVerdict::Different);
}

#[test]
fn an_output_that_the_manifest_does_not_name_does_not_count() {
    let mut made = Made::new(1);
    made.no_predictions("p", 0);
    made.finish();
    made.predictions("p", 0, &[3.0, 2.0]);
    let (_, parity) = evaluated(&made);
    assert_eq!(verdict(&parity, "r", "p"), ParityVerdict::Unchecked);
}

#[test]
fn the_line_names_the_faster_one_with_its_interval() {
    let mut made = Made::new(6);
    made.finish();
    // Work takes 1 and 2 ns in turn for r, three times that for p: no spread in the ratio.
    let line = "linear on made, 1 thread, warm: r 3.0× faster than p (3.0–3.0, n=6), same predictions ✓\n";
    evaluate(&made, &["--line"]).success().stdout(line);
    let mut short = Made::new(5);
    short.finish();
    let line = "linear on made, 1 thread, warm: r and p: too few runs (n=5), same predictions ✓\n";
    evaluate(&short, &["--line"]).success().stdout(line);
}

#[test]
fn a_damaged_block_is_named_and_nothing_is_written() {
    let mut made = Made::new(1);
    made.finish();
    let output = made.block().join("runs/p-0/outputs/predictions.npy");
    let mut bytes = fs::read(&output).expect("read");
    *bytes.last_mut().expect("not empty") ^= 1;
    fs::write(&output, bytes).expect("damaged");
    let out = made.root().join("out");
    let assert = evaluate(&made, &["--out", out.to_str().expect("text")]).code(2);
    let stderr = String::from_utf8(assert.get_output().stderr.clone()).expect("text");
    assert!(stderr.starts_with("error: ") && stderr.contains("runs/p-0/outputs/predictions.npy"), "{stderr}");
    assert!(stderr.contains("\nhint: "), "{stderr}");
    assert!(!out.exists());
}

#[test]
fn data_other_than_the_measured_are_refused() {
    let mut made = Made::new(1);
    made.finish();
    made.write_target(&[9.0; 4]);
    let assert = evaluate(&made, &["--line"]).code(2);
    let stderr = String::from_utf8(assert.get_output().stderr.clone()).expect("text");
    assert!(stderr.contains("is not the one that block block was measured on"), "{stderr}");
}

#[test]
fn another_tasks_file_and_another_version_are_refused() {
    let mut made = Made::new(1);
    made.finish();
    made.write_task("svm");
    evaluate(&made, &["--line"]).code(2);
    made.write_task("regression");
    evaluate(&made, &["--line"]).success();
    made.manifest_version("2.0");
    evaluate(&made, &["--line"]).code(2);
}
