//! The k nearest neighbours: what the task is, once, for all languages. Framework-free.

use std::collections::BTreeMap;

use schema::config::DatasetChoice;
use schema::describe::{built_with, id, ids, together};
use schema::fault::Fault;
use schema::id::Id;
use schema::mark::MarkName;
use schema::task::{Algorithm, Dtype, MarkSpec, MetricUse, OutputSpec, ParityRule, SmokeCase, TaskSpec};

mod parameters;

pub use parameters::{Neighbors, Weights};

pub const CLASSIFICATION: &str = "knn_classification";
pub const REGRESSION: &str = "knn_regression";

const OF_CLASSES: [&str; 6] = ["breast_cancer", "digits", "iris", "own_classes", "synthetic_classification", "wine"];
const OF_NUMBERS: [&str; 4] = ["diabetes", "own", "synthetic_linear", "synthetic_nonlinear"];

pub fn task() -> TaskSpec {
    TaskSpec {
        protocol: schema::PROTOCOL.to_owned(),
        task: id("neighbors"),
        summary: "Predicting by the exact k nearest neighbours".to_owned(),
        domain: id("classical"),
        algorithms: algorithms(),
        datasets: together(&OF_CLASSES, &OF_NUMBERS),
        split: None,
        services: Vec::new(),
        marks: marks(),
        outputs: outputs(),
        metrics: metrics(),
        parity: parity(),
        smoke: SmokeCase::warm("iris", 3, 60),
    }
}

/// The features that this package was built with: each implementation is to be built with its own alone.
pub fn features() -> Vec<&'static str> {
    built_with(&[
        ("neighbors_kernels", cfg!(feature = "neighbors_kernels")),
        ("neighbors_linfa", cfg!(feature = "neighbors_linfa")),
    ])
}

/// What every implementation says where there are fewer rows than neighbours.
pub fn check_neighbors(wanted: u32, rows: usize) -> Result<(), Fault> {
    if wanted as usize <= rows {
        return Ok(());
    }
    let what = format!("`n_neighbors` is {wanted}; the training data have {rows} rows");
    Err(Fault::new("params.json: hyperparameters", what).hint("ask at most as many neighbours as there are rows"))
}

fn algorithms() -> BTreeMap<Id, Algorithm> {
    let algorithm = |summary: &str, datasets: &[&str], smoke: Option<&str>| Algorithm {
        datasets: ids(datasets),
        smoke_dataset: smoke.map(|name| DatasetChoice::Name(id(name))),
        ..Algorithm::of::<Neighbors>(summary)
    };
    [
        (id(CLASSIFICATION), algorithm("The class that most of the nearest rows have", &OF_CLASSES, None)),
        (id(REGRESSION), algorithm("The mean target of the nearest rows", &OF_NUMBERS, Some("diabetes"))),
    ]
    .into()
}

/// Searching is where the time lies, but a structure that is searched faster is built longer.
fn marks() -> Vec<MarkSpec> {
    vec![
        MarkSpec::once(MarkName::Load),
        MarkSpec::once(MarkName::Setup),
        MarkSpec::work(MarkName::Fit),
        MarkSpec::work(MarkName::Predict),
    ]
}

fn outputs() -> Vec<OutputSpec> {
    let output = |name, dtype, shape: &[&str], algorithm| OutputSpec::numbers(name, dtype, shape).of(&[algorithm]);
    vec![
        output("labels", Dtype::I64, &["n_test"], CLASSIFICATION),
        output("scores", Dtype::F64, &["n_test", "k"], CLASSIFICATION),
        output("predictions", Dtype::F64, &["n_test"], REGRESSION),
    ]
}

fn metrics() -> Vec<MetricUse> {
    let of_algorithm = |algorithm: &str, output: &str, names: &[&str]| -> Vec<MetricUse> {
        let metric = |name: &&str| MetricUse::against(name, output, ("y", "test")).of(&[algorithm]);
        names.iter().map(metric).collect()
    };
    [
        of_algorithm(CLASSIFICATION, "labels", &["accuracy", "f1", "precision", "recall"]),
        of_algorithm(CLASSIFICATION, "scores", &["auc_roc", "auc_pr"]),
        of_algorithm(REGRESSION, "predictions", &["mse", "rmse", "mae", "r2"]),
    ]
    .concat()
}

fn parity() -> Vec<ParityRule> {
    let rule = |algorithm: &str, output: &str, rule: &str, tolerance: (f64, f64), because: &str| {
        ParityRule::new(rule, output, tolerance, because).of(&[algorithm])
    };
    vec![
        rule(
            CLASSIFICATION,
            "labels",
            "agree",
            (0.01, 0.0),
            "the neighbours are exact, so votes differ only where rows are equally far away at the last place, and which of those is asked is each library's own choice",
        ),
        rule(
            CLASSIFICATION,
            "scores",
            "agree",
            (0.05, 1e-6),
            "a class's share differs where rows are equally far away at the last place; weights by distance inherit the rounding of distances summed by products",
        ),
        rule(
            REGRESSION,
            "predictions",
            "agree",
            (0.05, 1e-6),
            "a mean differs where rows are equally far away at the last place; otherwise the same targets are averaged, to rounding",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_task_is_a_valid_document_and_its_defaults_fill() {
        let text = serde_json::to_vec(&task()).expect("serializable");
        let read: TaskSpec = schema::document::parse(&text, "task").expect("valid by its schema");
        for algorithm in [CLASSIFICATION, REGRESSION] {
            let filled = schema::defaults::fill(&read.algorithms[&id(algorithm)].parameters, &serde_json::Map::new());
            let filled = serde_json::Value::Object(filled.expect("defaults"));
            assert_eq!(filled, serde_json::json!({"n_neighbors": 5, "weights": "uniform"}));
            assert!(read.datasets.contains(read.smoke_dataset(&id(algorithm)).name()));
        }
    }

    #[test]
    fn more_neighbours_than_rows_are_refused() {
        assert!(check_neighbors(3, 3).is_ok());
        let fault = check_neighbors(4, 3).expect_err("too many").to_string();
        assert!(fault.contains("`n_neighbors` is 4; the training data have 3 rows"), "{fault}");
    }
}
