//! A backend for plotters whose colours are CSS variables, so that one drawing fits a light and a
//! dark page, and whose marks carry hover text. Everything outside is escaped here (security case 2).

use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt::Write;
use std::rc::Rc;

use plotters::style::RGBColor;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
    FontTransform,
};

use crate::colour::{DARK, LIGHT};
use crate::html::{Html, escape};
use crate::page::{INK_DARK, INK_LIGHT, PAPER_DARK, PAPER_LIGHT};

/// Colours that stand for roles; [`role`] gives each its CSS variable.
pub const INK: RGBColor = RGBColor(1, 0, 0);
pub const MUTED: RGBColor = RGBColor(2, 0, 0);
pub const GRID: RGBColor = RGBColor(3, 0, 0);
pub const PAPER: RGBColor = RGBColor(4, 0, 0);

pub fn implementation(number: usize) -> RGBColor {
    RGBColor(10, 0, number as u8)
}

fn role(color: BackendColor) -> String {
    match color.rgb {
        (10, 0, number) => format!("var(--c{number})"),
        (2, ..) => "var(--muted)".to_owned(),
        (3, ..) => "var(--grid)".to_owned(),
        (4, ..) => "var(--paper)".to_owned(),
        _ => "var(--ink)".to_owned(),
    }
}

/// The variables of a drawing that stands alone; inside the page the page's own hold.
fn style() -> String {
    let colours = |colours: [&str; 8]| {
        colours.iter().enumerate().fold(String::new(), |mut text, (number, colour)| {
            let _ = write!(text, "--c{number}:{colour};");
            text
        })
    };
    format!(
        "<style>svg{{--ink:{INK_LIGHT};--muted:#5c5c58;--grid:#dcdad4;--paper:{PAPER_LIGHT};{}background:var(--paper)}}\
         @media(prefers-color-scheme:dark){{svg{{--ink:{INK_DARK};--muted:#a5a39c;--grid:#3a3a38;--paper:{PAPER_DARK};{}}}}}</style>",
        colours(LIGHT),
        colours(DARK)
    )
}

/// The drawing so far, shared between the backend and whoever draws.
#[derive(Clone, Default)]
pub struct Canvas(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    body: String,
    hover: Option<String>,
}

impl Canvas {
    /// Every mark that `draw` makes shows `text` when it is pointed at.
    pub fn hover<T>(&self, text: String, draw: impl FnOnce() -> T) -> T {
        self.0.borrow_mut().hover = Some(text);
        let drawn = draw();
        self.0.borrow_mut().hover = None;
        drawn
    }

    pub fn backend(&self, width: u32, height: u32) -> ThemedSvg {
        ThemedSvg { canvas: self.clone(), size: (width, height) }
    }

    /// The file's text. `title` and `description` are what a screen reader says.
    pub fn finish(&self, (width, height): (u32, u32), title: &str, description: &str) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             role=\"img\" aria-label=\"{}\" font-family=\"system-ui, sans-serif\">{}<desc>{}</desc>\n{}</svg>\n",
            escape(&format!("{title}. {description}")),
            style(),
            escape(description),
            self.0.borrow().body
        )
    }
}

