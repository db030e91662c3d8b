//! config/assessment.yaml: what a recommendation weighs and what things cost, as far as nobody but
//! the user can know it; and what phase 6 makes of it, as parts of `assessment.json`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::Interval;
use crate::id::Id;

/// config/assessment.yaml. What is empty is not known, and nothing is computed from it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessmentInputs {
    pub decision: DecisionInputs,
    pub costs: CostInputs,
    pub alerts: AlertInputs,
}

/// The ways to do the work. Two ways to keep Python stand beside the two languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Python's libraries as users call them.
    Python,
    /// The third way, measured: keep Python and mend it (the tuned Python).
    PythonMended,
    /// The third way, not measured: Python outside, Rust workers inside.
    PythonWithRustInside,
    /// Rust's libraries as users call them.
    Rust,
    /// The best Rust that an expert can write.
    RustTuned,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionInputs {
    /// A measured cost this many times the best one's scores 0; the best scores 5; logarithmic between.
    #[schemars(range(min = 1.1, max = 1000.0))]
    pub worthless_ratio: f64,
    /// Each weight may as well be this share smaller or larger.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub weight_uncertainty: f64,
    /// Draws of weights and measurements, from which the share of flips is counted.
    #[schemars(range(min = 100, max = 1_000_000))]
    pub draws: u32,
    pub seed: u64,
    /// Each with weights of its own; `yours` comes first.
    #[schemars(length(min = 1))]
    pub use_cases: BTreeMap<Id, UseCase>,
    /// Scores that nothing here can measure: the team's skills, hiring, iteration speed.
    #[serde(default)]
    pub stated: Vec<StatedScore>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UseCase {
    pub title: String,
    /// A criterion of the closed list, or one that `stated` scores.
    #[schemars(length(min = 1))]
    pub weights: BTreeMap<Id, Weight>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Weight(#[schemars(range(min = 0.0, max = 100.0))] pub f64);

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatedScore {
    pub way: Way,
    pub criterion: Id,
    #[schemars(range(min = 0.0, max = 5.0))]
    pub score: f64,
    pub because: String,
    pub source: String,
    /// `YYYY-MM-DD`.
    pub date: String,
}

/// Money and hours: the user's own, or empty.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostInputs {
    /// True as long as the figures are examples and not the user's own; the report says so.
    pub example: bool,
    pub currency: String,
    pub runs_per_month: Option<f64>,
    pub machine_hour_price: Option<f64>,
    pub working_hour_price: Option<f64>,
    #[schemars(range(min = 0.1, max = 50.0))]
    pub years: f64,
    pub python: SideCosts,
    pub rust: SideCosts,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SideCosts {
    /// Hours to write it, once.
    pub development_hours: Option<f64>,
    /// Hours to run and mend it, a month.
    pub operations_hours_per_month: Option<f64>,
}

/// The names of the metrics that the user's own service exports.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertInputs {
    pub seconds_metric: String,
    pub memory_metric: String,
    /// How long a limit must be passed before anyone is woken.
    pub wait: String,
}

/// One use case of one task: scores, recommendation and how firm it is.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    pub task: Id,
    pub use_case: Id,
    pub title: String,
    /// The criteria that count here, with their weights.
    pub weights: BTreeMap<Id, f64>,
    /// Criteria with a weight that nothing is known about here.
    pub unknown: Vec<Id>,
    pub ways: Vec<WayScore>,
    /// None where fewer than two ways could be ranked, or where the first two are level.
    pub recommended: Option<Way>,
    /// The share of draws in which another way comes first.
    pub flips: Option<f64>,
    /// The criterion whose exact knowledge would firm the recommendation up most, with the share of
    /// flips that would remain.
    pub settles: Option<(Id, f64)>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WayScore {
    pub way: Way,
    pub implementations: Vec<Id>,
    /// 0 to 5, weighted; none where a criterion that counts is not known of this way.
    pub total: Option<f64>,
    pub criteria: BTreeMap<Id, CriterionScore>,
    /// The criteria that keep it out of the ranking.
    pub missing: Vec<Id>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CriterionScore {
    pub score: f64,
    /// What it rests on: a measured value with unit and n, or who stated it, where and when.
    pub rests_on: String,
}

/// After how many runs a build has paid for itself in machine time, one cell.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BreakEven {
    pub block_id: Id,
    pub rust: Id,
    pub python: Id,
    pub build_ms: u64,
    /// What a run saves, in ns: with the 95 % interval of the ratio.
    pub saved_ns: f64,
    pub saved_interval: Option<Interval>,
    /// None where Rust saves nothing.
    pub runs: Option<f64>,
    pub runs_interval: Option<Interval>,
}
