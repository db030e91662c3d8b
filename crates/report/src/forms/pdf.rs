//! The project's own drawings as PDF 1.4: the few elements and attributes that
//! [`crate::themed_svg`] writes, in the colours of the light page and the Helvetica that every
//! reader of PDF has.

use std::fmt::Write;

use crate::colour::LIGHT;
use crate::page::{INK_LIGHT, PAPER_LIGHT};

const MUTED: &str = "#5c5c58";
const GRID: &str = "#dcdad4";

/// One page a drawing, as large as the drawing; what is no drawing of this program is left out.
pub(super) fn document<'a>(drawings: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<u8> {
    let pages: Vec<Page> =
        drawings.filter(|(_, svg)| crate::themed_svg::inline(svg).is_ok()).filter_map(|(_, svg)| page(svg)).collect();
    let mut file = File::default();
    // 1 catalogue, 2 pages, 3 and 4 fonts, then two objects a page.
    let kids: Vec<String> = (0..pages.len()).map(|number| format!("{} 0 R", 5 + number * 2)).collect();
    file.object("<< /Type /Catalog /Pages 2 0 R >>");
    file.object(&format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len()));
    for font in ["Helvetica", "Helvetica-Bold"] {
        file.object(&format!("<< /Type /Font /Subtype /Type1 /BaseFont /{font} /Encoding /WinAnsiEncoding >>"));
    }
    for (number, page) in pages.iter().enumerate() {
        file.object(&format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {} {}] /Contents {} 0 R \
             /Resources << /Font << /R 3 0 R /B 4 0 R >> >> >>",
            page.width,
            page.height,
            6 + number * 2
        ));
        file.stream(&page.content);
    }
    file.finish()
}

#[derive(Default)]
struct File {
    bytes: Vec<u8>,
    offsets: Vec<usize>,
}

impl File {
    fn begin(&mut self) {
        if self.bytes.is_empty() {
            self.bytes.extend(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n");
        }
        self.offsets.push(self.bytes.len());
        self.bytes.extend(format!("{} 0 obj\n", self.offsets.len()).bytes());
    }

    fn object(&mut self, body: &str) {
        self.begin();
        self.bytes.extend(body.bytes());
        self.bytes.extend(b"\nendobj\n");
    }

    fn stream(&mut self, content: &[u8]) {
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(content, 8);
        self.begin();
        self.bytes.extend(format!("<< /Length {} /Filter /FlateDecode >>\nstream\n", packed.len()).bytes());
        self.bytes.extend(packed);
        self.bytes.extend(b"\nendstream\nendobj\n");
    }

    fn finish(mut self) -> Vec<u8> {
        let begin = self.bytes.len();
        let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", self.offsets.len() + 1);
        for offset in &self.offsets {
            let _ = writeln!(table, "{offset:010} 00000 n ");
        }
        let _ =
            write!(table, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{begin}\n%%EOF\n", self.offsets.len() + 1);
        self.bytes.extend(table.bytes());
        self.bytes
    }
}

struct Page {
    width: f64,
    height: f64,
    content: Vec<u8>,
}

fn page(svg: &str) -> Option<Page> {
    let mut pieces = svg.split('<').skip(1);
    let root = Element::read(pieces.next()?)?;
    let (width, height) = (root.number("width")?, root.number("height")?);
    let mut content = Vec::new();
    // The paper first; SVG counts downwards from the top, PDF upwards from the bottom.
    content.extend(format!("{} rg 0 0 {width} {height} re f 1 0 0 -1 0 {height} cm\n", rgb(PAPER_LIGHT, 1.0)).bytes());
    for piece in pieces {
        if let Some(element) = Element::read(piece) {
            element.draw(&mut content);
        }
    }
    Some(Page { width, height, content })
}

struct Element<'a> {
    tag: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
    text: &'a str,
}

impl<'a> Element<'a> {
    /// From behind its `<`; none for the end of an element.
    fn read(piece: &'a str) -> Option<Self> {
        let (inside, text) = piece.split_once('>')?;
        let (tag, rest) = inside.trim_end_matches('/').split_once(' ').unwrap_or((inside, ""));
        let parts: Vec<&str> = rest.split('"').collect();
        let attributes = parts.chunks_exact(2).map(|pair| (pair[0].trim().trim_end_matches('='), pair[1])).collect();
        (!tag.starts_with('/')).then_some(Self { tag, attributes, text })
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(of, _)| *of == name).map(|(_, value)| *value)
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.get(name)?.trim_end_matches("em").parse().ok()
    }

