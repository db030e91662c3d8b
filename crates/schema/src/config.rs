//! What people write: config/benchmarks.yaml, frameworks.yaml, hardware.yaml and studies/*.yaml.
//! Unknown keys are errors; every fault of a file is reported at once, with its line.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{ArmId, Id};
use crate::implementation::Class;
use crate::params::{Device, Mode};

/// config/benchmarks.yaml: which implementations each task has.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Benchmarks {
    pub tasks: BTreeMap<Id, TaskEntry>,
    /// Executables of the user's own, in any language.
    #[serde(default)]
    pub executables: BTreeMap<Id, Executable>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskEntry {
    /// Each is one file in `bins/<task>/src/bin/`: `<id>.rs` or `<id>.py`.
    pub implementations: Vec<Id>,
    /// The implementation that appears twice in an A/A block.
    pub reference: Id,
    /// The Python packages that its Python implementations need.
    #[serde(default, skip_serializing_if = "PythonGroup::is_core")]
    pub environment: PythonGroup,
}

/// A locked group of Python packages, config/python/<group>.txt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PythonGroup {
    #[default]
    Core,
    Agents,
    Torch,
}

impl PythonGroup {
    pub const fn is_core(&self) -> bool {
        matches!(self, Self::Core)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Agents => "agents",
            Self::Torch => "torch",
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Executable {
    pub task: Id,
    /// The command, as an argument vector; a relative first word is taken from the project's root.
    pub argv: Vec<String>,
    /// A command that builds it, run from the project's root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<Vec<String>>,
    /// Files and folders that it is built from, besides those that its commands name: when one
    /// changes it is built again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
}

/// config/frameworks.yaml: what is known about each framework, each fact with source and date.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Frameworks {
    /// The weight of each criterion in a framework's score.
    pub criteria: BTreeMap<Id, Criterion>,
    pub frameworks: BTreeMap<Id, Framework>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    pub question: String,
    #[schemars(range(min = 0.0, max = 1.0))]
    pub weight: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    pub name: String,
    pub language: crate::implementation::Language,
    pub licence: String,
    /// The package's name in its registry, and which registry.
    pub package: String,
    pub implementations: Vec<Id>,
    /// A score from 0 to 5 for each criterion, with what it rests on.
    pub scores: BTreeMap<Id, Score>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Score {
    #[schemars(range(min = 0.0, max = 5.0))]
    pub value: f64,
    pub because: String,
    pub source: String,
    /// `YYYY-MM-DD`.
    pub date: String,
}

/// config/hardware.yaml: what a run may use, and what the machine must look like.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hardware {
    /// Cells that ask for more threads than there are cores are left out.
    #[schemars(range(min = 1))]
    pub threads_max: Option<u32>,
    #[schemars(range(min = 1))]
    pub timeout_s: u32,
    /// A memory limit for each run; null for none. Cells whose data cannot fit are left out.
    pub memory_bytes: Option<u64>,
    /// Cells of other devices are left out; null for all that the machine has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub devices: Option<Vec<Device>>,
    /// Datasets that would leave less free space than this are not made.
    #[serde(default)]
    pub disk_free_bytes_min: u64,
    pub gate: crate::block::Gate,
    pub target_cpu: String,
}

/// config/studies/*.yaml: which cells, by which protocol, testing which claims.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Study {
    pub study: Id,
    pub title: String,
    /// What a reader should know before the figures.
    #[serde(default)]
    pub notes: Vec<String>,
    #[schemars(range(min = 1, max = 1000))]
    pub rounds: u32,
    pub seed: u64,
    /// False for a study that only shows that everything works: it then makes no claim.
    #[serde(default = "yes")]
    pub measures: bool,
    /// Implementations whose framework scores less are left out; without it a score leaves nothing out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 5.0))]
    pub min_score: Option<f64>,
    #[serde(default)]
    pub aa: AaBlocks,
    /// Per cent by which `@slow` arms are slowed, one arm each, on one cell a domain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slowed: Vec<u8>,
    pub margins: Margins,
    /// Rounds of every cell go on until its intervals are narrow enough, instead of a fixed number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adaptive: Option<Adaptive>,
    /// What the study was asked to be able to show; the analysis answers what that takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_analysis: Option<PowerAnalysis>,
    /// Where the files of datasets are that Ferrobench does not carry; `--dataset_file` wins.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dataset_files: BTreeMap<Id, DatasetFile>,
    pub cells: Cells,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
}

const fn yes() -> bool {
    true
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AaBlocks {
    None,
    #[default]
    OneADomain,
    EveryBlock,
}

/// Practical margins: the ratio below which a difference is called not material. Fixed before the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Margins {
    #[schemars(range(min = 1.0))]
    pub time: f64,
    #[schemars(range(min = 1.0))]
    pub memory: f64,
}