pub struct ThemedSvg {
    canvas: Canvas,
    size: (u32, u32),
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl ThemedSvg {
    fn add(&self, tag: &str, attributes: &str) {
        let mut state = self.canvas.0.borrow_mut();
        let element = match &state.hover {
            Some(hover) => format!("<{tag} {attributes}><title>{}</title></{tag}>\n", escape(hover)),
            None => format!("<{tag} {attributes}/>\n"),
        };
        state.body.push_str(&element);
    }
}

fn stroke(style: &impl BackendStyle) -> String {
    format!(
        "fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"{}",
        role(style.color()),
        style.stroke_width(),
        opacity(style.color())
    )
}

fn paint(style: &impl BackendStyle, fill: bool) -> String {
    if fill { format!("fill=\"{}\"{}", role(style.color()), opacity(style.color())) } else { stroke(style) }
}

fn opacity(color: BackendColor) -> String {
    if color.alpha < 1.0 { format!(" opacity=\"{:.2}\"", color.alpha) } else { String::new() }
}

fn points(points: impl IntoIterator<Item = BackendCoord>) -> String {
    points.into_iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ")
}

impl DrawingBackend for ThemedSvg {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.add("rect", &format!("x=\"{x}\" y=\"{y}\" width=\"1\" height=\"1\" {}", paint(&color, true)));
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        if style.color().alpha == 0.0 {
            return Ok(());
        }
        let ends = format!("x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"", from.0, from.1, to.0, to.1);
        self.add("line", &format!("{ends} {}", stroke(style)));
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(&mut self, a: BackendCoord, b: BackendCoord, style: &S, fill: bool) -> Drawn {
        let place = format!("x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"", a.0, a.1, b.0 - a.0, b.1 - a.1);
        self.add("rect", &format!("{place} {}", paint(style, fill)));
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        if style.color().alpha == 0.0 {
            return Ok(());
        }
        self.add("polyline", &format!("points=\"{}\" {}", points(path), stroke(style)));
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, (x, y): BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        self.add("circle", &format!("cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" {}", paint(style, fill)));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        self.add("polygon", &format!("points=\"{}\" {}", points(path), paint(style, true)));
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, (x, y): BackendCoord) -> Drawn {
        let anchor = match style.anchor().h_pos {
            HPos::Left => "start",
            HPos::Right => "end",
            HPos::Center => "middle",
        };
        // Offsets from the baseline in em: capitals are about 0.72 em high.
        let shift = match style.anchor().v_pos {
            VPos::Top => 0.76,
            VPos::Center => 0.36,
            VPos::Bottom => -0.1,
        };
        let weight = if matches!(style.style(), FontStyle::Bold) { " font-weight=\"600\"" } else { "" };
        let turn = match style.transform() {
            FontTransform::None => String::new(),
            FontTransform::Rotate90 => format!(" transform=\"rotate(90 {x} {y})\""),
            FontTransform::Rotate180 => format!(" transform=\"rotate(180 {x} {y})\""),
            FontTransform::Rotate270 => format!(" transform=\"rotate(270 {x} {y})\""),
        };
        let _ = writeln!(
            self.canvas.0.borrow_mut().body,
            "<text x=\"{x}\" y=\"{y}\" dy=\"{shift}em\" font-size=\"{}\" text-anchor=\"{anchor}\" fill=\"{}\"{weight}{turn} \
             stroke=\"var(--paper)\" stroke-width=\"4\" paint-order=\"stroke\">{}</text>",
            style.size(),
            role(style.color()),
            escape(text)
        );
        Ok(())
    }

    /// The width of a common sans-serif; the real font is the reader's.
    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        Ok((text_width(text, style.size()) as u32, style.size() as u32))
    }
}

pub fn text_width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.54
}

/// A drawing that is no drawing of [`Canvas`].
#[derive(Debug, thiserror::Error)]
#[error("not a drawing of this program: {0}")]
pub struct Foreign(String);

const TAGS: [&str; 9] = ["svg", "desc", "title", "line", "rect", "circle", "polyline", "polygon", "text"];

/// A drawing's file as markup inside the page: its style is taken out, and whatever is none of
/// [`Canvas`]'s own elements and attributes is refused.
pub fn inline(svg: &str) -> Result<Html, Foreign> {
    let body = svg.replacen(&style(), "", 1);
    for piece in body.split('<').skip(1) {
        let (inside, _) = piece.split_once('>').ok_or_else(|| Foreign("an element without end".to_owned()))?;
        let inside = inside.trim_end_matches('/');
        let (tag, attributes) = inside.split_once(' ').unwrap_or((inside, ""));
        if !TAGS.contains(&tag.trim_start_matches('/')) {
            return Err(Foreign(format!("element `{tag}`")));
        }
        check_attributes(attributes)?;
    }
    let mut html = Html::default();
    html.checked_svg(&body);
    Ok(html)
}

fn check_attributes(attributes: &str) -> Result<(), Foreign> {
    const NAMES: [&str; 27] = [
        "xmlns",
        "viewBox",
        "width",
        "height",
        "role",
        "aria-label",
        "font-family",
        "font-size",
        "font-weight",
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "cx",
        "cy",
        "r",
        "dy",
        "points",
        "fill",
        "stroke",
        "stroke-width",
        "opacity",
        "text-anchor",
        "transform",
        "paint-order",
    ];
    // `name="value"` again and again; a value holds no quote (it is escaped).
    for (index, part) in attributes.split('"').enumerate() {
        let name = part.trim().trim_end_matches('=');
        if index % 2 == 0 && !name.is_empty() && !NAMES.contains(&name) {
            return Err(Foreign(format!("attribute `{name}`")));
        }
        if index % 2 == 1 && part.contains("url(") {
            return Err(Foreign("a reference".to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_drawings_of_this_program_are_let_into_the_page() {
        let canvas = Canvas::default();
        let drawn = canvas.finish((10, 10), "<script>", "x\" onload=\"y");
        let inside = inline(&drawn).expect("its own drawing").into_string();
        assert!(!inside.contains("<style>") && !inside.contains("<script>"), "{inside}");
        for foreign in [
            "<svg><script>1</script></svg>",
            "<svg onload=\"x\"></svg>",
            "<svg><rect fill=\"url(http://a.b)\"/></svg>",
            "<svg><image href=\"http://a.b\"/></svg>",
            "<svg><style>@import 'x'</style></svg>",
            "<svg><rect ",
        ] {
            assert!(inline(foreign).is_err(), "{foreign}");
        }
    }
}