    fn points(&self) -> Vec<(f64, f64)> {
        let pair = |pair: &str| {
            let (x, y) = pair.split_once(',')?;
            Some((x.parse().ok()?, y.parse().ok()?))
        };
        self.get("points").unwrap_or_default().split(' ').filter_map(pair).collect()
    }

    fn draw(&self, out: &mut Vec<u8>) {
        let path = match self.tag {
            "line" => self.line(),
            "rect" => self.rectangle(),
            "circle" => self.circle(),
            "polyline" => Some(way(&self.points(), false)),
            "polygon" => Some(way(&self.points(), true)),
            "text" => {
                self.letters(out);
                None
            }
            _ => None,
        };
        if let Some(path) = path {
            out.extend(format!("{} {path} {}\n", self.style(), self.paint()).bytes());
        }
    }

    fn line(&self) -> Option<String> {
        Some(way(&[(self.number("x1")?, self.number("y1")?), (self.number("x2")?, self.number("y2")?)], false))
    }

    fn rectangle(&self) -> Option<String> {
        let [x, y, width, height] = ["x", "y", "width", "height"].map(|name| self.number(name));
        Some(format!("{} {} {} {} re", x?, y?, width?, height?))
    }

    /// Four Bézier curves; 0.5523 of the radius comes closest to a circle.
    fn circle(&self) -> Option<String> {
        let (x, y, r) = (self.number("cx")?, self.number("cy")?, self.number("r")?);
        let k = r * 0.5523;
        let mut path = format!("{} {y} m", x + r);
        for (a, b, c, d) in [(0.0, 1.0, 1.0, 0.0), (-1.0, 0.0, 0.0, 1.0), (0.0, -1.0, -1.0, 0.0), (1.0, 0.0, 0.0, -1.0)]
        {
            let (end, begin) = ((a * r, b * r), (c * r, d * r));
            let first = (begin.0 + a * k, begin.1 + b * k);
            let second = (end.0 + c * k, end.1 + d * k);
            for point in [first, second, end] {
                let _ = write!(path, " {} {}", x + point.0, y + point.1);
            }
            path.push_str(" c");
        }
        Some(path)
    }

    fn filled(&self) -> bool {
        self.get("fill").is_some_and(|fill| fill != "none")
    }

    fn paint(&self) -> &'static str {
        if self.filled() { "f" } else { "S" }
    }

    /// Opacity on the paper's own colour: PDF 1.4's transparency is not needed for that.
    fn style(&self) -> String {
        let alpha = self.number("opacity").unwrap_or(1.0);
        if self.filled() {
            format!("{} rg", rgb(colour(self.get("fill")), alpha))
        } else {
            let width = self.number("stroke-width").unwrap_or(1.0);
            format!("{} RG {width} w", rgb(colour(self.get("stroke")), alpha))
        }
    }

    fn letters(&self, out: &mut Vec<u8>) {
        let (Some(x), Some(y), Some(size)) = (self.number("x"), self.number("y"), self.number("font-size")) else {
            return;
        };
        let bytes = encoded(&unescaped(self.text));
        let width: f64 = bytes.iter().map(|byte| f64::from(advance(*byte))).sum::<f64>() * size / 1000.0;
        let shift = match self.get("text-anchor") {
            Some("middle") => -width / 2.0,
            Some("end") => -width,
            _ => 0.0,
        };
        let down = self.number("dy").unwrap_or_default() * size;
        let turned = self.get("transform").is_some_and(|turn| turn.starts_with("rotate(270"));
        // Text stands upright again: the page was turned upside down for everything else.
        let matrix = if turned {
            format!("0 -1 -1 0 {} {}", x + down, y - shift)
        } else {
            format!("1 0 0 -1 {} {}", x + shift, y + down)
        };
        let font = if self.get("font-weight").is_some() { "B" } else { "R" };
        if !turned {
            // Lines that run behind text end at it, as they do on the page.
            let behind = format!("{} {} {width} {size} re f", x + shift, y + down - size * 0.8);
            out.extend(format!("{} rg {behind}\n", rgb(PAPER_LIGHT, 1.0)).bytes());
        }
        out.extend(format!("BT {} rg /{font} {size} Tf {matrix} Tm (", rgb(colour(self.get("fill")), 1.0)).bytes());
        for byte in bytes {
            if b"()\\".contains(&byte) {
                out.push(b'\\');
            }
            out.push(byte);
        }
        out.extend(b") Tj ET\n");
    }
}

