//! What is selected, and what makes it another selection.

mod checkout;

use std::fs;
use std::path::Path;

use checkout::Checkout;
use selection::{Purpose, Tasks};
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
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let files = fs::read_dir(root.join("config/studies")).expect("the studies");
    let mut studies = 0;
    for file in files.map(|entry| entry.expect("an entry").path()) {
        let study = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let given = serde_json::from_value(serde_json::json!({"study": study})).expect("an object");
        let decided = selection::decide(&root, given, Tasks::Kept, Purpose::Estimate);
        assert!(decided.is_ok(), "{study}: {:#}", decided.err().expect("faults"));
        studies += 1;
    }
    assert!(studies >= 3);
}

#[test]
fn each_dataset_of_a_study_is_asked_for_once() {
    let checkout = Checkout::new();
    for (study, datasets) in [("smoke", 1), ("default", 3)] {
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

#[test]
fn each_framework_is_scored_in_parts_and_leaves_nothing_out_by_itself() {
    let checkout = Checkout::new();
    let selection = checkout.selected(DEFAULT);
    let frameworks = selection["frameworks"].as_array().expect("frameworks");
    let names: Vec<&str> = frameworks.iter().map(|framework| framework["framework"].as_str().expect("an id")).collect();
    assert_eq!(names, ["scikit_learn", "faer", "linfa"], "by score; numpy has no implementation");
    for part in frameworks.iter().flat_map(|framework| framework["parts"].as_array().expect("parts")) {
        assert!(part["weight"].as_f64().is_some_and(|weight| weight > 0.0), "{part}");
        for key in ["criterion", "question", "because", "source", "date"] {
            assert!(part[key].as_str().is_some_and(|text| !text.is_empty()), "{key} of {part}");
        }
    }
    assert_eq!(selection["chosen"].as_array().expect("chosen").len(), 4);

    checkout.replace("config/studies/default.yaml", "seed: 20261121", "seed: 20261121\nmin_score: 3.5");
    let selection = checkout.selected(DEFAULT);
    assert_eq!(
        self::names(&selection["chosen"], "implementation"),
        ["regression_faer", "regression_sklearn", "regression_sklearn_tuned"]
    );
    let reason = selection["left_out"][0]["reason"].as_str().expect("a reason");
    // 0.35 × 2 + 0.25 × 3 + 0.2 × 5 + 0.1 × 2 + 0.1 × 5
    assert!(
        reason.starts_with("its framework scores 3.1") || reason.starts_with("its framework scores 3.2"),
        "{reason}"
    );
    assert!(reason.ends_with("the study's min_score is 3.5"), "{reason}");
}

#[test]
fn what_an_implementation_needs_is_looked_for_and_its_absence_leaves_it_out_with_the_remedy() {
    let checkout = Checkout::new();
    let selection = checkout.selected(DEFAULT);
    let availability = selection["availability"].as_array().expect("availability");
    assert_eq!(availability.len(), 4);
    assert!(availability.iter().all(|one| one["available"] == true && one.get("remedy").is_none()), "{availability:?}");
    assert_eq!(availability[0]["needs"], "cargo");
    assert!(availability[0]["found"].as_str().is_some_and(|found| found.starts_with("cargo ")));

    checkout.write("config/python/torch.txt", "torch==2.0\n");
    checkout.replace(
        "config/benchmarks.yaml",
        "    reference: regression_sklearn",
        "    environment: torch\n    reference: regression_sklearn",
    );
    let executable =
        "executables:\n  regression_mine: {task: regression, build: [no_such_compiler_here], argv: [mine/x]}\ntasks:";
    checkout.replace("config/benchmarks.yaml", "tasks:", executable);
    let selection = checkout.selected(DEFAULT);
    assert_eq!(names(&selection["chosen"], "implementation"), ["regression_faer", "regression_linfa"]);
    let reasons = names(&selection["left_out"], "reason");
    assert!(reasons.iter().any(|reason| reason.contains("`no_such_compiler_here` is neither")), "{reasons:?}");
    let torch = "it needs the Python packages of torch: they are not installed; scripts/setup --only deep";
    assert_eq!(reasons.iter().filter(|reason| **reason == torch).count(), 2, "{reasons:?}");
}

#[test]
fn a_built_executable_is_built_again_when_what_it_is_built_from_changes() {
    let checkout = Checkout::new();
    for (path, text) in [
        ("mine/src/main.c", "int main() {}\n"),
        ("mine/src/part.h", "\n"),
        ("mine/more/table.txt", "1\n"),
        ("mine/other/notes.txt", "\n"),
    ] {
        checkout.write(path, text);
    }
    let executable = "executables:\n  regression_mine:\n    task: regression\n    argv: [.ferrobench/mine]\n    \
                      build: [sh, -c, 'true', -o, .ferrobench/mine, mine/src/main.c]\n    sources: [mine/more]\ntasks:";
    checkout.replace("config/benchmarks.yaml", "tasks:", executable);
    checkout.selected(DEFAULT);
    let mut before = source_digest(&checkout, "regression_mine");
    for (path, changes) in [
        ("mine/src/main.c", true),
        ("mine/src/part.h", true),
        ("mine/more/table.txt", true),
        ("mine/other/notes.txt", false),
        (".ferrobench/mine", false),
        (".ferrobench/data/anything", false),
    ] {
        checkout.write(path, "changed\n");
        checkout.selected(DEFAULT);
        let after = source_digest(&checkout, "regression_mine");
        assert_eq!(after != before, changes, "{path}");
        before = after;
    }
}

#[test]
fn data_that_the_disk_has_no_room_for_are_left_out() {
    let checkout = Checkout::new();
    checkout.replace(
        "config/hardware.yaml",
        "disk_free_bytes_min: 2147483648",
        "disk_free_bytes_min: 9000000000000000000",
    );
    let selection = checkout.selected(DEFAULT);
    assert_eq!(names(&selection["datasets"], "dataset"), ["diabetes"], "its size is not known, and it is small");
    let reasons = names(&selection["left_out"], "reason");
    assert!(reasons.iter().all(|reason| reason.starts_with("needs 0.0 GiB of disk; ")), "{reasons:?}");
    assert_eq!(
        names(&selection["left_out"], "what"),
        ["synthetic_linear (n=2000, d=20)", "synthetic_linear (n=20000, d=100)"]
    );
}

#[test]
fn a_budget_is_a_time_and_what_is_none_is_refused() {
    let checkout = Checkout::new();
    assert_eq!(checkout.selected(r#"{"study": "default", "budget": "1h30m"}"#)["budget_s"], 5400);
    let output = checkout.run(r#"{"study": "default", "budget": "25"}"#);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(told, "error: --budget: `25` is no duration of at most 31 days\nhint: write it as 25m, 1h30m or 90s\n");
}

fn with_a_service(name: &str) -> Checkout {
    let checkout = Checkout::new();
    checkout.replace(
        "tasks/regression.json",
        "\"summary\": \"linear models\",",
        &format!("\"summary\": \"linear models\", \"services\": [\"{name}\"],"),
    );
    checkout.replace("Cargo.toml", "\"bins/regression\"", "\"bins/llm-server\", \"bins/regression\"");
    checkout.write(
        "bins/llm-server/Cargo.toml",
        "[package]\nname = \"llm-server\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    checkout.write("bins/llm-server/src/main.rs", "fn main() {}\n");
    checkout
}

#[test]
fn a_task_that_needs_a_model_gets_the_embedded_server_unless_another_is_named() {
    let checkout = with_a_service("llm");
    let selected = checkout.selected(DEFAULT);
    assert_eq!(names(&selected["services"], "service"), ["llm"]);
    assert_eq!(selected["services"][0]["how"]["by"], "embedded");
    let request = checkout.read("services/llm.json");
    checkout.write("bins/llm-server/src/main.rs", "fn main() { }\n");
    checkout.selected(DEFAULT);
    assert_ne!(checkout.read("services/llm.json")["source_digest"], request["source_digest"]);
    let smoke = checkout.selected(r#"{"study": "smoke"}"#);
    assert_eq!(smoke["services"][0]["how"]["by"], "scripted", "what measures nothing needs no model");

    let refused = checkout.run(r#"{"study": "default", "ollama_url": "http://127.0.0.1:9"}"#);
    let told = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{told}");
    assert!(told.contains("http://127.0.0.1:9") && told.contains("ollama serve"), "{told}");
}

#[test]
fn a_service_that_nothing_provides_is_told() {
    let output = with_a_service("lllm").run(DEFAULT);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && told.contains("`lllm`") && told.contains("llm, llm_2"), "{told}");
}

#[test]
fn a_task_without_services_asks_for_none() {
    let checkout = Checkout::new();
    assert!(checkout.selected(DEFAULT).get("services").is_none());
}
