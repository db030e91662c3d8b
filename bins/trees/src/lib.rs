//! Tree ensembles: what the task is, once, for all languages. Framework-free.

use std::collections::BTreeMap;

use schema::config::DatasetChoice;
use schema::describe::{built_with, id, ids, together};
use schema::id::Id;
use schema::mark::MarkName;
use schema::task::{Algorithm, Dtype, MarkSpec, MetricUse, OutputSpec, ParityRule, SmokeCase, TaskSpec};
use schemars::JsonSchema;

mod parameters;

pub use parameters::{ClassificationForest, HistGradientBoosting, MaxFeatures, RegressionForest};

pub const CLASSIFICATION: &str = "random_forest_classification";
pub const REGRESSION: &str = "random_forest_regression";
pub const BOOSTED_CLASSIFICATION: &str = "hist_gradient_boosting_classification";
pub const BOOSTED_REGRESSION: &str = "hist_gradient_boosting_regression";

/// Every algorithm, in the order in which implementations list them.
pub const ALGORITHMS: [&str; 4] = [CLASSIFICATION, REGRESSION, BOOSTED_CLASSIFICATION, BOOSTED_REGRESSION];
const CLASSIFIERS: [&str; 2] = [CLASSIFICATION, BOOSTED_CLASSIFICATION];
const REGRESSORS: [&str; 2] = [REGRESSION, BOOSTED_REGRESSION];

const OF_CLASSES: [&str; 6] = ["breast_cancer", "digits", "iris", "own_classes", "synthetic_classification", "wine"];
const OF_NUMBERS: [&str; 4] = ["diabetes", "own", "synthetic_linear", "synthetic_nonlinear"];

