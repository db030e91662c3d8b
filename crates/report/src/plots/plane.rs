//! A chart with two named axes and a legend: series of points with their intervals.

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{PathElement, Text};
use plotters::prelude::Cartesian2d;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor, TRANSPARENT};

use super::axis::Axis;
use super::frame::{Across, DrawError, style};
use super::marks;
use crate::themed_svg::{Canvas, GRID, INK, MUTED, ThemedSvg};

pub(super) struct Series {
    pub(super) name: String,
    /// Its implementation's number: colour and shape.
    pub(super) number: usize,
    pub(super) color: RGBColor,
    pub(super) points: Vec<Point>,
    /// Whether neighbours on the horizontal axis may be joined: only where it has an order.
    pub(super) joined: bool,
}

pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) interval: Option<(f64, f64)>,
    pub(super) hover: String,
    /// Drawn hollow: a disturbed run.
    pub(super) hollow: bool,
}

pub(super) struct Plane {
    pub(super) x: Axis,
    pub(super) y: Axis,
}

type Chart<'a> = ChartContext<'a, ThemedSvg, Cartesian2d<Across, Across>>;

const WIDTH: u32 = 720;
const HEIGHT: u32 = 380;
const LEGEND_ROW: u32 = 20;

impl Plane {
    pub(super) fn draw(&self, title: &str, description: &str, series: &[Series]) -> Result<String, DrawError> {
        let canvas = Canvas::default();
        let size = (WIDTH, HEIGHT + series.len() as u32 * LEGEND_ROW);
        let root: DrawingArea<ThemedSvg, Shift> = canvas.backend(size.0, size.1).into_drawing_area();
        let (upper, lower) = root.split_vertically(series.len() as u32 * LEGEND_ROW);
        legend(&canvas, &upper, series)?;
        let mut builder = ChartBuilder::on(&lower);
        builder.margin(8).margin_right(20).x_label_area_size(48).y_label_area_size(64);
        let mut chart = builder.build_cartesian_2d(Across::of(&self.x), Across::of(&self.y))?;
        self.mesh(&mut chart)?;
        for one in series {
            self.series(&canvas, &mut chart, one)?;
        }
        root.present()?;
        Ok(canvas.finish(size, title, description))
    }

    fn mesh(&self, chart: &mut Chart<'_>) -> Result<(), DrawError> {
        chart
            .configure_mesh()
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .axis_style(MUTED)
            .x_labels(self.x.ticks.len())
            .y_labels(self.y.ticks.len())
            .x_label_style(style(12.0, MUTED, HPos::Center, VPos::Top, false))
            .y_label_style(style(12.0, MUTED, HPos::Right, VPos::Center, false))
            .axis_desc_style(style(13.0, INK, HPos::Center, VPos::Top, false))
            .x_desc(&self.x.title)
            .y_desc(&self.y.title)
            .draw()
    }

    fn series(&self, canvas: &Canvas, chart: &mut Chart<'_>, series: &Series) -> Result<(), DrawError> {
        let place = |x: f64, y: f64| (self.x.place(x), self.y.place(y));
        if series.joined {
            let way: Vec<_> = series.points.iter().map(|point| place(point.x, point.y)).collect();
            chart.draw_series([PathElement::new(way, series.color.mix(0.6).stroke_width(1))])?;
        }
        for point in &series.points {
            canvas.hover(point.hover.clone(), || {
                if let Some((low, high)) = point.interval {
                    let ends = vec![place(point.x, low), place(point.x, high)];
                    chart.draw_series([PathElement::new(ends, series.color.stroke_width(2))])?;
                }
                let fill = if point.hollow { series.color.stroke_width(2) } else { series.color.filled() };
                marks::point(chart, place(point.x, point.y), 4, series.number, fill)
            })?;
        }
        Ok(())
    }
}

/// Names above the chart, each with its own shape.
fn legend(canvas: &Canvas, area: &DrawingArea<ThemedSvg, Shift>, series: &[Series]) -> Result<(), DrawError> {
    let rows = series.len() as f64;
    let mut chart = ChartBuilder::on(area).build_cartesian_2d(0.0..f64::from(WIDTH), 0.0..rows.max(1.0))?;
    for (index, one) in series.iter().enumerate() {
        let height = rows - index as f64 - 0.5;
        canvas
            .hover(one.name.clone(), || marks::point(&mut chart, (80.0, height), 5, one.number, one.color.filled()))?;
        let name = Text::new(one.name.clone(), (94.0, height), style(13.0, INK, HPos::Left, VPos::Center, false));
        chart.draw_series([name])?;
    }
    Ok(())
}
