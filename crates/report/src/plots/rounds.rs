//! The runs of a cell in the order in which they were made: drift, bursts and disturbances show.

use plotters::style::RGBColor;
use schema::analysis::{ArmAnalysis, CellAnalysis, Summary};
use schema::publication::Plot;

use super::axis::Axis;
use super::frame::DrawError;
use super::plane::{Plane, Point, Series};
use super::{Drawing, Source};
use crate::number::Scale;
use crate::orient;

/// Fewer rounds than these have no course.
const ROUNDS_MIN: usize = 3;
/// More than these are no single points any more; the distributions show them.
const ROUNDS_MAX: usize = 200;

pub(super) fn draw(source: &Source<'_>, cell: &CellAnalysis) -> Result<Option<Drawing>, DrawError> {
    let metric = orient::primary_metric(cell);
    let arms: Vec<(&ArmAnalysis, &Summary)> = cell
        .arms
        .iter()
        .filter_map(|arm| Some((arm, arm.metrics.iter().find(|(id, _)| id.as_str() == metric)?.1)))
        .collect();
    let rounds = arms.iter().map(|(_, summary)| summary.values.len()).max().unwrap_or_default();
    if !(ROUNDS_MIN..=ROUNDS_MAX).contains(&rounds) {
        return Ok(None);
    }
    let values: Vec<f64> = arms.iter().flat_map(|(_, summary)| summary.values.iter().flatten().copied()).collect();
    let scale = Scale::of("ns", values.iter().copied());
    let title = format!("time, {}, log scale", scale.unit);
    let Some(y) = Axis::new(values.iter().map(|value| scale.apply(*value)), true, title) else { return Ok(None) };
    let Some(x) = Axis::new([0.0, rounds as f64 - 1.0], false, "round".to_owned()) else { return Ok(None) };
    let series: Vec<Series> = arms
        .iter()
        .map(|(arm, summary)| {
            one(
                arm,
                summary,
                &scale,
                source.number(&arm.facts.implementation),
                source.colour(&arm.facts.implementation),
            )
        })
        .collect();
    let title = format!("{}: the runs in their order", cell.cell.label);
    let description = format!("{rounds} rounds of {} implementations; the table of runs holds the values.", arms.len());
    let svg = Plane { x, y }.draw(&title, &description, &series)?;
    let caption = "Each mark is one run, in the order of the rounds; neighbours are joined because rounds follow each \
                   other in time. Hollow marks were disturbed; they are kept.";
    let plot = Plot {
        file: format!("rounds_{}.svg", cell.block_id),
        title,
        caption: caption.to_owned(),
        block_id: Some(cell.block_id.clone()),
    };
    Ok(Some(Drawing { plot, svg }))
}

fn one(arm: &ArmAnalysis, summary: &Summary, scale: &Scale, number: usize, color: RGBColor) -> Series {
    let points = summary.values.iter().enumerate().filter_map(|(round, value)| {
        let value = value.filter(|value| value.is_finite() && *value > 0.0)?;
        let disturbed = arm.disturbed_runs.iter().find(|run| run.round as usize == round);
        let because = disturbed.map(|run| format!(", disturbed: {}", run.because.join("; "))).unwrap_or_default();
        Some(Point {
            x: round as f64,
            y: scale.apply(value),
            interval: None,
            hover: format!("{}, round {round}: {}{because}", arm.facts.arm, scale.show(value)),
            hollow: disturbed.is_some(),
        })
    });
    Series { name: arm.facts.arm.to_string(), number, color, points: points.collect(), joined: true }
}
