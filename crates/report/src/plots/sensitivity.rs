//! How the ratio of two implementations changes with one parameter of the cells: a row a level.

use plotters::element::PathElement;
use plotters::style::Color;
use schema::detail::{Level, Sensitivity};
use schema::id::Id;
use schema::publication::Plot;

use super::axis::Axis;
use super::frame::{DrawError, Frame};
use super::{Drawing, Source, marks};
use crate::number::{self, count};
use crate::orient::{inverse, metric_name};
use crate::themed_svg::INK;

/// A page has room for so many pairs of a task; the table holds all.
const PAIRS_MAX: usize = 4;
/// Rows that one drawing has room for.
const LEVELS_MAX: usize = 40;

pub(super) fn draw(source: &Source<'_>, task: &Id) -> Result<Vec<Drawing>, DrawError> {
    let of_task = source.analysis.sensitivity.iter().filter(|one| one.task == *task);
    let mut pairs: Vec<Vec<&Sensitivity>> = Vec::new();
    for one in of_task.filter(|one| one.metric.as_str() != "rss_peak_bytes") {
        let same =
            |known: &Sensitivity| (&known.left, &known.right, &known.metric) == (&one.left, &one.right, &one.metric);
        match pairs.iter_mut().find(|pair| same(pair[0])) {
            Some(pair) => pair.push(one),
            None => pairs.push(vec![one]),
        }
    }
    let mut drawings = Vec::new();
    for (number, pair) in pairs.iter().take(PAIRS_MAX).enumerate() {
        drawings.extend(one(source, task, number, pair)?);
    }
    Ok(drawings)
}

fn one(source: &Source<'_>, task: &Id, number: usize, pair: &[&Sensitivity]) -> Result<Option<Drawing>, DrawError> {
    let Some(first) = pair.first() else { return Ok(None) };
    let (left, right) = (&first.left, &first.right);
    let rows: Vec<(&Sensitivity, &Level)> =
        pair.iter().flat_map(|one| one.levels.iter().map(move |level| (*one, level))).take(LEVELS_MAX).collect();
    let gain = |level: &Level| (1.0 / level.ratio, level.interval.and_then(inverse));
    let ends = rows.iter().flat_map(|(_, level)| {
        let (ratio, interval) = gain(level);
        [Some(ratio), interval.map(|i| i.low), interval.map(|i| i.high)]
    });
    let what = metric_name(&first.metric);
    let axis_title = format!("{right} ÷ {left}, {what}, log scale: right of 1 {left} needs less");
    let Some(axis) = Axis::new(ends.flatten().chain([1.0]), true, axis_title).filter(|_| !rows.is_empty()) else {
        return Ok(None);
    };
    let title = format!("{task}: what the ratio of {left} and {right} depends on");
    let caption = format!(
        "Geometric mean ratio of the {what} at each level of each parameter with its 95 % interval, over the level's cells. {}",
        pair.iter().map(|one| depends(one)).collect::<Vec<_>>().join(" ")
    );
    let name = |(one, level): &(&Sensitivity, &Level)| format!("{} = {}", one.parameter, level.value);
    let figure = |level: &Level| {
        let (ratio, interval) = gain(level);
        let shown = interval.map_or_else(|| "no interval".to_owned(), number::interval);
        let (rounds, cells) = (count(level.n, "round", "rounds"), count(level.cells, "cell", "cells"));
        format!("{}× ({shown}), n = {rounds} of {cells}", number::ratio(ratio, interval))
    };
    let spoken: Vec<String> = rows.iter().map(|row| format!("{}: {}.", name(row), figure(row.1))).collect();
    let frame = Frame::new(axis, rows.len());
    let svg = frame.draw(&title, &spoken.join(" "), |frame, chart| {
        let at = frame.axis.place(1.0);
        chart.draw_series([PathElement::new(vec![(at, 0.0), (at, frame.rows as f64)], INK.stroke_width(2))])?;
        for (index, row) in rows.iter().enumerate() {
            let (ratio, interval) = gain(row.1);
            let cheaper = if ratio >= 1.0 { left } else { right };
            let color = source.colour(cheaper);
            frame.name(chart, index, &name(row), &figure(row.1))?;
            frame.canvas.hover(format!("{}: {}", name(row), figure(row.1)), || {
                if let Some(interval) = interval {
                    frame.bar(chart, index, (interval.low, interval.high), color, 3)?;
                }
                let style = if interval.is_some() { color.filled() } else { color.stroke_width(2) };
                let place = (frame.axis.place(ratio), frame.height(index));
                marks::point(chart, place, 6, source.number(cheaper), style)
            })?;
        }
        Ok(())
    })?;
    let plot = Plot { file: format!("sensitivity_{number}_{task}.svg"), title, caption, block_id: None };
    Ok(Some(Drawing { plot, svg }))
}

fn depends(one: &Sensitivity) -> String {
    match one.p_adjusted {
        Some(p) => format!("{}: interaction with the language, adjusted p {}.", one.parameter, number::p_value(p)),
        None if !one.balanced => {
            format!("{}: its levels also differ in other parameters, so no p is given.", one.parameter)
        }
        None => format!("{}: no p can be given.", one.parameter),
    }
}
