//! One comparison on every machine that has it.

use std::collections::BTreeMap;

use schema::analysis::{CellAnalysis, Comparison, Role, Verdict};
use schema::id::{ArmId, Id};
use stats::LEVEL;
use stats::welch::welch;

use super::Machine;
use crate::number;
use crate::orient;
use crate::words::PAIRS_MIN;

pub(crate) struct Everywhere<'a> {
    /// The cell's.
    pub(crate) label: &'a str,
    /// In the order of the machines.
    pub(crate) each: Vec<Option<(&'a CellAnalysis, &'a Comparison)>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Agreement {
    Same,
    Otherwise,
    Partly,
    Open,
}

impl Agreement {
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::Same => "the same on each",
            Self::Otherwise => "otherwise on one than on another",
            Self::Partly => "shown on some only",
            Self::Open => "shown on none",
        }
    }
}

/// What a verdict says, whatever the amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Left,
    Right,
    Alike,
}

fn said(verdict: Verdict) -> Option<Said> {
    match verdict {
        Verdict::MateriallyFaster | Verdict::Faster => Some(Said::Left),
        Verdict::MateriallySlower | Verdict::Slower => Some(Said::Right),
        Verdict::Equivalent | Verdict::WithinMargin => Some(Said::Alike),
        _ => None,
    }
}

/// Comparisons of two machines or more, in the order in which the machines meet them.
pub(super) fn collect<'a>(machines: &[Machine<'a>]) -> Vec<Everywhere<'a>> {
    let mut places: BTreeMap<(&Id, &ArmId, &ArmId, &Id), usize> = BTreeMap::new();
    let mut all: Vec<Everywhere<'a>> = Vec::new();
    for (number, machine) in machines.iter().enumerate() {
        for cell in &machine.analysis.cells {
            for comparison in cell.comparisons.iter().filter(|comparison| comparison.role != Role::Calibration) {
                let key = (&cell.cell.cell_id, &comparison.left, &comparison.right, &comparison.metric);
                let place = *places.entry(key).or_insert_with(|| {
                    all.push(Everywhere { label: &cell.cell.label, each: vec![None; machines.len()] });
                    all.len() - 1
                });
                all[place].each[number] = Some((cell, comparison));
            }
        }
    }
    all.retain(|one| one.there().count() >= 2);
    all
}

impl<'a> Everywhere<'a> {
    fn there(&self) -> impl Iterator<Item = (&'a CellAnalysis, &'a Comparison)> {
        self.each.iter().copied().flatten()
    }

    pub(super) fn agreement(&self) -> Agreement {
        let shown: Vec<Said> = self.there().filter_map(|(_, comparison)| said(comparison.verdict)).collect();
        let Some(first) = shown.first() else { return Agreement::Open };
        if shown.iter().any(|other| other != first) {
            Agreement::Otherwise
        } else if shown.len() == self.there().count() {
            Agreement::Same
        } else {
            Agreement::Partly
        }
    }

    /// That machine's ratio over the first one's, with Welch's interval; none for the first itself.
    pub(super) fn over_first(&self, letter: char, machines: &[Machine<'_>]) -> Option<String> {
        let place = machines.iter().position(|machine| machine.letter == letter)?;
        let first = self.each.iter().position(Option::is_some).filter(|first| *first != place)?;
        let (one, other) = (round_ratios(self.each[place]?)?, round_ratios(self.each[first]?)?);
        let n = (one.len() as u32, other.len() as u32);
        if n.0.min(n.1) < PAIRS_MIN {
            return None;
        }
        let found = welch(&one, &other, LEVEL).ok()?;
        let (ratio, interval) = (number::ratio(found.ratio, Some(found.interval)), number::interval(found.interval));
        Some(format!("{ratio} ({interval}), n = {} and {}", n.0, n.1))
    }
}

fn round_ratios((cell, comparison): (&CellAnalysis, &Comparison)) -> Option<Vec<f64>> {
    let values = |arm: &ArmId| Some(&orient::arm(cell, arm)?.metrics.get(&comparison.metric)?.values);
    let pairs = values(&comparison.left)?.iter().zip(values(&comparison.right)?);
    let ratios = pairs.filter_map(|(left, right)| Some((*left)? / (*right)?));
    Some(ratios.filter(|ratio| ratio.is_finite() && *ratio > 0.0).collect())
}
