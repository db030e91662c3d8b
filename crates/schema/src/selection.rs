//! `selection.json`: what phase 1 decided, from config, command line and machine.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{DatasetChoice, DatasetFile, Hardware, Study};
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
    /// What each implementation of the study's tasks needs, and whether it is here.
    #[serde(default)]
    pub availability: Vec<Availability>,
    /// The frameworks of these implementations, by score.
    #[serde(default)]
    pub frameworks: Vec<FrameworkScore>,
    /// `--budget` in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_s: Option<u32>,
    pub datasets: Vec<DatasetRequest>,
    /// What runs beside the runs of the tasks that need it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<ServiceRequest>,
    pub fingerprint: Fingerprint,
    /// What the control groups above the study leave it of the machine's memory, where they limit it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_limit_bytes: Option<u64>,
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

/// Whether what an implementation is built from, or runs in, can be had on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Availability {
    pub implementation: Id,
    /// `cargo`, `the Python packages of core`, `g++`.
    pub needs: String,
    pub available: bool,
    /// What is there, or what is missing.
    pub found: String,
    /// The command that provides it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// A framework's score with its parts, from config/frameworks.yaml.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrameworkScore {
    pub framework: Id,
    pub name: String,
    pub language: Language,
    pub licence: String,
    pub package: String,
    /// Those of the study's tasks.
    pub implementations: Vec<Id>,
    /// The weighted mean of the parts that have a value, in 0..5.
    pub score: Option<f64>,
    pub parts: Vec<ScorePart>,
}

/// One criterion of a score; without a value it is no part of the mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScorePart {
    pub criterion: Id,
    pub question: String,
    pub weight: f64,
    pub value: Option<f64>,
    pub because: String,
    pub source: String,
    /// `YYYY-MM-DD`.
    pub date: String,
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
    /// The file that it is read from, where Ferrobench does not make or carry it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<DatasetFile>,
    /// More bytes than this are not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_max: Option<u64>,
}

/// `service_request.json`: one service to make ready, such as the server of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceRequest {
    pub schema_version: String,
    /// As tasks name it: `llm`.
    pub service: Id,
    pub how: ServedBy,
    /// What an embedded server is built from.
    pub source_digest: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "lowercase", deny_unknown_fields)]
pub enum ServedBy {
    /// llm-server, built here, with a model forged from a seed.
    Embedded { profile: String, target_cpu: String, shape: String, seed: u64 },
    /// The same program without a model, where nothing is measured: so many tokens a call, at once.
    Scripted { profile: String, target_cpu: String, tokens: u32 },
    /// A server of the person's, which has the model; `version` is what it says of itself.
    Attached { url: String, model: String, version: String },
}

impl ServiceRequest {
    /// One line for the plan and the report.
    pub fn in_words(&self) -> String {
        let service = &self.service;
        match &self.how {
            ServedBy::Embedded { shape, .. } => format!(
                "Service `{service}`: the embedded server with a small model forged from a seed ({shape}). Your own Ollama is measured with --model NAME (and --ollama_url, --ollama_url_2 where it is not on port 11434 and 11435)."
            ),
            ServedBy::Scripted { tokens, .. } => format!(
                "Service `{service}`: the embedded server without a model, which answers {tokens} set tokens: this study measures nothing."
            ),
            ServedBy::Attached { url, model, version } => {
                format!("Service `{service}`: {url} (version {version}), model {model}.")
            }
        }
    }
}
