//! The runs of a cell: each run a point, median and quartiles beside them, one row an arm.

use plotters::style::Color;
use schema::analysis::{ArmAnalysis, CellAnalysis, Summary};
use schema::publication::Plot;

use super::axis::Axis;
use super::frame::{Chart, DrawError, Frame};
use super::{Drawing, Source, marks};
use crate::number::Scale;
use crate::orient;
use crate::themed_svg::INK;

/// Up to this many runs each is drawn; above it the quartiles and the extremes stand for them.
const POINTS_MAX: usize = 50;
/// A longer way from the smallest to the largest run makes the axis logarithmic.
const LOG_FROM: f64 = 2.5;

pub(super) fn time(source: &Source<'_>, cell: &CellAnalysis) -> Result<Option<Drawing>, DrawError> {
    let metric = orient::primary_metric(cell);
    let what = if metric == "work_ns" { "time of the work, a run" } else { "time of the whole process, a run" };
    draw(source, cell, metric, "time", what, false)
}

pub(super) fn memory(source: &Source<'_>, cell: &CellAnalysis) -> Result<Option<Drawing>, DrawError> {
    draw(source, cell, "rss_peak_bytes", "memory", "peak resident memory, a run", true)
}

fn draw(
    source: &Source<'_>,
    cell: &CellAnalysis,
    metric: &str,
    name: &str,
    what: &str,
    from_zero: bool,
) -> Result<Option<Drawing>, DrawError> {
    let arms = arms_with(cell, metric);
    let values: Vec<f64> = arms.iter().flat_map(|(_, summary)| shown_values(summary)).collect();
    let scale = Scale::of(arms.first().map_or("", |(_, summary)| &summary.unit), values.iter().copied());
    let (low, high) = values.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(*v), high.max(*v)));
    let log = !from_zero && low > 0.0 && high / low > LOG_FROM;
    let title = format!("{what}, {}{} (less is better)", scale.unit, if log { ", log scale" } else { "" });
    let zero = from_zero.then_some(0.0);
    let Some(axis) = Axis::new(values.iter().map(|value| scale.apply(*value)).chain(zero), log, title) else {
        return Ok(None);
    };
    if values.is_empty() {
        return Ok(None);
    }
    let drawn_as = if arms.iter().any(|(_, summary)| summary.values.len() > POINTS_MAX) {
        "the thin line runs from the smallest to the largest run"
    } else {
        "each point is one run"
    };
    let caption = format!(
        "{}: {drawn_as}; the upright line is the median, the thick bar the middle half of the runs (quartiles).",
        cell.cell.label
    );
    let heading = format!("{}: {what}", cell.cell.label);
    let frame = Frame::new(axis, arms.len());
    let svg = frame.draw(&heading, &spoken(&arms, &scale), |frame, chart| {
        arms.iter()
            .enumerate()
            .try_for_each(|(index, (arm, summary))| row(source, frame, chart, index, arm, summary, &scale))
    })?;
    let plot = Plot {
        file: format!("{name}_{}.svg", cell.block_id),
        title: heading,
        caption,
        block_id: Some(cell.block_id.clone()),
    };
    Ok(Some(Drawing { plot, svg }))
}

fn arms_with<'a>(cell: &'a CellAnalysis, metric: &str) -> Vec<(&'a ArmAnalysis, &'a Summary)> {
    cell.arms
        .iter()
        .filter_map(|arm| {
            let (_, summary) = arm.metrics.iter().find(|(id, _)| id.as_str() == metric)?;
            shown_values(summary).next().map(|_| (arm, summary))
        })
        .collect()
}

fn shown_values(summary: &Summary) -> impl Iterator<Item = f64> {
    summary.values.iter().flatten().copied().filter(|value| value.is_finite())
}

fn row(
    source: &Source<'_>,
    frame: &Frame,
    chart: &mut Chart<'_>,
    index: usize,
    arm: &ArmAnalysis,
    summary: &Summary,
    scale: &Scale,
) -> Result<(), DrawError> {
    let color = source.colour(&arm.facts.implementation);
    let on_axis = |value: Option<f64>| {
        value.map(|value| scale.apply(value)).filter(|v| v.is_finite() && (!frame.axis.log || *v > 0.0))
    };
    frame.name(chart, index, &arm.facts.arm.to_string(), &figure(summary, scale))?;
    if let (Some(q1), Some(q3)) = (on_axis(summary.q1), on_axis(summary.q3)) {
        frame.bar(chart, index, (q1, q3), color, 5)?;
    }
    if summary.values.len() <= POINTS_MAX {
        points(frame, chart, index, arm, summary, scale, (source.number(&arm.facts.implementation), color))?;
    } else if let (Some(min), Some(max)) = (on_axis(summary.min), on_axis(summary.max)) {
        frame.bar(chart, index, (min, max), color, 1)?;
    }
    match on_axis(summary.median) {
        Some(median) => frame.tick(chart, index, median, INK),
        None => Ok(()),
    }
}

fn points(
    frame: &Frame,
    chart: &mut Chart<'_>,
    index: usize,
    arm: &ArmAnalysis,
    summary: &Summary,
    scale: &Scale,
    (number, color): (usize, plotters::style::RGBColor),
) -> Result<(), DrawError> {
    for (round, value) in summary.values.iter().enumerate() {
        let Some(value) = value.filter(|value| value.is_finite() && (!frame.axis.log || *value > 0.0)) else {
            continue;
        };
        // Points of neighbouring rounds lie at different heights, so that equal values stay apart.
        let height = frame.height(index) + [0.0, 0.1, -0.1, 0.05, -0.05][round % 5];
        let at = (frame.axis.place(scale.apply(value)), height);
        let hover = format!("{}, round {round}: {}", arm.facts.arm, scale.show(value));
        frame.canvas.hover(hover, || marks::point(chart, at, 4, number, color.mix(0.6).filled()))?;
    }
    Ok(())
}

fn figure(summary: &Summary, scale: &Scale) -> String {
    let median = summary.median.map_or_else(|| "no value".to_owned(), |median| scale.show(median));
    format!("median {median}, n = {}", summary.n)
}

fn spoken(arms: &[(&ArmAnalysis, &Summary)], scale: &Scale) -> String {
    arms.iter()
        .map(|(arm, summary)| format!("{}: {}.", arm.facts.arm, figure(summary, scale)))
        .collect::<Vec<_>>()
        .join(" ")
}
