//! What this study measured of each way: geometric means over the cells in which every way has a
//! value, and facts of the builds.

use std::collections::{BTreeMap, BTreeSet};

use schema::analysis::{Analysis, ArmAnalysis, CellAnalysis, Role, Verdict};
use schema::assessment::Way;
use schema::id::{Id, Variant};
use schema::implementation::{Class, Implementation, Language};
use schema::params::Mode;
use schema::selection::Selection;

use super::{Known, Table, Value};
use crate::number::{count, quantity, significant};

/// A criterion that is measured: its name, the metric, and the mode of the cells that it is taken from.
pub struct Criterion {
    pub id: &'static str,
    metric: &'static str,
    mode: Option<Mode>,
}

pub const CRITERIA: [Criterion; 4] = [
    Criterion { id: "work_time", metric: "work_ns", mode: Some(Mode::Warm) },
    Criterion { id: "process_time", metric: "wall_ns", mode: Some(Mode::Cold) },
    Criterion { id: "start_up", metric: "startup_ns", mode: None },
    Criterion { id: "peak_memory", metric: "rss_peak_bytes", mode: None },
];
/// The score of config/frameworks.yaml, from facts with source and date.
pub const FRAMEWORK: &str = "framework";

type Who = BTreeMap<Way, BTreeSet<Id>>;

pub(super) fn table(
    task: &Id,
    selection: &Selection,
    analysis: &Analysis,
    implementations: &BTreeMap<Id, Implementation>,
) -> (Table, Who) {
    let cells: Vec<&CellAnalysis> =
        analysis.cells.iter().filter(|cell| cell.cell.task == *task && same_work(cell)).collect();
    let mut who = Who::new();
    for arm in cells.iter().flat_map(|cell| plain(cell)) {
        if let Some(way) = way_of(arm) {
            who.entry(way).or_default().insert(arm.facts.implementation.clone());
        }
    }
    let mut table = Table::new();
    for criterion in &CRITERIA {
        add(&mut table, criterion.id, measured(&cells, criterion, &who));
    }
    add(&mut table, FRAMEWORK, framework(selection, &who));
    for (id, fact) in FACTS {
        add(&mut table, id, facts(implementations, &who, *fact));
    }
    (table, who)
}

fn add(table: &mut Table, criterion: &str, ways: BTreeMap<Way, Known>) {
    if let Some(id) = Id::new(criterion).ok().filter(|_| !ways.is_empty()) {
        table.insert(id, ways);
    }
}

/// Unequal work is no basis for choosing between those who did it.
fn same_work(cell: &CellAnalysis) -> bool {
    let about_time = |role| matches!(role, Role::Library | Role::Tuned);
    cell.comparisons.iter().filter(|c| about_time(c.role)).all(|c| c.verdict != Verdict::NotComparable)
}

fn plain(cell: &CellAnalysis) -> impl Iterator<Item = &ArmAnalysis> {
    cell.arms.iter().filter(|arm| arm.facts.arm.variant == Variant::Plain)
}

fn way_of(arm: &ArmAnalysis) -> Option<Way> {
    match (arm.facts.language, arm.facts.class) {
        (Language::Python, Class::Library) => Some(Way::Python),
        (Language::Python, Class::Tuned) => Some(Way::PythonMended),
        (Language::Rust, Class::Library) => Some(Way::Rust),
        (Language::Rust, Class::Tuned) => Some(Way::RustTuned),
        (Language::Other, _) => None,
    }
}

struct Seen {
    ln: f64,
    variance: f64,
    n: u32,
    unit: String,
}

fn measured(cells: &[&CellAnalysis], criterion: &Criterion, who: &Who) -> BTreeMap<Way, Known> {
    let of_mode = cells.iter().filter(|cell| criterion.mode.is_none_or(|mode| cell.cell.mode == mode));
    let mut by_way: BTreeMap<Way, Vec<Seen>> = BTreeMap::new();
    for cell in of_mode {
        let seen: BTreeMap<Way, Seen> =
            who.keys().filter_map(|way| Some((*way, best(cell, *way, criterion)?))).collect();
        if seen.len() == who.len() {
            for (way, seen) in seen {
                by_way.entry(way).or_default().push(seen);
            }
        }
    }
    by_way.into_iter().map(|(way, seen)| (way, together(&seen))).collect()
}

