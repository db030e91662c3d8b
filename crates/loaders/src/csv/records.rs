//! Lines and fields.

use std::borrow::Cow;
use std::io::{BufRead, Read};

use schema::fault::Fault;

/// A longer line is no table's: 16 MiB hold a million columns.
const RECORD_BYTES_MAX: usize = 16 << 20;

/// The records of a file, one at a time. A record goes on over line ends inside quotes.
pub(super) struct Records<'p, R> {
    source: R,
    place: &'p str,
    bytes: Vec<u8>,
    /// Lines read so far.
    lines: u64,
    /// The first empty line since the last record: allowed at the file's end only.
    empty: Option<u64>,
}

pub(super) struct Record<'r> {
    /// The number of its first line, from 1.
    pub(super) line: u64,
    /// Without its line end.
    pub(super) bytes: &'r [u8],
}

impl<'p, R: BufRead> Records<'p, R> {
    pub(super) fn new(source: R, place: &'p str) -> Self {
        Self { source, place, bytes: Vec::new(), lines: 0, empty: None }
    }

    pub(super) fn next(&mut self) -> Result<Option<Record<'_>>, Fault> {
        loop {
            self.bytes.clear();
            let line = self.lines + 1;
            if !self.add_line()? {
                return Ok(None);
            }
            if self.bytes.is_empty() {
                self.empty.get_or_insert(line);
                continue;
            }
            if let Some(empty) = self.empty {
                return Err(Fault::new(self.place, format!("line {empty} is empty")).hint("remove it"));
            }
            while quotes(&self.bytes) % 2 == 1 {
                self.bytes.push(b'\n');
                if !self.add_line()? {
                    return Err(Fault::new(self.place, format!("a quote in line {line} is never closed"))
                        .hint("close it, or double it where a quote is meant: \"\""));
                }
            }
            return Ok(Some(Record { line, bytes: &self.bytes }));
        }
    }

    /// Adds one line without its end; false at the end of the file.
    fn add_line(&mut self) -> Result<bool, Fault> {
        let room = RECORD_BYTES_MAX.saturating_sub(self.bytes.len()) as u64 + 1;
        let read = Read::by_ref(&mut self.source).take(room).read_until(b'\n', &mut self.bytes);
        let read = read.map_err(|error| Fault::new(self.place, format!("cannot read: {error}")))?;
        if read == 0 {
            return Ok(false);
        }
        if self.bytes.len() > RECORD_BYTES_MAX {
            let what = format!("line {} is longer than {RECORD_BYTES_MAX} bytes", self.lines + 1);
            return Err(Fault::new(self.place, what).hint("is it a table? lines end with a line feed"));
        }
        if self.lines == 0 {
            self.check_encoding()?;
        }
        self.lines += 1;
        for end in [b'\n', b'\r'] {
            if self.bytes.last() == Some(&end) {
                self.bytes.pop();
            }
        }
        Ok(true)
    }

    /// At the start of the file: a mark of UTF-8 goes away, other encodings are told.
    fn check_encoding(&mut self) -> Result<(), Fault> {
        if self.bytes.starts_with(b"\xef\xbb\xbf") {
            self.bytes.drain(..3);
        }
        if self.bytes.starts_with(b"\xff\xfe") || self.bytes.starts_with(b"\xfe\xff") {
            return Err(Fault::new(self.place, "is text in UTF-16").hint("save the file as UTF-8"));
        }
        if self.bytes.contains(&0) {
            return Err(Fault::new(self.place, "is no text: its first line holds a zero byte"));
        }
        let old_line_ends = self.bytes.iter().rev().skip(2).any(|byte| *byte == b'\r');
        if old_line_ends {
            return Err(Fault::new(self.place, "line 1 holds carriage returns").hint("end lines with a line feed"));
        }
        Ok(())
    }
}

fn quotes(bytes: &[u8]) -> usize {
    #[allow(clippy::naive_bytecount, reason = "a record is short")]
    bytes.iter().filter(|byte| **byte == b'"').count()
}

impl Record<'_> {
    /// Gives each field with its position, and tells how many there were.
    pub(super) fn fields(
        &self,
        separator: u8,
        place: &str,
        mut each: impl FnMut(usize, Cow<[u8]>),
    ) -> Result<usize, Fault> {
        let mut rest = self.bytes;
        for at in 0.. {
            let taken =
                if let Some(inside) = rest.strip_prefix(b"\"") { quoted(inside) } else { plain(rest, separator) };
            let (field, after) = taken.map_err(|what| {
                Fault::new(place, format!("line {}, field {}: {what}", self.line, at + 1))
                    .hint("quotes stand around a whole field; a quote inside one is written twice")
            })?;
            each(at, field);
            rest = match after.split_first() {
                None => return Ok(at + 1),
                Some((mark, rest)) if *mark == separator => rest,
                Some(_) => {
                    let what =
                        format!("line {}, field {}: something stands behind the closing quote", self.line, at + 1);
                    return Err(Fault::new(place, what).hint("a quote inside a quoted field is written twice"));
                }
            };
        }
        unreachable!("a record has an end")
    }
}

type Taken<'r> = Result<(Cow<'r, [u8]>, &'r [u8]), &'static str>;

fn plain(rest: &[u8], separator: u8) -> Taken<'_> {
    let (field, after) = rest.split_at(rest.iter().position(|byte| *byte == separator).unwrap_or(rest.len()));
    if field.contains(&b'"') {
        Err("a quote inside a field that has none around it")
    } else {
        Ok((field.into(), after))
    }
}

/// `inside` begins behind the opening quote.
fn quoted(inside: &[u8]) -> Taken<'_> {
    let mut field = Vec::new();
    let mut rest = inside;
    loop {
        let Some(end) = rest.iter().position(|byte| *byte == b'"') else { return Err("the quote is not closed") };
        field.extend_from_slice(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix(b"\"") {
            Some(after) => {
                field.push(b'"');
                rest = after;
            }
            None => return Ok((field.into(), rest)),
        }
    }
}
