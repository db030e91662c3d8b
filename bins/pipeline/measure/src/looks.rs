//! Whether a block's rounds may end early: at fixed looks only, by the width of the intervals and never by
//! what they say, all arms together (STATS 2.8). Peeking at p-values would find differences that are not there.

use std::collections::BTreeMap;

use schema::block::{Arm, Block};
use schema::id::{ArmId, Variant};
use schema::record::Record;
use stats::LEVEL;
use stats::paired::LogRatios;

/// The costs of the runs so far, as the looks need them.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    costs: BTreeMap<ArmId, BTreeMap<u32, f64>>,
}

impl Looks {
    pub(crate) fn add(&mut self, record: &Record) {
        if let Some(cost) = record.cost_ns() {
            self.costs.entry(record.identity.arm.clone()).or_default().insert(record.identity.round, cost);
        }
    }

    /// After `done` rounds: the largest half width in per cent, where this is a look and it is narrow enough.
    pub(crate) fn narrow_enough(&self, block: &Block, done: u32) -> Option<f64> {
        let until = block.sampling.until.as_ref().filter(|until| until.looks.contains(&done))?;
        let widths: Option<Vec<f64>> =
            pairs(block).into_iter().map(|(left, right)| self.half_width_percent(left, right)).collect();
        let widest = widths?.into_iter().reduce(f64::max)?;
        (widest <= until.half_width_percent).then_some(widest)
    }

    /// None where too few rounds have both.
    fn half_width_percent(&self, left: &ArmId, right: &ArmId) -> Option<f64> {
        let (left, right) = (self.costs.get(left)?, self.costs.get(right)?);
        let both: Vec<(f64, f64)> = left.iter().filter_map(|(round, cost)| Some((*cost, *right.get(round)?))).collect();
        if both.len() < stats::RUNS_TO_CLAIM {
            return None;
        }
        let interval = LogRatios::of(&both).ok()?.interval(LEVEL).ok()?;
        Some(((interval.high / interval.low).sqrt() - 1.0) * 100.0)
    }
}

/// Every two implementations of different languages; where there is one language only, every two.
fn pairs(block: &Block) -> Vec<(&ArmId, &ArmId)> {
    let plain: Vec<&Arm> = block.arms.iter().filter(|arm| arm.facts.arm.variant == Variant::Plain).collect();
    let mut all = Vec::new();
    for (place, left) in plain.iter().enumerate() {
        all.extend(plain[place + 1..].iter().map(|right| (&left.facts, &right.facts)));
    }
    let across = all.iter().any(|(left, right)| left.language != right.language);
    let compared = all.into_iter().filter(|(left, right)| !across || left.language != right.language);
    compared.map(|(left, right)| (&left.arm, &right.arm)).collect()
}
