//! `plan expand` as a process.

use std::collections::BTreeSet;
use std::fs;

use crate::made::{Checkout, arms, implementation_document, stderr};
use schema::params::{Capture, Mode};
use serde_json::{Value, json};

fn grid(algorithms: &[&str], datasets: &Value) -> Value {
    json!({"task": "t", "algorithms": algorithms, "datasets": datasets, "warmup": 2, "iterations": 5})
}

fn with(mut value: Value, key: &str, new: &Value) -> Value {
    value[key] = new.clone();
    value
}

#[test]
fn a_grid_becomes_every_combination_with_complete_hyperparameters() {
    let mut cells = grid(&["linear", "ridge"], &json!(["diabetes", {"name": "synthetic_linear", "n_samples": 100}]));
    cells["hyperparameters"] = json!({"alpha": [1, 0.5]});
    cells["threads"] = json!([1, 2]);
    let (plan, blocks) = Checkout::new(&json!([cells])).expanded("out");
    // linear takes no alpha: 2 datasets × 2 threads; ridge: 2 × 2 alphas × 2.
    assert_eq!(blocks.len(), 4 + 8);
    assert_eq!(blocks.iter().map(|block| &block.block_id).collect::<BTreeSet<_>>().len(), 12);
    assert_eq!(plan.runs, 4 * (4 * 3 + 8 * 2), "4 rounds; t_c has no ridge");
    assert!(plan.estimated_s > 0.0 && plan.already_measured == 0);

    let first = &blocks[0];
    assert_eq!(first.cell.label, "linear on diabetes, 1 thread, warm");
    assert!(first.cell.cell_id.as_str().starts_with("linear_diabetes_t1_warm_"), "{}", first.cell.cell_id);
    assert_eq!(first.cell.hyperparameters, serde_json::Map::new());
    assert_eq!((first.cell.warmup, first.cell.iterations, first.cell.capture), (2, 5, Capture::Full));
    assert_eq!((first.limits.timeout_s, first.limits.output_bytes, first.rounds.len()), (600, 16 << 20, 4));
    assert_eq!(first.data.inputs["holdout_test"], "test-digest");
    let sha256 = &first.data.manifest_sha256;
    assert_eq!(first.data.folder, format!(".ferrobench/data/diabetes-{}", &sha256[..16]));
    let labels: Vec<&str> = blocks.iter().map(|block| block.cell.label.as_str()).collect();
    assert!(labels.contains(&"ridge (alpha=0.5) on synthetic_linear (n=100, d=20), 2 threads, warm"), "{labels:?}");
    let alphas: BTreeSet<String> =
        blocks[4..].iter().map(|block| block.cell.hyperparameters["alpha"].to_string()).collect();
    assert_eq!(alphas, ["0.5".to_owned(), "1.0".to_owned()].into());
}

#[test]
fn what_cannot_be_run_is_left_out_with_its_reason_and_the_rest_goes_on() {
    let checkout = Checkout::new(&json!([
        with(grid(&["linear"], &json!(["diabetes"])), "threads", &json!([1, 64])),
        with(grid(&["ridge"], &json!(["diabetes"])), "implementations", &json!(["t_c"])),
        grid(&["linear"], &json!(["diabetes"])),
        with(grid(&["linear"], &json!(["diabetes"])), "devices", &json!(["cuda"])),
    ]));
    let mut broken = implementation_document("t_b");
    broken["problem"] = json!("it does not build: error[E0425]");
    broken["describe"] = json!(null);
    checkout.write_implementation(&broken);
    let (plan, blocks) = checkout.expanded("out");
    assert_eq!(blocks.len(), 1);
    assert_eq!(arms(&blocks[0]), ["t_a", "t_c"]);
    let reasons: Vec<String> = plan.left_out.iter().map(|left| format!("{}: {}", left.what, left.reason)).collect();
    for part in [
        "linear on diabetes, 64 threads, warm: needs 64 threads; there are 2 cores",
        "t_b: it does not build: error[E0425]",
        "t_c in ridge on diabetes, 1 thread, warm: it has no algorithm `ridge`",
        "ridge on diabetes, 1 thread, warm: no implementation can run it",
        "linear on diabetes, 1 thread, warm: the study lists it twice",
        "t_a in linear on diabetes, 1 thread, warm, cuda: it does not run on cuda",
    ] {
        assert!(reasons.iter().any(|reason| reason == part), "{part} in {reasons:#?}");
    }
}

#[test]
fn equal_inputs_give_equal_bytes_and_an_added_cell_changes_no_other_block() {
    let one = grid(&["linear"], &json!(["diabetes", "synthetic_linear"]));
    let mut checkout = Checkout::new(&json!([one]));
    checkout.selection["study"]["aa"] = json!("one_a_domain");
    let (before, _) = checkout.expanded("out");
    checkout.expanded("again");
    checkout.selection["study"]["cells"] = json!([one, grid(&["ridge"], &json!(["diabetes"]))]);
    let (after, _) = checkout.expanded("more");
    assert_eq!((before.blocks.len(), after.blocks.len()), (2, 3));
    for block in &before.blocks {
        let bytes =
            |out: &str| fs::read(checkout.path(&format!("{out}/blocks/{}.json", block.block_id))).expect("read");
        assert_eq!(bytes("out"), bytes("again"));
        assert_eq!(bytes("out"), bytes("more"));
    }
    assert_eq!(fs::read(checkout.path("out/plan.json")).ok(), fs::read(checkout.path("again/plan.json")).ok());
}

