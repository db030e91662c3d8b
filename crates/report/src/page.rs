//! report.html: one file that works offline and without script. The answer comes first, then how
//! sure it is and why, then cell by cell, then everything that it rests on.

mod answer;
mod cells;
mod certainty;
mod decision;
mod ending;
mod pack;

use schema::publication::Plot;

use crate::Study;
use crate::html::Html;

pub const PAPER_LIGHT: &str = "#fdfcf9";
pub const PAPER_DARK: &str = "#161615";
pub const INK_LIGHT: &str = "#1d1d1b";
pub const INK_DARK: &str = "#ecebe6";

const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");

/// A larger drawing is linked, so that the page still opens at once.
const DRAWING_BYTES_MAX: usize = 512 << 10;

const FOOTER: &str = "Made by Ferrobench from the records beside this page; manifest.json names every file with its sha256. \
    This page loads nothing from anywhere.";

pub fn html(study: &Study<'_>) -> String {
    let mut main = Html::default();
    let drawings = Drawings { study };
    answer::section(&mut main, study, &drawings);
    certainty::section(&mut main, study);
    cells::section(&mut main, study, &drawings);
    decision::section(&mut main, study);
    ending::section(&mut main, study);
    document(&format!("Ferrobench · study {}", study.analysis.study), &study.analysis.title, &main, FOOTER)
}

/// The page around what it says: style, script, policy, heading and footer.
pub(crate) fn document(kicker: &str, title: &str, main: &Html, footer: &str) -> String {
    let mut page = Html::default();
    head(&mut page, title);
    page.open("body", &[]);
    page.fixed("<a class=\"skip\" href=\"#answer\">To the answer</a>\n");
    page.open("header", &[]);
    page.element("p", &[("class", "kicker")], kicker);
    page.element("h1", &[], title);
    page.close("header").open("main", &[]).append(main).close("main");
    page.open("footer", &[]).element("p", &[], footer).close("footer");
    page.fixed("<script>").fixed(SCRIPT).fixed("</script>\n");
    page.close("body").fixed("</html>\n");
    page.into_string()
}

fn head(page: &mut Html, title: &str) {
    // Nothing is loaded and nothing runs but the page's own style and script, by their hashes.
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        source_hash(STYLE),
        source_hash(SCRIPT)
    );
    page.fixed("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.open("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy)]);
    page.fixed("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.fixed(
        "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n",
    );
    page.element("title", &[], &format!("{title} · Ferrobench"));
    page.fixed("<style>").fixed(STYLE).fixed("</style>\n");
    page.close("head");
}

/// `sha256-<base64>`, as Content Security Policy names an inline element.
fn source_hash(text: &str) -> String {
    let digest = schema::digest::of_bytes(text.as_bytes());
    let nibble =
        |at: usize| digest.as_bytes().get(at).map_or(0, |byte| (*byte as char).to_digit(16).unwrap_or(0)) as u8;
    let bytes: Vec<u8> = (0..digest.len() / 2).map(|at| nibble(at * 2) << 4 | nibble(at * 2 + 1)).collect();
    format!("sha256-{}", base64(&bytes))
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = ALPHABET[(word >> (18 - 6 * place) & 63) as usize] as char;
            text.push(if place <= chunk.len() { digit } else { '=' });
        }
    }
    text
}

/// The study's drawings, inside the page or as links to their files.
struct Drawings<'a> {
    study: &'a Study<'a>,
}

impl Drawings<'_> {
    /// Every plot that `of` chooses, as figures.
    fn show(&self, page: &mut Html, of: impl Fn(&Plot) -> bool) {
        self.show_or_link(page, true, of);
    }

    fn show_or_link(&self, page: &mut Html, inside: bool, of: impl Fn(&Plot) -> bool) {
        for (plot, svg) in self.study.plots.iter().filter(|(plot, _)| of(plot)) {
            page.open("figure", &[]);
            page.open("figcaption", &[]).element("b", &[], &plot.title).text(". ").prose(&plot.caption);
            page.close("figcaption");
            match crate::themed_svg::inline(svg) {
                Ok(drawing) if inside && svg.len() <= DRAWING_BYTES_MAX => {
                    page.open("div", &[("class", "drawing")]).append(&drawing).close("div")
                }
                _ => page.element("a", &[("href", &format!("plots/{}", plot.file))], &plot.title),
            };
            page.close("figure");
        }
    }
}

#[cfg(test)]
mod rules;
#[cfg(test)]
mod tests;