pub fn task() -> TaskSpec {
    TaskSpec {
        protocol: schema::PROTOCOL.to_owned(),
        task: id("trees"),
        summary: "Growing ensembles of decision trees and predicting with them".to_owned(),
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
    built_with(&[("trees_kernels", cfg!(feature = "trees_kernels"))])
}

fn algorithms() -> BTreeMap<Id, Algorithm> {
    [
        algorithm::<ClassificationForest>(
            CLASSIFICATION,
            "The mean of what trees on rows and columns drawn at random say of the classes",
            &OF_CLASSES,
            None,
        ),
        algorithm::<RegressionForest>(
            REGRESSION,
            "The mean of what trees on rows drawn at random say of the target",
            &OF_NUMBERS,
            Some("diabetes"),
        ),
        algorithm::<HistGradientBoosting>(
            BOOSTED_CLASSIFICATION,
            "Small trees on binned columns, each a step down the classes' log loss",
            &OF_CLASSES,
            None,
        ),
        algorithm::<HistGradientBoosting>(
            BOOSTED_REGRESSION,
            "Small trees on binned columns, each a step down the squared error",
            &OF_NUMBERS,
            Some("diabetes"),
        ),
    ]
    .into()
}

fn algorithm<Parameters: JsonSchema>(
    name: &str,
    summary: &str,
    datasets: &[&str],
    smoke: Option<&str>,
) -> (Id, Algorithm) {
    let algorithm = Algorithm {
        datasets: ids(datasets),
        smoke_dataset: smoke.map(|name| DatasetChoice::Name(id(name))),
        ..Algorithm::of::<Parameters>(summary)
    };
    (id(name), algorithm)
}

/// `fit` is the work: predicting walks each tree once a row.
fn marks() -> Vec<MarkSpec> {
    vec![
        MarkSpec::once(MarkName::Load),
        MarkSpec::once(MarkName::Setup),
        MarkSpec::work(MarkName::Fit),
        MarkSpec::shown(MarkName::Predict),
    ]
}

fn outputs() -> Vec<OutputSpec> {
    let output =
        |name, dtype, shape: &[&str], algorithms: [&str; 2]| OutputSpec::numbers(name, dtype, shape).of(&algorithms);
    vec![
        output("labels", Dtype::I64, &["n_test"], CLASSIFIERS),
        output("scores", Dtype::F64, &["n_test", "k"], CLASSIFIERS),
        output("predictions", Dtype::F64, &["n_test"], REGRESSORS),
    ]
}

fn metrics() -> Vec<MetricUse> {
    let of_algorithms = |algorithms: [&str; 2], output: &str, names: &[&str]| -> Vec<MetricUse> {
        let metric = |name: &&str| MetricUse::against(name, output, ("y", "test")).of(&algorithms);
        names.iter().map(metric).collect()
    };
    [
        of_algorithms(CLASSIFIERS, "labels", &["accuracy", "f1", "precision", "recall"]),
        of_algorithms(CLASSIFIERS, "scores", &["auc_roc", "auc_pr"]),
        of_algorithms(REGRESSORS, "predictions", &["mse", "rmse", "mae", "r2"]),
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
            (0.15, 0.0),
            "each library draws other rows and columns, so no two forests are equal; two of scikit-learn's own with a hundred trees and other seeds differ in 8 % of the rows of noisy data and in 1 to 3 % of digits and iris",
        ),
        rule(
            CLASSIFICATION,
            "scores",
            "apart",
            (0.35, 0.0),
            "a share is a mean over trees that were drawn at random: two of scikit-learn's own with a hundred trees and other seeds are 0.09 to 0.24 standard deviations apart",
        ),
        rule(
            REGRESSION,
            "predictions",
            "apart",
            (0.25, 0.0),
            "a prediction is a mean over trees that were drawn at random: two of scikit-learn's own with a hundred trees and other seeds are 0.13 to 0.15 standard deviations apart",
        ),
        rule(
            BOOSTED_CLASSIFICATION,
            "labels",
            "agree",
            (0.01, 0.0),
            "without chance the trees are the same, but for splits of nearly equal gain that rounding decides",
        ),
        rule(
            BOOSTED_CLASSIFICATION,
            "scores",
            "apart",
            (0.02, 0.0),
            "without chance the trees are the same, but for splits of nearly equal gain that rounding decides",
        ),
        rule(
            BOOSTED_REGRESSION,
            "predictions",
            "apart",
            (0.02, 0.0),
            "without chance the trees are the same, but for splits of nearly equal gain that rounding decides",
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
        for (algorithm, max_features) in [(CLASSIFICATION, "sqrt"), (REGRESSION, "all")] {
            let filled = schema::defaults::fill(&read.algorithms[&id(algorithm)].parameters, &serde_json::Map::new());
            let filled = serde_json::Value::Object(filled.expect("defaults"));
            let expected = serde_json::json!({
                "n_estimators": 100, "max_depth": null, "max_features": max_features, "min_samples_leaf": 1,
                "bootstrap": true
            });
            assert_eq!(filled, expected);
            assert!(read.datasets.contains(read.smoke_dataset(&id(algorithm)).name()));
        }
    }

    #[test]
    fn the_defaults_of_boosting_are_scikit_learns() {
        for algorithm in [BOOSTED_CLASSIFICATION, BOOSTED_REGRESSION] {
            let parameters = &task().algorithms[&id(algorithm)].parameters;
            let filled = schema::defaults::fill(parameters, &serde_json::Map::new()).expect("defaults");
            let expected = serde_json::json!({
                "max_iter": 100, "learning_rate": 0.1, "max_leaf_nodes": 31, "max_depth": null,
                "min_samples_leaf": 20, "l2_regularization": 0.0, "max_bins": 255
            });
            assert_eq!(serde_json::Value::Object(filled), expected);
        }
    }

    #[test]
    fn a_split_has_at_least_one_column() {
        assert_eq!([1, 3, 4, 24, 25].map(|columns| MaxFeatures::Sqrt.of(columns)), [1, 1, 2, 4, 5]);
        assert_eq!(MaxFeatures::All.of(7), 7);
    }
}
