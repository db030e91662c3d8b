//! `prepare data` as a process, in a checkout of its own.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use datasets::manifest;
use datasets::npy::{self, Array};
use serde_json::{Value, json};

fn request(root: &Path, dataset: &str, choice: &Value, seed: u64) -> PathBuf {
    let path = root.join("request.json");
    let request =
        json!({"schema_version": "1.0", "dataset": dataset, "choice": choice, "seed": seed, "source_digest": "s"});
    fs::write(&path, request.to_string()).expect("written");
    path
}

fn prepare(root: &Path, request: &Path) -> std::process::Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("prepare"));
    command.args(["data", "--root"]).arg(root).arg("--request").arg(request).arg("--out").arg(root.join("out"));
    command.output().expect("started")
}

fn stderr(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The only prepared folder.
fn folder(root: &Path) -> PathBuf {
    let entries = fs::read_dir(root.join(".ferrobench/data")).expect("made").map(|entry| entry.expect("read").path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| !path.ends_with("requests")).collect();
    assert_eq!(folders.len(), 1, "{folders:?}: one dataset and nothing half-made");
    folders.pop().expect("one")
}

const SMALL: &str = "synthetic_linear_n10_d2";

fn small(root: &Path) -> PathBuf {
    request(root, SMALL, &json!({"name": "synthetic_linear", "n_samples": 10, "n_features": 2}), 42)
}

#[test]
fn a_dataset_is_made_once_and_found_again() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let root = root.path();
    let first = prepare(root, &small(root));
    assert!(first.status.success() && first.stdout.is_empty(), "{}", stderr(&first));
    let folder = folder(root);
    let bytes = fs::read(root.join(format!("out/{SMALL}.json"))).expect("the manifest");
    let sha256 = schema::digest::of_bytes(&bytes);
    assert_eq!(folder.file_name().expect("a name").to_string_lossy(), format!("{SMALL}-{}", &sha256[..16]));

    let loaded = manifest::load(&folder).expect("whole");
    assert_eq!((loaded.rows, loaded.columns, loaded.splits[0].seed), (10, 2, 42));
    let names: Vec<&str> = manifest::files(&loaded).map(|file| file.path.as_str()).collect();
    assert_eq!(names[..4], ["x.npy", "y.npy", "holdout_train.npy", "holdout_test.npy"]);
    let folds: Vec<String> = (0..5).map(|fold| format!("cv5_fold_{fold}.npy")).collect();
    assert_eq!(names[4..9], folds);
    assert_eq!(names[9..], ["all_all.npy"]);
    let all = manifest::read::<i64>(&folder, &loaded.splits[2].parts[0]).expect("read");
    assert_eq!(all.values, (0..10).collect::<Vec<_>>());
    let test = manifest::read::<i64>(&folder, &loaded.splits[0].parts[1]).expect("read");
    assert_eq!(test.values, [9, 6], "tests/golden/random.py in crates/datasets");

    let inode = fs::metadata(folder.join("x.npy")).expect("there").ino();
    assert!(prepare(root, &small(root)).status.success());
    assert_eq!(fs::metadata(folder.join("x.npy")).expect("there").ino(), inode, "found, not made");

    // The same data by another request: one folder still.
    let other = request(root, SMALL, &json!({"name": "synthetic_linear", "n_features": 2, "n_samples": 10}), 42);
    assert!(prepare(root, &other).status.success());
    assert_eq!(fs::metadata(folder.join("x.npy")).expect("there").ino(), inode);
}

#[test]
fn classes_are_written_as_whole_numbers_and_one_that_never_trains_is_told() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let made = |samples: u64, centers: u64| {
        let choice = json!({"name": "synthetic_blobs", "n_samples": samples, "centers": centers});
        let dataset = format!("synthetic_blobs_n{samples}_d2_k{centers}");
        let output = prepare(root.path(), &request(root.path(), &dataset, &choice, 42));
        assert!(output.status.success(), "{}", stderr(&output));
        let bytes = fs::read(root.path().join(format!("out/{dataset}.json"))).expect("the manifest");
        let short = schema::digest::of_bytes(&bytes)[..16].to_owned();
        let folder = root.path().join(format!(".ferrobench/data/{dataset}-{short}"));
        let loaded = manifest::load(&folder).expect("whole");
        (manifest::read::<i64>(&folder, &loaded.inputs[1]).expect("classes").values, loaded.source.notes)
    };
    let (classes, notes) = made(30, 3);
    assert_eq!(classes[..6], [0, 1, 2, 0, 1, 2]);
    assert!(notes.iter().all(|note| !note.contains("trains")), "{notes:?}");
    // Each of ten rows is a class of its own: those that judge are never learnt.
    let (_, notes) = made(10, 10);
    assert!(notes.contains(&"no row of class 6, 9 trains in the split holdout".to_owned()), "{notes:?}");
}

#[test]
fn another_seed_is_another_folder() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let root = root.path();
    let choice = json!({"name": "synthetic_linear", "n_samples": 10, "n_features": 2});
    let manifest_of = |seed| {
        assert!(prepare(root, &request(root, SMALL, &choice, seed)).status.success());
        fs::read(root.join(format!("out/{SMALL}.json"))).expect("the manifest")
    };
    assert_ne!(manifest_of(1), manifest_of(2));
    assert_eq!(manifest_of(1), manifest_of(1));
}

