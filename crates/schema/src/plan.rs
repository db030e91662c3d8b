//! `plan.json`: for people, what is to be run, how often, and how long that will take.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::data::Source;
use crate::id::{ArmId, Id};
use crate::selection::LeftOut;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub schema_version: String,
    pub study: Id,
    pub title: String,
    pub notes: Vec<String>,
    pub measures: bool,
    pub blocks: Vec<PlannedBlock>,
    pub runs: u32,
    /// All blocks together, measured or not.
    pub estimated_s: f64,
    /// How the estimate was made, in words.
    #[serde(default)]
    pub estimated_from: String,
    /// Blocks that the store already holds: they will not be measured again.
    pub already_measured: u32,
    /// What of `estimated_s` is still to be measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining_s: Option<f64>,
    /// The time that the plan was made to fit into, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_s: Option<u32>,
    pub left_out: Vec<LeftOut>,
    /// The data that the blocks are measured on; nothing in a plan that is made before they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<PlannedData>,
}

/// What a reader should know of a dataset, from its manifest.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedData {
    pub dataset: Id,
    pub manifest_sha256: String,
    pub rows: u64,
    /// Features; the target is not counted.
    pub columns: u64,
    pub source: Source,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedBlock {
    pub block_id: Id,
    pub key: String,
    pub cell_id: Id,
    pub label: String,
    pub domain: Id,
    pub task: Id,
    pub arms: Vec<ArmId>,
    pub rounds: u32,
    pub estimated_s: f64,
    /// Whether every arm's time is that of earlier runs of this cell on this machine.
    #[serde(default)]
    pub measured_before: bool,
}
