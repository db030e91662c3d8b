//! What each file holds, in figures. A number is what `-?D+(.D+)?([eE][+-]?D+)?` matches, in every language.

use std::fs::File;
use std::io::Read;

use serde_json::Value;

use super::{FILE_BYTES_MAX, Found, Kind, Skipped, count};

/// JSON that is nested deeper is refused by one parser or another.
const JSON_DEPTH_MAX: usize = 64;

#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    pub name: String,
    pub kind: Kind,
    pub bytes: u64,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    Csv { rows: u64, columns: Vec<Column> },
    Json { values: u64, numbers: Numbers },
    Markdown { lines: u64, words: u64, headings: u64 },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub name: String,
    pub numbers: Numbers,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Numbers {
    pub count: u64,
    pub sum: f64,
    pub least: f64,
    pub largest: f64,
}

impl Numbers {
    fn add(&mut self, value: f64) {
        if self.count == 0 || value < self.least {
            self.least = value;
        }
        if self.count == 0 || value > self.largest {
            self.largest = value;
        }
        self.count += 1;
        self.sum += value;
    }
}

/// Every file that could be read, in the order given.
pub fn ingest(files: &[Found], skipped: &mut Skipped) -> Vec<Facts> {
    let mut read = Vec::with_capacity(files.len());
    for file in files {
        match content(file) {
            Ok(content) => {
                read.push(Facts { name: file.name.clone(), kind: file.kind, bytes: file.bytes, content });
            }
            Err(reason) => count(skipped, reason),
        }
    }
    read
}

fn content(file: &Found) -> Result<Content, &'static str> {
    let mut bytes = Vec::with_capacity(file.bytes as usize);
    let opened = File::open(&file.path).map_err(|_| "unreadable")?;
    opened.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|_| "unreadable")?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err("too large");
    }
    if bytes.contains(&0) {
        return Err("binary");
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| "no UTF-8")?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match file.kind {
        Kind::Csv => csv(text).ok_or("malformed CSV"),
        Kind::Json => json(text).ok_or("malformed JSON"),
        Kind::Markdown => Ok(markdown(text)),
    }
}

fn csv(text: &str) -> Option<Content> {
    let mut reader = csv::ReaderBuilder::new().has_headers(true).from_reader(text.as_bytes());
    let headers = reader.headers().ok()?.clone();
    if headers.is_empty() {
        return None;
    }
    let named = |name: &str| Column { name: name.to_owned(), numbers: Numbers::default() };
    let mut columns: Vec<Column> = headers.iter().map(named).collect();
    let mut rows = 0;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).ok()? {
        rows += 1;
        for (column, field) in columns.iter_mut().zip(&record) {
            if let Some(value) = number(field) {
                column.numbers.add(value);
            }
        }
    }
    Some(Content::Csv { rows, columns })
}

/// Finite, and written as every language writes it.
fn number(field: &str) -> Option<f64> {
    let rest = field.strip_prefix('-').unwrap_or(field).as_bytes();
    let digits = |from: usize| rest[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = digits(0);
    if at == 0 {
        return None;
    }
    if rest.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if matches!(rest.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.get(at + 1), Some(b'+' | b'-')));
        let exponent = if at + 1 + sign <= rest.len() { digits(at + 1 + sign) } else { 0 };
        if exponent == 0 {
            return None;
        }
        at += 1 + sign + exponent;
    }
    let value: f64 = if at == rest.len() { field.parse().ok()? } else { return None };
    value.is_finite().then_some(value)
}

fn json(text: &str) -> Option<Content> {
    let value: Value = serde_json::from_str(text).ok()?;
    let (mut values, mut numbers) = (0, Numbers::default());
    descend(&value, 0, &mut values, &mut numbers)?;
    Some(Content::Json { values, numbers })
}

/// Counts the values that are neither array nor object.
fn descend(value: &Value, depth: usize, values: &mut u64, numbers: &mut Numbers) -> Option<()> {
    if depth > JSON_DEPTH_MAX {
        return None;
    }
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| descend(item, depth + 1, values, numbers)),
        Value::Object(fields) => fields.values().try_for_each(|item| descend(item, depth + 1, values, numbers)),
        leaf => {
            *values += 1;
            leaf.as_f64().into_iter().for_each(|number| numbers.add(number));
            Some(())
        }
    }
}

fn markdown(text: &str) -> Content {
    let bytes = text.as_bytes();
    #[allow(clippy::naive_bytecount, reason = "a file is read once")]
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    let headings = bytes.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"#")).count() as u64;
    let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x0b;
    let words = bytes.split(blank).filter(|word| !word.is_empty()).count() as u64;
    Content::Markdown { lines, words, headings }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_what_every_language_reads_alike() {
        for (text, value) in [("1", 1.0), ("-0.5", -0.5), ("1e3", 1000.0), ("2.5E-1", 0.25), ("007", 7.0)] {
            assert_eq!(number(text), Some(value), "{text}");
        }
        for text in ["", "-", "+1", " 1", "1_0", "nan", "inf", ".5", "1.", "1e", "1e+", "0x1", "1e999", "--1", "1.5.2"]
        {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
