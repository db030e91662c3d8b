use serde_json::{Value, json};

use super::{Dataset, Origin, Target};
use crate::corpus;

pub(super) const DATASET: Dataset = Dataset {
    name: "agent_corpus",
    summary: "101 CSV, JSON and Markdown files as a benchmark project leaves them, for the LLM agent to read",
    parameters,
    in_id: &[],
    origin: Origin::Files(corpus::make),
    target: Target::Number,
    licence: "made by Ferrobench, free of rights",
    notes: &["the figures in the files are random numbers: no analysis of them says anything about a machine"],
};

fn parameters() -> Value {
    json!({"type": "object", "properties": {}, "additionalProperties": false})
}
