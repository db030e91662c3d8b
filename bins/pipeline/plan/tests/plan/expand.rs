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
fn algorithms_and_datasets_are_paired_where_they_fit_and_the_rest_is_told() {
    let cells = grid(&["linear", "ridge"], &json!(["diabetes", {"name": "synthetic_linear", "n_samples": 100}]));
    let mut checkout = Checkout::new(&json!([cells]));
    let spec = &mut checkout.selection["tasks"][0]["spec"];
    spec["algorithms"]["ridge"]["datasets"] = json!(["synthetic_linear"]);
    spec["outputs"][0]["algorithms"] = json!(["linear"]);
    let (plan, blocks) = checkout.expanded("out");
    let labels: Vec<&str> = blocks.iter().map(|block| block.cell.label.as_str()).collect();
    let expected = [
        "linear on diabetes, 1 thread, warm",
        "linear on synthetic_linear (n=100, d=20), 1 thread, warm",
        "ridge on synthetic_linear (n=100, d=20), 1 thread, warm",
    ];
    assert_eq!(labels, expected);
    assert_eq!(blocks.iter().map(|block| block.outputs.len()).collect::<Vec<_>>(), [1, 1, 0]);
    let left: Vec<(&str, &str)> = plan.left_out.iter().map(|left| (left.what.as_str(), left.reason.as_str())).collect();
    assert!(left.contains(&("ridge on diabetes", "`ridge` takes synthetic_linear")), "{left:?}");
}

#[test]
fn a_task_that_judges_no_rows_has_its_own_split() {
    let mut checkout = Checkout::new(&json!([grid(&["linear"], &json!(["diabetes"]))]));
    checkout.selection["tasks"][0]["spec"]["split"] = json!("all");
    let (_, blocks) = checkout.expanded("out");
    assert_eq!(blocks[0].cell.split.as_str(), "all");
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
        "linear on diabetes, 1 thread, warm, cuda: needs device cuda; there is no GPU that NVML knows",
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
    let record = |implementation: &str, wall_ns: u64| {
        format!("{}\n", json!({"identity": {"implementation": implementation}, "timing": {"wall_ns": wall_ns}}))
    };
    let write = |text: String| fs::write(checkout.path(&format!("{store}/records.jsonl")), text).expect("written");
    write([record("t_a", 2_000_000_000), record("t_a", 4_000_000_000), record("t_b", 1_000_000_000)].concat());
    let (again, _) = checkout.expanded("again");
    assert_eq!(again.blocks[0].key, plan.blocks[0].key);
    assert_eq!((plan.already_measured, again.already_measured), (0, 1));
    // 4 rounds: 3 s, 1 s, by default 0.1 s and 7 iterations of 0.05 s; each with 0.1 s of pause.
    assert!((again.estimated_s - 4.0 * (3.1 + 1.1 + 0.55)).abs() < 1e-9, "{}", again.estimated_s);
    assert!(again.remaining_s.is_some_and(|left| left.abs() < 1e-9));
    assert!(!again.blocks[0].measured_before && again.estimated_from.starts_with("defaults"), "t_c is not known");
    let text = fs::read_to_string(checkout.path("again/plan.txt")).expect("the plan in words");
    assert!(text.contains("  1 cell already measured; about 0.0 s to go\n"), "{text}");

    write(["t_a", "t_b", "t_c"].map(|name| record(name, 1_000_000_000)).concat());
    let (all, _) = checkout.expanded("all");
    assert!(all.blocks[0].measured_before && all.estimated_from.contains("earlier runs"), "{}", all.estimated_from);

    let mut elsewhere = serde_json::to_value(&blocks[0]).expect("json");
    elsewhere["fingerprint"]["cores"] = json!(64);
    checkout.write(&format!("{store}/block.json"), &elsewhere);
    let (other, _) = checkout.expanded("other");
    assert!(!other.blocks[0].measured_before, "the times of another machine say nothing here");
}

#[test]
fn a_budget_keeps_the_first_cells_that_fit_and_names_the_others() {
    let cells =
        json!([grid(&["linear"], &json!(["diabetes", "synthetic_linear"])), grid(&["ridge"], &json!(["diabetes"]))]);
    let mut checkout = Checkout::new(&cells);
    checkout.selection["study"]["aa"] = json!("one_a_domain");
    let (whole, _) = checkout.expanded("whole");
    let seconds: Vec<f64> = whole.blocks.iter().map(|block| block.estimated_s).collect();
    // 4 rounds of 0.55 s: the A/A cell has 4 arms, linear on the other data 3, ridge 2.
    let expected = [8.8, 6.6, 4.4];
    assert!(seconds.iter().zip(expected).all(|(found, due)| (found - due).abs() < 1e-9), "{seconds:?}");

    checkout.selection["budget_s"] = json!(14);
    let (cut, blocks) = checkout.expanded("cut");
    let labels: Vec<&str> = blocks.iter().map(|block| block.cell.label.as_str()).collect();
    assert_eq!(labels, ["linear on diabetes, 1 thread, warm", "ridge on diabetes, 1 thread, warm"]);
    assert_eq!(cut.blocks[0].key, whole.blocks[0].key, "a budget changes no block that it keeps");
    let reasons: Vec<String> = cut.left_out.iter().map(|left| format!("{}: {}", left.what, left.reason)).collect();
    let due = "linear on synthetic_linear (n=2000, d=20), 1 thread, warm: \
               it takes about 6.6 s, more than the budget of 14 s leaves";
    assert!(reasons.iter().any(|reason| reason == due), "{reasons:#?}");

    checkout.selection["budget_s"] = json!(4);
    let output = checkout.expand("none");
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(said.contains("--budget: no cell fits into 4.0 s; the shortest takes about 4.4 s"), "{said}");
}

