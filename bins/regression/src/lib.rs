//! Linear models on dense data: what the task is, once, for all languages. Framework-free.

use schema::config::DatasetChoice;
use schema::id::Id;
use schema::mark::MarkName;
use schema::params::Mode;
use schema::task::{
    Algorithm, Dtype, MarkSpec, MetricUse, OutputKind, OutputSpec, ParityRule, SmokeCase, Target, TaskSpec,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hyperparameters of `linear`: ordinary least squares.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Linear {
    /// Whether the model has an intercept; without one the fitted plane goes through the origin.
    pub fit_intercept: bool,
    /// Which directions of the data count as none: those whose singular value, of the centred data,
    /// is at or below this share of the largest. The default is scikit-learn's.
    #[schemars(range(min = 1e-14, max = 0.1))]
    pub tol: f64,
}

impl Default for Linear {
    fn default() -> Self {
        Self { fit_intercept: true, tol: 1e-6 }
    }
}

pub fn task() -> TaskSpec {
    TaskSpec {
        protocol: schema::PROTOCOL.to_owned(),
        task: id("regression"),
        summary: "Fitting linear models to dense data and predicting with them".to_owned(),
        domain: id("classical"),
        algorithms: [(id("linear"), linear())].into(),
        datasets: vec![id("diabetes"), id("synthetic_linear")],
        marks: marks(),
        outputs: outputs(),
        metrics: metrics(),
        parity: parity(),
        smoke: SmokeCase {
            dataset: DatasetChoice::Name(id("diabetes")),
            mode: Mode::Warm,
            warmup: 1,
            iterations: 3,
            timeout_s: 60,
        },
    }
}

/// The features that this package was built with: each implementation is to be built with its own alone.
pub fn features() -> Vec<&'static str> {
    let features = [
        ("regression_faer", cfg!(feature = "regression_faer")),
        ("regression_linfa", cfg!(feature = "regression_linfa")),
    ];
    features.into_iter().filter_map(|(name, enabled)| enabled.then_some(name)).collect()
}

fn linear() -> Algorithm {
    let schema = schema::document::schema_of::<Linear>();
    Algorithm {
        summary: "Ordinary least squares; of several solutions the one of minimum norm".to_owned(),
        parameters: schema.as_object().cloned().unwrap_or_default(),
    }
}

/// `fit` is the work: prediction on a fifth of the rows is one matrix-vector product everywhere.
fn marks() -> Vec<MarkSpec> {
    let mark = |name, repeats, work| MarkSpec { name, required: true, repeats, work };
    vec![
        mark(MarkName::Load, false, false),
        mark(MarkName::Setup, false, false),
        mark(MarkName::Fit, true, true),
        mark(MarkName::Predict, true, false),
    ]
}

fn outputs() -> Vec<OutputSpec> {
    let output = |name, shape: &str| OutputSpec {
        name: id(name),
        kind: OutputKind::Npy,
        dtype: Some(Dtype::F64),
        shape: vec![shape.to_owned()],
    };
    vec![output("coefficients", "d"), output("intercept", "1"), output("predictions", "n_test")]
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
    names
        .into_iter()
        .map(|name| MetricUse {
            id: id(name),
            output: id("predictions"),
            target: Some(Target { input: id("y"), split: Some(id("test")) }),
        })
        .collect()
}

fn parity() -> Vec<ParityRule> {
    let close = |output, rtol, atol, because: &str| ParityRule {
        algorithms: vec![id("linear")],
        output: id(output),
        rule: id("close"),
        rtol,
        atol,
        because: because.to_owned(),
    };
    vec![
        close(
            "predictions",
            1e-6,
            1e-8,
            "least squares has one fitted plane; solvers in double precision agree on it to about 1e-9 unless the design is nearly singular",
        ),
        close(
            "coefficients",
            1e-5,
            1e-7,
            "coefficients lose as many digits as the design's condition number has; 1e-5 leaves room for a condition of 1e10 solved by QR",
        ),
        close("intercept", 1e-5, 1e-7, "the intercept inherits the coefficients' error times the columns' means"),
    ]
}

fn id(text: &str) -> Id {
    Id::new(text).expect("the names in this file are ids")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_task_is_a_valid_document_and_its_defaults_fill() {
        let task = task();
        let text = serde_json::to_vec(&task).expect("serializable");
        let read: TaskSpec = schema::document::parse(&text, "task").expect("valid by its schema");
        let filled = schema::defaults::fill(&read.algorithms[&id("linear")].parameters, &serde_json::Map::new());
        assert_eq!(
            serde_json::Value::Object(filled.expect("defaults")),
            serde_json::json!({"fit_intercept": true, "tol": 1e-6})
        );
    }
}
