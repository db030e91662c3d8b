//! How much of what it was given each implementation used: processors kept busy, and memory. Operations
//! and bytes moved are not counted, so there is no roofline; these limits are the ones that are known.

use plotters::element::PathElement;
use plotters::style::Color;
use schema::analysis::{ArmAnalysis, CellAnalysis};
use schema::id::Variant;
use schema::publication::Plot;

use super::axis::Axis;
use super::frame::{DrawError, Frame};
use super::{Drawing, Source, marks};
use crate::number::{Scale, significant};
use crate::themed_svg::INK;

/// Processors kept busy by one arm: the mean over runs with its 95 % t interval.
struct Busy {
    mean: f64,
    interval: Option<(f64, f64)>,
    n: usize,
    memory_bytes: Option<f64>,
}

impl Busy {
    fn of(arm: &ArmAnalysis) -> Option<Self> {
        let summary = |name: &str| arm.metrics.iter().find(|(id, _)| id.as_str() == name).map(|(_, summary)| summary);
        let (cpu, wall) = (summary("cpu_ns")?, summary("wall_ns")?);
        let both = cpu.values.iter().zip(&wall.values).filter_map(|(cpu, wall)| Some((*cpu)? / (*wall)?));
        let shares: Vec<f64> = both.filter(|share| share.is_finite()).collect();
        let mean = stats::describe::mean(&shares).ok()?;
        let n = shares.len();
        let half = stats::student::quantile(0.975, n as f64 - 1.0)
            .ok()
            .zip(stats::describe::sd(&shares).ok())
            .map(|(t, sd)| t * sd / (n as f64).sqrt());
        let memory_bytes = summary("rss_peak_bytes").and_then(|memory| memory.max);
        Some(Self { mean, interval: half.map(|half| ((mean - half).max(0.0), mean + half)), n, memory_bytes })
    }
}

pub(super) fn draw(source: &Source<'_>, cell: &CellAnalysis) -> Result<Option<Drawing>, DrawError> {
    let arms: Vec<(&ArmAnalysis, Busy)> = cell
        .arms
        .iter()
        .filter(|arm| arm.facts.arm.variant == Variant::Plain)
        .filter_map(|arm| Some((arm, Busy::of(arm)?)))
        .collect();
    let given = f64::from(cell.cell.threads);
    let ends = arms.iter().map(|(_, busy)| busy.interval.map_or(busy.mean, |interval| interval.1));
    let axis = Axis::new(
        ends.chain([0.0, given]),
        false,
        "processors kept busy: CPU time ÷ time of the whole process".to_owned(),
    );
    let Some(axis) = axis.filter(|_| !arms.is_empty()) else { return Ok(None) };
    let fingerprint = &source.analysis.fingerprint;
    let title = format!("{}: what was used of what was given", cell.cell.label);
    let caption = format!(
        "Mean over runs with its 95 % t interval. The upright line marks the {} that a run was given; the machine has {} \
         and {} GiB of memory. Operations and bytes moved are not counted, so no roofline is drawn.",
        crate::number::count(cell.cell.threads, "thread", "threads"),
        crate::number::count(fingerprint.cores, "processor", "processors"),
        fingerprint.memory_gib
    );
    let memory_total = f64::from(fingerprint.memory_gib) * 1_073_741_824.0;
    let spoken: Vec<String> =
        arms.iter().map(|(arm, busy)| format!("{}: {}.", arm.facts.arm, figure(busy, given, memory_total))).collect();
    let frame = Frame::new(axis, arms.len());
    let svg = frame.draw(&title, &spoken.join(" "), |frame, chart| {
        let at = frame.axis.place(given);
        chart.draw_series([PathElement::new(vec![(at, 0.0), (at, frame.rows as f64)], INK.stroke_width(2))])?;
        for (index, (arm, busy)) in arms.iter().enumerate() {
            let id = &arm.facts.implementation;
            let (color, shown) = (source.colour(id), figure(busy, given, memory_total));
            frame.name(chart, index, &arm.facts.arm.to_string(), &shown)?;
            frame.canvas.hover(format!("{}: {shown}", arm.facts.arm), || {
                if let Some(interval) = busy.interval {
                    frame.bar(chart, index, interval, color, 3)?;
                }
                let style = if busy.interval.is_some() { color.filled() } else { color.stroke_width(2) };
                marks::point(chart, (frame.axis.place(busy.mean), frame.height(index)), 6, source.number(id), style)
            })?;
        }
        Ok(())
    })?;
    let plot =
        Plot { file: format!("limits_{}.svg", cell.block_id), title, caption, block_id: Some(cell.block_id.clone()) };
    Ok(Some(Drawing { plot, svg }))
}

/// `1.93 of 2 (1.90 to 1.96), n = 20; peak memory 89.8 MiB, 1.1 % of the machine's`.
fn figure(busy: &Busy, given: f64, memory_total: f64) -> String {
    let interval = busy.interval.map_or_else(
        || "no interval".to_owned(),
        |(low, high)| format!("{} to {}", significant(low, 3), significant(high, 3)),
    );
    let memory = busy.memory_bytes.map_or_else(String::new, |bytes| {
        format!(
            "; peak memory {}, {} % of the machine's",
            Scale::of("bytes", [bytes]).show(bytes),
            significant(100.0 * bytes / memory_total, 2)
        )
    });
    format!("{} of {given} ({interval}), n = {}{memory}", significant(busy.mean, 3), busy.n)
}
