//! A compressed answer, each line of it flushed on its own.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

pub(crate) struct Gzip(GzEncoder<Vec<u8>>);

impl Default for Gzip {
    fn default() -> Self {
        Self(GzEncoder::new(Vec::new(), Compression::best()))
    }
}

impl Gzip {
    /// What there is to send after `bytes`; writing into memory does not fail.
    pub(crate) fn line(&mut self, bytes: &[u8]) -> Vec<u8> {
        let _ = self.0.write_all(bytes).and_then(|()| self.0.flush());
        std::mem::take(self.0.get_mut())
    }

    pub(crate) fn close(mut self) -> Vec<u8> {
        let _ = self.0.try_finish();
        std::mem::take(self.0.get_mut())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn the_lines_together_are_one_compressed_answer() {
        let mut gzip = Gzip::default();
        let mut bytes = gzip.line(b"one\n");
        assert!(!bytes.is_empty(), "flushed");
        bytes.extend(gzip.line(b"two\n"));
        bytes.extend(gzip.close());
        let mut text = String::new();
        GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).expect("whole");
        assert_eq!(text, "one\ntwo\n");
    }
}
