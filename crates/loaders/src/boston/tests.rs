use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::*;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn fault(text: impl AsRef<[u8]>) -> String {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(file.path(), text).expect("written");
    load(file.path(), "boston").expect_err("refused").to_string()
}

#[test]
fn both_forms_give_what_the_documented_lines_of_pandas_give() {
    let value: Value = serde_json::from_slice(&fs::read(golden("boston.json")).expect("there")).expect("JSON");
    let numbers = |key: &str| -> Vec<f64> { serde_json::from_value(value[key].clone()).expect("numbers") };
    let features: Vec<String> = serde_json::from_value(value["features"].clone()).expect("names");
    for (name, format) in [("boston", "StatLib text"), ("boston.csv", "CSV")] {
        let loaded = load(&golden(name), name).unwrap_or_else(|faults| panic!("{name}: {faults}"));
        assert_eq!((loaded.table.x.values, loaded.table.y.values), (numbers("x"), numbers("y")), "{name}");
        assert_eq!((loaded.format, &loaded.features, loaded.target.as_str()), (format, &features, "MEDV"));
    }
}

#[test]
fn the_name_that_r_gives_a_column_is_known() {
    let text = fs::read_to_string(golden("boston.csv")).expect("there").replacen(",b,", ",black,", 1);
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(file.path(), text).expect("written");
    assert_eq!(load(file.path(), "boston").expect("read").transformations, ["column `black` read as B"]);
}

#[test]
fn damaged_text_is_told_by_line() {
    let text = fs::read_to_string(golden("boston")).expect("there");
    let lines: Vec<&str> = text.lines().collect();
    assert!(fault(lines[..lines.len() - 1].join("\n")).contains("11 lines of values; two make a row"));
    let mut short = lines.clone();
    short[23] = "1.0 2.0";
    assert!(fault(short.join("\n")).contains("line 24 has 2 values where 3 are needed"));
    let mut strange = lines.clone();
    strange[25] = "1.0 x 2.0";
    assert!(fault(strange.join("\n")).contains("line 26: `x` is no number"));
    assert!(fault(text.replace("CRIM", "XXXX")).contains("names the columns ZN"));
    assert!(fault("crim,medv\n1,2\n3,4\n").contains("lacks `ZN`"));
}
