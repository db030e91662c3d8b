//! What is selected, and what makes it another selection.

mod checkout;

use std::fs;

use checkout::Checkout;
use serde_json::Value;

const DEFAULT: &str = r#"{"study": "default"}"#;

fn names<'v>(list: &'v Value, key: &str) -> Vec<&'v str> {
    list.as_array().expect("a list").iter().map(|entry| entry[key].as_str().expect(key)).collect()
}

fn source_digest(checkout: &Checkout, implementation: &str) -> Value {
    checkout.read(&format!("builds/{implementation}.json"))["source_digest"].clone()
}

#[test]
fn the_projects_own_studies_are_valid() {
    let checkout = Checkout::new();
    for (study, datasets) in [("smoke", 1), ("default", 3), ("full", 7)] {
        let selection = checkout.selected(&format!(r#"{{"study": "{study}"}}"#));
        assert_eq!(selection["chosen"].as_array().expect("chosen").len(), 4, "{study}");
        assert_eq!(selection["datasets"].as_array().expect("datasets").len(), datasets, "{study}");
        assert_eq!(fs::read_dir(checkout.path("out/datasets")).expect("requests").count(), datasets);
    }
}

#[test]
fn each_implementation_has_a_request_in_its_own_language() {
    let checkout = Checkout::new();
    let selection = checkout.selected(DEFAULT);
    assert_eq!(
        names(&selection["chosen"], "implementation"),
        ["regression_faer", "regression_linfa", "regression_sklearn", "regression_sklearn_tuned"]
    );
    let faer = checkout.read("builds/regression_faer.json");
    assert_eq!(
        faer["how"],
        serde_json::json!({"by": "cargo", "package": "regression", "profile": "release", "target_cpu": "native"})
    );
    let sklearn = checkout.read("builds/regression_sklearn.json");
    assert_eq!(sklearn["how"]["by"], "python");
    assert_eq!(sklearn["how"]["script"], "bins/regression/src/bin/regression_sklearn.py");
    assert_eq!(sklearn["how"]["env_digest"].as_str().expect("a digest").len(), 64);
    let score = selection["chosen"][0]["score"].as_f64().expect("faer's score");
    // config/frameworks.yaml: 0.35 × 5 + 0.25 × 5 + 0.2 × 0 + 0.1 × 2 + 0.1 × 5
    assert!((score - 3.7).abs() < 1e-9, "{score}");
}

#[test]
fn equal_launches_make_equal_bytes_and_times_of_files_do_not_matter() {
    let checkout = Checkout::new();
    checkout.selected(DEFAULT);
    let whole = |checkout: &Checkout| {
        let builds = ["faer", "linfa", "sklearn", "sklearn_tuned"].map(|name| format!("builds/regression_{name}.json"));
        let files = builds.into_iter().chain(["selection.json".to_owned(), "datasets/diabetes.json".to_owned()]);
        files.map(|file| fs::read(checkout.path("out").join(file)).expect("written")).collect::<Vec<_>>()
    };
    let first = whole(&checkout);
    for file in ["bins/regression/src/lib.rs", "Cargo.lock", "config/studies/default.yaml"] {
        let text = fs::read_to_string(checkout.path(file)).expect(file);
        checkout.write(file, &text);
    }
    checkout.selected(DEFAULT);
    assert_eq!(whole(&checkout), first);
}

#[test]
fn a_build_is_asked_for_anew_only_where_its_sources_changed() {
    let all = ["regression_faer", "regression_linfa", "regression_sklearn", "regression_sklearn_tuned"];
    for (file, changed) in [
        ("bins/regression/src/bin/regression_faer.rs", &all[..1]),
        ("crates/kernels/src/lib.rs", &all[..1]),
        ("crates/task/src/lib.rs", &all[..2]),
        ("bins/regression/src/lib.rs", &all[..2]),
        ("Cargo.lock", &all[..2]),
        ("rust-toolchain.toml", &all[..2]),
        ("bins/regression/src/bin/regression_sklearn_tuned.py", &all[3..]),
        ("crates/task/python/ferrobench_task.py", &all[2..]),
        ("config/python/core.txt", &all[2..]),
        ("bins/regression/README.md", &[]),
        ("crates/kernels/tests/all.rs", &[]),
    ] {
        let checkout = Checkout::new();
        checkout.selected(DEFAULT);
        let before = all.map(|id| source_digest(&checkout, id));
        let text = fs::read_to_string(checkout.path(file)).unwrap_or_default();
        checkout.write(file, &format!("{text}\n"));
        checkout.add_environment();
        checkout.selected(DEFAULT);
        for (id, before) in all.iter().zip(before) {
            assert_eq!(source_digest(&checkout, id) != before, changed.contains(id), "{file}: {id}");
        }
    }
}

#[test]
fn profile_and_processor_are_part_of_a_rust_build() {
    let checkout = Checkout::new();
    checkout.selected(DEFAULT);
    let (faer, sklearn) = (source_digest(&checkout, "regression_faer"), source_digest(&checkout, "regression_sklearn"));
    for options in
        [r#"{"study": "default", "build_profile": "ci"}"#, r#"{"study": "default", "targetCpu": "x86-64-v3"}"#]
    {
        checkout.selected(options);
        assert_ne!(source_digest(&checkout, "regression_faer"), faer, "{options}");
        assert_eq!(source_digest(&checkout, "regression_sklearn"), sklearn, "{options}");
    }
}

#[test]
fn options_change_the_study_as_it_will_run() {
    let checkout = Checkout::new();
    let plain = checkout.selected(DEFAULT);
    let options =
        r#"{"study": "default", "repetitions": "7", "seed": 42, "noWait": true, "no_wait": true, "tasks": null}"#;
    let selection = checkout.selected(options);
    assert_eq!(selection["study"]["rounds"], 7);
    assert_eq!(selection["study"]["seed"], 42);
    assert_eq!(selection["options"]["no_wait"], true);
    assert!(selection["study"]["cells"].as_array().expect("grids").iter().all(|grid| grid.get("rounds").is_none()));
    assert_ne!(selection["study_digest"], plain["study_digest"]);
    assert!(selection["datasets"].as_array().expect("datasets").iter().all(|request| request["seed"] == 42));
}

#[test]
fn who_is_not_asked_for_is_left_out_with_its_reason() {
    let checkout = Checkout::new();
    let selection = checkout.selected(r#"{"study": "smoke", "implementations": "regression_faer,regression_linfa"}"#);
    assert_eq!(names(&selection["chosen"], "implementation"), ["regression_faer", "regression_linfa"]);
    assert_eq!(names(&selection["left_out"], "what"), ["regression_sklearn", "regression_sklearn_tuned"]);
    assert_eq!(names(&selection["left_out"], "reason"), ["not among --implementations"; 2]);
    // The usual reference does not run, so another implementation stands twice in an A/A block.
    assert_eq!(selection["tasks"][0]["reference"], "regression_faer");
}

#[test]
fn a_study_file_and_an_executable_of_ones_own_are_taken() {
    let checkout = Checkout::new();
    let study = fs::read_to_string(checkout.path("config/studies/smoke.yaml")).expect("a study");
    checkout.write("mine/own.yaml", &study.replace("study: smoke", "study: my_own"));
    checkout.write("mine/linear", "#!/bin/sh\n");
    let executables = "executables:\n  regression_mine: {task: regression, argv: [mine/linear, --fast]}\ntasks:";
    checkout.replace("config/benchmarks.yaml", "tasks:", executables);
    let options = r#"{"study": "mine/own.yaml"}"#;
    let selection = checkout.selected(options);
    assert_eq!(selection["study"]["study"], "my_own");
    assert!(names(&selection["chosen"], "implementation").contains(&"regression_mine"));
    assert_eq!(checkout.read("builds/regression_mine.json")["how"]["argv"][0], "mine/linear");
    let before = source_digest(&checkout, "regression_mine");
    checkout.write("mine/linear", "#!/bin/sh\nexit 1\n");
    checkout.selected(options);
    assert_ne!(source_digest(&checkout, "regression_mine"), before);
}

#[test]
fn a_changed_generator_makes_new_data() {
    let checkout = Checkout::new();
    checkout.selected(DEFAULT);
    let digest = |name: &str| checkout.read(&format!("datasets/{name}.json"))["source_digest"].clone();
    let (diabetes, synthetic) = (digest("diabetes"), digest("synthetic_linear_n2000_d20"));
    checkout.write("bins/pipeline/prepare/export_sklearn.py", "print(4)\n");
    checkout.selected(DEFAULT);
    assert_ne!(digest("diabetes"), diabetes);
    assert_eq!(digest("synthetic_linear_n2000_d20"), synthetic);
    checkout.write("crates/datasets/src/lib.rs", "// other\n");
    checkout.selected(DEFAULT);
    assert_ne!(digest("synthetic_linear_n2000_d20"), synthetic);
}
