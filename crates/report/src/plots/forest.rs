//! Ratios with their intervals on a log axis, 1 marked: one row a comparison.

use plotters::element::PathElement;
use plotters::style::{Color, RGBColor};
use schema::analysis::{CellAnalysis, Comparison, Interval, Role};
use schema::id::ArmId;
use schema::implementation::Language;
use schema::publication::Plot;

use super::axis::Axis;
use super::frame::{Chart, DrawError, Frame};
use super::{Drawing, Source, marks};
use crate::number;
use crate::orient;
use crate::themed_svg::INK;
use crate::words;

pub(super) struct Kind {
    pub(super) file: &'static str,
    title: &'static str,
    role: Role,
    metric: Metric,
    /// `takes` for time, `uses` for memory.
    quantity: &'static str,
}

enum Metric {
    Primary,
    Named(&'static str),
}

pub(super) const LIBRARY: Kind = Kind {
    file: "ratios_library.svg",
    title: "Time, library against library",
    role: Role::Library,
    metric: Metric::Primary,
    quantity: "time",
};
pub(super) const TUNED: Kind = Kind {
    file: "ratios_tuned.svg",
    title: "Time, tuned against tuned",
    role: Role::Tuned,
    metric: Metric::Primary,
    quantity: "time",
};
pub(super) const MEMORY: Kind = Kind {
    file: "ratios_memory.svg",
    title: "Peak memory, library against library",
    role: Role::Library,
    metric: Metric::Named("rss_peak_bytes"),
    quantity: "peak memory",
};

struct Row<'a> {
    cell: &'a CellAnalysis,
    comparison: &'a Comparison,
    first: &'a ArmId,
    second: &'a ArmId,
    /// What the second costs over what the first costs.
    ratio: f64,
    interval: Option<Interval>,
}

pub(super) fn draw(source: &Source<'_>, kind: &Kind) -> Result<Option<Drawing>, DrawError> {
    let mut rows: Vec<Row<'_>> = source.analysis.cells.iter().flat_map(|cell| rows(cell, kind)).collect();
    let ends = rows.iter().flat_map(|row| [Some(row.ratio), row.interval.map(|i| i.low), row.interval.map(|i| i.high)]);
    let title = format!(
        "{} of the second ÷ {} of the first, log scale: right of 1 the first needs less",
        kind.quantity, kind.quantity
    );
    let axis = Axis::new(ends.flatten().chain([1.0]), true, title);
    let Some(axis) = axis.filter(|_| !rows.is_empty()) else { return Ok(None) };
    let caption = "Ratio of geometric means over rounds with its 95 % t interval, one row a comparison; the colour is the \
                   cheaper side's, hollow where no interval can be given. Pairs that are not comparable are not drawn.";
    let named = rows.len() <= NAMED_MAX;
    let frame = if named { Frame::new(axis, rows.len()) } else { Frame::compact(axis, rows.len()) };
    let (spoken, caption) = if named {
        (spoken(&rows), caption.to_owned())
    } else {
        rows.sort_by(|a, b| b.ratio.total_cmp(&a.ratio));
        (format!("{} comparisons; the tables hold each.", rows.len()), format!("{caption} Sorted by ratio."))
    };
    let svg = frame.draw(kind.title, &spoken, |frame, chart| {
        parity_line(frame, chart)?;
        rows.iter().enumerate().try_for_each(|(index, row)| {
            if named {
                draw_row(source, frame, chart, index, row)
            } else {
                draw_thin_row(source, frame, chart, index, row, rows.len())
            }
        })
    })?;
    let plot = Plot { file: kind.file.to_owned(), title: kind.title.to_owned(), caption, block_id: None };
    Ok(Some(Drawing { plot, svg }))
}

fn rows<'a>(cell: &'a CellAnalysis, kind: &Kind) -> impl Iterator<Item = Row<'a>> {
    let metric = match kind.metric {
        Metric::Primary => orient::primary_metric(cell),
        Metric::Named(name) => name,
    };
    let role = kind.role;
    cell.comparisons
        .iter()
        .filter(move |comparison| comparison.role == role && comparison.metric.as_str() == metric)
        .filter(|comparison| comparison.parity.comparable() && orient::orient(comparison).is_some())
        .filter(|comparison| comparison.verdict != schema::analysis::Verdict::NotComparable)
        .filter_map(move |comparison| row(cell, comparison))
}

