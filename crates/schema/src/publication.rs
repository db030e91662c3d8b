//! `plots.json`: the plots that `plot` drew; `published.json`: what `publish` put under results/.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::RunCounts;
use crate::id::Id;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plots {
    pub schema_version: String,
    pub study: Id,
    /// In the order in which a report shows them.
    pub plots: Vec<Plot>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plot {
    /// A plain file name beside plots.json.
    pub file: String,
    pub title: String,
    /// What is drawn, with units and the kind of interval.
    pub caption: String,
    /// The block that it is about; absent where it is about the whole study.
    pub block_id: Option<Id>,
}

/// `publish`'s last word, for the end of a run.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Published {
    pub schema_version: String,
    pub study: Id,
    /// The path of report.html.
    pub report: String,
    pub runs: RunCounts,
    /// Files that were new or different, and files that were already there as they should be.
    pub written: u32,
    pub unchanged: u32,
    /// The answer's first lines, fit for a terminal.
    pub summary_lines: Vec<String>,
}
