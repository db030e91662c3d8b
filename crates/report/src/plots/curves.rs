//! Cost against one thing that varies while all else is equal: size, threads, a hyperparameter.
//! Where one side overtakes the other, the caption says where, with its interval.

use std::collections::BTreeMap;

use schema::analysis::{CellAnalysis, Role, Summary};
use schema::id::{Id, Variant};
use schema::publication::Plot;
use serde_json::Value;

use super::axis::Axis;
use super::frame::DrawError;
use super::plane::{Plane, Point, Series};
use super::{Drawing, Source};
use crate::number::{Scale, significant};
use crate::orient;

/// What a cell is, as flat names and values: the dataset's parameters, the hyperparameters, threads.
fn coordinates(cell: &CellAnalysis) -> BTreeMap<String, Value> {
    let of = &cell.cell;
    let mut all = BTreeMap::from([
        ("task".to_owned(), Value::from(of.task.as_str())),
        ("algorithm".to_owned(), Value::from(of.algorithm.as_str())),
        ("dataset".to_owned(), Value::from(of.choice.name().as_str())),
        ("mode".to_owned(), serde_json::to_value(of.mode).unwrap_or_default()),
        ("device".to_owned(), serde_json::to_value(of.device).unwrap_or_default()),
        ("threads".to_owned(), Value::from(of.threads)),
    ]);
    all.extend(of.choice.parameters());
    all.extend(of.hyperparameters.iter().map(|(name, value)| (name.clone(), value.clone())));
    all
}

/// Cells that are equal in all but one number.
struct Family<'a> {
    varies: String,
    /// What is equal, in words.
    equal: String,
    cells: Vec<(f64, &'a CellAnalysis)>,
}

/// A curve of two points is a line through anything.
const POINTS_MIN: usize = 3;
/// Threads and hyperparameters are told with two: they are rarely swept further.
const SENSITIVITY_MIN: usize = 2;

pub(super) fn draw(source: &Source<'_>, task: &Id) -> Result<Vec<Drawing>, DrawError> {
    let cells: Vec<&CellAnalysis> = source.analysis.cells.iter().filter(|cell| cell.cell.task == *task).collect();
    let mut drawings = Vec::new();
    for (number, family) in families(&cells).iter().take(FAMILIES_MAX).enumerate() {
        drawings.extend(one(source, task, number, family)?);
    }
    Ok(drawings)
}

/// A study of a thousand cells has hundreds of families; the longest ones are drawn.
const FAMILIES_MAX: usize = 6;

fn families<'a>(cells: &[&'a CellAnalysis]) -> Vec<Family<'a>> {
    let mut found: BTreeMap<(String, String), Vec<(f64, &'a CellAnalysis)>> = BTreeMap::new();
    for cell in cells {
        let all = coordinates(cell);
        for (name, value) in &all {
            let Some(value) = value.as_f64() else { continue };
            let rest: Vec<String> =
                all.iter().filter(|(other, _)| *other != name).map(|(name, value)| format!("{name} {value}")).collect();
            found.entry((name.clone(), rest.join(", "))).or_default().push((value, cell));
        }
    }
    let mut families: Vec<Family<'a>> = Vec::new();
    for ((varies, equal), mut cells) in found {
        cells.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        cells.dedup_by(|(a, _), (b, _)| a.total_cmp(b).is_eq());
        let least = if varies.starts_with("n_") { POINTS_MIN } else { SENSITIVITY_MIN };
        if cells.len() >= least {
            families.push(Family { varies, equal: equal.replace('"', ""), cells });
        }
    }
    families.sort_by_key(|family| std::cmp::Reverse(family.cells.len()));
    families
}

fn one(source: &Source<'_>, task: &Id, number: usize, family: &Family<'_>) -> Result<Option<Drawing>, DrawError> {
    let implementations: Vec<Id> = source.numbers.keys().cloned().collect();
    let largest = family
        .cells
        .iter()
        .flat_map(|(_, cell)| cell.arms.iter().filter_map(|arm| time(cell, &arm.facts.implementation)?.geometric_mean));
    let scale = Scale::of("ns", largest);
    let series: Vec<Series> = implementations
        .iter()
        .filter_map(|id| {
            let points: Vec<Point> = family.cells.iter().filter_map(|(x, cell)| point(*x, cell, id, &scale)).collect();
            let series = Series {
                name: id.to_string(),
                number: source.number(id),
                color: source.colour(id),
                points,
                joined: true,
            };
            (series.points.len() >= SENSITIVITY_MIN).then_some(series)
        })
        .collect();
    let spread = |of: &dyn Fn(&Point) -> Vec<f64>| {
        series.iter().flat_map(|s| s.points.iter().flat_map(of)).collect::<Vec<f64>>()
    };
    let xs = spread(&|point| vec![point.x]);
    let log = xs.iter().all(|x| *x > 0.0);
    let x = Axis::new(xs, log, format!("{}{}", family.varies, if log { ", log scale" } else { "" }));
    let ys = spread(&|point| {
        [Some(point.y), point.interval.map(|i| i.0), point.interval.map(|i| i.1)].into_iter().flatten().collect()
    });
    let y = Axis::new(ys, true, format!("time, {}, log scale (less is better)", scale.unit));
    let (Some(x), Some(y)) = (x, y) else { return Ok(None) };
    let title = format!("{task}: time against {}", family.varies);
    let overtaking = crossings(family).join(" ");
    let caption = format!(
        "Geometric mean over runs with its 95 % t interval; equal in all: {}. {}",
        family.equal,
        if overtaking.is_empty() { "No side overtakes the other between these values.".to_owned() } else { overtaking }
    );
    let svg = Plane { x, y }.draw(&title, &caption, &series)?;
    let plot = Plot { file: format!("against_{number}_{task}.svg"), title, caption, block_id: None };
    Ok(Some(Drawing { plot, svg }))
}

