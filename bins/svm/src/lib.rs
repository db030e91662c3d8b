//! Support vector machines: what the task is, once, for all languages. Framework-free.

use std::collections::BTreeMap;

use schema::config::DatasetChoice;
use schema::describe::{built_with, id, ids, together};
use schema::id::Id;
use schema::mark::MarkName;
use schema::task::{Algorithm, Dtype, MarkSpec, MetricUse, OutputSpec, ParityRule, SmokeCase, TaskSpec};

mod parameters;

pub use parameters::{Gamma, Kernel, KernelName, LinearSvc, Loss, NuSvc, Svc, Svr};

const CLASSIFIERS: [&str; 3] = ["linearsvc", "nusvc", "svc"];
const OF_CLASSES: [&str; 6] = ["breast_cancer", "digits", "iris", "own_classes", "synthetic_classification", "wine"];
const OF_NUMBERS: [&str; 4] = ["diabetes", "own", "synthetic_linear", "synthetic_nonlinear"];

pub fn task() -> TaskSpec {
    TaskSpec {
        protocol: schema::PROTOCOL.to_owned(),
        task: id("svm"),
        summary: "Fitting support vector machines and predicting with them".to_owned(),
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
    built_with(&[("svm_kernels", cfg!(feature = "svm_kernels")), ("svm_linfa", cfg!(feature = "svm_linfa"))])
}

fn algorithms() -> BTreeMap<Id, Algorithm> {
    let of_classes = |algorithm| Algorithm { datasets: ids(&OF_CLASSES), ..algorithm };
    let of_numbers = Algorithm {
        datasets: ids(&OF_NUMBERS),
        smoke_dataset: Some(DatasetChoice::Name(id("diabetes"))),
        ..Algorithm::of::<Svr>("Regression that ignores errors up to epsilon")
    };
    [
        (id("svc"), of_classes(Algorithm::of::<Svc>("Classes one against one, slack at a price"))),
        (
            id("nusvc"),
            of_classes(Algorithm::of::<NuSvc>("Classes one against one, the share of support vectors given")),
        ),
        (id("linearsvc"), of_classes(Algorithm::of::<LinearSvc>("One class against the rest, without a kernel"))),
        (id("svr"), of_numbers),
    ]
    .into()
}

/// `fit` is the work. `predict` is labels or numbers; the scores are computed after it, unmarked, since
/// scikit-learn has no one call for both.
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
        |name, dtype, shape: &[&str], algorithms: &[&str]| OutputSpec::numbers(name, dtype, shape).of(algorithms);
    vec![
        output("labels", Dtype::I64, &["n_test"], &CLASSIFIERS),
        output("scores", Dtype::F64, &["n_test", "k"], &CLASSIFIERS),
        output("decisions", Dtype::F64, &["n_test", "p"], &["nusvc", "svc"]),
        output("objective", Dtype::F64, &["1"], &["linearsvc"]),
        output("support_vectors", Dtype::F64, &["1"], &["nusvc", "svc", "svr"]),
        output("predictions", Dtype::F64, &["n_test"], &["svr"]),
    ]
}

fn metrics() -> Vec<MetricUse> {
    let metric = |name, output, algorithms: &[&str]| MetricUse::against(name, output, ("y", "test")).of(algorithms);
    let of_labels = ["accuracy", "f1", "precision", "recall"].map(|name| metric(name, "labels", &CLASSIFIERS));
    let of_scores = ["auc_roc", "auc_pr"].map(|name| metric(name, "scores", &CLASSIFIERS));
    let of_numbers =
        ["mse", "rmse", "mae", "r2", "explained_variance"].map(|name| metric(name, "predictions", &["svr"]));
    let objective = MetricUse::from("objective", "objective").of(&["linearsvc"]);
    of_labels.into_iter().chain(of_scores).chain(of_numbers).chain([objective]).collect()
}

