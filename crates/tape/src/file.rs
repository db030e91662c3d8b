//! The file: a line of JSON for the tape, one an exchange in the order of the requests' coming, and a
//! last one with the sha256 of all before it.

use std::path::Path;

use bytes::Bytes;
use schema::digest;
use schema::fault::Fault;
use schema::files::{read_at_most, write_whole};
use serde::{Deserialize, Serialize};

const FORMAT: &str = "ferrobench-tape/1";
const TAPE_BYTES_MAX: u64 = 1 << 30;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    format: String,
    /// The recorded server's address.
    pub backend: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    pub request: Request,
    pub response: Response,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// Of the body.
    pub sha256: String,
    pub bytes: u64,
}

impl Request {
    pub fn of(method: &str, path: &str, body: &[u8]) -> Self {
        let sha256 = digest::of_bytes(body);
        Self { method: method.to_owned(), path: path.to_owned(), sha256, bytes: body.len() as u64 }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    pub status: u16,
    /// Those that a client of the protocol may look at.
    pub headers: Vec<(String, String)>,
    /// From having the request to having the response's head.
    pub head_ns: u64,
    pub pieces: Vec<Piece>,
    /// From the last piece to the end.
    pub end_ns: u64,
    /// Whether the body ended as HTTP wants it; otherwise the connection broke.
    pub whole: bool,
}

/// Bytes, and how long after the piece before, or after the head, they came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    pub after_ns: u64,
    #[serde(flatten)]
    pub bytes: Written,
}

/// Text where it is text, so that a tape can be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Written {
    Text(String),
    Hex(String),
}

/// Of a number below 16.
fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0')
}

impl Written {
    pub fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Hex(bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect()),
        }
    }

    pub fn to_bytes(&self) -> Option<Bytes> {
        match self {
            Self::Text(text) => Some(text.clone().into()),
            Self::Hex(digits) => {
                let digit = |byte: &u8| (*byte as char).to_digit(16);
                let pair = |pair: &[u8]| Some((digit(&pair[0])? << 4 | digit(pair.get(1)?)?) as u8);
                digits.as_bytes().chunks(2).map(pair).collect::<Option<Vec<u8>>>().map(Bytes::from)
            }
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    exchanges: usize,
    sha256: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Tape {
    pub backend: String,
    pub exchanges: Vec<Exchange>,
}

impl Tape {
    pub fn write(&self, path: &Path) -> Result<(), Fault> {
        let mut text = line(&Begin { format: FORMAT.to_owned(), backend: self.backend.clone() });
        text.extend(self.exchanges.iter().flat_map(line));
        let end = End { exchanges: self.exchanges.len(), sha256: digest::of_bytes(&text) };
        text.extend(line(&end));
        write_whole(path, &text)
    }

    /// Verified: a tape that was changed or cut is none.
    pub fn read(path: &Path) -> Result<Self, Fault> {
        let text = read_at_most(path, TAPE_BYTES_MAX)?;
        Self::parse(&text).map_err(|what| {
            Fault::new(path.display().to_string(), what).hint("record it again with: ferrobench tape record")
        })
    }

    fn parse(text: &[u8]) -> Result<Self, String> {
        let whole = text.strip_suffix(b"\n").ok_or("no tape: its last line has no end")?;
        let cut = whole.iter().rposition(|byte| *byte == b'\n').ok_or("no tape: it has one line")?;
        let (before, end) = whole.split_at(cut + 1);
        let end: End = serde_json::from_slice(end).map_err(|_| "no tape: its last line is no checksum")?;
        if digest::of_bytes(before) != end.sha256 {
            return Err("the checksum is another: the tape was changed".to_owned());
        }
        let mut lines = before.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let begin: Begin =
            serde_json::from_slice(lines.next().unwrap_or_default()).map_err(|error| format!("line 1: {error}"))?;
        if begin.format != FORMAT {
            return Err(format!("format `{}`; known here: {FORMAT}", begin.format));
        }
        let read = |(number, line)| serde_json::from_slice(line).map_err(|error| format!("line {number}: {error}"));
        let exchanges: Vec<Exchange> = (2..).zip(lines).map(read).collect::<Result<_, _>>()?;
        if exchanges.len() != end.exchanges {
            return Err(format!("{} exchanges where {} are announced", exchanges.len(), end.exchanges));
        }
        let mut pieces = exchanges.iter().flat_map(|exchange| &exchange.response.pieces);
        if pieces.any(|piece| piece.bytes.to_bytes().is_none()) {
            return Err("a piece holds no hexadecimal digits".to_owned());
        }
        Ok(Self { backend: begin.backend, exchanges })
    }
}

fn line(document: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(document).expect("strings and numbers only");
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tape() -> Tape {
        let piece = |bytes: &[u8]| Piece { after_ns: 5, bytes: Written::of(bytes) };
        let response = Response {
            status: 200,
            headers: vec![("content-type".to_owned(), "application/x-ndjson".to_owned())],
            head_ns: 7,
            pieces: vec![piece("größer\n".as_bytes()), piece(b"\xc3"), piece(b"\xb6\n")],
            end_ns: 1,
            whole: true,
        };
        let exchange = Exchange { request: Request::of("POST", "/api/generate", b"{}"), response };
        Tape { backend: "http://127.0.0.1:1".to_owned(), exchanges: vec![exchange] }
    }

    #[test]
    fn what_is_written_is_read_and_any_changed_byte_is_seen() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.tape");
        tape().write(&path).expect("written");
        assert_eq!(Tape::read(&path), Ok(tape()));
        let text = std::fs::read(&path).expect("the tape");
        for place in 0..text.len() {
            let mut changed = text.clone();
            changed[place] ^= 1;
            assert!(Tape::parse(&changed).is_err(), "byte {place}");
            assert!(Tape::parse(&text[..place]).is_err(), "cut at {place}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_come_back_as_they_were() {
        for bytes in [&b"a"[..], b"", b"\xff\x00", b"\xc3"] {
            assert_eq!(Written::of(bytes).to_bytes().as_deref(), Some(bytes));
        }
        assert_eq!(Written::Hex("0".to_owned()).to_bytes(), None);
    }
}