/// STATS 2.8. The rounds are looked at after 10, 15, 20, 30, 45 and 60 of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Adaptive {
    /// Half of the 95 % interval of every two implementations of different languages, in per cent of the ratio.
    #[serde(default = "two_percent")]
    #[schemars(range(min = 0.1, max = 50.0))]
    pub half_width_percent: f64,
    #[serde(default = "sixty")]
    #[schemars(range(min = 10, max = 60))]
    pub rounds_max: u32,
}

const fn two_percent() -> f64 {
    2.0
}
const fn sixty() -> u32 {
    60
}

/// In standard deviations, the currency of two-sample power tables; the verdicts use ratios.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PowerAnalysis {
    #[schemars(range(min = 0.01, max = 10.0))]
    pub effect_size_threshold: f64,
    #[schemars(range(min = 0.5, max = 0.999))]
    pub power_threshold: f64,
    #[schemars(range(min = 2, max = 1000))]
    pub minimum_sample_size: u32,
}

impl Default for Margins {
    fn default() -> Self {
        Self { time: 1.05, memory: 1.10 }
    }
}

/// `cells: smoke`, or a list of grids.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Cells {
    Smoke(SmokeWord),
    Grids(#[schemars(length(min = 1))] Vec<Grid>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SmokeWord {
    /// Every task's smallest case.
    Smoke,
}

/// Every combination of the listed values is a cell. A hyperparameter that is not listed keeps its
/// task's default; one that an algorithm does not take is left out for that algorithm.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    pub task: Id,
    #[schemars(length(min = 1))]
    pub algorithms: Vec<Id>,
    #[schemars(length(min = 1))]
    pub datasets: Vec<DatasetChoice>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hyperparameters: BTreeMap<String, Vec<Value>>,
    #[serde(default = "one_thread")]
    #[schemars(length(min = 1))]
    pub threads: Vec<u32>,
    #[serde(default = "warm")]
    #[schemars(length(min = 1))]
    pub modes: Vec<Mode>,
    #[serde(default = "cpu")]
    #[schemars(length(min = 1))]
    pub devices: Vec<Device>,
    /// How rows are split into those that train and those that judge; `holdout` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Splitting>,
    /// Under `cv5` these are passes over all folds.
    #[serde(default = "one")]
    pub warmup: u32,
    #[serde(default = "one")]
    #[schemars(range(min = 1))]
    pub iterations: u32,
    /// Only these implementations; all of the task's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub implementations: Option<Vec<Id>>,
    /// Rounds of these cells, where other than the study's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub rounds: Option<u32>,
}

/// The split schemes that every prepared table carries, each made once for all languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Splitting {
    /// Four fifths train, the rest judges.
    Holdout,
    /// Five folds, each of which judges while the others train: an iteration is one fold.
    Cv5,
    /// Every row in its order, for work that judges none: clustering.
    All,
}

impl Splitting {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holdout => "holdout",
            Self::Cv5 => "cv5",
            Self::All => "all",
        }
    }

    pub const fn folds(self) -> u32 {
        match self {
            Self::Holdout | Self::All => 1,
            Self::Cv5 => 5,
        }
    }
}

fn one_thread() -> Vec<u32> {
    vec![1]
}
fn warm() -> Vec<Mode> {
    vec![Mode::Warm]
}
fn cpu() -> Vec<Device> {
    vec![Device::Cpu]
}
const fn one() -> u32 {
    1
}

/// A file of a person's: a path, or a URL with the checksum of what must come from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetFile {
    /// From the checkout's root where it is relative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// http or https, without a user name, password or token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Needed for a URL; checked for a path where it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: Option<String>,
}

/// A dataset by name, with its parameters: `diabetes`, or `{name: synthetic_linear, n_samples: 20000}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum DatasetChoice {
    Name(Id),
    With(DatasetWith),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DatasetWith {
    pub name: Id,
    /// The dataset's own parameters, checked against its entry in crates/datasets.
    #[serde(flatten)]
    pub parameters: Map<String, Value>,
}

impl DatasetChoice {
    pub fn name(&self) -> &Id {
        match self {
            Self::Name(name) | Self::With(DatasetWith { name, .. }) => name,
        }
    }

    pub fn parameters(&self) -> Map<String, Value> {
        match self {
            Self::Name(_) => Map::new(),
            Self::With(with) => with.parameters.clone(),
        }
    }
}

/// A statement that the study is to test, fixed before the data: one primary metric each.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    pub id: Id,
    pub statement: String,
    /// The arm that is said to be better, and the one that it is compared with.
    pub better: ClaimSide,
    pub than: ClaimSide,
    pub metric: Id,
    /// At least this many times better.
    #[schemars(range(min = 1.0))]
    pub ratio: f64,
    /// Only cells of this task.
    pub task: Id,
}

/// One side of a claim: a named arm, or the best of a language in a class.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ClaimSide {
    Arm(ArmId),
    Best { language: crate::implementation::Language, class: Option<Class> },
}