/// The cheapest implementation of a way in one cell.
fn best(cell: &CellAnalysis, way: Way, criterion: &Criterion) -> Option<Seen> {
    plain(cell)
        .filter(|arm| way_of(arm) == Some(way))
        .filter_map(|arm| {
            arm.metrics.iter().find(|(id, _)| id.as_str() == criterion.metric).map(|(_, summary)| summary)
        })
        .filter_map(|summary| {
            let mean = summary.geometric_mean.filter(|mean| mean.is_finite() && *mean > 0.0)?;
            let variance = summary.cv.map_or(0.0, |cv| cv * cv / f64::from(summary.n.max(1)));
            Some(Seen { ln: mean.ln(), variance, n: summary.n, unit: summary.unit.clone() })
        })
        .min_by(|a, b| a.ln.total_cmp(&b.ln))
}

fn together(seen: &[Seen]) -> Known {
    let cells = seen.len() as f64;
    let ln = seen.iter().map(|s| s.ln).sum::<f64>() / cells;
    let se = seen.iter().map(|s| s.variance).sum::<f64>().sqrt() / cells;
    let runs: u32 = seen.iter().map(|s| s.n).sum();
    let unit = seen.first().map_or("", |s| s.unit.as_str());
    let rests_on = format!(
        "measured: {}, geometric mean over {} ({}, standard error {} %)",
        quantity(unit, ln.exp()),
        count(seen.len() as u32, "cell", "cells"),
        count(runs, "run", "runs"),
        significant(se * 100.0, 2)
    );
    Known { value: Value::Cost { ln, se }, rests_on }
}

fn framework(selection: &Selection, who: &Who) -> BTreeMap<Way, Known> {
    let mut known = BTreeMap::new();
    for (way, implementations) in who {
        let scored = selection.chosen.iter().filter(|chosen| implementations.contains(&chosen.implementation));
        let best = scored.filter_map(|chosen| Some((chosen.score?, chosen))).max_by(|(a, _), (b, _)| a.total_cmp(b));
        if let Some((score, chosen)) = best {
            let rests_on =
                format!("facts of config/frameworks.yaml about {}: {}", chosen.implementation, chosen.because);
            known.insert(*way, Known { value: Value::Score(score), rests_on });
        }
    }
    known
}

pub type Fact = fn(&Implementation) -> Option<(f64, &'static str)>;

/// Facts of the builds: exact, so without a standard error.
pub const FACTS: &[(&str, Fact)] = &[
    ("deployed_size", |of| Some((of.facts.executable_bytes.or(of.facts.environment_bytes)? as f64, "bytes"))),
    ("dependencies", |of| Some((f64::from(of.facts.dependencies?), "packages"))),
    ("lines_of_code", |of| Some((f64::from(of.facts.lines_of_code?), "lines"))),
];

fn facts(implementations: &BTreeMap<Id, Implementation>, who: &Who, fact: Fact) -> BTreeMap<Way, Known> {
    let mut known = BTreeMap::new();
    for (way, ids) in who {
        let found = ids.iter().filter_map(|id| Some((fact(implementations.get(id)?)?, id)));
        let least = found.min_by(|((a, _), _), ((b, _), _)| a.total_cmp(b));
        if let Some(((value, unit), id)) = least {
            // Nothing at all is as cheap as one: the logarithm needs something to start from.
            let value_ln = value.max(1.0).ln();
            let rests_on = format!("of the build of {id}: {}", quantity(unit, value));
            known.insert(*way, Known { value: Value::Cost { ln: value_ln, se: 0.0 }, rests_on });
        }
    }
    known
}
