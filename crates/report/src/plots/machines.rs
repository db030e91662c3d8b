//! Ratios of several machines: one row a comparison, one mark a machine with its letter.

use plotters::element::{PathElement, Text};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};
use schema::analysis::{CellAnalysis, Comparison, Interval, Role};
use schema::id::ArmId;

use super::axis::Axis;
use super::forest;
use super::frame::{Chart, DrawError, Frame, style};
use super::marks;
use crate::machines::{Everywhere, Machine};
use crate::number;
use crate::orient;
use crate::themed_svg::{INK, implementation};

pub(crate) struct OfMachines {
    pub(crate) title: String,
    pub(crate) caption: String,
    pub(crate) svg: String,
}

/// More rows than these are a table's.
const ROWS_MAX: usize = 40;
/// Of a row's height, what the marks of all machines share.
const SPREAD: f64 = 0.3;

struct Row<'a> {
    label: &'a str,
    first: &'a ArmId,
    second: &'a ArmId,
    /// By the machine's number: what the second costs over what the first costs.
    marks: Vec<(usize, f64, Option<Interval>)>,
}

pub(crate) fn draw(machines: &[Machine<'_>], found: &[Everywhere<'_>]) -> Result<Option<OfMachines>, DrawError> {
    let all: Vec<Row<'_>> = found.iter().filter_map(row).collect();
    let rows = &all[..all.len().min(ROWS_MAX)];
    let marks = rows.iter().flat_map(|row| &row.marks);
    let ends = marks.flat_map(|(_, ratio, interval)| [Some(*ratio), interval.map(|i| i.low), interval.map(|i| i.high)]);
    let title = "time of the second ÷ time of the first, log scale: right of 1 the first needs less";
    let axis = Axis::new(ends.flatten().chain([1.0]), true, title.to_owned());
    let Some(axis) = axis.filter(|_| !rows.is_empty()) else { return Ok(None) };
    let title = "Time, machine by machine".to_owned();
    let left = all.len() - rows.len();
    let rest = if left == 0 { String::new() } else { format!(" {left} further comparisons stand in the table.") };
    let caption = format!(
        "Ratio of geometric means over each machine's own rounds with its 95 % t interval, one row a comparison, one \
         mark a machine with its letter; hollow where no interval can be given.{rest}"
    );
    let frame = Frame::new(axis, rows.len());
    let spoken: Vec<String> = rows.iter().map(|row| format!("{}: {}.", row.label, figure(row, machines))).collect();
    let svg = frame.draw(&title, &spoken.join(" "), |frame, chart| {
        let at = frame.axis.place(1.0);
        chart.draw_series([PathElement::new(vec![(at, 0.0), (at, frame.rows as f64)], INK.stroke_width(2))])?;
        for (index, row) in rows.iter().enumerate() {
            frame.name(chart, index, &forest::shorten(row.label), &forest::shorten(&figure(row, machines)))?;
            for mark in &row.marks {
                one(frame, chart, index, mark, machines)?;
            }
        }
        Ok(())
    })?;
    Ok(Some(OfMachines { title, caption, svg }))
}

fn one(
    frame: &Frame,
    chart: &mut Chart<'_>,
    index: usize,
    (number, ratio, interval): &(usize, f64, Option<Interval>),
    machines: &[Machine<'_>],
) -> Result<(), DrawError> {
    let step = SPREAD / machines.len() as f64;
    let height = frame.height(index) + SPREAD / 2.0 - step * (*number as f64 + 0.5);
    let (color, letter) = (implementation(*number), machines[*number].letter);
    let right = frame.axis.place(interval.map_or(*ratio, |interval| interval.high));
    frame.canvas.hover(format!("{letter}: {}", shown(*ratio, *interval)), || {
        if let Some(interval) = interval {
            let ends = vec![(frame.axis.place(interval.low), height), (right, height)];
            chart.draw_series([PathElement::new(ends, color.stroke_width(2))])?;
        }
        let fill = if interval.is_some() { color.filled() } else { color.stroke_width(2) };
        marks::point(chart, (frame.axis.place(*ratio), height), 4, *number, fill)
    })?;
    // Just behind the interval, by a hundredth of the axis.
    let behind = right + (frame.axis.high - frame.axis.low) * 0.012;
    let style = style(10.0, INK, HPos::Left, VPos::Center, false);
    chart.draw_series([Text::new(letter.to_string(), (behind, height), style)])?;
    Ok(())
}

/// None where no machine has a ratio of time that may be shown.
fn row<'a>(found: &Everywhere<'a>) -> Option<Row<'a>> {
    let of_time = |(cell, comparison): &(&'a CellAnalysis, &'a Comparison)| {
        comparison.metric.as_str() == orient::primary_metric(cell)
            && matches!(comparison.role, Role::Library | Role::Tuned)
            && orient::shows_ratio(comparison)
    };
    let there = found.each.iter().enumerate().filter_map(|(number, one)| Some((number, one.filter(of_time)?)));
    let there: Vec<(usize, (&'a CellAnalysis, &'a Comparison))> = there.collect();
    let &(_, (cell, comparison)) = there.first()?;
    let (first, second) = forest::sides(cell, comparison);
    let mark = |(number, (_, comparison)): &(usize, (&CellAnalysis, &Comparison))| {
        let (ratio, interval) = orient::gain_of(comparison, first)?;
        Some((*number, ratio, interval))
    };
    Some(Row { label: found.label, first, second, marks: there.iter().filter_map(mark).collect() })
}

fn figure(row: &Row<'_>, machines: &[Machine<'_>]) -> String {
    let each = row
        .marks
        .iter()
        .map(|(number, ratio, interval)| format!("{} {}", machines[*number].letter, shown(*ratio, *interval)));
    format!("{} : {} · {}", row.first, row.second, each.collect::<Vec<_>>().join(" · "))
}

fn shown(ratio: f64, interval: Option<Interval>) -> String {
    let spread = interval.map_or_else(|| "no interval".to_owned(), number::interval);
    format!("{}× ({spread})", number::ratio(ratio, interval))
}
