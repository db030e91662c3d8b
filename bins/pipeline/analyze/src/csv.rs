//! CSV by RFC 4180. A text that a spreadsheet would take for a formula gets a leading `'`
//! (security case 4); numbers stay as they are. Parquet is the form that loses nothing.

use std::path::Path;

use schema::fault::Fault;
use schema::files;

use crate::table::{Table, Values};

pub(crate) fn write(path: &Path, table: &Table) -> Result<(), Fault> {
    files::write_whole(path, text(table).as_bytes())
}

fn text(table: &Table) -> String {
    let mut lines = table.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(",");
    lines.push_str("\r\n");
    for row in 0..table.rows() {
        let fields: Vec<String> = table.columns.iter().map(|column| field(&column.values, row)).collect();
        lines.push_str(&fields.join(","));
        lines.push_str("\r\n");
    }
    lines
}

/// Nothing where there is no value.
fn field(values: &Values, row: usize) -> String {
    match values {
        Values::Text(values) => values[row].as_deref().map(quoted).unwrap_or_default(),
        Values::Whole(values) => values[row].map(|value| value.to_string()).unwrap_or_default(),
        // The shortest text that reads back as the same number.
        Values::Number(values) => values[row].map(|value| format!("{value:?}")).unwrap_or_default(),
        Values::Flag(values) => values[row].to_string(),
    }
}

fn quoted(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Column;

    #[test]
    fn text_is_quoted_and_never_a_formula_and_numbers_are_left_alone() {
        let texts = ["=1+1", "a,\"b\"", "two\nlines", "@x", "plain", "-5"];
        let table = Table {
            columns: vec![
                Column { name: "text", values: Values::Text(texts.map(|text| Some(text.to_owned())).to_vec()) },
                Column {
                    name: "number",
                    values: Values::Number(vec![Some(-0.1), None, Some(1e300), Some(0.5), None, None]),
                },
            ],
        };
        let expected =
            "text,number\r\n'=1+1,-0.1\r\n\"a,\"\"b\"\"\",\r\n\"two\nlines\",1e300\r\n'@x,0.5\r\nplain,\r\n'-5,\r\n";
        assert_eq!(text(&table), expected);
    }
}
