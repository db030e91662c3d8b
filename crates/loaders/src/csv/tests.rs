use ::csv as csv_crate;
use proptest::prelude::*;

use super::*;
use crate::Ask;

fn ask(target: &str, drop: &[&str]) -> Ask {
    let drop_columns = drop.iter().map(|name| (*name).to_owned()).collect();
    Ask { target: Some(target.to_owned()), drop_columns, classes: false }
}

fn read_text(text: impl AsRef<[u8]>, ask: &Ask) -> Result<Sheet, Faults> {
    read(text.as_ref(), "my.csv", Header::Inside, |names| ask.choose(names, "my.csv"))
}

/// The columns, the target last.
fn columns(text: impl AsRef<[u8]>, ask: &Ask) -> Vec<Vec<f64>> {
    read_text(text, ask).expect("read").numbers.into_columns()
}

fn fault(text: impl AsRef<[u8]>) -> String {
    read_text(text, &ask("y", &[])).expect_err("refused").to_string()
}

#[test]
fn marks_line_ends_and_quotes_change_no_value() {
    let expected = [vec![1.5, -2e-3], vec![3.0, 4.0]];
    for text in [
        "a,y\n1.5,3\n-2e-3,4\n",
        "a,y\r\n1.5,3\r\n-2e-3,4\r\n",
        "\u{feff}a,y\n1.5,3\n-2e-3,4",
        "\u{feff}\"a\",\"y\"\r\n\"1.5\",3\r\n -2e-3 ,\"4\"\n",
        "a,y\n+1.5,3.\n-.002,4e0\n\n\n",
        "a;y\n1.5;3\n-2e-3;4\n",
        "a\ty\n1.5\t3\n-2e-3\t4\n",
    ] {
        assert_eq!(columns(text, &ask("y", &[])), expected, "{text:?}");
    }
}

#[test]
fn a_column_that_is_dropped_may_hold_anything() {
    let text = "note,y,a\n\"two\nlines, and \"\"quotes\"\"\",1,2\nplain \u{fc},3,4\n";
    assert_eq!(columns(text, &ask("y", &["note"])), [vec![2.0, 4.0], vec![1.0, 3.0]]);
    let latin1 = b"note,y,a\nB\xfccher,1,2\nx,3,4\n";
    assert_eq!(columns(latin1, &ask("y", &["note"])), [vec![2.0, 4.0], vec![1.0, 3.0]]);
}

#[test]
fn a_column_of_words_is_named_with_its_first_cell_and_the_remedy() {
    let text = fault("city,y,a\nParis,1,2\nRome,2,x\n3,3,3\n");
    assert!(text.contains("my.csv: column `city`: `Paris` in line 2 is no number (so 2 of 3 cells)"), "{text}");
    assert!(text.contains("--drop_columns 'city' leaves the column out"), "{text}");
    assert!(text.contains("column `a`: `x` in line 3 is no number (so 1 of 3 cells)"), "{text}");
    assert!(fault("a,y\n\"1,5\",1\n2,2\n").contains("decimal point"));
    assert!(fault("a,y\nTrue,1\n2,2\n").contains("write 1 and 0"));
    let target = fault("a,y\n1,high\n2,low\n");
    assert!(target.contains("column `y`: `high` in line 2") && !target.contains("drop_columns"), "{target}");
}

#[test]
fn missing_and_infinite_cells_are_named_by_line_and_column() {
    for missing in ["", "NA", "nan", "NaN", "null", "?", " ", "\"\""] {
        let text = fault(format!("a,y\n1,1\n{missing},2\n3,3\n"));
        assert!(text.contains("column `a`: no value in line 3 (so 1 of 3 cells)"), "{missing:?}: {text}");
        assert!(text.contains("\nhint: fill or remove such rows yourself"), "{text}");
    }
    for infinite in ["inf", "-inf", "1e999", "Infinity"] {
        assert!(fault(format!("a,y\n{infinite},2\n3,3\n")).contains("in line 2 is not finite"), "{infinite}");
    }
}

