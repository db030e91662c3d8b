//! `prepare` on a person's own file, as a process, in a checkout of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use datasets::manifest;
use datasets::npy::{self, Array};
use schema::data::DataManifest;
use schema::digest;
use serde_json::{Value, json};

const CSV: &str = "id,rooms,price\n1,3,100\n2,4,150\n3,5,210\n4,2,80\n5,6,260\n6,7,300\n";

struct Checkout(tempfile::TempDir);

impl Checkout {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, bytes).expect("written");
        path
    }

    fn by_hand(&self, more: &[&str]) -> Output {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("prepare"));
        command.current_dir(self.path()).args(["file", "--root", "."]).args(more);
        command.output().expect("started")
    }

    /// Of the one dataset that was made.
    fn folder(&self) -> PathBuf {
        let mut folders = self.folders();
        assert_eq!(folders.len(), 1, "{folders:?}: one dataset and nothing half-made");
        folders.pop().expect("one")
    }

    fn folders(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.path().join(".ferrobench/data")) else { return Vec::new() };
        entries.map(|entry| entry.expect("read").path()).filter(|path| !path.ends_with("requests")).collect()
    }

    fn request(&self, dataset: &str, choice: &Value, file: &Value) -> Output {
        let request = json!({
            "schema_version": "1.0", "dataset": dataset, "choice": choice, "seed": 1, "source_digest": "s",
            "file": file, "bytes_max": 1_000_000,
        });
        let path = self.put("request.json", request.to_string());
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("prepare"));
        command.args(["data", "--root"]).arg(self.path()).arg("--request").arg(path);
        command.arg("--out").arg(self.path().join("out")).output().expect("started")
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn refused(output: &Output) -> String {
    let text = stderr(output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.lines().all(|line| line.starts_with("error: ") || line.starts_with("hint: ")), "{text}");
    text
}

fn whole(checkout: &Checkout) -> DataManifest {
    manifest::load(&checkout.folder()).expect("whole")
}

