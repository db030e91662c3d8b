//! The npy format, versions 1 and 2, as far as the project needs it: little-endian numbers in C
//! order. Whatever else a file may hold is refused: object arrays would be pickles (security case
//! 9), and a header is measured before it is read (security case 13).
//!
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

mod header;

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use schema::fault::Fault;
use schema::files::{cannot, write_whole_with};
use schema::task::Dtype;

pub use header::Header;

/// Values are read and written in pieces of this many, so that a large array needs its own memory once.
const PIECE_VALUES: usize = 1 << 16;

/// A dense array in C order: the last index runs fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Array<T> {
    pub shape: Vec<u64>,
    pub values: Vec<T>,
}

/// A number that an npy file may hold.
pub trait Element: Copy + Send + Sync + 'static {
    const DTYPE: Dtype;
    const BYTES: usize;
    /// `bytes` is exactly [`Self::BYTES`] long.
    fn from_le(bytes: &[u8]) -> Self;
    fn put_le(self, bytes: &mut Vec<u8>);
    /// False for NaN and the infinities; a whole number always is.
    fn is_finite(self) -> bool;
}

macro_rules! element {
    ($number:ty, $dtype:expr, $is_finite:expr) => {
        impl Element for $number {
            const DTYPE: Dtype = $dtype;
            const BYTES: usize = size_of::<$number>();
            fn from_le(bytes: &[u8]) -> Self {
                let mut own = [0; size_of::<$number>()];
                own.copy_from_slice(bytes);
                Self::from_le_bytes(own)
            }
            fn put_le(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }
            fn is_finite(self) -> bool {
                $is_finite(self)
            }
        }
    };
}
element!(f64, Dtype::F64, f64::is_finite);
element!(f32, Dtype::F32, f32::is_finite);
element!(i64, Dtype::I64, |_| true);
element!(i32, Dtype::I32, |_| true);

/// Reads an array of exactly this element type from a file of at most `limit_bytes`.
pub fn read<T: Element>(path: &Path, limit_bytes: u64) -> Result<Array<T>, Fault> {
    let mut file = File::open(path).map_err(|error| cannot("read", path, &error))?;
    let length = file.metadata().map_err(|error| cannot("read", path, &error))?.len();
    let place = path.display().to_string();
    if length > limit_bytes {
        return Err(Fault::new(place, format!("{length} bytes where at most {limit_bytes} are allowed")));
    }
    read_from(&mut file, length, &place)
}

/// The array in `bytes`; `place` names them in faults.
pub fn parse<T: Element>(mut bytes: &[u8], place: &str) -> Result<Array<T>, Fault> {
    let length = bytes.len() as u64;
    read_from(&mut bytes, length, place)
}

/// Type and shape, from the header alone.
pub fn read_header(path: &Path) -> Result<Header, Fault> {
    let mut file = File::open(path).map_err(|error| cannot("read", path, &error))?;
    let length = file.metadata().map_err(|error| cannot("read", path, &error))?.len();
    let place = path.display().to_string();
    let (header, header_bytes) = header::read(&mut file, &place)?;
    header.check_length(length.saturating_sub(header_bytes), &place)?;
    Ok(header)
}

fn read_from<T: Element>(source: &mut impl Read, length: u64, place: &str) -> Result<Array<T>, Fault> {
    let (header, header_bytes) = header::read(source, place)?;
    if header.dtype != T::DTYPE {
        let (found, wanted) = (header::descr(header.dtype), header::descr(T::DTYPE));
        return Err(Fault::new(place, format!("holds numbers of type '{found}' where '{wanted}' is needed")));
    }
    // Checked before anything is allocated: the array is never larger than the file.
    let count = header.check_length(length.saturating_sub(header_bytes), place)?;
    let mut values = Vec::with_capacity(count);
    let mut piece = vec![0; PIECE_VALUES.min(count) * T::BYTES];
    while values.len() < count {
        let bytes = &mut piece[..(count - values.len()).min(PIECE_VALUES) * T::BYTES];
        source.read_exact(bytes).map_err(|error| Fault::new(place, format!("cannot read: {error}")))?;
        values.extend(bytes.chunks_exact(T::BYTES).map(T::from_le));
    }
    Ok(Array { shape: header.shape, values })
}

/// The file's bytes.
///
/// # Panics
/// Where `shape` and `values` do not agree, which is the caller's error and no input's.
pub fn encode<T: Element>(array: &Array<T>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(array.values.len() * T::BYTES + 128);
    encode_into(array, &mut bytes).expect("writing to memory does not fail");
    bytes
}

/// Writes the file whole.
///
/// # Panics
/// As [`encode`].
pub fn write<T: Element>(path: &Path, array: &Array<T>) -> Result<(), Fault> {
    write_whole_with(path, |file| {
        let mut buffered = BufWriter::new(file);
        encode_into(array, &mut buffered)?;
        buffered.flush()
    })
}

fn encode_into<T: Element>(array: &Array<T>, sink: &mut impl Write) -> io::Result<()> {
    let header = Header { dtype: T::DTYPE, shape: array.shape.clone() };
    assert_eq!(header.count(), Some(array.values.len()), "shape {:?} and number of values agree", array.shape);
    sink.write_all(&header.encode())?;
    let mut piece = Vec::with_capacity(PIECE_VALUES.min(array.values.len()) * T::BYTES);
    for values in array.values.chunks(PIECE_VALUES) {
        piece.clear();
        for value in values {
            value.put_le(&mut piece);
        }
        sink.write_all(&piece)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