#[test]
fn the_reference_meets_itself_and_itself_slowed_where_the_study_says() {
    let cells = json!([grid(&["linear"], &json!(["diabetes", "synthetic_linear"]))]);
    let mut checkout = Checkout::new(&cells);
    checkout.selection["study"]["aa"] = json!("one_a_domain");
    checkout.selection["study"]["slowed"] = json!([5, 20]);
    let (_, blocks) = checkout.expanded("one");
    assert_eq!(arms(&blocks[0]), ["t_b", "t_a", "t_c", "t_a@a2", "t_a@slow5", "t_a@slow20"]);
    assert_eq!(arms(&blocks[1]), ["t_b", "t_a", "t_c"]);
    let slow: Vec<u8> = blocks[0].arms.iter().map(|arm| arm.facts.slow_percent).collect();
    assert_eq!(slow, [0, 0, 0, 0, 5, 20]);
    assert!(blocks[0].rounds.iter().all(|round| round.len() == 6));

    checkout.selection["study"]["aa"] = json!("every_block");
    checkout.selection["study"]["slowed"] = json!([]);
    let (_, blocks) = checkout.expanded("every");
    assert!(blocks.iter().all(|block| arms(block) == ["t_b", "t_a", "t_c", "t_a@a2"]));

    checkout.selection["chosen"] = json!([checkout.selection["chosen"][0]]);
    let (plan, blocks) = checkout.expanded("without");
    assert!(blocks.iter().all(|block| arms(block) == ["t_b"]));
    assert!(plan.left_out.iter().any(|left| left.what == "the A/A comparison of d"));
}

#[test]
fn smoke_is_every_algorithm_once_on_the_smallest_case() {
    let (plan, blocks) = Checkout::new(&json!("smoke")).expanded("out");
    let labels: Vec<&str> = blocks.iter().map(|block| block.cell.label.as_str()).collect();
    assert_eq!(labels, ["linear on diabetes, 1 thread, warm", "ridge on diabetes, 1 thread, warm"]);
    assert!(blocks.iter().all(|block| block.rounds.len() == 1 && block.limits.timeout_s == 7));
    assert_eq!(plan.runs, 3 + 2);
}

#[test]
fn cold_is_one_iteration_without_warm_up() {
    let cells = with(grid(&["linear"], &json!(["diabetes"])), "modes", &json!(["cold", "warm"]));
    let (_, blocks) = Checkout::new(&json!([cells])).expanded("out");
    let cold = &blocks[0].cell;
    assert_eq!((cold.mode, cold.warmup, cold.iterations), (Mode::Cold, 0, 1));
    assert_ne!(cold.cell_id, blocks[1].cell.cell_id);
}

#[test]
fn the_executables_that_measure_are_kept_by_their_digest() {
    let checkout = Checkout::new(&json!([grid(&["linear"], &json!(["diabetes"]))]));
    let (_, blocks) = checkout.expanded("out");
    for (digest, text) in [(&blocks[0].measure, "the measure program"), (&blocks[0].launcher, "the launch program")] {
        assert_eq!(fs::read_to_string(checkout.path(&digest.path)).expect("kept"), text);
        assert!(digest.path.starts_with(&format!(".ferrobench/executables/{}/", &digest.sha256[..16])));
    }
}

#[test]
fn what_was_measured_before_shows_in_the_plan_and_in_no_block() {
    let checkout = Checkout::new(&json!([grid(&["linear"], &json!(["diabetes"]))]));
    let (plan, blocks) = checkout.expanded("out");
    let store = format!(".ferrobench/blocks/{}", plan.blocks[0].key);
    checkout.write(&format!("{store}/manifest.json"), &json!({}));
    checkout.write(&format!("{store}/block.json"), &serde_json::to_value(&blocks[0]).expect("json"));
    let records = "{\"timing\":{\"wall_ns\":2000000000}}\n{\"timing\":{\"wall_ns\":4000000000}}\n";
    fs::write(checkout.path(&format!("{store}/records.jsonl")), records).expect("written");
    let (again, _) = checkout.expanded("again");
    assert_eq!(again.blocks[0].key, plan.blocks[0].key);
    assert_eq!((plan.already_measured, again.already_measured), (0, 1));
    // 12 runs of 3 s each and 0.1 s of pause.
    assert!((again.estimated_s - 12.0 * 3.1).abs() < 1e-9, "{}", again.estimated_s);
}

#[test]
fn a_dataset_that_was_not_prepared_is_bad_input() {
    let checkout = Checkout::new(&json!([grid(&["linear"], &json!([{"name": "synthetic_linear", "n_samples": 55}]))]));
    let output = checkout.expand("out");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stderr(&output), "error: dataset `synthetic_linear_n55_d20` was not prepared\n");
    assert!(!checkout.path("out/plan.json").exists());
}