#[test]
fn damaged_and_misleading_files_are_told_by_line() {
    for (text, said) in [
        ("", "holds nothing but empty lines"),
        ("\n\n", "holds nothing but empty lines"),
        ("a,y\n", "has a header and no rows"),
        ("a,y\n1,2\n", "has one row"),
        ("a,y\n1,2\n3,4,5\n", "line 3 has 3 fields where the header has 2"),
        ("a,y\n1,2\n3\n", "line 3 has 1 fields where the header has 2"),
        ("a,y\n1,2\n\n3,4\n", "line 3 is empty"),
        ("\na,y\n1,2\n3,4\n", "line 1 is empty"),
        ("a,y\n1,2\n\"3,4\n5,6\n", "a quote in line 3 is never closed"),
        ("a,y\n1,2\n3\"\",4\n", "line 3, field 1: a quote inside a field"),
        ("a,y\n1,2\n\"3\"4,4\n", "line 3, field 1: something stands behind the closing quote"),
        ("1,2\n3,4\n5,6\n", "line 1 holds numbers only"),
        ("a,a,y\n1,2,3\n", "columns 1 and 2 are both called `a`"),
        (",y\n1,2\n", "column 1 has no name"),
        ("y\n1\n2\n", "no column is left to predict `y` from"),
        ("a,b\n1,2\n", "`y` is no column of my.csv"),
        ("a,y\r1,2\r3,4\r", "carriage returns"),
    ] {
        let found = fault(text);
        assert!(found.contains(said), "{text:?}: {found}");
    }
    assert!(fault(b"a,y\xff\n1,2\n").contains("the name of column 2 is not UTF-8 text"));
    assert!(fault(b"\xff\xfea\0,\0y\0\n\0").contains("UTF-16"));
    assert!(fault(b"a\0,y\n1,2\n").contains("zero byte"));
    assert!(fault(b"a,y\n1\xff,2\n3,4\n").contains("`1\u{fffd}` in line 2 is no number"));
}

#[test]
fn a_line_without_end_is_refused_before_it_fills_memory() {
    let endless = std::io::Read::take(std::io::repeat(b'7'), 1 << 40);
    let read =
        read(std::io::BufReader::new(endless), "my.csv", Header::Inside, |names| ask("y", &[]).choose(names, ""));
    assert!(read.expect_err("refused").to_string().contains("line 1 is longer than 16777216 bytes"));
}

#[test]
fn of_many_faulty_columns_the_first_are_told() {
    let header: Vec<String> = (0..50).map(|at| format!("c{at}")).collect();
    let row = vec!["x"; 50].join(",");
    let text = fault(format!("{},y\n{row},1\n{row},2\n", header.join(",")));
    assert_eq!(text.matches("is no number").count(), 10, "{text}");
    assert!(text.contains("40 more columns have such cells"), "{text}");
}

proptest! {
    /// Whatever a writer of others' making writes is read back to the bit, quoted or not.
    #[test]
    fn what_another_writer_wrote_reads_back(
        rows in prop::collection::vec(prop::array::uniform3(-1e300..1e300_f64), 2..20),
        always_quoted in any::<bool>(),
        crlf in any::<bool>(),
    ) {
        let style = if always_quoted { csv_crate::QuoteStyle::Always } else { csv_crate::QuoteStyle::Necessary };
        let end = if crlf { csv_crate::Terminator::CRLF } else { csv_crate::Terminator::Any(b'\n') };
        let mut writer = csv_crate::WriterBuilder::new().quote_style(style).terminator(end).from_writer(Vec::new());
        writer.write_record(["a \"quoted\", name", "b", "y"]).expect("written");
        for row in &rows {
            writer.write_record(row.iter().map(f64::to_string)).expect("written");
        }
        let text = writer.into_inner().expect("written");
        let read = columns(text, &ask("y", &[]));
        for (at, column) in read.iter().enumerate() {
            let expected: Vec<f64> = rows.iter().map(|row| row[at]).collect();
            prop_assert_eq!(column, &expected);
        }
    }

    /// Any text at all: read, or refused in words, and never by a panic. What is read is what a
    /// reader of others' making finds there too.
    #[test]
    fn any_text_is_read_alike_or_refused(text in "(a|b|,|;|y|\"|\n|\r\n|[0-9]|\\.|-|\u{e9}| ){0,80}") {
        let with_header = format!("a,y\n{text}");
        if let Ok(sheet) = read_text(&with_header, &ask("y", &[])) {
            let mut reader = csv_crate::ReaderBuilder::new().from_reader(with_header.as_bytes());
            let records: Vec<csv_crate::StringRecord> = reader.records().collect::<Result<_, _>>().expect("read");
            let columns = sheet.numbers.into_columns();
            prop_assert_eq!(records.len(), columns[0].len());
            for (row, record) in records.iter().enumerate() {
                for (at, column) in columns.iter().enumerate() {
                    prop_assert_eq!(record[at].trim().parse::<f64>(), Ok(column[row]));
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_text(&bytes, &ask("y", &[]));
    }
}
