//! What stands beside the primary comparisons of `analysis.json`: companions that rest on other
//! assumptions, and what the whole study says of success, steadiness and parameters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::Interval;
use crate::id::Id;
use crate::record::EnergySource;

/// A figure with its 95 % interval, where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Estimated {
    pub value: f64,
    pub interval: Option<Interval>,
}

/// Beside one comparison: none of it decides the verdict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// Of "the ratio is outside the margin": two one-sided t-tests.
    pub p_equivalence: Option<f64>,
    /// Hodges and Lehmann's ratio with Wilcoxon's interval.
    pub hodges_lehmann: Option<Estimated>,
    /// The ratio of total costs, with Fieller's interval.
    pub total: Option<Estimated>,
    /// The same ratio's interval by drawing the rounds anew, studentised; for the mode's own metrics,
    /// from 10 rounds on.
    pub total_resampled: Option<Interval>,
    /// How much left varies from run to run, over right: standard deviations of the logarithms, with
    /// Pitman and Morgan's interval and p.
    pub spread: Option<Spread>,
    /// Independent rounds that these resembling ones are worth.
    pub effective_n: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    pub ratio: f64,
    pub interval: Interval,
    pub p: f64,
}

/// A share with Wilson's 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Share {
    pub hits: u32,
    pub tries: u32,
    pub share: f64,
    pub interval: Interval,
}

/// How steady one implementation is: within a cell from run to run, and across cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variation {
    pub domain: Id,
    pub task: Id,
    pub implementation: Id,
    pub metric: Id,
    pub cells: u32,
    pub runs: u32,
    /// Standard deviation of the logarithms of the runs of one cell: the coefficient of variation
    /// within.
    pub sd_run: f64,
    /// The same of the cells' true means, freed of the runs' own variation: the one across.
    pub sd_cell: f64,
    /// By how much both together are off, where something is wrong with the data.
    pub remark: Option<String>,
}

/// Runs that ended well, of two implementations over all cells that both have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuccessDifference {
    pub domain: Id,
    pub left: Id,
    pub right: Id,
    pub left_share: Share,
    pub right_share: Share,
    /// Left less right, with Newcombe's 95 % interval.
    pub difference: Estimated,
    /// Fisher's exact test over runs.
    pub p: f64,
    pub cells: u32,
    /// Cells in which every run of only that side ended well, and `McNemar`'s exact test over cells.
    pub cells_left_only: u32,
    pub cells_right_only: u32,
    pub p_cells: Option<f64>,
}

/// How the ratio of two classes of implementations depends on one parameter of the cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sensitivity {
    pub domain: Id,
    pub task: Id,
    pub left: Id,
    pub right: Id,
    pub metric: Id,
    pub parameter: String,
    pub levels: Vec<Level>,
    /// Every level occurs with the same combinations of the other parameters. Where it does not, the
    /// levels also differ in those, and no p is given.
    pub balanced: bool,
    /// Share of the variation of the log ratio that the parameter explains, corrected for chance.
    pub omega_squared: Option<f64>,
    /// Interaction of language and parameter: "the ratio is the same at every level", about these
    /// cells.
    pub p: Option<f64>,
    /// Holm over all parameters of the study.
    pub p_adjusted: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Level {
    pub value: String,
    pub cells: u32,
    /// Rounds.
    pub n: u32,
    /// Geometric mean over the level's cells, left over right.
    pub ratio: f64,
    pub interval: Option<Interval>,
}

/// What the runs of one arm used besides what is compared: described, never judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Used {
    pub unit: String,
    /// Runs that ended well and have the figure.
    pub n: u32,
    pub mean: f64,
    /// 95 % t interval of the mean; none of one run.
    pub interval: Option<Interval>,
    pub max: f64,
    /// Where energy comes from; an estimate as soon as one run's is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<EnergySource>,
}
