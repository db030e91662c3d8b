//! The cells' own parts. A few stand in the page as they are; many are deflated, a chunk of cells
//! at a time, and the page's script puts one into its place when it is opened. What is packed is
//! the same markup, escaped by the same writer.

use std::fmt::Write;

use super::base64;
use crate::html::Html;

/// Up to this many cells stand in the page as they are, so that it can be read without script.
pub(super) const PLAIN_MAX: usize = 60;
/// Cells a chunk: enough for markup that repeats to vanish, few enough to unpack at once.
const CHUNK: usize = 25;
/// Base64 characters, above which the cells that follow link to their drawings: the whole page
/// stays below 5 MB with 1,000 cells.
const WITH_DRAWINGS_MAX: usize = 600_000;

pub(super) struct Pack {
    plain: bool,
    open: Vec<String>,
    chunks: Vec<String>,
    characters: usize,
}

impl Pack {
    pub(super) fn new(cells: usize) -> Self {
        Self { plain: cells <= PLAIN_MAX, open: Vec::new(), chunks: Vec::new(), characters: 0 }
    }

    /// `inside` makes the cell's part, with its drawings or with links to them.
    pub(super) fn add(&mut self, page: &mut Html, records: &str, inside: impl Fn(bool) -> Html) {
        if self.plain {
            page.append(&inside(true));
            return;
        }
        let place = format!("{}:{}", self.chunks.len(), self.open.len());
        page.open("p", &[("data-packed", &place)]);
        page.text("This part is shown by the page's script. Without it: ");
        page.element("a", &[("href", "report.md")], "report.md").text(", ");
        page.element("a", &[("href", records)], "the records").text(".").close("p");
        self.open.push(inside(self.characters < WITH_DRAWINGS_MAX).into_string());
        if self.open.len() == CHUNK {
            self.close();
        }
    }

    fn close(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let parts = serde_json::Value::from(std::mem::take(&mut self.open)).to_string();
        let chunk = base64(&miniz_oxide::deflate::compress_to_vec_zlib(parts.as_bytes(), 8));
        self.characters += chunk.len();
        self.chunks.push(chunk);
    }

    pub(super) fn finish(mut self, page: &mut Html) {
        self.close();
        if self.chunks.is_empty() {
            return;
        }
        let mut list = String::new();
        for chunk in &self.chunks {
            let _ = write!(list, "{}{chunk}", if list.is_empty() { "" } else { " " });
        }
        page.data("packed", &list);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_as_it_was() {
        let cells = PLAIN_MAX + 1;
        let mut pack = Pack::new(cells);
        let mut page = Html::default();
        for cell in 0..cells {
            pack.add(&mut page, "records", |_| {
                let mut inside = Html::default();
                inside.element("p", &[], &format!("cell {cell} <&>"));
                inside
            });
        }
        let chunk = pack.chunks[1].clone();
        let bytes = decode(&chunk);
        let text = miniz_oxide::inflate::decompress_to_vec_zlib(&bytes).expect("deflated");
        let parts: Vec<String> = serde_json::from_slice(&text).expect("a list");
        assert_eq!(parts[3], "<p>cell 28 &lt;&amp;&gt;</p>");
        pack.finish(&mut page);
        let page = page.into_string();
        assert!(page.contains("data-packed=\"1:3\"") && page.contains(&chunk) && !page.contains("cell 28"));
    }

    fn decode(text: &str) -> Vec<u8> {
        let digit = |c: u8| match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            _ => 63,
        };
        let digits: Vec<u8> = text.bytes().filter(|c| *c != b'=').map(digit).collect();
        let whole = |chunk: &[u8]| {
            let word = chunk.iter().fold(0_u32, |word, d| word << 6 | u32::from(*d)) << (6 * (4 - chunk.len()));
            word.to_be_bytes()[1..chunk.len()].to_vec()
        };
        digits.chunks(4).flat_map(whole).collect()
    }
}
