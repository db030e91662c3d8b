//! `analysis.json`: what the records show, cell by cell, with exactly one verdict a comparison;
//! `assessment.json`: what the study's claims came to, and the answer in words.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::assessment::{BreakEven, Decision};
use crate::block::{ArmFacts, Cell};
use crate::detail::{Beside, Sensitivity, Share, SuccessDifference, Used, Variation};
use crate::evaluation::{MetricValue, Parity, ParityVerdict};
use crate::fingerprint::Fingerprint;
use crate::id::{ArmId, Id};
use crate::implementation::Class;
use crate::record::FailureClass;
use crate::selection::LeftOut;
use crate::timeline::Timeline;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Analysis {
    pub schema_version: String,
    pub study: Id,
    pub title: String,
    /// False for a smoke study: it shows that everything works and measures nothing.
    pub measures: bool,
    /// False where the measured programs were not built for measuring (profile `ci`).
    pub measured_build: bool,
    pub build_profile: String,
    pub fingerprint: Fingerprint,
    pub cells_planned: u32,
    pub cells: Vec<CellAnalysis>,
    /// The smallest difference that this machine can show today, a domain each.
    pub resolution: Vec<Resolution>,
    /// Pooled over cells: one entry a domain, metric and pair of classes.
    pub pooled: Vec<Pooled>,
    pub left_out: Vec<LeftOut>,
    pub runs: RunCounts,
    /// How steady each implementation is, within cells and across them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variation: Vec<Variation>,
    /// How often the runs of each pair of implementations ended well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub success: Vec<SuccessDifference>,
    /// How the ratios depend on the parameters of the cells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sensitivity: Vec<Sensitivity>,
    /// Why figures of the runs' resources could not be read, by their name, and in how many runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_read: Vec<NotRead>,
    /// The answer to the study's `power_analysis`, in sentences; empty where it asks none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub power_analysis: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotRead {
    /// As the record names it: `cpu_energy_microjoules`.
    pub figure: String,
    pub reason: String,
    pub runs: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CellAnalysis {
    pub block_id: Id,
    pub domain: Id,
    pub cell: Cell,
    pub arms: Vec<ArmAnalysis>,
    pub comparisons: Vec<Comparison>,
    pub parity: Vec<Parity>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArmAnalysis {
    pub facts: ArmFacts,
    pub attempted: u32,
    pub ok: u32,
    pub skipped: u32,
    pub failed: u32,
    pub failures: BTreeMap<FailureClass, u32>,
    /// Runs that are marked as disturbed; they are kept.
    pub disturbed: u32,
    /// Which of them, and by what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disturbed_runs: Vec<DisturbedRun>,
    pub metrics: BTreeMap<Id, Summary>,
    /// Quality: the metric over the arm's runs; for a deterministic algorithm all runs agree.
    pub quality: BTreeMap<Id, MetricValue>,
    /// Runs that ended well, of those attempted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<Share>,
    /// Mean memory, load of the processors, GPU, energy: what could be read, by its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub used: BTreeMap<Id, Used>,
    /// What one run of the arm did when: the run nearest to the middle round, of those that ended well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeline: Option<Timeline>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DisturbedRun {
    pub run_id: String,
    pub round: u32,
    /// Empty for a run that was quiet itself, in a round of which another was disturbed.
    pub because: Vec<String>,
    /// Its round was run again, and the later run counts in its place.
    #[serde(default)]
    pub run_again: bool,
}

/// Summary of one metric over the runs of one arm; the unit is the run, never the iteration.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    pub unit: String,
    pub n: u32,
    pub mean: Option<f64>,
    pub geometric_mean: Option<f64>,
    pub sd: Option<f64>,
    /// sd of the logs: the run-to-run coefficient of variation.
    pub cv: Option<f64>,
    pub min: Option<f64>,
    pub q1: Option<f64>,
    pub median: Option<f64>,
    pub q3: Option<f64>,
    pub max: Option<f64>,
    /// The runs themselves, in the order of the rounds (null: no value in that round).
    pub values: Vec<Option<f64>>,
    /// Rounds beyond Tukey's fences (1.5 and 3 interquartile ranges): named, never dropped.
    pub outliers_mild: Vec<u32>,
    pub outliers_severe: Vec<u32>,
}

/// Two arms on one cell and one metric. `ratio` is left over right: above 1 the left arm costs more.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    pub left: ArmId,
    pub right: ArmId,
    pub role: Role,
    pub metric: Id,
    pub unit: String,
    /// Pairs (rounds in which both arms have a value).
    pub n: u32,
    pub left_value: Option<f64>,
    pub right_value: Option<f64>,
    pub ratio: Option<f64>,
    /// 95 % interval of `ratio`.
    pub interval: Option<Interval>,
    /// 90 % interval, for equivalence.
    pub interval_90: Option<Interval>,
    pub p: Option<f64>,
    pub p_adjusted: Option<f64>,
    /// The companion test's p, which only warns.
    pub p_companion: Option<f64>,
    /// sd of the paired log ratios.
    pub sd_log_ratio: Option<f64>,
    pub hedges_g: Option<f64>,
    /// Lag-1 autocorrelation of the paired log ratios.
    pub autocorrelation: Option<f64>,
    /// The smallest ratio that this many runs could have shown with 80 % power.
    pub detectable_ratio: Option<f64>,
    /// Rounds that would show the practical margin with 80 % power.
    pub rounds_for_margin: Option<u32>,
    pub margin: f64,
    pub parity: ParityVerdict,
    pub verdict: Verdict,
    /// The rule that decided, with its numbers, in words.
    pub because: String,
    pub warnings: Vec<String>,
    /// What rests on other assumptions; none of it decides the verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<Beside>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Library against library: the headline.
    Library,
    /// Tuned against tuned: what is reachable.
    Tuned,
    /// One side's tuned against the other's library form.
    Across,
    /// An implementation against itself, or against itself slowed by a known amount.
    Calibration,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// Exactly one a comparison. The words are about the left arm: `faster` means that the left arm
/// costs less, whatever is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    NotComparable,
    DecidedByServer,
    TooFewRuns,
    MateriallyFaster,
    MateriallySlower,
    WithinMargin,
    Faster,
    Slower,
    Equivalent,
    NoDifferenceShown,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    pub domain: Id,
    pub metric: Id,
    /// Largest |ln ratio| inside the A/A 95 % intervals, as a ratio; null without A/A blocks.
    pub ratio: Option<f64>,
    pub aa_blocks: u32,
    /// A/A comparisons that were called different.
    pub aa_called_different: u32,
    /// What that number can carry, in words.
    pub remark: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pooled {
    pub domain: Id,
    pub metric: Id,
    pub role: Role,
    pub left_class: Class,
    pub right_class: Class,
    pub left: Vec<Id>,
    pub right: Vec<Id>,
    /// Cells that enter (parity held), and those that do not.
    pub cells: u32,
    pub cells_not_comparable: u32,
    pub geometric_mean_ratio: Option<f64>,
    pub interval: Option<Interval>,
    pub total_ratio: Option<f64>,
    /// Of the total's ratio, 95 %: rounds are drawn anew inside the cells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_interval: Option<Interval>,
    /// Of the geometric mean over cells like these, 95 %: cells are drawn anew too. From 10 cells on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_like_these: Option<Interval>,
    /// How many comparisons have which verdict.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub verdicts: BTreeMap<Verdict, u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunCounts {
    pub attempted: u32,
    pub ok: u32,
    pub skipped: u32,
    pub failed: u32,
    pub disturbed: u32,
    /// Failures that no task announced as to be expected: they make the last step exit 1.
    pub unexpected: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    pub schema_version: String,
    pub study: Id,
    /// The answer, one sentence a domain, best shown first.
    pub answers: Vec<Answer>,
    pub claims: Vec<ClaimResult>,
    /// What this machine and this study could not have shown.
    pub limits: Vec<String>,
    pub warnings: Vec<String>,
    /// By task and use case; empty where nothing was measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub break_even: Vec<BreakEven>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub domain: Id,
    pub task: Id,
    pub sentence: String,
    /// The comparisons that it rests on: (block, left, right, metric).
    pub rests_on: Vec<(Id, ArmId, ArmId, Id)>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimResult {
    pub id: Id,
    pub statement: String,
    pub result: ClaimVerdict,
    pub because: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimVerdict {
    Confirmed,
    Contradicted,
    NotDecidableHere,
}
