//! The Boston housing data: `StatLib`'s text, in which two lines make a row, and CSV.

use std::io::Read;
use std::path::Path;

use schema::fault::{Fault, Faults};

use crate::choice::Wanted;
use crate::csv::{self, Header};
use crate::{Loaded, buffered, start};

/// In the documented order; the last is the target.
const NAMES: [&str; 14] =
    ["CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS", "RAD", "TAX", "PTRATIO", "B", "LSTAT", "MEDV"];
const ROWS: usize = 506;
/// `StatLib`'s text before the values: what they are, and a line a column.
const PREAMBLE_LINES: usize = 22;
/// The whole file has 52 kB.
const BYTES_MAX: u64 = 16 << 20;

pub(crate) fn load(path: &Path, place: &str) -> Result<Loaded, Faults> {
    let is_statlib = String::from_utf8_lossy(&start(path)?).trim_start().starts_with("The Boston house-price data");
    if is_statlib {
        let mut text = String::new();
        let read = buffered(path)?.take(BYTES_MAX + 1).read_to_string(&mut text);
        read.map_err(|error| Fault::new(place, format!("cannot read: {error}")))?;
        return Ok(published(statlib(&text, place)?, Vec::new(), "StatLib text"));
    }
    let names = csv::read_names(buffered(path)?, place)?;
    let renamed = names.iter().any(|name| plain(name) == "black");
    let sheet = csv::read(buffered(path)?, place, Header::Inside, |found| by_name(found, place))?;
    let mut transformations = sheet.transformations();
    if renamed {
        transformations.push("column `black` read as B".to_owned());
    }
    Ok(published(sheet.numbers.into_columns(), transformations, "CSV"))
}

/// R's MASS calls B `black`.
fn plain(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

fn by_name(found: &[String], place: &str) -> Result<Wanted, Faults> {
    let same = |name: &str| if plain(name) == "black" { "b".to_owned() } else { plain(name) };
    crate::choice::documented(found, &NAMES, &[], same, place)
}

/// Eleven values in one line, three in the next.
fn statlib(text: &str, place: &str) -> Result<Vec<Vec<f64>>, Fault> {
    let lines: Vec<&str> = text.lines().collect();
    let (preamble, values) = lines.split_at(lines.len().min(PREAMBLE_LINES));
    check_preamble(preamble, place)?;
    let end = values.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
    let values = &values[..end];
    if values.len() % 2 != 0 || values.is_empty() {
        return Err(Fault::new(place, format!("{} lines of values; two make a row", values.len()))
            .hint("the file is truncated; fetch it again"));
    }
    let mut columns = vec![Vec::with_capacity(values.len() / 2); NAMES.len()];
    for (row, pair) in values.chunks_exact(2).enumerate() {
        for (at, (line, count, first)) in [(pair[0], 11, 0), (pair[1], 3, 11)].into_iter().enumerate() {
            let number = PREAMBLE_LINES + 2 * row + at + 1;
            let fields: Vec<&str> = line.split_whitespace().collect();
            if fields.len() != count {
                let what = format!("line {number} has {} values where {count} are needed", fields.len());
                return Err(Fault::new(place, what).hint("the file is damaged; fetch it again"));
            }
            for (column, field) in columns[first..].iter_mut().zip(&fields) {
                let value = field.parse::<f64>().ok().filter(|value| value.is_finite());
                let broken = || Fault::new(place, format!("line {number}: `{field}` is no number"));
                column.push(value.ok_or_else(broken)?);
            }
        }
    }
    Ok(columns)
}

/// The columns are those that are documented, in their order.
fn check_preamble(lines: &[&str], place: &str) -> Result<(), Fault> {
    let found: Vec<&str> =
        lines.iter().filter_map(|line| line.split_whitespace().next()).filter(|word| NAMES.contains(word)).collect();
    if found == NAMES {
        return Ok(());
    }
    let what = format!("its text names the columns {}; needed: {}", found.join(", "), NAMES.join(", "));
    Err(Fault::new(place, what).hint("StatLib's text has 22 lines before the values"))
}

fn published(columns: Vec<Vec<f64>>, transformations: Vec<String>, format: &'static str) -> Loaded {
    let (target, features) = NAMES.split_last().expect("14 names");
    Loaded::published(columns, (features, target), ROWS, format, transformations)
}

#[cfg(test)]
mod tests;
