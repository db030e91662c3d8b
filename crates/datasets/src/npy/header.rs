//! The header: magic, version, length, and a Python dictionary of three keys, of which only the
//! form that numpy writes is understood.

use std::io::Read;

use schema::fault::Fault;
use schema::task::Dtype;

const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// A header for 32 dimensions has some 700 bytes; whatever is larger than this is no plain array.
const HEADER_BYTES_MAX: u32 = 64 << 10;
/// numpy's own limit was 32 until its version 2.
const DIMENSIONS_MAX: usize = 32;
/// The values start at a multiple of this many bytes.
const ALIGNMENT: usize = 64;

/// What an npy file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub dtype: Dtype,
    pub shape: Vec<u64>,
}

/// The type as numpy spells it.
pub(super) const fn descr(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::F64 => "<f8",
        Dtype::F32 => "<f4",
        Dtype::I64 => "<i8",
        Dtype::I32 => "<i4",
    }
}

const fn bytes_of(dtype: Dtype) -> u64 {
    match dtype {
        Dtype::F64 | Dtype::I64 => 8,
        Dtype::F32 | Dtype::I32 => 4,
    }
}

impl Header {
    /// The number of values, where it fits into memory's address space at all.
    pub(super) fn count(&self) -> Option<usize> {
        let count = self.shape.iter().try_fold(1_u64, |product, length| product.checked_mul(*length))?;
        count.checked_mul(bytes_of(self.dtype)).filter(|bytes| isize::try_from(*bytes).is_ok())?;
        usize::try_from(count).ok()
    }

    /// The number of values, if `bytes` is just what they take.
    pub(super) fn check_length(&self, bytes: u64, place: &str) -> Result<usize, Fault> {
        let shape = shape_text(&self.shape);
        let count =
            self.count().ok_or_else(|| Fault::new(place, format!("the shape {shape} is larger than any memory")))?;
        let expected = count as u64 * bytes_of(self.dtype);
        if expected == bytes {
            return Ok(count);
        }
        let what = format!("holds {bytes} bytes of values where its shape {shape} needs {expected}");
        let fault = Fault::new(place, what);
        Err(if bytes < expected { fault.hint("the file is truncated; make or fetch it again") } else { fault })
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let (descr, shape) = (descr(self.dtype), shape_text(&self.shape));
        let mut dictionary = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
        // Magic 6, version 2, length 2, and the line feed that ends the dictionary.
        let unpadded = MAGIC.len() + 2 + 2 + dictionary.len() + 1;
        let padding = unpadded.next_multiple_of(ALIGNMENT) - unpadded;
        dictionary.extend(std::iter::repeat_n(' ', padding));
        dictionary.push('\n');
        let length = u16::try_from(dictionary.len()).expect("32 dimensions of 20 digits fit version 1");
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&[1, 0]);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(dictionary.as_bytes());
        bytes
    }
}

