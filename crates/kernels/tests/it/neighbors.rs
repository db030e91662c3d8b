//! Neighbours, votes and means against scikit-learn's own (`scripts/reference/neighbors_golden.py`).

use std::num::NonZeroUsize;

use kernels::neighbors::{Index, Method, Weights, average, shares_of_classes};
use serde_json::Value;

use crate::given::{numbers, whole};

fn close(found: &[f64], expected: &[f64], rtol: f64, name: &str) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= rtol * expected.abs() + 1e-300, "{name}: {found} where {expected}");
    }
}

#[test]
fn neighbours_votes_and_means_are_scikit_learns() {
    let document: Value = serde_json::from_str(include_str!("../golden/neighbors.json")).expect("JSON");
    let cases = document["cases"].as_array().expect("cases");
    let mut without_ties = 0;
    for case in cases {
        for method in [Method::Tree, Method::Blocks] {
            check(case, &document["points"][case["points"].as_str().expect("a name")], method);
        }
        without_ties += usize::from(!case["ties"].as_bool().expect("a truth value"));
    }
    assert!(cases.len() >= 35 && without_ties >= 25, "{without_ties} of {}", cases.len());
}

fn check(case: &Value, given: &Value, method: Method) {
    let name = format!("{} of {} by {}", case["count"], case["points"], method.name());
    let size = |value: &Value| value.as_u64().expect("a number") as usize;
    let (points, queries) = (numbers(&given["points"]), numbers(&given["queries"]));
    let index = Index::of(&points, size(&given["columns"]), Some(method)).expect(&name);
    let nearest = index.nearest(&queries, size(&case["count"]), NonZeroUsize::MIN).expect(&name);
    close(&nearest.distances, &numbers(&case["distances"]), 1e-12, &name);
    if case["ties"].as_bool().expect("a truth value") {
        return;
    }
    for (weights, word) in [(Weights::Uniform, "uniform"), (Weights::Distance, "distance")] {
        let expected = &case[word];
        let shares = shares_of_classes(&nearest, &whole(&case["labels"]), 4, weights).expect(&name);
        close(&shares.values, &numbers(&expected["shares"]), 1e-11, &name);
        let clear = expected["clear"].as_array().expect("a list");
        for ((found, label), clear) in shares.labels().iter().zip(whole(&expected["labels"])).zip(clear) {
            assert!(*found == label || clear == false, "{name}: class {found} where {label}");
        }
        let means = average(&nearest, &numbers(&case["targets"]), weights).expect(&name);
        for (found, expected) in means.iter().zip(numbers(&expected["means"])) {
            assert!((found - expected).abs() <= 1e-11, "{name}: {found} where {expected}");
        }
    }
}
