//! `outcome.json`: what a task's executable says about its one run.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::Id;
use crate::mark::Mark;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    pub protocol: String,
    pub run_id: String,
    pub status: OutcomeStatus,
    /// Why it was skipped or failed; absent when done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub seed: u64,
    pub marks: Vec<Mark>,
    /// Framework and library versions, read at run time.
    pub versions: BTreeMap<String, String>,
    pub artifacts: Vec<Artifact>,
    /// Facts about how the work went that quality or parity may need: iterations done, solver used, warnings.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, serde_json::Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OutcomeStatus {
    Done,
    /// Not possible here (exit code 3).
    Skipped,
    Failed,
}

/// An output that the run left in `OUT/outputs/`, or its digest only (`path` absent).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    pub name: Id,
    /// Relative to the run's output folder: `outputs/<name>.npy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    pub shape: Vec<u64>,
    pub bytes: u64,
    pub sha256: String,
}
