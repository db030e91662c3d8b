//! One shape an implementation, beside its colour: a plot stays readable in grey.

use plotters::coord::CoordTranslate;
use plotters::element::{Circle, EmptyElement, Polygon, Rectangle};
use plotters::prelude::ChartContext;
use plotters::style::ShapeStyle;

use super::frame::DrawError;
use crate::themed_svg::ThemedSvg;

/// Draws the shape number `number` around a place of the chart.
pub(super) fn point<C: CoordTranslate>(
    chart: &mut ChartContext<'_, ThemedSvg, C>,
    at: C::From,
    radius: i32,
    number: usize,
    style: ShapeStyle,
) -> Result<(), DrawError>
where
    C::From: Clone,
{
    let r = radius;
    let corners = match number % 8 {
        0 => {
            chart.draw_series([EmptyElement::at(at) + Circle::new((0, 0), r, style)])?;
            return Ok(());
        }
        1 => {
            chart.draw_series([EmptyElement::at(at) + Rectangle::new([(-r, -r), (r, r)], style)])?;
            return Ok(());
        }
        2 => vec![(0, -r - 1), (r + 1, r), (-r - 1, r)],
        3 => vec![(0, -r - 2), (r + 2, 0), (0, r + 2), (-r - 2, 0)],
        4 => vec![(-r - 1, -r), (r + 1, -r), (0, r + 1)],
        5 => vec![(-r, -r - 1), (r + 1, 0), (-r, r + 1)],
        6 => vec![(r, -r - 1), (r, r + 1), (-r - 1, 0)],
        _ => vec![(-r, -r / 2), (0, -r - 2), (r, -r / 2), (r, r), (-r, r)],
    };
    chart.draw_series([EmptyElement::at(at) + Polygon::new(corners, style)])?;
    Ok(())
}
