use std::path::PathBuf;

use super::*;
use crate::{Ask, Loaded};

/// Written by pyarrow.
fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.parquet"))
}

fn ask(drop: &[&str]) -> Ask {
    let drop_columns = drop.iter().map(|name| (*name).to_owned()).collect();
    Ask { target: Some("y".to_owned()), drop_columns, classes: false }
}

fn load(path: &Path, place: &str, ask: &Ask) -> Result<Loaded, Faults> {
    content(path, place, &|names| ask.choose(names, place))?.loaded(place, ask)
}

fn fault(name: &str, drop: &[&str]) -> String {
    load(&golden(name), "my.parquet", &ask(drop)).expect_err("refused").to_string()
}

#[test]
fn every_compression_and_type_of_number_reads_to_the_same() {
    for name in ["none", "snappy", "gzip", "zstd", "lz4", "brotli"].map(|name| format!("numbers_{name}")) {
        let loaded = load(&golden(&name), &name, &ask(&[])).unwrap_or_else(|faults| panic!("{name}: {faults}"));
        assert_eq!(loaded.features, ["short", "whole", "unsigned", "single"]);
        assert_eq!(loaded.table.x.values[..8], [1.0, 5.0, 5.0, 0.5, 2.0, -6.0, 6.0, 0.25], "{name}");
        assert_eq!(loaded.table.y.values, [1.5, 2.5, 3.5, 4.5]);
        assert_eq!(loaded.transformations.len(), 4, "{:?}", loaded.transformations);
    }
    let groups = load(&golden("row_groups"), "", &ask(&["short", "unsigned", "single"])).expect("read");
    assert_eq!(groups.table.x.values, [5.0, -6.0, 7.0, 8.0]);
}

#[test]
fn words_dates_truths_and_nested_columns_are_named_with_their_type() {
    let text = fault("types", &[]);
    for part in [
        "column `word` holds text",
        "column `flag` holds truth values",
        "write 1 and 0",
        "column `day` holds dates or times",
        "column `list` holds nested values",
        "column `nested` holds nested values",
        "column `byte` holds Int8",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    assert!(text.contains("--drop_columns 'word' leaves it out"), "{text}");
    assert!(fault("types", &["word", "flag", "day", "list", "nested", "byte"]).contains("no column is left"));
}

#[test]
fn missing_values_and_whole_numbers_too_large_are_told_by_row() {
    let text = fault("missing", &[]);
    for part in [
        "column `a`: no value in row 1 (so 1 of 3 cells)",
        "column `b`: no value in row 1 (so 2 of 3",
        "column `c`: no value in row 1",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let text = fault("too_large", &[]);
    assert!(text.contains("`9007199254740993` in row 1") && text.contains("`18446744073709551615` in row 1"), "{text}");
}

#[test]
fn a_damaged_file_is_a_fault_and_never_a_panic() {
    let whole = std::fs::read(golden("numbers_snappy")).expect("there");
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    for cut in [4, 8, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(file.path(), &whole[..cut]).expect("written");
        assert!(load(file.path(), "cut", &ask(&[])).is_err(), "cut at {cut}");
    }
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        std::fs::write(file.path(), &flipped).expect("written");
        // A flip may hit a value or a statistic: what counts is that it ends in words or numbers.
        let _ = load(file.path(), "flipped", &ask(&[]));
    }
}
