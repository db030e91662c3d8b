use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::*;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// What scikit-learn's own loader made of the same rows.
fn expected() -> (Vec<f64>, Vec<f64>, Vec<String>) {
    let value: Value = serde_json::from_slice(&fs::read(golden("california.json")).expect("there")).expect("JSON");
    let read = |key: &str| serde_json::from_value(value[key].clone()).expect("numbers");
    (read("x"), read("y"), serde_json::from_value(value["features"].clone()).expect("names"))
}

fn fault(text: impl AsRef<[u8]>) -> String {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(file.path(), text).expect("written");
    load(file.path(), "housing").expect_err("refused").to_string()
}

#[test]
fn every_form_gives_the_bits_of_scikit_learn() {
    let (x, y, features) = expected();
    for (name, format) in [
        ("cal_housing.tgz", "cal_housing.tgz"),
        ("cal_housing.data", "cal_housing.data"),
        ("california_kaggle.csv", "CSV"),
        ("california_sklearn.csv", "CSV with scikit-learn's columns"),
    ] {
        let loaded = load(&golden(name), name).unwrap_or_else(|faults| panic!("{name}: {faults}"));
        assert_eq!((&loaded.table.x.values, &loaded.table.y.values), (&x, &y), "{name}");
        assert_eq!((loaded.format, &loaded.features, loaded.target.as_str()), (format, &features, "MedHouseVal"));
        assert_eq!(loaded.notes, ["6 rows where the published data have 20640"]);
    }
}

#[test]
fn columns_in_another_order_are_found_by_name() {
    let text = fs::read_to_string(golden("california_sklearn.csv")).expect("there");
    let turned: String = text.lines().map(|line| line.split(',').rev().collect::<Vec<_>>().join(",") + "\n").collect();
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(file.path(), turned).expect("written");
    let (x, y, _) = expected();
    let loaded = load(file.path(), "housing").expect("read");
    assert_eq!((loaded.table.x.values, loaded.table.y.values), (x, y));
}

#[test]
fn other_columns_places_and_archives_are_told() {
    let text = fs::read_to_string(golden("california_kaggle.csv")).expect("there");
    let lacking = fault(text.replace("total_rooms", "rooms"));
    assert!(lacking.contains("lacks `totalRooms`") && lacking.contains("besides them `rooms`"), "{lacking}");
    let swapped = fault(text.replace("longitude,latitude", "latitude,longitude"));
    assert!(swapped.contains("is not in California"), "{swapped}");
    let missing = fault(text.replacen("NEAR BAY", "", 1).replacen(",41.0,", ",,", 1) + "-120.0,35.0,,1,1,1,1,1,1,x\n");
    assert!(missing.contains("column `housing_median_age`: no value in line 8"), "{missing}");
    assert!(missing.contains("the column is needed") && !missing.contains("drop_columns"), "{missing}");
    let archive = fs::read(golden("cal_housing.tgz")).expect("there");
    assert!(fault(&archive[..archive.len() / 2]).contains("cannot be unpacked"));
    assert!(fault("<!DOCTYPE html><html>").contains("documented columns") || !fault("<!DOCTYPE html>").is_empty());
}