/// As Python writes a tuple.
fn shape_text(shape: &[u64]) -> String {
    match shape {
        [one] => format!("({one},)"),
        many => format!("({})", many.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// The header and the number of bytes that it took.
pub(super) fn read(source: &mut impl Read, place: &str) -> Result<(Header, u64), Fault> {
    let not_npy = |error: std::io::Error| Fault::new(place, format!("no npy file: its header is cut off ({error})"));
    let mut start = [0; 8];
    source.read_exact(&mut start).map_err(not_npy)?;
    if &start[..6] != MAGIC {
        return Err(Fault::new(place, "no npy file: it does not start with \\x93NUMPY"));
    }
    let (length, length_bytes) = match (start[6], start[7]) {
        (1, 0) => {
            let mut length = [0; 2];
            source.read_exact(&mut length).map_err(not_npy)?;
            (u32::from(u16::from_le_bytes(length)), 2)
        }
        (2, 0) => {
            let mut length = [0; 4];
            source.read_exact(&mut length).map_err(not_npy)?;
            (u32::from_le_bytes(length), 4)
        }
        (major, minor) => {
            return Err(Fault::new(place, format!("npy version {major}.{minor}; 1.0 and 2.0 can be read")));
        }
    };
    if length > HEADER_BYTES_MAX {
        return Err(Fault::new(place, format!("a header of {length} bytes; at most {HEADER_BYTES_MAX} are read")));
    }
    let mut text = vec![0; length as usize];
    source.read_exact(&mut text).map_err(not_npy)?;
    let text = std::str::from_utf8(&text).map_err(|_| Fault::new(place, "the header is no text"))?;
    Ok((interpret(text, place)?, 8 + length_bytes + u64::from(length)))
}

fn interpret(text: &str, place: &str) -> Result<Header, Fault> {
    let dictionary = Dictionary::parse(text).ok_or_else(|| {
        Fault::new(place, "the header is not what numpy writes: {'descr': …, 'fortran_order': …, 'shape': …}")
            .hint("structured arrays and the like cannot be read; save plain numbers")
    })?;
    let dtype = match dictionary.descr {
        "<f8" => Dtype::F64,
        "<f4" => Dtype::F32,
        "<i8" => Dtype::I64,
        "<i4" => Dtype::I32,
        other if other.contains('O') => {
            return Err(Fault::new(place, "holds Python objects, which are never loaded: they can run code")
                .hint("save numbers: array.astype('<f8')"));
        }
        other => {
            return Err(Fault::new(place, format!("holds values of type '{other}'; allowed: <f8, <f4, <i8, <i4"))
                .hint("convert them: array.astype('<f8')"));
        }
    };
    if dictionary.fortran_order {
        return Err(
            Fault::new(place, "lies in Fortran order; C order is needed").hint("save numpy.ascontiguousarray(array)")
        );
    }
    Ok(Header { dtype, shape: dictionary.shape })
}

struct Dictionary<'a> {
    descr: &'a str,
    fortran_order: bool,
    shape: Vec<u64>,
}

impl<'a> Dictionary<'a> {
    /// The three keys, once each, in any order; anything else is not understood.
    fn parse(text: &'a str) -> Option<Self> {
        let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?;
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        while !rest.trim().is_empty() {
            let (key, after_key) = quoted(rest)?;
            rest = after_key.trim_start().strip_prefix(':')?.trim_start();
            rest = match key {
                "descr" if descr.is_none() => {
                    let (value, rest) = quoted(rest)?;
                    descr = Some(value);
                    rest
                }
                "fortran_order" if fortran_order.is_none() => {
                    let (value, rest) = truth(rest)?;
                    fortran_order = Some(value);
                    rest
                }
                "shape" if shape.is_none() => {
                    let (value, rest) = tuple(rest)?;
                    shape = Some(value);
                    rest
                }
                _ => return None,
            };
            rest = match rest.trim_start() {
                "" => "",
                more => more.strip_prefix(',')?,
            };
        }
        Some(Self { descr: descr?, fortran_order: fortran_order?, shape: shape? })
    }
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
    text[1..].split_once(quote)
}

fn truth(text: &str) -> Option<(bool, &str)> {
    text.strip_prefix("False").map(|rest| (false, rest)).or_else(|| text.strip_prefix("True").map(|rest| (true, rest)))
}

fn tuple(text: &str) -> Option<(Vec<u64>, &str)> {
    let (inside, rest) = text.strip_prefix('(')?.split_once(')')?;
    let inside = inside.trim();
    if inside.is_empty() {
        return Some((Vec::new(), rest));
    }
    let inside = inside.strip_suffix(',').unwrap_or(inside);
    let lengths = inside.split(',').map(|part| part.trim().parse().ok()).collect::<Option<Vec<u64>>>()?;
    (lengths.len() <= DIMENSIONS_MAX).then_some((lengths, rest))
}
