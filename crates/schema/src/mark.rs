//! Marks: the stretches of a run, as the task itself timed them on the machine's monotonic clock.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The closed list of names. A task marks times; it never reports a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MarkName {
    /// Reading data and weights into memory.
    Load,
    /// Building models, pools, clients: whatever comes before the first unit of work.
    Setup,
    Fit,
    Predict,
    Transform,
    TrainStep,
    EvaluateStep,
    Infer,
    Prefill,
    Decode,
    Generate,
    Episode,
    EnvironmentSteps,
    /// Finding an agent's files.
    Scan,
    /// Reading and parsing them.
    Ingest,
    /// Making the prompt of what was read.
    Summarise,
    /// The agent's first call to the model: what it makes of the files.
    Analysis,
    /// Its second: the report made of that.
    Report,
    /// Agents one after another, each alone: what running them together is held against.
    Sequential,
    /// The same agents at once.
    Concurrent,
    Request,
    Teardown,
}

/// One stretch. Absolute `CLOCK_MONOTONIC`, so that `measure`, which watches from outside, can
/// place it between its own spawn and exit. The device is synchronised and the result
/// materialised before `end_ns`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    pub name: MarkName,
    /// Counts from 0; the first `warmup` ones of a warm run are warm-up.
    pub iteration: u32,
    pub start_ns: u64,
    pub end_ns: u64,
}

impl Mark {
    pub fn duration_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.start_ns)
    }
}
