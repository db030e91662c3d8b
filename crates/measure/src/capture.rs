//! What a run wrote: its beginning and its end, whatever it wrote in between.

use std::collections::VecDeque;

use schema::record::Captured;

/// Bytes kept at each end; both together stay far below the 1 MiB that a record may carry, and a
/// traceback fits.
const HEAD_BYTES: usize = 64 << 10;
const TAIL_BYTES: usize = 64 << 10;

#[derive(Debug, Default)]
pub struct Capture {
    bytes: u64,
    head: Vec<u8>,
    tail: VecDeque<u8>,
}

impl Capture {
    pub fn push(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        let (head, rest) = piece.split_at(piece.len().min(HEAD_BYTES - self.head.len()));
        self.head.extend_from_slice(head);
        let rest = &rest[rest.len().saturating_sub(TAIL_BYTES)..];
        let surplus = (self.tail.len() + rest.len()).saturating_sub(TAIL_BYTES);
        self.tail.drain(..surplus);
        self.tail.extend(rest);
    }

    pub fn finish(self) -> Captured {
        let tail: Vec<u8> = self.tail.into();
        Captured {
            bytes: self.bytes,
            head: String::from_utf8_lossy(&self.head).into_owned(),
            tail: String::from_utf8_lossy(&tail).into_owned(),
        }
    }
}

/// The last line that is not blank, at most `limit` characters of it.
pub fn last_line(captured: &Captured, limit: usize) -> Option<String> {
    let last_of = |text: &str| {
        let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
        Some(line.trim().chars().take(limit).collect::<String>())
    };
    last_of(&captured.tail).or_else(|| last_of(&captured.head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_keeps_its_head_its_tail_and_its_length() {
        let mut capture = Capture::default();
        capture.push(b"first\n");
        for _ in 0..100 {
            capture.push(&[b'x'; 10_000]);
        }
        capture.push(b"\nlast\n\n");
        let captured = capture.finish();
        assert_eq!(captured.bytes, 6 + 1_000_000 + 7);
        assert!(captured.head.starts_with("first\nxxx"));
        assert_eq!((captured.head.len(), captured.tail.len()), (HEAD_BYTES, TAIL_BYTES));
        assert_eq!(last_line(&captured, 100).as_deref(), Some("last"));
    }

    #[test]
    fn a_short_text_is_all_head() {
        let mut capture = Capture::default();
        capture.push(b"one\ntwo \xff\n");
        let captured = capture.finish();
        assert_eq!(captured.head, "one\ntwo \u{fffd}\n");
        assert_eq!(captured.tail, "");
        assert_eq!(last_line(&captured, 3).as_deref(), Some("two"));
    }
}
