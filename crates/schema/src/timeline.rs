//! The course of one run: what it did when, from the start of its process to its end.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::mark::MarkName;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timeline {
    pub run_id: String,
    pub round: u32,
    /// From the start of the process to its end.
    pub wall_ns: u64,
    /// In the order of their start.
    pub stretches: Vec<Stretch>,
}

/// One mark, or those of several iterations where a run has too many to tell one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    pub marks: Vec<MarkName>,
    pub part: Part,
    /// The first iteration, and how many of them.
    pub iteration: u32,
    pub iterations: u32,
    /// Since the start of the process.
    pub start_ns: u64,
    pub end_ns: u64,
    /// The marks' own time, without what lies between them.
    pub marked_ns: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// No work of the cell: loading, setting up.
    Aside,
    /// Work that does not count.
    WarmUp,
    /// Work that counts.
    Work,
}
