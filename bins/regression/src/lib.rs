//! Linear models on dense data: what the task is, once, for all languages. Framework-free.

use std::collections::BTreeMap;

use schema::describe::{built_with, id, ids};
use schema::id::Id;
use schema::mark::MarkName;
use schema::task::{Algorithm, Dtype, MarkSpec, MetricUse, OutputSpec, ParityRule, SmokeCase, TaskSpec};
use schemars::JsonSchema;

mod objective;
mod parameters;

pub use objective::{Objective, Plane};
pub use parameters::{ElasticNet, Lasso, Linear, Ridge};

pub fn task() -> TaskSpec {
    TaskSpec {
        protocol: schema::PROTOCOL.to_owned(),
        task: id("regression"),
        summary: "Fitting linear models to dense data and predicting with them".to_owned(),
        domain: id("classical"),
        algorithms: algorithms(),
        datasets: ids(&[
            "boston_housing",
            "california_housing",
            "diabetes",
            "own",
            "synthetic_linear",
            "synthetic_nonlinear",
            "synthetic_sparse",
        ]),
        split: None,
        services: Vec::new(),
        marks: marks(),
        outputs: outputs(),
        metrics: metrics(),
        parity: parity(),
        smoke: SmokeCase::warm("diabetes", 3, 60),
    }
}

/// The features that this package was built with: each implementation is to be built with its own alone.
pub fn features() -> Vec<&'static str> {
    built_with(&[
        ("regression_faer", cfg!(feature = "regression_faer")),
        ("regression_linfa", cfg!(feature = "regression_linfa")),
    ])
}

fn algorithms() -> BTreeMap<Id, Algorithm> {
    [
        algorithm::<Linear>("linear", "Ordinary least squares; of several solutions the one of minimum norm"),
        algorithm::<Ridge>("ridge", "Least squares with a penalty on the squares of the coefficients"),
        algorithm::<Lasso>("lasso", "Least squares with a penalty on the coefficients' absolute values"),
        algorithm::<ElasticNet>("elastic_net", "Least squares with both penalties"),
    ]
    .into()
}

fn algorithm<Parameters: JsonSchema>(name: &str, summary: &str) -> (Id, Algorithm) {
    (id(name), Algorithm::of::<Parameters>(summary))
}

/// `fit` is the work: prediction on a fifth of the rows is one matrix-vector product everywhere.
fn marks() -> Vec<MarkSpec> {
    vec![
        MarkSpec::once(MarkName::Load),
        MarkSpec::once(MarkName::Setup),
        MarkSpec::work(MarkName::Fit),
        MarkSpec::shown(MarkName::Predict),
    ]
}

fn outputs() -> Vec<OutputSpec> {
    let output = |name, shape| OutputSpec::numbers(name, Dtype::F64, &[shape]);
    vec![
        output("coefficients", "d"),
        output("intercept", "1"),
        output("objective", "1"),
        output("predictions", "n_test"),
    ]
}

fn metrics() -> Vec<MetricUse> {
    let names = [
        "mse",
        "rmse",
        "mae",
        "r2",
        "mape",
        "explained_variance",
        "residual_std",
        "residual_skew",
        "residual_kurtosis",
    ];
    names.map(|name| MetricUse::against(name, "predictions", ("y", "test"))).into()
}

fn parity() -> Vec<ParityRule> {
    let rule = |algorithms: &[&str], output: &str, tolerance: (f64, f64), because: &str| {
        ParityRule::new("close", output, tolerance, because).of(algorithms)
    };
    let solved = ["linear", "ridge"];
    let descended = ["lasso", "elastic_net"];
    vec![
        rule(
            &solved,
            "predictions",
            (1e-6, 1e-8),
            "there is one fitted plane; solvers in double precision agree on it to about 1e-9 unless the design is nearly singular",
        ),
        rule(
            &solved,
            "coefficients",
            (1e-5, 1e-7),
            "coefficients lose as many digits as the design's condition number has; 1e-5 leaves room for a condition of 1e10 solved by QR",
        ),
        rule(
            &descended,
            "predictions",
            (1e-6, 1e-8),
            "the same sweeps with the same end visit the same points and agree to rounding; a descent that stops elsewhere is another solution, by as much as tol allows",
        ),
        rule(
            &["elastic_net"],
            "coefficients",
            (1e-5, 1e-7),
            "with a penalty on squares there is one optimum; a lasso on collinear columns has many, which predict the same, so its coefficients are not compared",
        ),
        rule(
            &[],
            "objective",
            (1e-6, 1e-8),
            "the optimum's value is unique even where the coefficients are not; near it the value changes with the square of what they are apart",
        ),
        rule(&[], "intercept", (1e-5, 1e-7), "the intercept inherits the coefficients' error times the columns' means"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_task_is_a_valid_document_and_its_defaults_fill() {
        let task = task();
        let text = serde_json::to_vec(&task).expect("serializable");
        let read: TaskSpec = schema::document::parse(&text, "task").expect("valid by its schema");
        let filled = |name: &str| {
            let filled = schema::defaults::fill(&read.algorithms[&id(name)].parameters, &serde_json::Map::new());
            serde_json::Value::Object(filled.expect("defaults"))
        };
        assert_eq!(filled("linear"), serde_json::json!({"fit_intercept": true, "tol": 1e-6}));
        assert_eq!(
            filled("elastic_net"),
            serde_json::json!({"alpha": 1.0, "l1_ratio": 0.5, "fit_intercept": true, "max_iter": 1000, "tol": 1e-4})
        );
    }
}
