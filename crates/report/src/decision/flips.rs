//! How firm a recommendation is: weights and measurements are drawn again and again, within what
//! they are uncertain by, and it is counted how often another way comes first.

use std::collections::BTreeMap;

use schema::assessment::{DecisionInputs, Way};
use schema::id::Id;
use stats::random::Stream;

use super::{Known, Table, Value, scores};

pub(super) struct Firm {
    pub(super) recommended: Way,
    pub(super) flips: f64,
    pub(super) settles: Option<(Id, f64)>,
}

/// Scores closer than this are level: then none is recommended.
const LEVEL: f64 = 1e-9;
/// Below this share of flips there is nothing left to settle.
const FIRM: f64 = 0.01;

pub(super) fn judge(
    inputs: &DecisionInputs,
    weights: &BTreeMap<Id, f64>,
    table: &Table,
    ranked: &[Way],
) -> Option<Firm> {
    let mut totals: Vec<(Way, f64)> =
        ranked.iter().map(|way| (*way, total(weights, &scores(table, inputs.worthless_ratio), *way))).collect();
    totals.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let [(recommended, first), (_, second), ..] = totals.as_slice() else { return None };
    if first - second < LEVEL {
        return None;
    }
    let judge = |exact: Option<&Id>| share(inputs, weights, table, ranked, *recommended, exact);
    let flips = judge(None);
    let settles = (flips >= FIRM)
        .then(|| weights.keys().map(|criterion| (criterion.clone(), judge(Some(criterion)))))
        .and_then(|known| known.min_by(|(_, a), (_, b)| a.total_cmp(b)))
        .filter(|(_, left)| *left < flips);
    Some(Firm { recommended: *recommended, flips, settles })
}

fn total(weights: &BTreeMap<Id, f64>, scores: &BTreeMap<(Id, Way), f64>, way: Way) -> f64 {
    let of = |criterion: &Id| scores.get(&(criterion.clone(), way)).copied().unwrap_or_default();
    weights.iter().map(|(criterion, weight)| weight * of(criterion)).sum::<f64>() / weights.values().sum::<f64>()
}

/// The share of draws in which `first` does not come first; the criterion `exact` is not drawn.
fn share(
    inputs: &DecisionInputs,
    weights: &BTreeMap<Id, f64>,
    table: &Table,
    ranked: &[Way],
    first: Way,
    exact: Option<&Id>,
) -> f64 {
    let mut stream = Stream::new(inputs.seed, 0);
    let mut flipped = 0_u32;
    for _ in 0..inputs.draws {
        let (weights, table) = draw(inputs, weights, table, exact, &mut stream);
        let scores = scores(&table, inputs.worthless_ratio);
        let own = total(&weights, &scores, first);
        flipped += u32::from(ranked.iter().any(|way| *way != first && total(&weights, &scores, *way) > own));
    }
    f64::from(flipped) / f64::from(inputs.draws.max(1))
}

/// Every number is drawn whether or not it is used, so that the draws of the others stay the same.
fn draw(
    inputs: &DecisionInputs,
    weights: &BTreeMap<Id, f64>,
    table: &Table,
    exact: Option<&Id>,
    stream: &mut Stream,
) -> (BTreeMap<Id, f64>, Table) {
    let mut drawn = BTreeMap::new();
    for (criterion, weight) in weights {
        let factor = 1.0 + inputs.weight_uncertainty * (2.0 * stream.uniform() - 1.0);
        drawn.insert(criterion.clone(), if exact == Some(criterion) { *weight } else { weight * factor });
    }
    let mut other = Table::new();
    for (criterion, ways) in table {
        let row = other.entry(criterion.clone()).or_default();
        for (way, known) in ways {
            let normal = stream.normal();
            let value = match known.value {
                Value::Cost { ln, se } if exact != Some(criterion) => Value::Cost { ln: ln + se * normal, se },
                as_it_is => as_it_is,
            };
            row.insert(*way, Known { value, rests_on: String::new() });
        }
    }
    (drawn, other)
}