fn row<'a>(cell: &'a CellAnalysis, comparison: &'a Comparison) -> Option<Row<'a>> {
    let (first, second) = sides(cell, comparison);
    let (ratio, interval) = orient::gain_of(comparison, first)?;
    Some(Row { cell, comparison, first, second, ratio, interval })
}

/// Rust is the first where it is one of two languages, so that all rows point the same way.
pub(super) fn sides<'a>(cell: &CellAnalysis, comparison: &'a Comparison) -> (&'a ArmId, &'a ArmId) {
    let rust = |arm: &ArmId| orient::language(cell, arm) == Some(Language::Rust);
    if rust(&comparison.right) && !rust(&comparison.left) {
        (&comparison.right, &comparison.left)
    } else {
        (&comparison.left, &comparison.right)
    }
}

fn parity_line(frame: &Frame, chart: &mut Chart<'_>) -> Result<(), DrawError> {
    let at = frame.axis.place(1.0);
    chart.draw_series([PathElement::new(vec![(at, 0.0), (at, frame.rows as f64)], INK.stroke_width(2))])?;
    Ok(())
}

fn draw_row(
    source: &Source<'_>,
    frame: &Frame,
    chart: &mut Chart<'_>,
    index: usize,
    row: &Row<'_>,
) -> Result<(), DrawError> {
    let cheaper = if row.ratio >= 1.0 { row.first } else { row.second };
    let color = source.colour(&cheaper.implementation);
    frame.name(chart, index, &shorten(&row.cell.cell.label), &figure(row))?;
    let hover = words::sentence(row.cell, row.comparison);
    frame.canvas.hover(hover, || {
        if let Some(interval) = row.interval {
            frame.bar(chart, index, (interval.low, interval.high), color, 3)?;
        }
        point(frame, chart, index, row, (source.number(&cheaper.implementation), color))
    })
}

/// More rows than these have no room for names.
const NAMED_MAX: usize = 40;
/// More rows than these have no hover text either: the page would grow by it.
const HOVERED_MAX: usize = 200;

fn draw_thin_row(
    source: &Source<'_>,
    frame: &Frame,
    chart: &mut Chart<'_>,
    index: usize,
    row: &Row<'_>,
    rows: usize,
) -> Result<(), DrawError> {
    let cheaper = if row.ratio >= 1.0 { row.first } else { row.second };
    let color = source.colour(&cheaper.implementation);
    let mut draw = || {
        if let Some(interval) = row.interval {
            frame.bar(chart, index, (interval.low, interval.high), color, 1)?;
        }
        let at = (frame.axis.place(row.ratio), frame.height(index));
        marks::point(chart, at, 2, source.number(&cheaper.implementation), color.filled())
    };
    if rows > HOVERED_MAX {
        return draw();
    }
    frame.canvas.hover(format!("{}: {}", row.cell.cell.label, figure(row)), draw)
}

fn point(
    frame: &Frame,
    chart: &mut Chart<'_>,
    index: usize,
    row: &Row<'_>,
    (number, color): (usize, RGBColor),
) -> Result<(), DrawError> {
    let at = (frame.axis.place(row.ratio), frame.height(index));
    let style = if row.interval.is_some() { color.filled() } else { color.stroke_width(2) };
    marks::point(chart, at, 6, number, style)
}

fn figure(row: &Row<'_>) -> String {
    let interval = row.interval.map_or_else(|| "no interval".to_owned(), number::interval);
    format!(
        "{} : {} · {}× ({interval}), n = {}",
        row.first,
        row.second,
        number::ratio(row.ratio, row.interval),
        row.comparison.n
    )
}

/// What a screen reader says of the picture.
fn spoken(rows: &[Row<'_>]) -> String {
    rows.iter()
        .map(|row| format!("{}: {}", row.cell.cell.label, words::sentence(row.cell, row.comparison)))
        .collect::<Vec<_>>()
        .join(" ")
}

/// A label as long as there is room for.
pub(super) fn shorten(label: &str) -> String {
    const CHARACTERS_MAX: usize = 90;
    if label.chars().count() <= CHARACTERS_MAX {
        return label.to_owned();
    }
    label.chars().take(CHARACTERS_MAX - 1).chain(['…']).collect()
}