fn way(points: &[(f64, f64)], closed: bool) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.iter().enumerate() {
        let _ = write!(path, "{x} {y} {} ", if index == 0 { "m" } else { "l" });
    }
    path.push_str(if closed { "h" } else { "" });
    path
}

fn colour(variable: Option<&str>) -> &'static str {
    match variable.unwrap_or_default().trim_start_matches("var(--").trim_end_matches(')') {
        "muted" => MUTED,
        "grid" => GRID,
        "paper" => PAPER_LIGHT,
        number if number.starts_with('c') => {
            number[1..].parse().ok().and_then(|number: usize| LIGHT.get(number)).copied().unwrap_or(INK_LIGHT)
        }
        _ => INK_LIGHT,
    }
}

/// Three shares of 1, mixed with the paper.
fn rgb(colour: &str, alpha: f64) -> String {
    let channel = |of: &str, at: usize| f64::from(u8::from_str_radix(&of[at..at + 2], 16).unwrap_or_default()) / 255.0;
    let mixed = |at: usize| channel(colour, at) * alpha + channel(PAPER_LIGHT, at) * (1.0 - alpha);
    format!("{:.3} {:.3} {:.3}", mixed(1), mixed(3), mixed(5))
}

fn unescaped(text: &str) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text.trim_end().to_owned(), |text, (from, to)| text.replace(from, to))
}

/// `WinAnsiEncoding`; what it lacks becomes a question mark.
fn encoded(text: &str) -> Vec<u8> {
    let one = |character: char| match character {
        '–' => 0x96,
        '—' => 0x97,
        '…' => 0x85,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        ' '..='~' | '\u{a0}'..='\u{ff}' => u32::from(character) as u8,
        _ => b'?',
    };
    text.chars().map(one).collect()
}

/// Of Helvetica, in thousandths of its size (Adobe's font metrics); others are as wide as a digit.
fn advance(byte: u8) -> u16 {
    const WIDTHS: [u16; 95] = [
        278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556,
        556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667,
        556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556,
        556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722,
        500, 500, 500, 334, 260, 334, 584,
    ];
    WIDTHS.get(usize::from(byte.wrapping_sub(b' '))).copied().unwrap_or(556)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn every_object_lies_where_the_table_says() {
        let drawings = crate::plots::all(&fixture::rust_faster()).expect("drawn");
        let file = document(drawings.iter().map(|drawing| ("", drawing.svg.as_str())));
        let text = String::from_utf8_lossy(&file);
        assert!(text.contains(&format!("/Count {}", drawings.len())));
        let at = |needle: &[u8]| file.windows(needle.len()).position(|window| window == needle).expect("there");
        let table = at(b"xref\n");
        assert!(text.ends_with(&format!("startxref\n{table}\n%%EOF\n")));
        let rows: Vec<&str> = std::str::from_utf8(&file[table..]).expect("text").lines().skip(3).collect();
        for (number, row) in rows.iter().take_while(|row| row.ends_with("n ")).enumerate() {
            let offset: usize = row[..10].parse().expect("an offset");
            let begin = format!("{} 0 obj", number + 1);
            assert_eq!(&file[offset..offset + begin.len()], begin.as_bytes());
        }
    }

    #[test]
    fn text_is_encoded_and_cannot_end_its_string() {
        assert_eq!(encoded("3× – µ √"), [b'3', 0xd7, b' ', 0x96, b' ', 0xb5, b' ', b'?']);
        let element = Element::read("text x=\"1\" y=\"2\" dy=\"0em\" font-size=\"10\" fill=\"var(--ink)\">a) &lt;b\\")
            .expect("one");
        let mut out = Vec::new();
        element.draw(&mut out);
        assert!(String::from_utf8_lossy(&out).contains("(a\\) <b\\\\) Tj"), "{}", String::from_utf8_lossy(&out));
    }
}
