//! What the cells say together: this machine's resolution from the A/A blocks, and ratios pooled
//! over cells.

use std::collections::{BTreeMap, BTreeSet};

use schema::analysis::{Pooled, Resolution, Role};
use schema::id::{Id, Variant};
use schema::implementation::{Class, Language};
use stats::bootstrap::{self, RESAMPLES};
use stats::paired::LogRatios;
use stats::resolution::{AaBlock, Measured};
use stats::verdict::Gate;
use stats::{LEVEL, describe, pooled};

use crate::beside::of_words;
use crate::compare::{Compared, Draft};
use crate::metric::METRICS;

/// By domain and metric. Only what could be compared counts: equal work, enough rounds.
pub(crate) struct Resolutions(BTreeMap<(Id, &'static str), Measured>);

impl Resolutions {
    pub(crate) fn of(drafts: &[Draft<'_>]) -> Self {
        let mut blocks: BTreeMap<(Id, &'static str), Vec<AaBlock>> = BTreeMap::new();
        for draft in drafts.iter().filter(|draft| is_aa(draft) && draft.can_be_judged()) {
            if let Some(block) = draft.ratios.as_ref().ok().and_then(|ratios| AaBlock::of(ratios).ok()) {
                blocks.entry((draft.finished.block.domain.clone(), draft.metric.id)).or_default().push(block);
            }
        }
        Self(blocks.into_iter().filter_map(|(key, blocks)| Some((key, Measured::of(&blocks).ok()?))).collect())
    }

    pub(crate) fn gate(&self, draft: &Draft<'_>) -> Gate {
        match self.of_draft(draft) {
            _ if is_aa(draft) => Gate::Itself,
            Some(measured) => Gate::Resolution(measured.gate()),
            None => Gate::Unknown,
        }
    }

    /// What is to be said beside a comparison where the A/A blocks speak against the machine.
    pub(crate) fn doubt(&self, draft: &Draft<'_>) -> Option<&str> {
        self.of_draft(draft)
            .filter(|measured| measured.doubtful && !is_aa(draft))
            .map(|measured| measured.remark.as_str())
    }

    fn of_draft(&self, draft: &Draft<'_>) -> Option<&Measured> {
        self.0.get(&(draft.finished.block.domain.clone(), draft.metric.id))
    }

    /// One entry for each domain and metric that can carry a claim, also where nothing is known.
    pub(crate) fn listed(&self, metrics: &BTreeSet<(Id, usize)>) -> Vec<Resolution> {
        let metrics = metrics.iter().map(|(domain, place)| (domain, &METRICS[*place]));
        let listed = metrics.filter(|(_, metric)| !metric.server_clock).map(|(domain, metric)| {
            let measured = self.0.get(&(domain.clone(), metric.id));
            Resolution {
                domain: domain.clone(),
                metric: metric.name(),
                ratio: measured.map(|measured| measured.ratio),
                aa_blocks: measured.map_or(0, |measured| measured.blocks as u32),
                aa_called_different: measured.map_or(0, |measured| measured.called_different as u32),
                remark: measured.map_or_else(
                    || "no implementation was compared with itself, so no difference is claimed".to_owned(),
                    |measured| measured.remark.clone(),
                ),
            }
        });
        listed.collect()
    }
}

fn is_aa(draft: &Draft<'_>) -> bool {
    draft.role == Role::Calibration && draft.right.facts.arm.variant == Variant::A2
}

type Key = (Id, &'static str, Role, Class, Class);

/// Rust against Python, for each domain, metric and pair of classes.
pub(crate) fn pool(drafts: &[Draft<'_>]) -> Vec<Pooled> {
    let mut groups: BTreeMap<Key, Vec<&Draft<'_>>> = BTreeMap::new();
    for draft in drafts {
        let (left, right) = (draft.left.facts, draft.right.facts);
        let languages = (left.language, right.language) == (Language::Rust, Language::Python);
        let cell = &draft.finished.block;
        if languages && draft.measures && draft.metric.headline.contains(&cell.cell.mode) {
            let key = (cell.domain.clone(), draft.metric.id, draft.role, left.class, right.class);
            groups.entry(key).or_default().push(draft);
        }
    }
    let mixed = |group: &[&Draft<'_>]| {
        let modes: BTreeSet<_> = group.iter().map(|draft| draft.finished.block.cell.mode).collect();
        modes.len() > 1
    };
    for group in groups.values_mut().filter(|group| mixed(group)) {
        // Memory is a headline of both modes: warm cells and cold ones never enter one average.
        group.retain(|draft| draft.finished.block.cell.mode == schema::params::Mode::Warm);
    }
    groups.into_iter().filter_map(|(key, group)| one(key, &group)).collect()
}

fn one((domain, metric, role, left_class, right_class): Key, group: &[&Draft<'_>]) -> Option<Pooled> {
    let mut cells: BTreeMap<&Id, Vec<&Draft<'_>>> = BTreeMap::new();
    for draft in group {
        cells.entry(&draft.finished.block.block_id).or_default().push(draft);
    }
    let (ratios, costs): (Vec<LogRatios>, Vec<Vec<(f64, f64)>>) =
        cells.values().filter_map(|drafts| cell(drafts)).unzip();
    let found = pooled::geometric_mean(&ratios, LEVEL).ok();
    let names = |side: fn(&Draft<'_>) -> Id| {
        group.iter().map(|draft| side(draft)).collect::<BTreeSet<Id>>().into_iter().collect()
    };
    let classes = format!("{role:?} {left_class:?} {right_class:?}");
    let draws = (RESAMPLES, of_words(group.first()?.seed, &[domain.as_str(), metric, &classes]));
    Some(Pooled {
        domain,
        metric: Id::new(metric).ok()?,
        role,
        left_class,
        right_class,
        left: names(|draft| draft.left.facts.implementation.clone()),
        right: names(|draft| draft.right.facts.implementation.clone()),
        cells: ratios.len() as u32,
        cells_not_comparable: (cells.len() - ratios.len()) as u32,
        geometric_mean_ratio: found.map(|found| found.ratio),
        interval: found.map(|found| found.interval),
        total_ratio: found.and_then(|_| total_ratio(&costs)),
        total_interval: found.and_then(|_| bootstrap::ratio_of_totals(&costs, LEVEL, draws).ok()),
        interval_like_these: bootstrap::cells_like_these(&ratios, LEVEL, draws).ok(),
        verdicts: BTreeMap::new(),
    })
}

/// The cells' mean costs summed, each cell with what one run of it costs.
fn total_ratio(cells: &[Vec<(f64, f64)>]) -> Option<f64> {
    let (mut left, mut right) = (0.0, 0.0);
    for rounds in cells {
        let (one, other): (Vec<f64>, Vec<f64>) = rounds.iter().copied().unzip();
        left += describe::mean(&one).ok()?;
        right += describe::mean(&other).ok()?;
    }
    Some(left / right).filter(|ratio| ratio.is_finite())
}

/// A cell's log ratios and costs, round by round. Several comparisons of one cell share runs, so they
/// are averaged in each round, and the cell counts once.
fn cell(drafts: &[&Draft<'_>]) -> Option<(LogRatios, Vec<(f64, f64)>)> {
    let comparable: Vec<&&Draft<'_>> = drafts.iter().filter(|draft| draft.is_comparable()).collect();
    let mut by_round: BTreeMap<u32, Vec<(f64, f64, f64)>> = BTreeMap::new();
    for draft in &comparable {
        let ratios = draft.ratios.as_ref().ok()?;
        for ((round, left, right), log) in draft.rounds.iter().zip(ratios.logs()) {
            by_round.entry(*round).or_default().push((*log, *left, *right));
        }
    }
    let whole = by_round.into_values().filter(|found| found.len() == comparable.len());
    let (mut logs, mut costs) = (Vec::new(), Vec::new());
    for found in whole {
        let mean = |of: fn(&(f64, f64, f64)) -> f64| describe::mean(&found.iter().map(of).collect::<Vec<f64>>()).ok();
        logs.push(mean(|one| one.0)?);
        costs.push((mean(|one| one.1)?, mean(|one| one.2)?));
    }
    let ratios = LogRatios::of_logs(logs).ok().filter(|ratios| ratios.n() >= 2)?;
    Some((ratios, costs))
}

/// How many comparisons of each pooled entry's kind have which verdict.
pub(crate) fn count_verdicts(pooled: &mut [Pooled], compared: &[Compared<'_>]) {
    for one in pooled {
        let is_meant = |compared: &&Compared<'_>| {
            let comparison = &compared.comparison;
            (&compared.finished.block.domain, &comparison.metric, comparison.role)
                == (&one.domain, &one.metric, one.role)
                && one.left.contains(&comparison.left.implementation)
                && one.right.contains(&comparison.right.implementation)
        };
        for compared in compared.iter().filter(is_meant) {
            *one.verdicts.entry(compared.comparison.verdict).or_default() += 1;
        }
    }
}
