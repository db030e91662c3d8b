//! `selection.json`: what phase 1 decided, from config, command line and machine.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{DatasetChoice, Hardware, Study};
use crate::fingerprint::Fingerprint;
use crate::id::Id;
use crate::implementation::Language;
use crate::run_options::RunOptions;
use crate::task::TaskSpec;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    pub schema_version: String,
    /// The study as it will run: command-line options applied.
    pub study: Study,
    /// sha256 of the study file, or of what its options made of it.
    pub study_digest: String,
    pub options: RunOptions,
    pub hardware: Hardware,
    pub tasks: Vec<SelectedTask>,
    pub chosen: Vec<Chosen>,
    pub left_out: Vec<LeftOut>,
    pub datasets: Vec<DatasetRequest>,
    pub fingerprint: Fingerprint,
    /// What the machine lacks or how it is set, for the report: `governor is powersave`.
    pub findings: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SelectedTask {
    pub spec: TaskSpec,
    pub reference: Id,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    pub implementation: Id,
    pub task: Id,
    pub language: Language,
    /// Weighted score of its framework in 0..5, where config/frameworks.yaml knows it.
    pub score: Option<f64>,
    pub because: String,
}

/// Something that is not run, with its reason; the report shows each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// An implementation, a cell or a dataset.
    pub what: String,
    pub phase: u8,
    pub reason: String,
}

/// `dataset_request.json`: one dataset to prepare.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetRequest {
    pub schema_version: String,
    pub dataset: Id,
    pub choice: DatasetChoice,
    pub seed: u64,
    /// Who makes it and from what: a changed generator makes new data.
    pub source_digest: String,
}