#[test]
fn cells_beyond_the_machine_are_left_out_with_what_they_need() {
    let large = json!({"name": "synthetic_linear", "n_samples": 100});
    let mut checkout = Checkout::new(&json!([
        grid(&["linear"], &json!(["diabetes", large])),
        with(grid(&["linear"], &json!(["diabetes"])), "devices", &json!(["cuda"])),
    ]));
    let path = checkout.path("datasets/synthetic_linear_n100_d20.json");
    let text = fs::read_to_string(&path).expect("the manifest").replacen("\"bytes\":1", "\"bytes\":1073741824", 1);
    fs::write(&path, text).expect("written");
    let reasons = |checkout: &Checkout, out: &str| {
        let (plan, _) = checkout.expanded(out);
        plan.left_out.into_iter().map(|left| format!("{}: {}", left.what, left.reason)).collect::<Vec<_>>().join("\n")
    };
    let told = reasons(&checkout, "machine");
    assert!(told.contains("needs 2.0 GiB of memory, twice its data; the machine has 1.0 GiB"), "{told}");
    assert!(told.contains("cuda: needs device cuda; there is no GPU"), "{told}");

    checkout.selection["memory_limit_bytes"] = json!(1 << 29);
    let told = reasons(&checkout, "limited");
    assert!(told.contains("twice its data; the control group's memory.max allows 0.5 GiB"), "{told}");
    checkout.selection["memory_limit_bytes"] = json!(null);

    checkout.selection["fingerprint"]["memory_gib"] = json!(64);
    checkout.selection["fingerprint"]["gpus"] = json!(["a GPU"]);
    checkout.selection["hardware"]["memory_bytes"] = json!(1 << 30);
    checkout.selection["hardware"]["devices"] = json!(["cpu"]);
    let told = reasons(&checkout, "allowed");
    assert!(told.contains("memory_bytes in config/hardware.yaml allows 1.0 GiB"), "{told}");
    assert!(told.contains("needs device cuda; config/hardware.yaml does not allow it"), "{told}");
}

#[test]
fn a_study_of_which_nothing_can_run_says_why() {
    let cells = with(grid(&["linear"], &json!(["diabetes"])), "threads", &json!([64]));
    let output = Checkout::new(&json!([cells])).expand("out");
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(said.contains("error: no cell of the study can be run\nhint: "), "{said}");
    assert!(said.contains("needs 64 threads; there are 2 cores"), "{said}");
}

#[test]
fn the_plan_in_words_has_a_row_a_task_and_says_where_its_times_come_from() {
    let checkout = Checkout::new(&json!([grid(&["linear", "ridge"], &json!(["diabetes"]))]));
    checkout.expanded("out");
    let text = fs::read_to_string(checkout.path("out/plan.txt")).expect("the plan in words");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "plan of study s: S");
    // 4 rounds of 3 and of 2 runs.
    assert_eq!(lines[1].split_whitespace().collect::<Vec<_>>(), ["t", "2", "cells", "20", "runs", "about", "11", "s"]);
    assert!(lines[2].starts_with("time from defaults, nothing being measured yet: a Rust process 0.1 s"), "{text}");
    assert!(lines[4].ends_with("t_c in ridge on diabetes, 1 thread, warm: it has no algorithm `ridge`"), "{text}");
}

#[test]
fn a_dataset_that_was_not_prepared_is_bad_input() {
    let checkout = Checkout::new(&json!([grid(&["linear"], &json!([{"name": "synthetic_linear", "n_samples": 55}]))]));
    let output = checkout.expand("out");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stderr(&output), "error: dataset `synthetic_linear_n55_d20` was not prepared\n");
    assert!(!checkout.path("out/plan.json").exists());
}

#[test]
fn a_block_names_the_services_that_its_task_needs() {
    let mut made = Checkout::new(&json!("smoke"));
    made.selection["tasks"][0]["spec"]["services"] = json!(["llm"]);
    let by = json!({"by": "embedded", "profile": "release", "target_cpu": "native", "shape": "llama-tiny", "seed": 7});
    made.selection["services"] = json!([{"schema_version": "1.0", "service": "llm", "how": by, "source_digest": "s"}]);
    let output = made.expand("out");
    assert!(stderr(&output).contains("service `llm` of task `t` is not ready"), "{}", stderr(&output));

    let argv = json!(["server", "--model", "x=models/x"]);
    made.write("services/llm.json", &json!({"name": "llm", "argv": argv, "env": {}, "files": []}));
    let (plan, blocks) = made.expanded("out");
    assert!(blocks.iter().all(|block| block.services.len() == 1 && block.services[0].argv[0] == "server"));
    let notes: Vec<&String> = plan.notes.iter().filter(|note| note.contains("Service `llm`: the embedded")).collect();
    assert!(notes.len() == 1 && notes[0].contains("--model NAME"), "{:?}", plan.notes);
}