#[test]
fn damaged_data_are_named_and_made_again() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let root = root.path();
    assert!(prepare(root, &small(root)).status.success());
    let x = folder(root).join("x.npy");
    let whole = fs::read(&x).expect("read");
    fs::write(&x, &whole[..whole.len() - 8]).expect("truncated");
    let output = prepare(root, &small(root));
    assert!(output.status.success());
    let text = stderr(&output);
    assert!(text.contains("x.npy: has 280 bytes where its manifest says 288; it is made again"), "{text}");
    assert_eq!(fs::read(folder(root).join("x.npy")).expect("read"), whole);
}

#[test]
fn a_folder_changed_by_another_hand_is_left_as_it_is() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let root = root.path();
    assert!(prepare(root, &small(root)).status.success());
    let path = folder(root).join("manifest.json");
    fs::write(&path, "{}").expect("changed");
    let output = prepare(root, &small(root));
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.starts_with("error: ") && text.contains("manifest.json") && text.contains("\nhint: "), "{text}");
    assert_eq!(fs::read(&path).expect("read"), b"{}");
}

#[test]
fn a_request_whose_name_and_choice_differ_is_refused() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let output = prepare(root.path(), &request(root.path(), "diabetes", &json!("synthetic_linear"), 1));
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("`diabetes` where the choice is `synthetic_linear_n2000_d20`"));
    let unknown = prepare(root.path(), &request(root.path(), "diabetis", &json!("diabetis"), 1));
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("hint: did you mean `diabetes`?"));
}

/// A checkout whose environment's interpreter is this shell script; `$4` is where it exports to.
fn with_interpreter(script: &str) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a temporary folder");
    let lock = root.path().join("config/python/core.txt");
    fs::create_dir_all(lock.parent().expect("a folder")).expect("made");
    fs::write(&lock, "scikit-learn\n").expect("written");
    let short = &schema::digest::of_bytes(b"scikit-learn\n")[..16];
    let python = root.path().join(format!(".ferrobench/env/{short}/bin/python"));
    fs::create_dir_all(python.parent().expect("a folder")).expect("made");
    fs::write(&python, format!("#!/bin/sh\ncd '{}'\n{script}\n", root.path().display())).expect("written");
    fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).expect("executable");
    root
}

fn array(shape: &[u64], values: &[f64]) -> Vec<u8> {
    npy::encode(&Array { shape: shape.to_vec(), values: values.to_vec() })
}

/// Exports these files as if scikit-learn had.
fn exporting(x: &[u8], y: &[u8]) -> std::process::Output {
    let root = with_interpreter("cp given/x.npy given/y.npy \"$4\" && echo 9.9.9");
    fs::create_dir(root.path().join("given")).expect("made");
    fs::write(root.path().join("given/x.npy"), x).expect("written");
    fs::write(root.path().join("given/y.npy"), y).expect("written");
    let output = prepare(root.path(), &request(root.path(), "diabetes", &json!("diabetes"), 1));
    if output.status.success() {
        let loaded = manifest::load(&folder(root.path())).expect("whole");
        assert_eq!(loaded.source.origin, "sklearn.datasets.load_diabetes of scikit-learn 9.9.9");
        assert_eq!(loaded.source.notes.iter().any(|note| note.contains("constant")), y == array(&[3], &[7.0; 3]));
    } else {
        let data = root.path().join(".ferrobench/data");
        let left = fs::read_dir(data)
            .expect("made")
            .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.file_name() != "requests"));
        assert_eq!(left.count(), 0, "nothing half-made is left");
        assert!(!root.path().join("out/diabetes.json").exists());
    }
    output
}

#[test]
fn an_export_is_checked_before_it_is_used() {
    let (x, y) = (array(&[3, 1], &[1.0, 2.0, 3.0]), array(&[3], &[1.0, 2.0, 4.0]));
    assert!(exporting(&x, &y).status.success());
    assert!(exporting(&x, &array(&[3], &[7.0; 3])).status.success());
    let refused = |x: &[u8], y: &[u8], part: &str| {
        let output = exporting(x, y);
        assert_eq!(output.status.code(), Some(2), "{part}");
        assert!(stderr(&output).contains(part), "{part} in {}", stderr(&output));
    };
    refused(&array(&[3, 1], &[1.0, f64::NAN, 3.0]), &y, "the first in row 1, column 0: NaN");
    refused(&x, &array(&[2], &[1.0, 2.0]), "x has shape [3, 1] and y [2]");
    refused(&x[..x.len() - 1], &y, "the file is truncated");
    refused(b"<html>not found</html>", &y, "no npy file");
}

#[test]
fn an_export_that_fails_or_has_no_environment_says_why() {
    let root = with_interpreter("echo 'error: `x` holds object, which is not numeric' >&2; exit 2");
    let diabetes = request(root.path(), "diabetes", &json!("diabetes"), 1);
    let output = prepare(root.path(), &diabetes);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("load_diabetes: `x` holds object, which is not numeric"), "{}", stderr(&output));

    fs::remove_dir_all(root.path().join(".ferrobench/env")).expect("removed");
    let output = prepare(root.path(), &diabetes);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("hint: run scripts/setup"), "{}", stderr(&output));
}