#[test]
fn a_csv_becomes_a_dataset_that_says_what_it_is() {
    let checkout = Checkout::new();
    checkout.put("My houses.csv", CSV);
    let output = checkout.by_hand(&["--dataset", "My houses.csv", "--target", "price", "--drop_columns", "id"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let manifest = whole(&checkout);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        printed.contains(&format!("run a task on it: regression_faer --dataset {}", manifest.dataset)),
        "{printed}"
    );
    assert!(printed.contains("rows: 6, features: 1"), "{printed}");

    let file = manifest.source.file.as_ref().expect("a file");
    assert_eq!((file.name.as_str(), file.bytes, file.format.as_str()), ("My houses.csv", CSV.len() as u64, "CSV"));
    assert_eq!((file.sha256.as_str(), file.target.as_str()), (digest::of_bytes(CSV.as_bytes()).as_str(), "price"));
    assert_eq!(file.features, ["rooms"]);
    assert_eq!(manifest.source.transformations, ["column `id` left out, as asked"]);
    let x = manifest::read::<f64>(&checkout.folder(), &manifest.inputs[0]).expect("read");
    assert_eq!((x.shape, x.values), (vec![6, 1], vec![3.0, 4.0, 5.0, 2.0, 6.0, 7.0]));
    let y = manifest::read::<f64>(&checkout.folder(), &manifest.inputs[1]).expect("read");
    assert_eq!(y.values, [100.0, 150.0, 210.0, 80.0, 260.0, 300.0]);
    let splits: Vec<&str> = manifest.splits.iter().map(|split| split.name.as_str()).collect();
    assert_eq!(splits, ["holdout", "cv5", "all"]);
    let text = fs::read_to_string(checkout.folder().join("manifest.json")).expect("read");
    assert!(!text.contains(&checkout.path().display().to_string()), "where the file lies is not told");
}

#[test]
fn the_same_content_in_another_place_or_form_is_the_same_numbers() {
    let checkout = Checkout::new();
    checkout.put("a.csv", CSV);
    let first = checkout.by_hand(&["--dataset", "a.csv", "--target", "price", "--drop_columns", "id"]);
    fs::create_dir(checkout.path().join("b")).expect("made");
    fs::rename(checkout.path().join("a.csv"), checkout.path().join("b/a.csv")).expect("moved");
    let second = checkout.by_hand(&["--dataset", "b/a.csv", "--target", "price", "--drop_columns", "id"]);
    assert_eq!(first.stdout, second.stdout);
    let sha256 = whole(&checkout).inputs[0].sha256.clone();

    let array = Array { shape: vec![6, 2], values: vec![3, 100, 4, 150, 5, 210, 2, 80, 6, 260, 7, 300_i64] };
    npy::write(&checkout.path().join("m.npy"), &array).expect("written");
    assert!(checkout.by_hand(&["--dataset", "m.npy", "--target", "1"]).status.success());
    let folders = checkout.folders();
    let other = folders.iter().find(|path| path.to_string_lossy().contains("own_m_")).expect("made");
    assert_eq!(manifest::load(other).expect("whole").inputs[0].sha256, sha256);
}

#[test]
fn faults_are_told_with_exit_code_2_and_leave_nothing() {
    let checkout = Checkout::new();
    checkout.put("words.csv", "city,price\nParis,1\nRome,2\n");
    checkout.put("page.csv", "<!DOCTYPE html><html><body>Sign in</body></html>");
    checkout.put("book.csv", b"PK\x03\x04rest of it");
    checkout.put("empty.csv", "");
    checkout.put("constant.csv", "a,price\n1,7\n2,7\n3,7\n");
    let mut object = b"\x93NUMPY\x01\0".to_vec();
    let header = format!("{:<117}\n", "{'descr': '|O', 'fortran_order': False, 'shape': (2, 2), }");
    object.extend_from_slice(&u16::try_from(header.len()).expect("short").to_le_bytes());
    object.extend_from_slice(header.as_bytes());
    checkout.put("object.npy", &object);
    let fortran = String::from_utf8_lossy(&object[10..]).replace("|O", "<f8").replace("False", "True ");
    checkout.put("fortran.npy", [&object[..10], fortran.as_bytes(), &[0; 32]].concat());
    for (file, said) in [
        ("words.csv", "column `city`: `Paris` in line 2 is no number"),
        ("page.csv", "is an HTML page"),
        ("book.csv", "is a ZIP archive"),
        ("empty.csv", "is empty"),
        ("object.npy", "Python objects, which are never loaded"),
        ("fortran.npy", "Fortran order"),
        ("nothing.csv", "there is no such file"),
        (".", "is a folder"),
        ("http://localhost/x.csv", "has no checksum"),
    ] {
        let text = refused(&checkout.by_hand(&["--dataset", file, "--target", "price"]));
        assert!(text.contains(said) && text.contains(file.trim_start_matches("http://")), "{file}: {text}");
        assert!(checkout.folders().is_empty(), "{file}: {:?}", checkout.folders());
    }
    let large =
        refused(&checkout.by_hand(&["--dataset", "words.csv", "--target", "price", "--dataset_bytes_max", "5"]));
    assert!(large.contains("where at most 5 are read") && large.contains("--dataset_bytes_max 26"), "{large}");
    assert!(checkout.by_hand(&["--dataset", "constant.csv", "--target", "price"]).status.success());
    assert_eq!(whole(&checkout).source.notes, ["the target is constant: r2 is not defined"]);
}

#[test]
fn a_target_of_words_becomes_classes_that_the_manifest_names() {
    let checkout = Checkout::new();
    checkout.put("flowers.csv", "length,species\n1,b\n2,a\n3,b\n4,a\n5,b\n6,a\n");
    let output = checkout.by_hand(&["--dataset", "flowers.csv", "--target", "species"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let manifest = whole(&checkout);
    assert_eq!(manifest.choice.name().as_str(), "own_classes");
    assert_eq!(manifest.source.file.as_ref().expect("a file").classes, ["a", "b"]);
    assert_eq!(manifest.source.transformations, ["classes of `species` numbered in sorted order: 0 = a, 1 = b"]);
    let y = manifest::read::<i64>(&checkout.folder(), &manifest.inputs[1]).expect("read");
    assert_eq!(y.values, [1, 0, 1, 0, 1, 0]);

    checkout.put("real.csv", "length,species\n1,0.5\n2,1\n3,0.5\n4,1\n");
    let asked = checkout.by_hand(&["--dataset", "real.csv", "--target", "species", "--target_is", "classes"]);
    assert!(refused(&asked).contains("column `species`: 0.5 in line 2 is no class"));
}

#[test]
fn published_data_are_read_from_the_file_of_the_request_with_their_notes() {
    let checkout = Checkout::new();
    let names = "crim,zn,indus,chas,nox,rm,age,dis,rad,tax,ptratio,b,lstat,medv";
    #[allow(clippy::format_collect, reason = "six rows")]
    let rows: String = (0..6).map(|row| format!("{},{row}.5\n", vec![row.to_string(); 13].join(","))).collect();
    let path = checkout.put("boston.csv", format!("{names}\n{rows}"));
    let file = json!({"path": path});
    let output = checkout.request("boston_housing", &json!("boston_housing"), &file);
    assert!(output.status.success(), "{}", stderr(&output));
    let notes = whole(&checkout).source.notes;
    assert!(notes.iter().any(|note| note.contains("ethical problem")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("6 rows where the published data have 506")), "{notes:?}");

    let changed = json!({"path": path, "sha256": "0".repeat(64)});
    let text = refused(&checkout.request("boston_housing", &json!("boston_housing"), &changed));
    assert!(text.contains("boston.csv: has sha256") && text.contains("is expected"), "{text}");
    let missing = refused(&checkout.request("california_housing", &json!("california_housing"), &Value::Null));
    assert!(missing.contains("its file is not named"), "{missing}");
    assert_eq!(checkout.folders().len(), 1, "nothing half-made");
}
