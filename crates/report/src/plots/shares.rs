//! Where the time of a whole process goes: start-up, the work, and the rest.

use plotters::element::Rectangle;
use plotters::style::Color;
use schema::analysis::{ArmAnalysis, CellAnalysis};
use schema::id::Variant;
use schema::publication::Plot;

use super::axis::Axis;
use super::frame::{DrawError, Frame};
use super::{Drawing, Source};
use crate::number::Scale;
use crate::themed_svg::INK;

/// Arithmetic means, because they add up; in ns.
struct Parts {
    start_up: f64,
    work: f64,
    rest: f64,
    /// Half of the 95 % t interval of the mean of the whole.
    half_width: Option<f64>,
    n: u32,
}

impl Parts {
    fn of(cell: &CellAnalysis, arm: &ArmAnalysis) -> Option<Self> {
        let summary = |name: &str| arm.metrics.iter().find(|(id, _)| id.as_str() == name).map(|(_, summary)| summary);
        let whole = summary("wall_ns")?;
        let start_up = summary("startup_ns")?.mean?;
        let work = summary("work_ns")?.mean? * f64::from(cell.cell.iterations);
        let rest = whole.mean? - start_up - work;
        let n = f64::from(whole.n);
        let t = stats::student::quantile(0.975, n - 1.0).ok().filter(|_| whole.n >= 2);
        let half_width = t.zip(whole.sd).map(|(t, sd)| t * sd / n.sqrt());
        (rest >= 0.0).then_some(Self { start_up, work, rest, half_width, n: whole.n })
    }

    fn whole(&self) -> f64 {
        self.start_up + self.work + self.rest
    }
}

pub(super) fn draw(source: &Source<'_>, cell: &CellAnalysis) -> Result<Option<Drawing>, DrawError> {
    let arms: Vec<(&ArmAnalysis, Parts)> = cell
        .arms
        .iter()
        .filter(|arm| arm.facts.arm.variant == Variant::Plain)
        .filter_map(|arm| Some((arm, Parts::of(cell, arm)?)))
        .collect();
    let scale = Scale::of("ns", arms.iter().map(|(_, parts)| parts.whole()));
    let ends = arms.iter().map(|(_, parts)| scale.apply(parts.whole() + parts.half_width.unwrap_or_default()));
    let axis =
        Axis::new(ends.chain([0.0]), false, format!("time of the whole process, {} (less is better)", scale.unit));
    let Some(axis) = axis.filter(|_| !arms.is_empty()) else { return Ok(None) };
    let title = format!("{}: where a process's time goes", cell.cell.label);
    let caption = "Means over runs: the dark part is start-up to the first mark, the middle one the counted work, the light \
                   one the rest (reading the data, warm-up, writing the results, exit); the line at the end is the 95 % t \
                   interval of the whole.";
    let frame = Frame::new(axis, arms.len());
    let spoken: Vec<String> =
        arms.iter().map(|(arm, parts)| format!("{}: {}.", arm.facts.arm, figure(parts, &scale))).collect();
    let svg = frame.draw(&title, &spoken.join(" "), |frame, chart| {
        for (index, (arm, parts)) in arms.iter().enumerate() {
            let color = source.colour(&arm.facts.implementation);
            frame.name(chart, index, &arm.facts.arm.to_string(), &figure(parts, &scale))?;
            let (middle, mut from) = (frame.height(index), 0.0);
            for (name, part, alpha) in
                [("start-up", parts.start_up, 1.0), ("work", parts.work, 0.55), ("rest", parts.rest, 0.22)]
            {
                let to = from + scale.apply(part);
                let corners = [(frame.axis.place(from), middle - 0.13), (frame.axis.place(to), middle + 0.13)];
                let hover = format!("{}, {name}: {} of {}", arm.facts.arm, scale.show(part), scale.show(parts.whole()));
                frame.canvas.hover(hover, || {
                    chart.draw_series([Rectangle::new(corners, color.mix(alpha).filled())]).map(|_| ())
                })?;
                from = to;
            }
            if let Some(half) = parts.half_width {
                let (low, high) = (scale.apply(parts.whole() - half), scale.apply(parts.whole() + half));
                frame.bar(chart, index, (low, high), INK, 2)?;
            }
        }
        Ok(())
    })?;
    let plot = Plot {
        file: format!("shares_{}.svg", cell.block_id),
        title,
        caption: caption.to_owned(),
        block_id: Some(cell.block_id.clone()),
    };
    Ok(Some(Drawing { plot, svg }))
}

fn figure(parts: &Parts, scale: &Scale) -> String {
    format!(
        "{} = start-up {} + work {} + rest {}, n = {}",
        scale.show(parts.whole()),
        scale.show(parts.start_up),
        scale.show(parts.work),
        scale.show(parts.rest),
        parts.n
    )
}
