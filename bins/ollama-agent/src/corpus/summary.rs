//! The summary that the analysis prompt holds. Byte for byte the same in every language.

use std::fmt::Write;

use super::read::{Column, Content, Facts, Numbers};
use super::{Kind, Skipped};

/// So that a prompt has some 900 tokens.
const FILES_SHOWN: usize = 24;
const COLUMNS_SHOWN: usize = 2;
const NAME_CHARACTERS_MAX: usize = 80;

pub fn summarise(files: &[Facts], skipped: &Skipped) -> String {
    let mut text = String::new();
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    let _ = writeln!(text, "{} files, {bytes} bytes", files.len());
    for (kind, name) in [(Kind::Csv, "csv"), (Kind::Json, "json"), (Kind::Markdown, "markdown")] {
        let of_kind = files.iter().filter(|file| file.kind == kind);
        let (count, bytes) = of_kind.fold((0, 0), |(count, bytes), file| (count + 1, bytes + file.bytes));
        let _ = writeln!(text, "{name}: {count} files, {bytes} bytes");
    }
    for (reason, count) in skipped {
        let _ = writeln!(text, "left out: {count} ({reason})");
    }
    let mut largest: Vec<&Facts> = files.iter().collect();
    largest.sort_by(|left, right| {
        right.bytes.cmp(&left.bytes).then_with(|| left.name.as_bytes().cmp(right.name.as_bytes()))
    });
    let shown = largest.len().min(FILES_SHOWN);
    let _ = writeln!(text, "the largest {shown}:");
    for file in &largest[..shown] {
        let _ = writeln!(text, "{}: {}", plain(&file.name), line(&file.content));
    }
    text.truncate(text.trim_end().len());
    text
}

fn line(content: &Content) -> String {
    match content {
        Content::Csv { rows, columns } => {
            let numeric = columns.iter().filter(|column| column.numbers.count > 0).take(COLUMNS_SHOWN);
            #[allow(clippy::format_collect, reason = "a handful of columns")]
            let shown: String = numeric.map(|column| format!("; {}", described(column))).collect();
            format!("{rows} rows, {} columns{shown}", columns.len())
        }
        Content::Json { values, numbers } => {
            let range = if numbers.count == 0 { String::new() } else { format!("; {}", range(numbers)) };
            format!("{values} values, {} numbers{range}", numbers.count)
        }
        Content::Markdown { lines, words, headings } => format!("{lines} lines, {words} words, {headings} headings"),
    }
}

fn described(column: &Column) -> String {
    let mean = column.numbers.sum / column.numbers.count as f64;
    format!("{} mean {mean:.3}, {}", plain(&column.name), range(&column.numbers))
}

fn range(numbers: &Numbers) -> String {
    format!("from {:.3} to {:.3}", numbers.least, numbers.largest)
}

/// A name is data: no line of the prompt can be made by one.
fn plain(name: &str) -> String {
    let shown = |character: char| if character < ' ' || character == '\u{7f}' { '?' } else { character };
    name.chars().take(NAME_CHARACTERS_MAX).map(shown).collect()
}
