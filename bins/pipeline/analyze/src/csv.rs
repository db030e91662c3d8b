//! CSV by RFC 4180. A text that a spreadsheet would take for a formula gets a leading `'`
//! (security case 4); numbers stay as they are. Parquet is the form that loses nothing.

use crate::table::{Table, Values};

/// Adds the table's rows to `lines`, after the columns' names where it is the first.
pub(crate) fn add(lines: &mut String, table: &Table) {
    if lines.is_empty() {
        lines.push_str(&table.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(","));
        lines.push_str("\r\n");
    }
    for row in 0..table.rows() {
        for (place, column) in table.columns.iter().enumerate() {
            if place > 0 {
                lines.push(',');
            }
            lines.push_str(&field(&column.values, row));
        }
        lines.push_str("\r\n");
    }
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
        let mut text = String::new();
        add(&mut text, &table);
        assert_eq!(text, expected);
        add(&mut text, &Table::default());
        assert_eq!(text, expected, "no rows, no lines");
    }
}
