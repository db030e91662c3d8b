//! Datasets that are read from a person's file.

mod checkout;

use std::fs;

use checkout::Checkout;
use schema::digest;
use serde_json::{Value, json};

const CSV: &str = "a,price\n1,2\n3,4\n";

fn options(more: &Value) -> String {
    let mut options = json!({"study": "default"});
    for (key, value) in more.as_object().expect("an object") {
        options[key] = value.clone();
    }
    options.to_string()
}

fn refused(checkout: &Checkout, more: &Value) -> String {
    let output = checkout.run(&options(more));
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A checkout with a file, and the file's path.
fn with_file() -> (Checkout, String) {
    let checkout = Checkout::new();
    checkout.write("my.csv", CSV);
    let path = checkout.path("my.csv").display().to_string();
    (checkout, path)
}

fn request<'s>(selection: &'s Value, begins: &str) -> &'s Value {
    let requests = selection["datasets"].as_array().expect("requests");
    let found = requests.iter().find(|request| request["dataset"].as_str().is_some_and(|id| id.starts_with(begins)));
    found.unwrap_or_else(|| panic!("no {begins} in {requests:?}"))
}

#[test]
fn an_algorithm_that_takes_no_table_of_ones_own_is_left_out_alone() {
    let (checkout, path) = with_file();
    checkout.replace("config/studies/default.yaml", "[linear]", "[linear, ridge]");
    let summary = r#""summary": "least squares with a penalty","#;
    checkout.replace("tasks/regression.json", summary, &format!("{summary} \"datasets\": [\"diabetes\"],"));
    let selection = checkout.selected(&options(&json!({"dataset": path, "target": "price"})));
    let cells = selection["study"]["cells"].as_array().expect("cells");
    assert!(!cells.is_empty() && cells.iter().all(|cell| cell["algorithms"] == json!(["linear"])), "{cells:?}");
    let left = selection["left_out"].to_string();
    assert!(left.contains("ridge of regression") && left.contains("takes no table of one's own"), "{left}");
}

#[test]
fn own_data_take_the_place_of_every_dataset_and_each_cell_runs_once() {
    let (checkout, path) = with_file();
    let selection = checkout.selected(&options(&json!({"dataset": path, "target": "price"})));
    let request = request(&selection, "own_my_");
    let id = request["dataset"].as_str().expect("an id");
    assert_eq!(selection["study"]["study"], format!("default_{id}"));
    assert_eq!(request["file"], json!({"path": path, "sha256": digest::of_bytes(CSV.as_bytes())}));
    assert_eq!(request["choice"]["file"], "my.csv", "the place is no part of what the data are");
    let cells = selection["study"]["cells"].as_array().expect("cells");
    let mut seen = Vec::new();
    for cell in cells {
        assert_eq!(cell["datasets"], json!([request["choice"]]));
        let what = json!([cell["task"], cell["algorithms"], cell["threads"], cell["modes"], cell["hyperparameters"]]);
        assert!(!seen.contains(&what), "{what} twice");
        seen.push(what);
    }
    assert!(seen.iter().any(|what| what[3] == json!(["cold"])) && seen.iter().any(|what| what[2] == json!([2])));
    let notes = selection["study"]["notes"].to_string();
    assert!(notes.contains("my.csv (target=price)") && notes.contains(&digest::of_bytes(CSV.as_bytes())), "{notes}");

    // Moved, it is the same study of the same data; changed, it is another.
    fs::rename(checkout.path("my.csv"), checkout.path("crates/my.csv")).expect("moved");
    let path = checkout.path("crates/my.csv").display().to_string();
    let moved = checkout.selected(&options(&json!({"dataset": path, "target": "price"})));
    assert_eq!(moved["study"], selection["study"]);
    fs::write(&path, "a,price\n1,2\n3,5\n").expect("changed");
    let changed = checkout.selected(&options(&json!({"dataset": path, "target": "price"})));
    assert_ne!(changed["study"]["study"], selection["study"]["study"]);
}

#[test]
fn smoke_runs_every_algorithm_on_own_data_and_still_measures_nothing() {
    let (checkout, path) = with_file();
    let selection = checkout.selected(&options(&json!({"study": "smoke", "dataset": path, "target": "price"})));
    assert_eq!(selection["study"]["measures"], false);
    assert_eq!(selection["study"]["cells"][0]["datasets"][0]["name"], "own");
    // The conformance suite keeps its own case.
    request(&selection, "diabetes");
}

