use schema::SCHEMA_VERSION;
use serde_json::json;
use tempfile::TempDir;

use super::*;

fn hex(text: &str) -> String {
    digest::of_bytes(text.as_bytes())
}

/// A study on one dataset, as `select` writes it; `change`d.
fn selection(dataset: &Value, file: &Value, change: impl Fn(&mut Value)) -> Selection {
    let gate = json!({"other_load_percent_max": 100.0, "memory_available_bytes_min": 0, "temperature_celsius_max": null,
        "wait_s_max": 0, "cooldown_ms": 0});
    let mut made = json!({
        "schema_version": SCHEMA_VERSION,
        "study": {"study": "mine", "title": "Mine", "rounds": 10, "seed": 1, "margins": {"time": 1.05, "memory": 1.1},
            "cells": [{"task": "regression", "algorithms": ["linear"], "datasets": [dataset]}]},
        "study_digest": "0",
        "options": RunOptions::default(),
        "hardware": {"threads_max": null, "timeout_s": 5, "memory_bytes": null, "gate": gate, "target_cpu": "native"},
        "tasks": [], "chosen": [], "left_out": [], "findings": [],
        "datasets": [{"schema_version": SCHEMA_VERSION, "dataset": "it", "choice": dataset, "seed": 1, "source_digest": "",
            "file": file}],
        "fingerprint": {"cpu_model": "made", "microcode": null, "cores": 2, "smt": null, "memory_gib": 8, "kernel": "made",
            "governor": null, "turbo": null, "hypervisor": null, "gpus": [], "gpu_driver": null, "container_image": null},
    });
    change(&mut made);
    serde_json::from_value(made).expect("a selection")
}

fn plain(change: impl Fn(&mut Value)) -> Selection {
    selection(&json!("diabetes"), &Value::Null, change)
}

