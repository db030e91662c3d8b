//! The frame that all plots of rows share: one row a thing, its name above its marks, and one
//! named axis below.

use std::convert::Infallible;

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{PathElement, Text};
use plotters::prelude::Cartesian2d;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, RGBColor, TRANSPARENT, TextStyle};

use super::axis::Axis;
use crate::number;
use crate::themed_svg::{Canvas, GRID, INK, MUTED, ThemedSvg};

/// The backend writes to memory, so in practice nothing fails but a fault of plotters itself.
pub type DrawError = DrawingAreaErrorKind<Infallible>;
pub(super) type Chart<'a> = ChartContext<'a, ThemedSvg, Cartesian2d<Across, RangedCoordf64>>;

/// The axis as a coordinate of plotters: linear between its ends, with the axis's own ticks.
#[derive(Clone)]
pub(super) struct Across {
    ends: (f64, f64),
    ticks: Vec<f64>,
    log: bool,
}

impl Across {
    pub(super) fn of(axis: &Axis) -> Self {
        Self { ends: (axis.low, axis.high), ticks: axis.ticks.clone(), log: axis.log }
    }
}

impl Ranged for Across {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = (value - self.ends.0) / (self.ends.1 - self.ends.0);
        limit.0 + (share * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.ends.0..self.ends.1
    }
}

impl ValueFormatter<f64> for Across {
    fn format_ext(&self, place: &f64) -> String {
        tick_label(if self.log { place.exp() } else { *place })
    }
}

const WIDTH: u32 = 720;
const ROW_HEIGHT: u32 = 74;
const COMPACT_HEIGHT: u32 = 1400;
const AXIS_HEIGHT: u32 = 52;
const BELOW: u32 = 8;
const SIDE: u32 = 16;

pub(super) struct Frame {
    pub(super) canvas: Canvas,
    pub(super) axis: Axis,
    pub(super) rows: usize,
    row_height: u32,
}

impl Frame {
    pub(super) fn new(axis: Axis, rows: usize) -> Self {
        Self { canvas: Canvas::default(), axis, rows, row_height: ROW_HEIGHT }
    }

    /// Rows without names, thin enough that all of them fit on a screen or two.
    pub(super) fn compact(axis: Axis, rows: usize) -> Self {
        let row_height = (COMPACT_HEIGHT / rows.max(1) as u32).clamp(2, 14);
        Self { canvas: Canvas::default(), axis, rows, row_height }
    }

    /// Draws axis and grid, then whatever `draw` adds, and gives the file's text.
    pub(super) fn draw(
        &self,
        title: &str,
        description: &str,
        draw: impl FnOnce(&Self, &mut Chart<'_>) -> Result<(), DrawError>,
    ) -> Result<String, DrawError> {
        let size = (WIDTH, self.rows as u32 * self.row_height + AXIS_HEIGHT + BELOW);
        let root: DrawingArea<ThemedSvg, Shift> = self.canvas.backend(size.0, size.1).into_drawing_area();
        let mut builder = ChartBuilder::on(&root);
        builder.margin_bottom(BELOW).margin_left(SIDE).margin_right(SIDE).x_label_area_size(AXIS_HEIGHT);
        let mut chart = builder.build_cartesian_2d(Across::of(&self.axis), 0.0..self.rows as f64)?;
        self.mesh(&mut chart)?;
        draw(self, &mut chart)?;
        root.present()?;
        Ok(self.canvas.finish(size, title, description))
    }

    fn mesh(&self, chart: &mut Chart<'_>) -> Result<(), DrawError> {
        chart
            .configure_mesh()
            .disable_y_axis()
            .disable_y_mesh()
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .axis_style(MUTED)
            .x_labels(self.axis.ticks.len())
            .x_label_style(style(12.0, MUTED, HPos::Center, VPos::Top, false))
            .axis_desc_style(style(13.0, INK, HPos::Center, VPos::Top, false))
            .x_desc(&self.axis.title)
            .draw()
    }

    /// The height of row `index`, counted from the top; its marks lie around it.
    pub(super) fn height(&self, index: usize) -> f64 {
        self.below_top(index, if self.row_height == ROW_HEIGHT { 55.0 } else { f64::from(self.row_height) / 2.0 })
    }

    /// The place so many pixels below the upper end of row `index`.
    fn below_top(&self, index: usize, pixels: f64) -> f64 {
        (self.rows - index) as f64 - pixels / f64::from(self.row_height)
    }

    /// A row's name and, below it, its figure, above its marks.
    pub(super) fn name(&self, chart: &mut Chart<'_>, index: usize, name: &str, figure: &str) -> Result<(), DrawError> {
        let line = |text: &str, pixels: f64, color: RGBColor, bold: bool| {
            let at = (self.axis.low, self.below_top(index, pixels));
            Text::new(text.to_owned(), at, style(13.0, color, HPos::Left, VPos::Bottom, bold))
        };
        chart.draw_series([line(name, 19.0, INK, true), line(figure, 37.0, MUTED, false)])?;
        Ok(())
    }

    /// A thin line across row `index` from one value to another.
    pub(super) fn bar(
        &self,
        chart: &mut Chart<'_>,
        index: usize,
        (low, high): (f64, f64),
        color: RGBColor,
        width: u32,
    ) -> Result<(), DrawError> {
        let height = self.height(index);
        let ends = vec![(self.axis.place(low), height), (self.axis.place(high), height)];
        chart.draw_series([PathElement::new(ends, color.stroke_width(width))])?;
        Ok(())
    }

    /// A short upright line at a value of row `index`.
    pub(super) fn tick(
        &self,
        chart: &mut Chart<'_>,
        index: usize,
        value: f64,
        color: RGBColor,
    ) -> Result<(), DrawError> {
        let (height, place) = (self.height(index), self.axis.place(value));
        let ends = vec![(place, height - 0.2), (place, height + 0.2)];
        chart.draw_series([PathElement::new(ends, color.stroke_width(2))])?;
        Ok(())
    }
}

/// Ticks are round numbers: no digits that say nothing.
fn tick_label(value: f64) -> String {
    let shown = number::significant(value, 6);
    if shown.contains('.') && !shown.contains('e') {
        shown.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        shown
    }
}

pub(super) fn style(size: f64, color: RGBColor, across: HPos, up: VPos, bold: bool) -> TextStyle<'static> {
    let weight = if bold { FontStyle::Bold } else { FontStyle::Normal };
    let font = plotters::style::FontDesc::new(plotters::style::FontFamily::SansSerif, size, weight);
    TextStyle { font, color: color.to_backend_color(), pos: Pos::new(across, up) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn tick_labels_have_no_idle_digits() {
        let shown: Vec<String> = [0.5, 1.0, 10.0, 1500.0, 0.98].into_iter().map(super::tick_label).collect();
        assert_eq!(shown, ["0.5", "1", "10", "1500", "0.98"]);
    }
}
