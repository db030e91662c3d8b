//! `task.json`: what a task is. Printed by the task's framework-free executable `<task>_task`,
//! or shipped by hand beside a task in another language.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::{DatasetChoice, Splitting};
use crate::document::schema_of;
use crate::id::Id;
use crate::mark::MarkName;
use crate::params::Mode;

/// Everything that the steps know about a task. No step links a task's crate.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskSpec {
    /// The protocol's name and version, `ferrobench-task/1`.
    pub protocol: String,
    pub task: Id,
    /// One line for people: what is measured.
    pub summary: String,
    /// The area that a report groups by, and that has one A/A block: classical, deep, lm, rl, agents.
    pub domain: Id,
    /// Each algorithm with the hyperparameters that it takes.
    pub algorithms: BTreeMap<Id, Algorithm>,
    /// The datasets that this task can be given, by name.
    pub datasets: Vec<Id>,
    /// The split of every run of a task that does not judge rows that it did not train on: `all`.
    /// Where absent, the data's first, or the one that a study asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Splitting>,
    /// Programs that have to run beside a run, by name: `llm`, the server of a model. Each one's
    /// address is in the run's variable `FERROBENCH_<NAME>_URL`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Id>,
    /// The marks that a run must carry.
    pub marks: Vec<MarkSpec>,
    /// The raw facts that a run must leave behind.
    pub outputs: Vec<OutputSpec>,
    /// The quality metrics that `evaluate` computes, each from one output.
    pub metrics: Vec<MetricUse>,
    /// What "did the same work" means.
    pub parity: Vec<ParityRule>,
    /// The smallest case: conformance and the smoke study run it.
    pub smoke: SmokeCase,
}

impl TaskSpec {
    /// The datasets that an algorithm can be given.
    pub fn datasets_of(&self, algorithm: &Id) -> &[Id] {
        match self.algorithms.get(algorithm) {
            Some(found) if !found.datasets.is_empty() => &found.datasets,
            _ => &self.datasets,
        }
    }

    /// The dataset of an algorithm's smallest case.
    pub fn smoke_dataset(&self, algorithm: &Id) -> &DatasetChoice {
        self.algorithms.get(algorithm).and_then(|found| found.smoke_dataset.as_ref()).unwrap_or(&self.smoke.dataset)
    }

    /// The dataset of each smallest case, once.
    pub fn smoke_datasets(&self) -> Vec<&DatasetChoice> {
        let mut choices = Vec::new();
        for algorithm in self.algorithms.keys() {
            let choice = self.smoke_dataset(algorithm);
            if !choices.contains(&choice) {
                choices.push(choice);
            }
        }
        choices
    }

    /// What a run of an algorithm leaves behind.
    pub fn outputs_of(&self, algorithm: &Id) -> impl Iterator<Item = &OutputSpec> {
        self.outputs.iter().filter(move |output| is_for(&output.algorithms, algorithm))
    }

    /// What is computed of a run of an algorithm.
    pub fn metrics_of(&self, algorithm: &Id) -> impl Iterator<Item = &MetricUse> {
        self.metrics.iter().filter(move |metric| is_for(&metric.algorithms, algorithm))
    }

    /// What two runs of an algorithm are compared by.
    pub fn parity_of(&self, algorithm: &Id) -> impl Iterator<Item = &ParityRule> {
        self.parity.iter().filter(move |rule| is_for(&rule.algorithms, algorithm))
    }
}

fn is_for(algorithms: &[Id], algorithm: &Id) -> bool {
    algorithms.is_empty() || algorithms.contains(algorithm)
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Algorithm {
    pub summary: String,
    /// A JSON Schema (an object) of the algorithm's hyperparameters: types, ranges, defaults, help.
    pub parameters: Map<String, Value>,
    /// Those of the task's datasets that it can be given; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub datasets: Vec<Id>,
    /// The dataset of its smallest case, where it cannot be given the task's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smoke_dataset: Option<DatasetChoice>,
}

impl Algorithm {
    /// Of all the task's datasets, with the hyperparameters that the type holds.
    pub fn of<Parameters: JsonSchema>(summary: &str) -> Self {
        let parameters = schema_of::<Parameters>().as_object().cloned().unwrap_or_default();
        Self { summary: summary.to_owned(), parameters, ..Self::default() }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkSpec {
    pub name: MarkName,
    pub required: bool,
    /// Once an iteration (true) or once a run (false).
    pub repeats: bool,
    /// Part of the work whose time is compared (the other marks are shown, not compared).
    pub work: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputSpec {
    pub name: Id,
    pub kind: OutputKind,
    /// `f64`, `f32`, `i64` or `i32`; for JSON Lines empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtype: Option<Dtype>,
    /// One letter or number a dimension: letters (`n`, `d`, `k`) must mean the same length wherever
    /// they stand in one run; `n_test` is the length of the split `test`, and so on.
    #[serde(default)]
    pub shape: Vec<String>,
    /// The algorithms that leave it behind; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub algorithms: Vec<Id>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OutputKind {
    Npy,
    Jsonl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    F64,
    F32,
    I64,
    I32,
}

/// A metric of the closed table in crates/metrics, applied to one output and one target.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricUse {
    pub id: Id,
    /// The output that the metric is computed from.
    pub output: Id,
    /// The data input that it is compared with, and the part of the split whose rows are meant.
    /// Absent where the output is the metric's own value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// The algorithms that it is computed for; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub algorithms: Vec<Id>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub input: Id,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Id>,
}

/// A parity rule of the closed table in crates/metrics, for one algorithm and one output.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParityRule {
    /// The algorithms that the rule is for; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub algorithms: Vec<Id>,
    pub output: Id,
    /// An id of the table of rules: `close`, `exact`, …
    pub rule: Id,
    #[serde(default)]
    pub rtol: f64,
    #[serde(default)]
    pub atol: f64,
    /// Why this rule and these tolerances.
    pub because: String,
}

/// The smallest case: every algorithm on this dataset, or its own, with the default hyperparameters.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SmokeCase {
    pub dataset: DatasetChoice,
    pub mode: Mode,
    pub warmup: u32,
    pub iterations: u32,
    /// A run of the smoke case that takes longer than this has failed.
    pub timeout_s: u32,
}
