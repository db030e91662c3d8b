//! Through whole files: a target is read by each format's own reader.

use std::io::Write;
use std::path::Path;

use datasets::npy::{self, Array};

use super::*;
use crate::{Ask, Loaded, load, survey};

fn ask(target: &str, classes: bool) -> Ask {
    Ask { target: Some(target.to_owned()), drop_columns: Vec::new(), classes }
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("written");
    file
}

/// A column `a` and this target.
fn targets(cells: &[&str]) -> tempfile::NamedTempFile {
    let rows: Vec<String> = cells.iter().enumerate().map(|(row, cell)| format!("{row},{cell}\n")).collect();
    file(&format!("a,y\n{}", rows.concat()))
}

fn classes(path: &Path, target: &str) -> Result<Loaded, Faults> {
    load(datasets::table::FileForm::Own, path, "my.csv", &ask(target, true))
}

fn looked(cells: &[&str]) -> Result<Survey, Faults> {
    survey(targets(cells).path(), "my.csv", &ask("y", false))
}

#[test]
fn words_become_classes_in_sorted_order_and_are_kept() {
    let loaded = classes(targets(&["virginica", "setosa", " setosa ", "\"vir\"", "virginica", "vir"]).path(), "y");
    let loaded = loaded.expect("read");
    assert_eq!(loaded.classes, ["setosa", "vir", "virginica"]);
    assert_eq!(loaded.table.y.values, [2.0, 0.0, 0.0, 1.0, 2.0, 1.0]);
    assert_eq!(loaded.transformations, ["classes of `y` numbered in sorted order: 0 = setosa, 1 = vir, 2 = virginica"]);
    assert_eq!((loaded.table.x.values.len(), loaded.target.as_str()), (6, "y"));
}

#[test]
fn whole_numbers_become_classes_by_size_in_every_form() {
    let loaded = classes(targets(&["10", "-1", "9.0", "10", "9", "-1"]).path(), "y").expect("read");
    assert_eq!(loaded.classes, ["-1", "9", "10"]);
    assert_eq!(loaded.table.y.values, [2.0, 0.0, 1.0, 2.0, 1.0, 0.0]);
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let array = Array { shape: vec![4, 2], values: vec![1, 7, 2, 5, 3, 7, 4, 5_i32] };
    npy::write(file.path(), &array).expect("written");
    let loaded = classes(file.path(), "1").expect("read");
    assert_eq!((loaded.classes, loaded.table.y.values), (vec!["5".to_owned(), "7".to_owned()], vec![1., 0., 1., 0.]));
}

#[cfg(feature = "parquet")]
#[test]
fn a_column_of_words_in_parquet_is_a_target_of_classes_only() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/types.parquet");
    let ask = |classes| Ask {
        drop_columns: ["flag", "day", "list", "nested", "byte"].map(str::to_owned).into(),
        ..ask("word", classes)
    };
    let load = |classes| load(datasets::table::FileForm::Own, &path, "my.parquet", &ask(classes));
    assert!(load(false).expect_err("numbers").to_string().contains("column `word` holds text"));
    let text = load(true).expect_err("its words are all different").to_string();
    assert!(text.contains("one row only has the class"), "{text}");
}

#[test]
fn a_look_at_a_target_says_what_it_is_taken_for_and_why() {
    let told = |cells: &[&str]| {
        let Survey { suggests, numbers, because } = looked(cells).expect("looked at");
        (suggests, numbers, because)
    };
    let of = |suggests, numbers, because: &str| (suggests, numbers, because.to_owned());
    assert_eq!(told(&["b", "a", "a", "b"]), of(Target::Classes, false, "`b` in line 2 is a word"));
    assert_eq!(told(&["1", "0.5", "1", "2"]), of(Target::Number, true, "0.5 in line 3 is no whole number"));
    assert_eq!(told(&["1", "0", "1", "0"]), of(Target::Classes, true, "it holds 2 different whole numbers"));
    let alone = "of its 2 different whole numbers not all are in two rows";
    assert_eq!(told(&["1", "0", "1"]), of(Target::Number, true, alone));
    let many: Vec<String> = (0..60).map(|row| (row % 30).to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let because = "it holds 30 different whole numbers, and more than 20 are taken for numbers";
    assert_eq!(told(&many), of(Target::Number, true, because));
}

#[test]
fn what_names_no_classes_is_told_in_one_line_with_the_remedy() {
    let names: Vec<String> = (0..300).map(|row| format!("n{}", row % 150)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for (cells, said) in [
        (&["a", "1", "a", "1"][..], "column `y`: holds both words (`a` in line 2) and numbers (1 in line 3)"),
        (&["0.5", "1", "0.5", "1"][..], "column `y`: 0.5 in line 2 is no class"),
        (&["1e300", "1", "1e300", "1"][..], "is no class"),
        (&["a", "a", "a"][..], "column `y`: holds one class only, `a`"),
        (&["a", "b", "a", "c"][..], "column `y`: one row only has the class `b`, `c`"),
        (&["a", "", "a"][..], "column `y`: no value in line 3"),
        (&["a", "NA", "a"][..], "column `y`: no value in line 3"),
        (&names[..], "column `y`: holds more than 100 different values"),
    ] {
        let text = classes(targets(cells).path(), "y").expect_err("refused").to_string();
        assert!(text.starts_with("error: my.csv: ") && text.contains(said), "{cells:?}: {text}");
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.lines().nth(1).is_some_and(|line| line.starts_with("hint: ")), "{text}");
    }
    assert!(looked(&["a", "b", "a", "c"]).is_err(), "words are no numbers either");
}
