//! `plan.json`: for people, what is to be run, how often, and how long that will take.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// From earlier blocks of the same cell on this machine, else from a default a run.
    pub estimated_s: f64,
    /// Blocks that the store already holds: they will not be measured again.
    pub already_measured: u32,
    pub left_out: Vec<LeftOut>,
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
}