fn parity() -> Vec<ParityRule> {
    let rule = |algorithms: &[&str], output: &str, rule: &str, tolerance: (f64, f64), because: &str| {
        ParityRule::new(rule, output, tolerance, because).of(algorithms)
    };
    let solved = ["nusvc", "svc"];
    vec![
        rule(
            &CLASSIFIERS,
            "labels",
            "agree",
            (0.01, 0.0),
            "a row whose decision is as good as 0 is either's; there are few of them",
        ),
        rule(
            &solved,
            "decisions",
            "close",
            (0.0, 0.02),
            "a fit ends once no pair of rows violates its condition by more than tol, 1e-3 by default, in units of the margin; two that end so differ by a few of these, and by more only on data so far from unit scale that tol means little",
        ),
        rule(
            &solved,
            "support_vectors",
            "close",
            (0.02, 2.0),
            "a row whose coefficient is as good as 0 is a support vector for the one and none for the other",
        ),
        rule(
            &["linearsvc"],
            "objective",
            "objective",
            (1e-3, 1e-9),
            "there is one optimum, and both are to come as near to it as scikit-learn's tol of 1e-4 does; where they stop in a flat valley, planes differ and objectives do not",
        ),
        rule(
            &["svr"],
            "predictions",
            "close",
            (1e-4, 0.02),
            "a fit ends once no pair of rows violates its condition by more than tol, 1e-3 by default, in the target's unit; two that end so differ by a few of these",
        ),
        rule(
            &["svr"],
            "support_vectors",
            "close",
            (0.02, 2.0),
            "a row whose coefficient is as good as 0 is a support vector for the one and none for the other",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(name: &str, given: &serde_json::Value) -> Result<serde_json::Value, String> {
        let text = serde_json::to_vec(&task()).expect("serializable");
        let read: TaskSpec = schema::document::parse(&text, "task").expect("valid by its schema");
        let given = given.as_object().cloned().unwrap_or_default();
        let filled = schema::defaults::fill(&read.algorithms[&id(name)].parameters, &given);
        filled.map(serde_json::Value::Object).map_err(|faults| faults.to_string())
    }

    #[test]
    fn the_task_is_a_valid_document_and_its_defaults_fill() {
        let kernel = serde_json::json!({
            "kernel": "rbf", "gamma": "scale", "degree": 3, "coef0": 0.0, "probability": false, "tol": 1e-3, "c": 1.0
        });
        assert_eq!(filled("svc", &serde_json::json!({})), Ok(kernel.clone()));
        assert_eq!(serde_json::from_value::<Svc>(kernel).expect("typed"), Svc::default());
        assert_eq!(
            filled("linearsvc", &serde_json::json!({})),
            Ok(serde_json::json!({
                "c": 1.0, "loss": "squared_hinge", "intercept_scaling": 1.0, "tol": 1e-4, "max_iter": 1000
            }))
        );
    }

    #[test]
    fn gamma_is_a_rule_or_a_number_above_nothing() {
        let gamma = |value: serde_json::Value| {
            let filled = filled("svr", &serde_json::json!({ "gamma": value }))?;
            serde_json::from_value::<Svr>(filled).map(|svr| svr.gamma).map_err(|error| error.to_string())
        };
        assert_eq!(gamma("auto".into()), Ok(Gamma::Auto));
        assert_eq!(gamma("scale".into()), Ok(Gamma::Scale));
        assert_eq!(gamma(0.25.into()), Ok(Gamma::Value(0.25)));
        for refused in [serde_json::json!("wide"), serde_json::json!(-1), serde_json::json!(0), serde_json::json!(null)]
        {
            assert!(gamma(refused.clone()).is_err(), "{refused}");
        }
        let wide = serde_json::from_value::<Svc>(serde_json::json!({"gamma": "wide"})).expect_err("no rule");
        assert_eq!(wide.to_string(), "unknown gamma `wide`, expected `auto`, `scale` or a number");
    }
}
