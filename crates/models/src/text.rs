//! From tokens to the text that may be shown: whole characters only, and nothing of a stop text.

use tokenizers::Tokenizer;

/// Holds back the bytes of a character that has not yet come whole.
pub struct Detokenizer<'a> {
    tokenizer: &'a Tokenizer,
    held: Vec<u32>,
}

/// A character has four bytes at most, so a fifth token cannot complete it.
const HELD_MAX: usize = 4;

impl<'a> Detokenizer<'a> {
    pub fn new(tokenizer: &'a Tokenizer) -> Self {
        Self { tokenizer, held: Vec::new() }
    }

    pub fn push(&mut self, token: u32) -> String {
        self.held.push(token);
        let text = self.tokenizer.decode(&self.held, false).unwrap_or_default();
        if text.ends_with(char::REPLACEMENT_CHARACTER) && self.held.len() < HELD_MAX {
            return String::new();
        }
        self.held.clear();
        text
    }

    /// What was still held back when the generation ended.
    pub fn finish(self) -> String {
        self.tokenizer.decode(&self.held, false).unwrap_or_default()
    }
}

/// Finds stop texts across the pieces of an answer.
pub struct Stopper {
    stops: Vec<String>,
    held: String,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Checked {
    /// Text that belongs to no stop text.
    Show(String),
    /// The text before a stop text, which ends the answer.
    Stop(String),
}

impl Stopper {
    pub fn new(stops: &[String]) -> Self {
        let stops = stops.iter().filter(|stop| !stop.is_empty()).cloned().collect();
        Self { stops, held: String::new() }
    }

    pub fn push(&mut self, piece: &str) -> Checked {
        self.held.push_str(piece);
        if let Some(at) = self.stops.iter().filter_map(|stop| self.held.find(stop.as_str())).min() {
            self.held.truncate(at);
            return Checked::Stop(std::mem::take(&mut self.held));
        }
        let keep = self.stops.iter().map(|stop| overlap(&self.held, stop)).max().unwrap_or(0);
        let rest = self.held.split_off(self.held.len() - keep);
        Checked::Show(std::mem::replace(&mut self.held, rest))
    }

    /// A beginning of a stop text that did not become one.
    pub fn finish(self) -> String {
        self.held
    }
}

/// The bytes of the longest end of `text` that `stop` begins with.
fn overlap(text: &str, stop: &str) -> usize {
    let mut begins = text.char_indices().map(|(at, _)| &text[at..]);
    begins.find(|end| end.len() < stop.len() && stop.starts_with(end)).map_or(0, str::len)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_stop_text_is_found_across_pieces() {
        let mut stopper = Stopper::new(&["END".to_owned()]);
        assert_eq!(stopper.push("some E"), Checked::Show("some ".to_owned()));
        assert_eq!(stopper.push("N"), Checked::Show(String::new()));
        assert_eq!(stopper.push("X E"), Checked::Show("ENX ".to_owned()));
        assert_eq!(stopper.push("ND more"), Checked::Stop(String::new()));
    }

    proptest! {
        /// However the text is cut into pieces, what is shown is the text before the first stop text.
        #[test]
        fn pieces_make_no_difference(
            text in "[abé]{0,30}",
            stops in prop::collection::vec("[abé]{1,3}", 0..3),
            cuts in prop::collection::vec(1_usize..4, 0..30),
        ) {
            let mut stopper = Stopper::new(&stops);
            let (mut shown, mut stopped) = (String::new(), false);
            let characters: Vec<char> = text.chars().collect();
            let (mut at, mut cuts) = (0, cuts.into_iter());
            while at < characters.len() && !stopped {
                let end = (at + cuts.next().unwrap_or(1)).min(characters.len());
                match stopper.push(&characters[at..end].iter().collect::<String>()) {
                    Checked::Show(text) => shown.push_str(&text),
                    Checked::Stop(text) => { shown.push_str(&text); stopped = true; }
                }
                at = end;
            }
            if !stopped { shown.push_str(&stopper.finish()); }
            let first = stops.iter().filter_map(|stop| text.find(stop.as_str())).min();
            // A longer stop text that begins earlier may end in a later piece than a shorter one within it.
            prop_assert!(text.starts_with(&shown));
            prop_assert_eq!(stopped, first.is_some());
            prop_assert!(shown.len() >= first.unwrap_or(text.len()));
        }
    }
}
