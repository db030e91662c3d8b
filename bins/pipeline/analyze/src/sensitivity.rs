//! How the ratio of two implementations depends on each parameter of their cells: the interaction of
//! language and parameter, on the log scale. Not "the share of wins at each level".

use std::collections::{BTreeMap, BTreeSet};

use schema::block::Cell;
use schema::detail::{Level, Sensitivity};
use schema::id::{Id, Variant};
use schema::implementation::{Class, Language};
use stats::paired::LogRatios;
use stats::{LEVEL, describe, factors, multiple, pooled};

use crate::compare::Draft;

/// By domain, task, the two implementations and the metric.
type Key = (Id, Id, Id, Id, &'static str);

/// One cell of a group: its parameters' values, and its log ratios.
struct Point {
    parameters: BTreeMap<String, String>,
    ratios: LogRatios,
}

pub(crate) fn analyze(drafts: &[Draft<'_>]) -> Vec<Sensitivity> {
    let mut groups: BTreeMap<Key, Vec<Point>> = BTreeMap::new();
    for draft in drafts.iter().filter(|draft| is_of_interest(draft)) {
        let Ok(ratios) = &draft.ratios else { continue };
        let block = &draft.finished.block;
        let (left, right) = (&draft.left.facts.implementation, &draft.right.facts.implementation);
        let key = (block.domain.clone(), block.cell.task.clone(), left.clone(), right.clone(), draft.metric.id);
        groups.entry(key).or_default().push(Point { parameters: parameters(&block.cell), ratios: ratios.clone() });
    }
    let mut found: Vec<Sensitivity> = groups.iter().flat_map(|(key, points)| of_group(key, points)).collect();
    adjust(&mut found);
    found
}

/// Like against like, Rust against Python, on the metric of the cell's own mode alone.
fn is_of_interest(draft: &Draft<'_>) -> bool {
    let (left, right) = (draft.left.facts, draft.right.facts);
    let classes = left.class == right.class && matches!(left.class, Class::Library | Class::Tuned);
    let languages = (left.language, right.language) == (Language::Rust, Language::Python);
    let plain = left.arm.variant == Variant::Plain && right.arm.variant == Variant::Plain;
    let of_mode = draft.metric.headline == [draft.finished.block.cell.mode];
    classes && languages && plain && of_mode && draft.measures && draft.can_be_judged()
}

fn parameters(cell: &Cell) -> BTreeMap<String, String> {
    let own = cell
        .hyperparameters
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
    let common = [
        ("algorithm", cell.algorithm.to_string()),
        ("dataset", cell.dataset.to_string()),
        ("threads", cell.threads.to_string()),
    ];
    own.chain(common.map(|(name, value)| (name.to_owned(), value))).collect()
}

fn of_group(key: &Key, points: &[Point]) -> Vec<Sensitivity> {
    let names: BTreeSet<&String> = points.iter().flat_map(|point| point.parameters.keys()).collect();
    names.into_iter().filter_map(|name| of_parameter(key, points, name)).collect()
}

fn of_parameter((domain, task, left, right, metric): &Key, points: &[Point], name: &str) -> Option<Sensitivity> {
    let mut levels: BTreeMap<&str, Vec<&Point>> = BTreeMap::new();
    for point in points {
        levels.entry(point.parameters.get(name)?).or_default().push(point);
    }
    if levels.len() < 2 {
        return None;
    }
    let balanced = is_balanced(&levels, name);
    let groups: Vec<Vec<f64>> =
        levels.values().map(|cells| cells.iter().flat_map(|cell| cell.ratios.logs().to_vec()).collect()).collect();
    let as_measured: Vec<&[f64]> = groups.iter().map(Vec::as_slice).collect();
    Some(Sensitivity {
        domain: domain.clone(),
        task: task.clone(),
        left: left.clone(),
        right: right.clone(),
        metric: Id::new(*metric).ok()?,
        parameter: name.to_owned(),
        levels: levels.iter().filter_map(|(value, cells)| level(value, cells)).collect(),
        balanced,
        omega_squared: factors::one_way(&as_measured).ok().filter(|_| balanced).map(|effect| effect.omega_squared),
        p: if balanced { interaction_p(&levels, name) } else { None },
        p_adjusted: None,
    })
}

/// Whether every level occurs once with each combination of the other parameters.
fn is_balanced(levels: &BTreeMap<&str, Vec<&Point>>, name: &str) -> bool {
    let others = |cells: &Vec<&Point>| -> Vec<BTreeMap<String, String>> {
        let mut found: Vec<BTreeMap<String, String>> = cells.iter().map(|cell| without(cell, name)).collect();
        found.sort();
        found
    };
    let mut all = levels.values().map(others);
    let first = all.next();
    first.is_some_and(|first| first.windows(2).all(|pair| pair[0] != pair[1]) && all.all(|other| other == first))
}

fn without(cell: &Point, name: &str) -> BTreeMap<String, String> {
    cell.parameters
        .iter()
        .filter(|(other, _)| *other != name)
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// What the other parameters do is taken off first: it is no noise.
fn interaction_p(levels: &BTreeMap<&str, Vec<&Point>>, name: &str) -> Option<f64> {
    let mut of_others: BTreeMap<BTreeMap<String, String>, Vec<f64>> = BTreeMap::new();
    for cell in levels.values().flatten() {
        of_others.entry(without(cell, name)).or_default().push(cell.ratios.mean_log());
    }
    let adjusted = |cell: &Point| -> Option<Vec<f64>> {
        let taken_off = describe::mean(of_others.get(&without(cell, name))?).ok()?;
        Some(cell.ratios.logs().iter().map(|log| log - taken_off).collect())
    };
    let groups: Vec<Vec<f64>> = levels
        .values()
        .map(|cells| Some(cells.iter().map(|cell| adjusted(cell)).collect::<Option<Vec<_>>>()?.concat()))
        .collect::<Option<_>>()?;
    let groups: Vec<&[f64]> = groups.iter().map(Vec::as_slice).collect();
    factors::one_way(&groups).ok().map(|effect| effect.p)
}

fn level(value: &str, cells: &[&Point]) -> Option<Level> {
    let ratios: Vec<LogRatios> = cells.iter().map(|cell| cell.ratios.clone()).collect();
    let interval = match ratios.as_slice() {
        [one] => one.interval(LEVEL).ok(),
        several => pooled::geometric_mean(several, LEVEL).ok().map(|found| found.interval),
    };
    let means: Vec<f64> = ratios.iter().map(LogRatios::mean_log).collect();
    Some(Level {
        value: value.to_owned(),
        cells: cells.len() as u32,
        n: ratios.iter().map(LogRatios::n).sum::<usize>() as u32,
        ratio: describe::mean(&means).ok()?.exp(),
        interval,
    })
}

/// Holm over all parameters that have a p.
fn adjust(found: &mut [Sensitivity]) {
    let p: Vec<f64> = found.iter().filter_map(|one| one.p).collect();
    let with_p = found.iter_mut().filter(|one| one.p.is_some());
    for (one, p) in with_p.zip(multiple::holm(&p).unwrap_or_default()) {
        one.p_adjusted = Some(p);
    }
}
