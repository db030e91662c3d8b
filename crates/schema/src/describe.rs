//! How a task's crate writes down what its task is: the parts of `task.json`, each in a line.

use crate::config::DatasetChoice;
use crate::id::Id;
use crate::mark::MarkName;
use crate::params::Mode;
use crate::task::{Dtype, MarkSpec, MetricUse, OutputKind, OutputSpec, ParityRule, SmokeCase, Target};

/// A name in a task's own source: one that is no id stops the task's first test, and every build of it.
///
/// # Panics
/// Where it is no id.
pub fn id(name: &str) -> Id {
    Id::new(name).expect("the names in a task's source are ids")
}

pub fn ids(names: &[&str]) -> Vec<Id> {
    names.iter().copied().map(id).collect()
}

/// Both lists in one, sorted, each name once.
pub fn together(some: &[&str], others: &[&str]) -> Vec<Id> {
    let mut all = ids(&[some, others].concat());
    all.sort();
    all.dedup();
    all
}

/// Of a package's features, each with `cfg!(feature = …)`, those that it was built with.
pub fn built_with(features: &[(&'static str, bool)]) -> Vec<&'static str> {
    features.iter().filter_map(|(name, enabled)| enabled.then_some(*name)).collect()
}

impl MarkSpec {
    /// Once a run; shown, not compared.
    pub const fn once(name: MarkName) -> Self {
        Self { name, required: true, repeats: false, work: false }
    }

    /// Once an iteration; shown, not compared.
    pub const fn shown(name: MarkName) -> Self {
        Self { name, required: true, repeats: true, work: false }
    }

    /// Once an iteration; part of the work whose time is compared.
    pub const fn work(name: MarkName) -> Self {
        Self { name, required: true, repeats: true, work: true }
    }
}

impl OutputSpec {
    pub fn numbers(name: &str, dtype: Dtype, shape: &[&str]) -> Self {
        let shape = shape.iter().map(|&length| length.to_owned()).collect();
        Self { name: id(name), kind: OutputKind::Npy, dtype: Some(dtype), shape, algorithms: Vec::new() }
    }

    pub fn lines(name: &str) -> Self {
        Self { name: id(name), kind: OutputKind::Jsonl, dtype: None, shape: Vec::new(), algorithms: Vec::new() }
    }

    /// Of these algorithms alone.
    #[must_use]
    pub fn of(self, algorithms: &[&str]) -> Self {
        Self { algorithms: ids(algorithms), ..self }
    }
}

impl MetricUse {
    /// From the output alone.
    pub fn from(name: &str, output: &str) -> Self {
        Self { id: id(name), output: id(output), target: None, algorithms: Vec::new() }
    }

    /// From the output beside the rows of a part of the split of an input.
    pub fn against(name: &str, output: &str, (input, part): (&str, &str)) -> Self {
        Self { target: Some(Target { input: id(input), split: Some(id(part)) }), ..Self::from(name, output) }
    }

    /// For these algorithms alone.
    #[must_use]
    pub fn of(self, algorithms: &[&str]) -> Self {
        Self { algorithms: ids(algorithms), ..self }
    }
}

impl ParityRule {
    pub fn new(rule: &str, output: &str, (rtol, atol): (f64, f64), because: &str) -> Self {
        Self { algorithms: Vec::new(), output: id(output), rule: id(rule), rtol, atol, because: because.to_owned() }
    }

    /// For these algorithms alone.
    #[must_use]
    pub fn of(self, algorithms: &[&str]) -> Self {
        Self { algorithms: ids(algorithms), ..self }
    }
}

impl SmokeCase {
    /// One process with a warm-up and so many counted iterations.
    pub fn warm(dataset: &str, iterations: u32, timeout_s: u32) -> Self {
        let dataset = DatasetChoice::Name(id(dataset));
        Self { dataset, mode: Mode::Warm, warmup: 1, iterations, timeout_s }
    }
}
