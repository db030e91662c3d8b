//! CSV (RFC 4180) as a table of numbers, strictly: every line has the header's number of fields,
//! every quote is closed, and no line is passed over. A reader that is lenient there would turn a
//! damaged file into other data.

mod records;

use std::io::BufRead;
use std::path::Path;

use schema::fault::{Fault, Faults};

use crate::choice::{Choose, Wanted};
use crate::numbers::{Cell, Numbers};
use crate::{Content, buffered};
use records::{Record, Records};

/// Where the columns' names come from.
#[derive(Clone, Copy)]
pub(crate) enum Header<'a> {
    /// The first line.
    Inside,
    /// The file has none.
    Known(&'a [&'a str]),
}

/// What a file holds.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) names: Vec<String>,
    pub(crate) numbers: Numbers,
    separator: u8,
}

pub(crate) fn content(path: &Path, place: &str, choose: &Choose<'_>) -> Result<Content, Faults> {
    let sheet = read(buffered(path)?, place, Header::Inside, choose)?;
    let transformations = sheet.transformations();
    Ok(Content { format: "CSV", numbers: sheet.numbers, transformations })
}

/// The wanted columns; `choose` sees the names before any row is read.
pub(crate) fn read(
    source: impl BufRead,
    place: &str,
    header: Header,
    choose: impl FnOnce(&[String]) -> Result<Wanted, Faults>,
) -> Result<Sheet, Faults> {
    let mut records = Records::new(source, place);
    let (names, separator) = match header {
        Header::Known(names) => (names.iter().map(|name| (*name).to_owned()).collect(), b','),
        Header::Inside => names(&mut records, place)?,
    };
    let wanted = choose(&names)?;
    let mut numbers = Numbers::new(&names, &wanted);
    let places = column_of_each(names.len(), &wanted);
    while let Some(record) = records.next()? {
        numbers.check_room(place)?;
        row(&record, separator, &places, &mut numbers, place)?;
    }
    numbers.check(place)?;
    Ok(Sheet { names, numbers, separator })
}

/// The names alone.
pub(crate) fn read_names(source: impl BufRead, place: &str) -> Result<Vec<String>, Fault> {
    Ok(names(&mut Records::new(source, place), place)?.0)
}

impl Sheet {
    /// What a reader of the results should know of the file's writing.
    pub(crate) fn transformations(&self) -> Vec<String> {
        let named = match self.separator {
            b';' => Some("semicolons"),
            b'\t' => Some("tabs"),
            _ => None,
        };
        named.map(|name| format!("fields taken apart at {name}")).into_iter().collect()
    }
}

/// By a field's position, the column of `Numbers` that it goes to.
fn column_of_each(fields: usize, wanted: &Wanted) -> Vec<Option<usize>> {
    let mut places = vec![None; fields];
    for (column, &field) in wanted.features.iter().chain(std::iter::once(&wanted.target)).enumerate() {
        places[field] = Some(column);
    }
    places
}

fn names<R: BufRead>(records: &mut Records<R>, place: &str) -> Result<(Vec<String>, u8), Fault> {
    let Some(record) = records.next()? else { return Err(Fault::new(place, "holds nothing but empty lines")) };
    let separator = separator(record.bytes);
    let mut names = Vec::new();
    let mut foreign = None;
    record.fields(separator, place, |at, field| match std::str::from_utf8(&field) {
        Ok(name) => names.push(name.trim().to_owned()),
        Err(_) => foreign = foreign.or(Some(at + 1)),
    })?;
    if let Some(at) = foreign {
        return Err(
            Fault::new(place, format!("the name of column {at} is not UTF-8 text")).hint("save the file as UTF-8")
        );
    }
    if names.iter().all(|name| name.parse::<f64>().is_ok()) {
        return Err(Fault::new(place, "line 1 holds numbers only; it has to name the columns")
            .hint("put a line of names before the rows"));
    }
    Ok((names, separator))
}

/// A comma; where the header has none, a semicolon or tab that it has.
fn separator(header: &[u8]) -> u8 {
    [b',', b';', b'\t'].into_iter().find(|mark| header.contains(mark)).unwrap_or(b',')
}

fn row(
    record: &Record,
    separator: u8,
    places: &[Option<usize>],
    numbers: &mut Numbers,
    place: &str,
) -> Result<(), Fault> {
    let count = record.fields(separator, place, |at, field| {
        if let Some(column) = places.get(at).copied().flatten() {
            numbers.put(column, cell(&field), || format!("line {}", record.line));
        }
    })?;
    if count == places.len() {
        return Ok(());
    }
    let what = format!("line {} has {count} fields where the header has {}", record.line, places.len());
    Err(Fault::new(place, what).hint("a field that holds the separator needs quotes around it"))
}

/// What programs write where a value is missing.
const MISSING: [&str; 11] = ["", "NA", "N/A", "n/a", "na", "NULL", "null", "None", "none", "?", "-"];

fn cell(field: &[u8]) -> Cell {
    let Ok(text) = std::str::from_utf8(field) else {
        return Cell::Strange(String::from_utf8_lossy(field).into_owned());
    };
    let text = text.trim_matches([' ', '\t']);
    match text.parse::<f64>() {
        Ok(value) => Cell::Number(value),
        Err(_) if MISSING.contains(&text) => Cell::Missing,
        Err(_) => Cell::Word(text.to_owned()),
    }
}

#[cfg(test)]
mod tests;