fn own(sha256: &str) -> Selection {
    let choice =
        json!({"name": "own", "file": "my.csv", "url": null, "sha256": sha256, "target": "y", "drop_columns": []});
    selection(&choice, &json!({"path": "/home/somebody/my.csv", "sha256": sha256}), |_| ())
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn launch(there: &Selection, more: &str, folder: &TempDir) -> Result<Launch, String> {
    Launch::of(there, &words(more), folder.path()).map_err(|faults| faults.to_string())
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn every_option_is_handed_on_or_left_for_a_reason() {
    let left = [
        // In the study already.
        "study",
        "seed",
        "repetitions",
        "target",
        "target_is",
        "drop_columns",
        // Of the other disk and network: named anew, or the person's own here.
        "dataset",
        "dataset_file",
        "ollama_url",
        "ollama_url_2",
        "outdir",
        // How this machine is used.
        "fresh",
        "no_wait",
        "account",
        "partition",
        "qos",
        "time",
        "memory",
        "cpus",
        "exclusive",
        "sbatch",
    ];
    let all = serde_json::to_value(RunOptions::default()).expect("options");
    let mut named: Vec<&str> = left.into_iter().chain(HANDED_ON).collect();
    named.sort_unstable();
    let mut all: Vec<&str> = all.as_object().expect("fields").keys().map(String::as_str).collect();
    all.sort_unstable();
    assert_eq!(named, all);
}

#[test]
fn what_was_said_there_is_said_here_unless_the_person_says_otherwise() {
    let there = plain(|made| {
        made["options"]["implementations"] = json!("regression_linfa,regression_sklearn");
        made["options"]["build_profile"] = json!("ci");
        made["options"]["seed"] = json!(7);
        made["options"]["no_wait"] = json!(true);
        made["options"]["outdir"] = json!("/home/somebody/out");
    });
    let folder = folder();
    let same = launch(&there, "", &folder).expect("a launch");
    assert_eq!(
        parameters::words(&same.parameters),
        ["--build_profile=ci", "--implementations=regression_linfa,regression_sklearn"]
    );
    assert_eq!(same.study.study.as_str(), "mine_replicated");
    let other = launch(&there, "--buildProfile release --outdir here --repetitions 20", &folder).expect("a launch");
    assert_eq!(
        parameters::words(&other.parameters),
        [
            "--build_profile=release",
            "--implementations=regression_linfa,regression_sklearn",
            "--outdir=here",
            "--repetitions=20"
        ]
    );
    let told =
        launch(&there, "--study default --dataset x.csv --dataset_file boston_housing=x", &folder).expect_err("no");
    for part in
        ["--study: is what the capsule's study says", "--dataset: the capsule's", "no file for `boston_housing`"]
    {
        assert!(told.contains(part), "{part} in {told}");
    }
}

#[test]
fn a_model_of_ones_own_is_asked_for_here_too() {
    let attached = |made: &mut Value| {
        made["options"]["ollama_url"] = json!("http://there:11434");
        made["services"] = json!([{"schema_version": SCHEMA_VERSION, "service": "llm", "source_digest": "",
            "how": {"by": "attached", "url": "http://there:11434", "model": "gemma3:1b", "version": "1"}}]);
    };
    let same = launch(&plain(attached), "", &folder()).expect("a launch");
    assert_eq!(parameters::words(&same.parameters), ["--model=gemma3:1b"]);
}

#[test]
fn a_table_of_ones_own_has_to_be_the_very_file() {
    let (there, folder) = (own(&hex("a,y\n1,2\n")), folder());
    let told = launch(&there, "", &folder).expect_err("a file is needed");
    assert!(told.contains("the study was on my.csv (sha256 ") && told.contains("--dataset FILE"), "{told}");
    assert!(!told.contains("somebody"), "{told}");
    let copy = folder.path().join("copy.csv");
    fs::write(&copy, "a,y\n1,3\n").expect("written");
    let more = format!("--dataset {}", copy.display());
    assert!(launch(&there, &more, &folder).expect_err("another file").contains("the study was on my.csv"));
    fs::write(&copy, "a,y\n1,2\n").expect("written");
    for _ in 0..2 {
        let found = launch(&there, &more, &folder).expect("the file");
        let Cells::Grids(grids) = &found.study.cells else { panic!("grids") };
        let parameters = grids[0].datasets[0].parameters();
        let place = PathBuf::from(parameters["file"].as_str().expect("a path"));
        // Under its name there: cells are known by it.
        assert_eq!(place.file_name().expect("a name"), "my.csv");
        assert_eq!(fs::read_to_string(place).expect("read"), "a,y\n1,2\n");
        assert!(found.parameters.is_empty());
    }
}

#[test]
fn a_published_dataset_is_named_anew_and_checked() {
    let file = |url: Value, path: Value| json!({"path": path, "url": url, "sha256": "ab"});
    let at_a_url = selection(&json!("boston_housing"), &file(json!("https://a.b/c.csv"), Value::Null), |_| ());
    let found = launch(&at_a_url, "", &folder()).expect("a launch");
    let given = &found.study.dataset_files[&Id::new("boston_housing").expect("an id")];
    assert_eq!((given.url.as_deref(), given.sha256.as_deref()), (Some("https://a.b/c.csv"), Some("ab")));
    let in_a_file = selection(&json!("boston_housing"), &file(Value::Null, json!("/home/somebody/b.csv")), |_| ());
    let folder = folder();
    assert!(launch(&in_a_file, "", &folder).expect_err("a file").contains("--dataset_file boston_housing=FILE"));
    let copy = folder.path().join("b.csv");
    fs::write(&copy, "x").expect("written");
    let found = launch(&in_a_file, &format!("--dataset_file boston_housing={}", copy.display()), &folder).expect("it");
    let given = &found.study.dataset_files[&Id::new("boston_housing").expect("an id")];
    // `select` holds the file against it.
    assert_eq!(given.sha256.as_deref(), Some("ab"));
    assert!(given.path.as_deref().is_some_and(|path| path.ends_with("b.csv")));
}

#[test]
fn a_long_name_stays_an_id() {
    let long = Id::new("a".repeat(64)).expect("an id");
    assert_eq!(name(&long).expect("an id").as_str().len(), 64);
    assert_eq!(name(&Id::new("default").expect("an id")).expect("an id").as_str(), "default_replicated");
}