/// A checkout whose task has a classifier besides.
fn with_classifier(target: &[&str]) -> (Checkout, String) {
    let (checkout, path) = with_file();
    let summary = r#""summary": "least squares with a penalty","#;
    checkout.replace(
        "tasks/regression.json",
        summary,
        &format!("{summary} \"datasets\": [\"diabetes\", \"own_classes\"],"),
    );
    checkout.replace("tasks/regression.json", r#""own","#, r#""own", "own_classes","#);
    checkout.replace(
        "tasks/regression.json",
        r#""summary": "least squares","#,
        r#""summary": "least squares", "datasets": ["diabetes", "own", "synthetic_linear"],"#,
    );
    checkout.replace("config/studies/default.yaml", "[linear]", "[linear, ridge]");
    let rows: Vec<String> = target.iter().map(|cell| format!("1,{cell}\n")).collect();
    checkout.write("my.csv", &format!("a,price\n{}", rows.concat()));
    (checkout, path)
}

#[test]
fn the_target_decides_which_algorithms_run() {
    let algorithms = |selection: &Value| {
        let cells = selection["study"]["cells"].as_array().expect("cells").clone();
        cells.iter().all(|cell| cell["algorithms"] == cells[0]["algorithms"]).then(|| cells[0]["algorithms"].clone())
    };
    for (cells, more, name, algorithm) in [
        (&["b", "a", "b", "a"], json!({}), "own_classes", "ridge"),
        (&["1", "0", "1", "0"], json!({}), "own_classes", "ridge"),
        (&["1", "0", "1", "0"], json!({"target_is": "numbers"}), "own", "linear"),
        (&["1", "0.5", "1", "0.5"], json!({}), "own", "linear"),
    ] {
        let (checkout, path) = with_classifier(cells);
        let mut given = json!({"dataset": path, "target": "price"});
        given.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let selection = checkout.selected(&options(&given));
        assert_eq!(request(&selection, "own_my_")["choice"]["name"], name, "{cells:?}");
        assert_eq!(algorithms(&selection), Some(json!([algorithm])), "{cells:?}");
        let left = selection["left_out"].to_string();
        assert!(left.contains("the target is taken for"), "{left}");
        assert!(selection["study"]["notes"].to_string().contains("The target is taken for"));
    }
}

#[test]
fn a_target_that_no_algorithm_can_predict_is_refused() {
    let (checkout, path) = with_file();
    let given = json!({"dataset": path, "target": "price"});
    for (cells, said) in [
        ("a,price\n1,low\n2,high\n3,low\n4,high\n", "no task of study `default` takes this table"),
        ("a,price\n1,low\n2,high\n3,low\n", "column `price`: one row only has the class `high`"),
        ("a,price\n1,low\n2,\n3,low\n", "column `price`: no value in line 3"),
        ("a,price\n1,low\n2,7\n3,low\n", "holds both words (`low` in line 2) and numbers (7 in line 3)"),
    ] {
        checkout.write("my.csv", cells);
        let text = refused(&checkout, &given);
        assert!(text.contains(said) && text.lines().count() == 2, "{text}");
    }
    checkout.write("my.csv", CSV);
    let text = refused(&checkout, &json!({"dataset": path, "target": "price", "target_is": "words"}));
    assert!(text.contains("--target_is"), "{text}");
    assert!(refused(&checkout, &json!({"target_is": "classes"})).contains("--target_is: is about --dataset"));
}

#[test]
fn what_is_said_of_own_data_is_checked_before_anything_is_built() {
    let (checkout, path) = with_file();
    for (more, said) in [
        (json!({"dataset": path}), "--target: missing"),
        (json!({"target": "price"}), "--target: is about --dataset, which is not given"),
        (json!({"drop_columns": "a"}), "--drop_columns: is about --dataset"),
        (json!({"dataset": "nothing.csv", "target": "y"}), "nothing.csv: there is no such file"),
        (json!({"dataset": path, "target": "y", "dataset_bytes_max": 5}), "has 16 bytes where at most 5 are read"),
        (json!({"dataset": path, "target": "y", "dataset_bytes_max": 0}), "--dataset_bytes_max"),
        (json!({"dataset": "https://host/my.csv", "target": "y"}), "has no checksum"),
        (json!({"dataset": "https://me:canary@host/my.csv", "target": "y"}), "a user name or password"),
        (json!({"dataset": format!("{path}#sha256={}", "0".repeat(64)), "target": "y"}), "is expected"),
    ] {
        let text = refused(&checkout, &more);
        assert!(text.contains(said) && !text.contains("canary"), "{more}: {text}");
    }
}

#[test]
fn a_url_with_a_checksum_is_left_to_phase_2() {
    let checkout = Checkout::new();
    let sha256 = "a".repeat(64);
    let url = format!("https://host/my.parquet?raw=true#sha256={sha256}");
    let selection = checkout.selected(&options(&json!({"dataset": url, "target": "price"})));
    let request = request(&selection, "own_my_");
    assert_eq!(request["file"], json!({"url": "https://host/my.parquet?raw=true", "sha256": sha256}));
    assert_eq!(request["choice"]["file"], "my.parquet");
    assert_eq!(request["choice"]["url"], Value::Null);
}

/// A study with one cell on each of these datasets.
fn study(checkout: &Checkout, datasets: &str, more: &str) {
    let text = format!(
        "study: mine\ntitle: Mine\nrounds: 2\nseed: 1\nmargins: {{time: 1.05, memory: 1.1}}\n{more}cells:\n  \
         - task: regression\n    algorithms: [linear]\n    datasets: [{datasets}]\n"
    );
    checkout.write("config/studies/mine.yaml", &text);
}

#[test]
fn a_published_dataset_without_a_file_is_left_out_with_the_line_that_gives_it() {
    let checkout = Checkout::new();
    study(&checkout, "diabetes, california_housing", "");
    let selection = checkout.selected(&options(&json!({"study": "mine"})));
    assert_eq!(selection["study"]["cells"][0]["datasets"], json!(["diabetes"]));
    let left_out = selection["left_out"].to_string();
    assert!(left_out.contains("regression on california_housing"), "{left_out}");
    assert!(left_out.contains("--dataset_file california_housing=https://"), "{left_out}");

    study(&checkout, "california_housing", "");
    let text = refused(&checkout, &json!({"study": "mine"}));
    assert!(text.contains("no cell is left to run") && text.contains("--dataset_file california_housing="), "{text}");
}

#[test]
fn a_published_dataset_is_found_by_the_study_or_the_command_line() {
    let (checkout, path) = with_file();
    study(&checkout, "california_housing", "dataset_files:\n  california_housing: {path: my.csv}\n");
    let selection = checkout.selected(&options(&json!({"study": "mine"})));
    assert_eq!(request(&selection, "california_housing")["file"]["path"], "my.csv");
    checkout.write("other.csv", "x");
    let given = format!("california_housing={path}");
    let selection = checkout.selected(&options(&json!({"study": "mine", "dataset_file": given})));
    assert_eq!(request(&selection, "california_housing")["file"]["path"], path);

    let text = refused(&checkout, &json!({"study": "mine", "dataset_file": format!("california_hosing={path}")}));
    assert!(text.contains("hint: did you mean `california_housing`?"), "{text}");
    let text = refused(&checkout, &json!({"study": "mine", "dataset_file": format!("diabetes={path}")}));
    assert!(text.contains("unknown dataset with a file `diabetes`"), "{text}");
    let text = refused(&checkout, &json!({"study": "mine", "dataset_file": "california_housing=none.csv"}));
    assert!(text.contains("none.csv: there is no such file"), "{text}");
}

#[test]
fn a_study_may_hold_own_data() {
    let (checkout, _) = with_file();
    study(&checkout, "{name: own, file: my.csv, target: price}", "");
    let selection = checkout.selected(&options(&json!({"study": "mine"})));
    let choice = &request(&selection, "own_my_")["choice"];
    assert_eq!(choice["sha256"], digest::of_bytes(CSV.as_bytes()));
    assert_eq!(selection["study"]["cells"][0]["datasets"][0], *choice);
    study(&checkout, "{name: own, file: none.csv, target: price}", "");
    let text = refused(&checkout, &json!({"study": "mine"}));
    assert!(text.contains("config/studies/mine.yaml:9") && text.contains("none.csv: there is no such file"), "{text}");
}