fn time<'a>(cell: &'a CellAnalysis, implementation: &Id) -> Option<&'a Summary> {
    let arm = cell
        .arms
        .iter()
        .find(|arm| arm.facts.implementation == *implementation && arm.facts.arm.variant == Variant::Plain)?;
    let metric = orient::primary_metric(cell);
    arm.metrics.iter().find(|(id, _)| id.as_str() == metric).map(|(_, summary)| summary)
}

fn point(x: f64, cell: &CellAnalysis, implementation: &Id, scale: &Scale) -> Option<Point> {
    let summary = time(cell, implementation)?;
    let mean = summary.geometric_mean.filter(|mean| *mean > 0.0)?;
    let interval = half_width(summary).map(|half| (mean / half.exp(), mean * half.exp()));
    let shown =
        interval.map_or_else(String::new, |(low, high)| format!(" ({} to {})", scale.show(low), scale.show(high)));
    Some(Point {
        x,
        y: scale.apply(mean),
        interval: interval.map(|(low, high)| (scale.apply(low), scale.apply(high))),
        hover: format!("{implementation}, {}: {}{shown}, n = {}", cell.cell.label, scale.show(mean), summary.n),
        hollow: false,
    })
}

/// Of the mean of the logarithms, 95 %.
fn half_width(summary: &Summary) -> Option<f64> {
    let n = f64::from(summary.n);
    let t = stats::student::quantile(0.975, n - 1.0).ok().filter(|_| summary.n >= 2)?;
    Some(t * summary.cv? / n.sqrt())
}

/// Where ln of the ratio passes 0 between two neighbouring values, on a straight line in the
/// logarithm of what varies; the ends of the ratio's interval give the ends of the place.
fn crossings(family: &Family<'_>) -> Vec<String> {
    let mut said = Vec::new();
    for role in [Role::Library, Role::Tuned] {
        for pair in family.cells.windows(2) {
            let [(x0, first), (x1, second)] = pair else { continue };
            let (Some(a), Some(b)) = (orient::primary(first, role).next(), orient::primary(second, role).next()) else {
                continue;
            };
            let same = a.left == b.left && a.right == b.right && orient::shows_ratio(a) && orient::shows_ratio(b);
            let (Some(from), Some(to)) = (orient::winner(a), orient::winner(b)) else { continue };
            if !same || from == to || *x0 <= 0.0 {
                continue;
            }
            let place = |at: f64, bt: f64| {
                let share = (at.ln() / (at.ln() - bt.ln())).clamp(0.0, 1.0);
                (x0.ln() + share * (x1.ln() - x0.ln())).exp()
            };
            let (Some(ra), Some(rb), Some(ia), Some(ib)) = (a.ratio, b.ratio, a.interval, b.interval) else { continue };
            let (one, other) = (place(ia.low, ib.low), place(ia.high, ib.high));
            said.push(format!(
                "{to} overtakes {from} at about {} = {} (between {} and {}, from the 95 % intervals of the ratios).",
                family.varies,
                significant(place(ra, rb), 2),
                significant(one.min(other), 2),
                significant(one.max(other), 2)
            ));
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn cells_that_differ_in_one_number_are_a_family_and_the_crossing_is_told() {
        let analysis = fixture::sizes();
        let cells: Vec<&CellAnalysis> = analysis.cells.iter().collect();
        let families = families(&cells);
        assert_eq!(families.len(), 1);
        assert_eq!(families[0].varies, "n_samples");
        let said = crossings(&families[0]);
        // Ratios 0.5 at 1,000 and 2 at 10,000: on a straight line they meet half way.
        assert!(
            said[0].starts_with("regression_sklearn overtakes regression_linfa at about n_samples = 3162")
                || said[0].contains("3.2e3")
                || said[0].contains("3200"),
            "{}",
            said[0]
        );
    }
}
