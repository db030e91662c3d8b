//! Principal components: what the task is, once, for all languages. Framework-free.

use std::collections::BTreeMap;

use schema::config::Splitting;
use schema::describe::{built_with, id, ids};
use schema::fault::Fault;
use schema::id::Id;
use schema::mark::MarkName;
use schema::task::{Algorithm, Dtype, MarkSpec, MetricUse, OutputSpec, ParityRule, SmokeCase, TaskSpec};
use schemars::JsonSchema;

mod parameters;

pub use parameters::{Exact, Randomised};

pub const EXACT: &str = "exact";
pub const RANDOMISED: &str = "randomised";

pub fn task() -> TaskSpec {
    TaskSpec {
        protocol: schema::PROTOCOL.to_owned(),
        task: id("pca"),
        summary: "Finding the principal components of dense data and projecting the data on them".to_owned(),
        domain: id("classical"),
        algorithms: algorithms(),
        datasets: ids(&[
            "breast_cancer",
            "diabetes",
            "digits",
            "iris",
            "own",
            "own_classes",
            "synthetic_classification",
            "synthetic_linear",
            "wine",
        ]),
        split: Some(Splitting::All),
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
    built_with(&[("pca_kernels", cfg!(feature = "pca_kernels")), ("pca_linfa", cfg!(feature = "pca_linfa"))])
}

/// What every implementation says where the data do not have so many components.
pub fn check_components(wanted: u32, rows: usize, columns: usize) -> Result<(), Fault> {
    let most = rows.min(columns);
    if wanted as usize <= most && rows > 1 {
        return Ok(());
    }
    let what = format!("`n_components` is {wanted}; the data have {rows} rows and {columns} columns");
    let hint = format!("ask at most as many components as there are of both: {most}; a variance needs two rows");
    Err(Fault::new("params.json: hyperparameters", what).hint(hint))
}

fn algorithms() -> BTreeMap<Id, Algorithm> {
    [
        algorithm::<Exact>(EXACT, "The directions of the largest variances of all"),
        algorithm::<Randomised>(RANDOMISED, "Those of a random subspace that is turned towards them"),
    ]
    .into()
}

fn algorithm<Parameters: JsonSchema>(name: &str, summary: &str) -> (Id, Algorithm) {
    (id(name), Algorithm::of::<Parameters>(summary))
}

/// `fit` is the work: projecting is one product with a narrow matrix everywhere.
fn marks() -> Vec<MarkSpec> {
    vec![
        MarkSpec::once(MarkName::Load),
        MarkSpec::once(MarkName::Setup),
        MarkSpec::work(MarkName::Fit),
        MarkSpec::shown(MarkName::Transform),
    ]
}

fn outputs() -> Vec<OutputSpec> {
    let output = |name, shape: &[&str]| OutputSpec::numbers(name, Dtype::F64, shape);
    vec![
        output("components", &["k", "d"]),
        output("explained_variance", &["k"]),
        output("reconstruction_error", &["1"]),
    ]
}

fn metrics() -> Vec<MetricUse> {
    vec![MetricUse::from("reconstruction_error", "reconstruction_error")]
}

fn parity() -> Vec<ParityRule> {
    let rule = |algorithm: &str, output: &str, tolerance: (f64, f64), because: &str| {
        ParityRule::new("close", output, tolerance, because).of(&[algorithm])
    };
    vec![
        rule(
            EXACT,
            "explained_variance",
            (1e-6, 1e-12),
            "the spectrum is unique; the second moments keep half of a double's digits of every variance that is taken from them",
        ),
        rule(
            EXACT,
            "components",
            (1e-5, 1e-5),
            "a direction is unique, with its largest entry positive, where its variance differs from its neighbours', and turns with rounding as these come near",
        ),
        rule(EXACT, "reconstruction_error", (1e-6, 1e-12), "what the kept components leave unexplained is unique"),
        rule(
            RANDOMISED,
            "explained_variance",
            (0.02, 1e-12),
            "each library draws another subspace; with oversampling and powers the variances within it are near the largest, the nearer the faster the spectrum falls, so directions are not compared",
        ),
        rule(
            RANDOMISED,
            "reconstruction_error",
            (0.02, 1e-12),
            "another subspace leaves another rest; a good one leaves hardly more than the exact components do",
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
        let filled = |name: &str| {
            let filled = schema::defaults::fill(&read.algorithms[&id(name)].parameters, &serde_json::Map::new());
            serde_json::Value::Object(filled.expect("defaults"))
        };
        assert_eq!(filled(EXACT), serde_json::json!({"n_components": 2}));
        let randomised = serde_json::json!({"n_components": 2, "n_oversamples": 10, "n_iter": 4});
        assert_eq!(filled(RANDOMISED), randomised);
    }

    #[test]
    fn more_components_than_the_data_have_are_refused() {
        assert!(check_components(3, 3, 4).is_ok());
        let fault = check_components(4, 3, 9).expect_err("too many").to_string();
        assert!(fault.contains("`n_components` is 4; the data have 3 rows and 9 columns"), "{fault}");
        assert!(check_components(1, 1, 9).is_err());
    }
}
