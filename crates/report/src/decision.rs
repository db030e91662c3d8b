//! The decision matrix: the ways to do a task, scored by what was measured here and what the user
//! stated, weighted by use case, and how likely another way would come first.

mod flips;
mod measured;

use std::collections::{BTreeMap, BTreeSet};

use schema::analysis::Analysis;
use schema::assessment::{
    AssessmentInputs, CriterionScore, Decision, DecisionInputs, StatedScore, UseCase, Way, WayScore,
};
use schema::id::Id;
use schema::implementation::Implementation;
use schema::selection::Selection;

pub use measured::{CRITERIA, FACTS, FRAMEWORK, Fact};

/// The order of columns: what is kept, what mends it, what replaces it.
pub const WAYS: [Way; 5] = [Way::Python, Way::PythonMended, Way::PythonWithRustInside, Way::Rust, Way::RustTuned];

pub const SCORE_MAX: f64 = 5.0;

pub fn way_name(way: Way) -> &'static str {
    match way {
        Way::Python => "Python as users call it",
        Way::PythonMended => "keep Python and mend it (tuned)",
        Way::PythonWithRustInside => "Python outside, Rust inside",
        Way::Rust => "Rust as users call it",
        Way::RustTuned => "tuned Rust",
    }
}

/// What is known of one way in one criterion.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// A score as it is, or a cost from which scores follow.
    pub(crate) value: Value,
    pub(crate) rests_on: String,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Value {
    Score(f64),
    /// ln of the cost, and the standard error of that.
    Cost {
        ln: f64,
        se: f64,
    },
}

/// By criterion, then by way.
pub(crate) type Table = BTreeMap<Id, BTreeMap<Way, Known>>;

/// Every task in every use case; nothing of a study that measures nothing.
pub fn decide(
    inputs: &AssessmentInputs,
    selection: &Selection,
    analysis: &Analysis,
    implementations: &BTreeMap<Id, Implementation>,
) -> Vec<Decision> {
    if !analysis.measures || !analysis.measured_build {
        return Vec::new();
    }
    let mut decisions = Vec::new();
    for (_, task) in crate::assessment::tasks(analysis) {
        let (mut table, who) = measured::table(task, selection, analysis, implementations);
        add_stated(&mut table, &inputs.decision.stated);
        for (id, use_case) in ordered(&inputs.decision) {
            decisions.push(one(&inputs.decision, task, id, use_case, &table, &who));
        }
    }
    decisions
}

/// `yours` first.
fn ordered(inputs: &DecisionInputs) -> impl Iterator<Item = (&Id, &UseCase)> {
    let yours = |id: &Id| id.as_str() == "yours";
    let (first, rest): (Vec<_>, Vec<_>) = inputs.use_cases.iter().partition(|(id, _)| yours(id));
    first.into_iter().chain(rest)
}

fn add_stated(table: &mut Table, stated: &[StatedScore]) {
    for score in stated {
        let rests_on = format!("stated: {} ({}, {})", score.because, score.source, score.date);
        let known = Known { value: Value::Score(score.score), rests_on };
        table.entry(score.criterion.clone()).or_default().insert(score.way, known);
    }
}

fn one(
    inputs: &DecisionInputs,
    task: &Id,
    id: &Id,
    use_case: &UseCase,
    table: &Table,
    who: &BTreeMap<Way, BTreeSet<Id>>,
) -> Decision {
    let wanted = use_case.weights.iter().filter(|(_, weight)| weight.0 > 0.0);
    let (known, unknown): (Vec<_>, Vec<_>) =
        wanted.map(|(criterion, weight)| (criterion.clone(), weight.0)).partition(|(c, _)| table.contains_key(c));
    let weights: BTreeMap<Id, f64> = known.into_iter().collect();
    let of_use_case: Table =
        table.iter().filter(|(id, _)| weights.contains_key(id)).map(|(i, w)| (i.clone(), w.clone())).collect();
    let scores = scores(&of_use_case, inputs.worthless_ratio);
    let ways: Vec<WayScore> = WAYS.into_iter().map(|way| of_way(way, &weights, &of_use_case, &scores, who)).collect();
    let ranked: Vec<Way> = ways.iter().filter(|way| way.total.is_some()).map(|way| way.way).collect();
    let firm = flips::judge(inputs, &weights, &of_use_case, &ranked);
    Decision {
        task: task.clone(),
        use_case: id.clone(),
        title: use_case.title.clone(),
        weights,
        unknown: unknown.into_iter().map(|(criterion, _)| criterion).collect(),
        ways,
        recommended: firm.as_ref().map(|firm| firm.recommended),
        flips: firm.as_ref().map(|firm| firm.flips),
        settles: firm.and_then(|firm| firm.settles),
    }
}

fn of_way(
    way: Way,
    weights: &BTreeMap<Id, f64>,
    table: &Table,
    scores: &BTreeMap<(Id, Way), f64>,
    who: &BTreeMap<Way, BTreeSet<Id>>,
) -> WayScore {
    let mut criteria = BTreeMap::new();
    let mut missing = Vec::new();
    for criterion in weights.keys() {
        match (scores.get(&(criterion.clone(), way)), table[criterion].get(&way)) {
            (Some(score), Some(known)) => {
                let score = CriterionScore { score: *score, rests_on: known.rests_on.clone() };
                criteria.insert(criterion.clone(), score);
            }
            _ => missing.push(criterion.clone()),
        }
    }
    let total = (missing.is_empty() && !weights.is_empty()).then(|| {
        let sum: f64 = criteria.iter().map(|(criterion, score)| weights[criterion] * score.score).sum();
        sum / weights.values().sum::<f64>()
    });
    let implementations = who.get(&way).into_iter().flatten().cloned().collect();
    WayScore { way, implementations, total, criteria, missing }
}

/// The best cost scores 5, one `worthless` times it 0, logarithmic between.
pub(crate) fn scores(table: &Table, worthless: f64) -> BTreeMap<(Id, Way), f64> {
    let mut scores = BTreeMap::new();
    for (criterion, ways) in table {
        let cost = |known: &Known| match known.value {
            Value::Cost { ln, .. } => Some(ln),
            Value::Score(_) => None,
        };
        let best = ways.values().filter_map(cost).fold(f64::INFINITY, f64::min);
        for (way, known) in ways {
            let score = match known.value {
                Value::Score(score) => score,
                Value::Cost { ln, .. } => (SCORE_MAX * (1.0 - (ln - best) / worthless.ln())).clamp(0.0, SCORE_MAX),
            };
            scores.insert((criterion.clone(), *way), score);
        }
    }
    scores
}

#[cfg(test)]
mod tests;
