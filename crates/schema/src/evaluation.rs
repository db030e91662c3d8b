//! `evaluation.json`: every run's quality, and every pair's parity, computed once, in Rust, for
//! all languages.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{ArmId, Id};

/// One run's metrics, joined to its record by `run_id`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    pub schema_version: String,
    pub run_id: String,
    /// Of a run over several folds: the means over them.
    pub metrics: BTreeMap<Id, MetricValue>,
    /// Each fold's metrics, where the run's split has several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folds: Vec<BTreeMap<Id, MetricValue>>,
    /// The standard deviation (n − 1) of each metric over the folds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sd_over_folds: BTreeMap<Id, f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricValue {
    /// Null where it is not defined or not finite; then there is a reason.
    pub value: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub unit: String,
    pub better: Better,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    Lower,
    Higher,
    Neither,
}

/// The proof, or its absence, that two arms did the same work. The verdict of a pair is the worst
/// of its rules, its rounds, and of phase 3's and phase 4's inputs.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parity {
    pub schema_version: String,
    /// The block, or `smoke` for phase 3.
    pub block_id: Id,
    pub cell_id: Id,
    pub algorithm: Id,
    pub left: ArmId,
    pub right: ArmId,
    pub verdict: ParityVerdict,
    pub rules: Vec<RuleResult>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleResult {
    pub output: Id,
    pub rule: Id,
    pub rtol: f64,
    pub atol: f64,
    pub verdict: ParityVerdict,
    /// Largest absolute and relative difference that was seen over all compared runs.
    pub largest_absolute: Option<f64>,
    pub largest_relative: Option<f64>,
    pub compared_runs: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// From the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParityVerdict {
    /// Byte for byte.
    Identical,
    WithinTolerance,
    /// Not the same numbers, but shown equally good over seeds.
    SameQuality,
    Unchecked,
    Different,
}

impl ParityVerdict {
    /// Whether a ratio of the two may stand in a headline.
    pub fn comparable(self) -> bool {
        self <= Self::SameQuality
    }
}
