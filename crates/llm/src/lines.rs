//! Lines out of a stream of bytes, wherever the network cut it. A line that lies within one piece
//! is not copied.

pub struct Lines {
    /// The beginning of a line whose end has not arrived.
    begun: Vec<u8>,
    limit: usize,
}

/// A line longer than the limit, with or without an end.
#[derive(Debug, PartialEq, Eq)]
pub struct TooLong;

impl Lines {
    pub fn new(limit: usize) -> Self {
        Self { begun: Vec::new(), limit }
    }

    /// Calls `each` for every line that is complete with `piece`, without its `\n` or `\r\n`.
    /// Ends at the first error.
    pub fn feed<E: From<TooLong>>(
        &mut self,
        mut piece: &[u8],
        mut each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        while let Some(end) = piece.iter().position(|byte| *byte == b'\n') {
            let (head, rest) = (&piece[..end], &piece[end + 1..]);
            if self.begun.len() + head.len() > self.limit {
                return Err(TooLong.into());
            }
            if self.begun.is_empty() {
                each(without_return(head))?;
            } else {
                self.begun.extend_from_slice(head);
                let line = std::mem::take(&mut self.begun);
                each(without_return(&line))?;
            }
            piece = rest;
        }
        if self.begun.len() + piece.len() > self.limit {
            return Err(TooLong.into());
        }
        self.begun.extend_from_slice(piece);
        Ok(())
    }

    /// What is left when the stream ends: a line without its end.
    pub fn rest(&self) -> &[u8] {
        without_return(&self.begun)
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines_of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, limit: usize) -> Result<Vec<Vec<u8>>, TooLong> {
        let mut lines = Lines::new(limit);
        let mut found = Vec::new();
        for piece in pieces {
            lines.feed(piece, |line| {
                found.push(line.to_vec());
                Ok::<(), TooLong>(())
            })?;
        }
        found.push(lines.rest().to_vec());
        Ok(found)
    }

    proptest! {
        #[test]
        fn cutting_a_stream_anywhere_changes_nothing(
            text in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'{'), any::<u8>()], 0..200),
            cuts in proptest::collection::vec(0_usize..200, 0..20),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]);
            prop_assert_eq!(lines_of(pieces, 1 << 20), lines_of([&text[..]], 1 << 20));
        }
    }

    #[test]
    fn lines_end_with_either_end_and_may_be_empty() {
        let found = lines_of([&b"a\r\n\nb\nc"[..]], 10).expect("short lines");
        assert_eq!(found, [&b"a"[..], b"", b"b", b"c"]);
    }

    #[test]
    fn an_endless_line_is_given_up_at_the_limit_however_it_is_cut() {
        assert_eq!(lines_of([&[b'x'; 8][..], &[b'x'; 3]], 10), Err(TooLong));
        assert_eq!(lines_of([&b"xxxxxxxxxxx\n"[..]], 10), Err(TooLong));
        assert!(lines_of([&b"xxxxxxxxxx\n"[..]], 10).is_ok());
    }
}
