//! What one run of each implementation did when: each row from the start of its process to its end.

use plotters::element::{Rectangle, Text};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};
use schema::analysis::CellAnalysis;
use schema::block::ArmFacts;
use schema::mark::MarkName;
use schema::publication::Plot;
use schema::timeline::{Part, Stretch, Timeline};

use super::axis::Axis;
use super::frame::{Chart, DrawError, Frame, style};
use super::{Drawing, Source};
use crate::number::{Scale, count, significant};
use crate::themed_svg::{INK, MUTED, text_width};

const CAPTION: &str = "One run of each implementation, the one nearest to the middle round (chosen by its place, not by its \
    time). Each row has a scale of its own, so that a short run shows its parts too: lengths compare within a row, the \
    times written above the rows compare between them. Full colour is work that counts, paler is warm-up, which does \
    not, palest is what is no work (loading, setting up); the bare line is what no mark covers: start-up, writing the \
    results, the end.";
const LABEL_SIZE: f64 = 11.0;
/// Pixels from one end of the axis to the other, about.
const ACROSS: f64 = 688.0;

pub(super) fn draw(source: &Source<'_>, cell: &CellAnalysis) -> Result<Option<Drawing>, DrawError> {
    let runs: Vec<(&ArmFacts, &Timeline)> = cell
        .arms
        .iter()
        .filter_map(|arm| Some((&arm.facts, arm.timeline.as_ref()?)))
        .filter(|(_, timeline)| timeline.wall_ns > 0)
        .collect();
    let axis = Axis::new([0.0, 100.0], false, "share of the run's own time, in % of the whole process".to_owned());
    let Some(axis) = axis.filter(|_| !runs.is_empty()) else { return Ok(None) };
    let title = format!("{}: what a run does when", cell.cell.label);
    let spoken: Vec<String> =
        runs.iter().map(|(facts, timeline)| format!("{}: {}.", facts.arm, figure(timeline))).collect();
    let frame = Frame::new(axis, runs.len());
    let svg = frame.draw(&title, &spoken.join(" "), |frame, chart| {
        for (index, &(facts, timeline)) in runs.iter().enumerate() {
            frame.name(chart, index, &format!("{}, round {}", facts.arm, timeline.round), &figure(timeline))?;
            frame.bar(chart, index, (0.0, 100.0), MUTED, 1)?;
            for stretch in &timeline.stretches {
                one(source, frame, chart, (index, facts, timeline), stretch)?;
            }
        }
        Ok(())
    })?;
    let plot = Plot {
        file: format!("timeline_{}.svg", cell.block_id),
        title,
        caption: CAPTION.to_owned(),
        block_id: Some(cell.block_id.clone()),
    };
    Ok(Some(Drawing { plot, svg }))
}

fn one(
    source: &Source<'_>,
    frame: &Frame,
    chart: &mut Chart<'_>,
    (index, facts, timeline): (usize, &ArmFacts, &Timeline),
    stretch: &Stretch,
) -> Result<(), DrawError> {
    let color = source.colour(&facts.implementation);
    let at = |ns: u64| frame.axis.place(100.0 * ns.min(timeline.wall_ns) as f64 / timeline.wall_ns as f64);
    let (from, to, middle) = (at(stretch.start_ns), at(stretch.end_ns), frame.height(index));
    let (low, high) = (middle - 0.15, middle + 0.15);
    let alpha = match stretch.part {
        Part::Work => 0.65,
        Part::WarmUp => 0.35,
        Part::Aside => 0.12,
    };
    frame.canvas.hover(format!("{}: {}", facts.arm, told(stretch)), || {
        let corners = [(from, low), (to, high)];
        chart.draw_series([Rectangle::new(corners, color.mix(alpha).filled())])?;
        chart.draw_series([Rectangle::new(corners, color.stroke_width(1))]).map(|_| ())
    })?;
    let label = label(stretch);
    let pixels = (to - from) / (frame.axis.high - frame.axis.low) * ACROSS;
    if text_width(&label, LABEL_SIZE) + 6.0 <= pixels {
        let style = style(LABEL_SIZE, INK, HPos::Center, VPos::Center, false);
        chart.draw_series([Text::new(label, (f64::midpoint(from, to), middle), style)])?;
    }
    Ok(())
}

/// `fit + predict ×12`.
fn label(stretch: &Stretch) -> String {
    let times = if stretch.iterations > 1 { format!(" ×{}", stretch.iterations) } else { String::new() };
    let names: Vec<String> = stretch.marks.iter().copied().map(name).collect();
    format!("{}{times}", names.join(" + "))
}

fn name(mark: MarkName) -> String {
    serde_json::to_value(mark).ok().and_then(|name| Some(name.as_str()?.replace('_', " "))).unwrap_or_default()
}

fn told(stretch: &Stretch) -> String {
    let scale = Scale::of("ns", [stretch.end_ns as f64]);
    let part = match stretch.part {
        Part::Work => "work",
        Part::WarmUp => "warm-up, does not count",
        Part::Aside => "no work",
    };
    let iterations = match stretch.iterations {
        0 | 1 => format!("iteration {}", stretch.iteration),
        many => format!("{many} iterations from {}", stretch.iteration),
    };
    format!(
        "{} ({part}, {iterations}), {} from {} to {} {} after the start",
        label(stretch),
        Scale::of("ns", [stretch.marked_ns as f64]).show(stretch.marked_ns as f64),
        significant(scale.apply(stretch.start_ns as f64), 4),
        significant(scale.apply(stretch.end_ns as f64), 4),
        scale.unit
    )
}

/// `813 ms: start-up 120 ms, no work 2.40 ms, warm-up 210 ms, work 303 ms (3 iterations)`.
fn figure(timeline: &Timeline) -> String {
    let scale = Scale::of("ns", [timeline.wall_ns as f64]);
    let of = |part: Part| timeline.stretches.iter().filter(move |stretch| stretch.part == part);
    let marked = |part: Part| of(part).map(|stretch| stretch.marked_ns).sum::<u64>();
    let start_up = timeline.stretches.iter().map(|stretch| stretch.start_ns).min().unwrap_or_default();
    let parts = [("start-up", start_up), ("no work", marked(Part::Aside)), ("warm-up", marked(Part::WarmUp))];
    let parts = parts.iter().filter(|(_, ns)| *ns > 0);
    let told: Vec<String> = parts.map(|(what, ns)| format!("{what} {}", scale.show(*ns as f64))).collect();
    let ends: Vec<u32> = of(Part::Work).map(|stretch| stretch.iteration + stretch.iterations).collect();
    let first = of(Part::Work).map(|stretch| stretch.iteration).min().unwrap_or_default();
    let iterations = ends.into_iter().max().unwrap_or_default() - first;
    format!(
        "{}: {}, work {} ({})",
        scale.show(timeline.wall_ns as f64),
        told.join(", "),
        scale.show(marked(Part::Work) as f64),
        count(iterations, "iteration", "iterations")
    )
}
