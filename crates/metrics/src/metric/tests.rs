use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use schema::id::Id;
use serde_json::Value;

use super::*;

mod labelled;

/// The metrics that compare a number a row with the target's.
fn of_numbers() -> impl Iterator<Item = &'static Metric> {
    METRICS.iter().filter(|metric| matches!(metric.compute, Compute::Numbers(_)))
}

/// Relative error allowed against scikit-learn and scipy: the orders of summation differ.
const GOLDEN_TOLERANCE: f64 = 1e-11;

#[test]
fn every_entry_is_named_once_and_says_what_it_is() {
    let ids: BTreeSet<&str> = METRICS.iter().map(|metric| metric.id).collect();
    assert_eq!(ids.len(), METRICS.len(), "each id once");
    for metric in METRICS {
        Id::new(metric.id).expect("an id");
        assert!(!metric.unit.is_empty() && !metric.formula.is_empty(), "{}", metric.id);
        assert!(metric.reference.contains('.'), "{}: a reference implementation", metric.id);
        assert!(find(metric.id).is_some_and(|found| found.formula == metric.formula));
    }
}

/// Made by `scripts/reference/metrics_golden.py`; null is where the reference gives NaN.
#[test]
fn every_metric_agrees_with_scikit_learn_and_scipy() {
    let golden: Value = serde_json::from_str(include_str!("../../tests/golden/metrics.json")).expect("JSON");
    let cases = golden["cases"].as_array().expect("cases");
    assert!(cases.len() >= 200, "{} cases", cases.len());
    for case in cases {
        let column = |name: &str| -> Vec<f64> {
            case[name].as_array().expect(name).iter().map(|value| value.as_f64().expect("a number")).collect()
        };
        let (target, predicted) = (column("target"), column("predicted"));
        let expected: BTreeMap<String, Option<f64>> = serde_json::from_value(case["metrics"].clone()).expect("metrics");
        assert_eq!(expected.len(), of_numbers().count(), "every metric has golden values");
        for metric in of_numbers() {
            let got = metric.value(&target[..], &predicted[..]);
            let place = format!("{} of {}", metric.id, case["name"]);
            match (got.value, expected[metric.id]) {
                (Some(got), Some(expected)) => {
                    // Moments of residuals near zero lose digits in the residuals themselves.
                    let scale = expected.abs().max(1e-6);
                    assert!((got - expected).abs() <= GOLDEN_TOLERANCE * scale, "{place}: {got} for {expected}");
                }
                (None, None) => assert!(got.reason.is_some(), "{place}: null has a reason"),
                (got_value, expected) => panic!("{place}: {got_value:?} for {expected:?} ({:?})", got.reason),
            }
        }
    }
}

#[test]
fn null_says_why() {
    let r2 = find("r2").expect("r2");
    let reason = |target: &[f64], predicted: &[f64]| {
        let value = r2.value(target, predicted);
        assert_eq!(value.value, None);
        value.reason.expect("a reason")
    };
    assert_eq!(reason(&[0.1; 3], &[0.1, 0.2, 0.3]), "undefined: the target is constant");
    assert_eq!(reason(&[1.0, 2.0], &[1.0]), "1 values where the target has 2");
    assert_eq!(reason(&[], &[]), "no rows");
    assert_eq!(reason(&[1.0, 2.0], &[1.0, f64::NAN]), "the output is not finite in row 1: NaN");
    assert_eq!(reason(&[1.0, f64::INFINITY], &[1.0, 2.0]), "the target is not finite in row 1: inf");
    assert_eq!(reason(&[1e-200, 2e-200], &[0.0, 0.0]), "undefined: the target's variance is too small for a double");
    let mse = find("mse").expect("mse").value(&[1e200, 0.0][..], &[0.0, 0.0][..]);
    assert_eq!(mse.reason.as_deref(), Some("too large for a double"));
    let skew = find("residual_skew").expect("skew").value(&[1.0, 2.0][..], &[0.0, 1.0][..]);
    assert_eq!(skew.reason.as_deref(), Some("undefined: the residuals are all equal"));
}

proptest! {
    #[test]
    fn a_change_of_unit_scales_only_what_has_a_unit(
        rows in prop::collection::vec((-1e3..1e3_f64, -1e3..1e3_f64), 3..40), exponent in -8..8_i32,
    ) {
        let scale = f64::from(exponent).exp2(); // a power of two scales without rounding
        let (target, predicted): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
        let scaled = |values: &[f64]| values.iter().map(|value| value * scale).collect::<Vec<_>>();
        for metric in of_numbers().filter(|metric| metric.id != "mape") {
            let factor = match metric.unit { "target" => scale, "target²" => scale * scale, _ => 1.0 };
            let (before, after) = (metric.value(&target[..], &predicted[..]), metric.value(&scaled(&target)[..], &scaled(&predicted)[..]));
            prop_assert_eq!(before.value.is_some(), after.value.is_some(), "{}", metric.id);
            if let (Some(before), Some(after)) = (before.value, after.value) {
                prop_assert!((after - before * factor).abs() <= 1e-9 * (before * factor).abs().max(1e-9), "{}", metric.id);
            }
        }
    }

    #[test]
    fn a_perfect_prediction_is_the_best_value(target in prop::collection::vec(-1e6..1e6_f64, 2..40)) {
        for (id, best) in [("mse", 0.0), ("rmse", 0.0), ("mae", 0.0), ("mape", 0.0), ("r2", 1.0)] {
            let value = find(id).expect(id).value(&target[..], &target[..]).value;
            prop_assert!(value.is_none_or(|value| (value - best).abs() < f64::MIN_POSITIVE), "{} {:?}", id, value);
        }
    }

    #[test]
    fn no_input_panics_and_what_is_absent_has_a_reason(
        target in prop::collection::vec(any::<f64>(), 0..12), predicted in prop::collection::vec(any::<f64>(), 0..12),
    ) {
        for metric in METRICS {
            let got = metric.value(&target[..], &predicted[..]);
            prop_assert_eq!(got.value.is_none(), got.reason.is_some());
            prop_assert!(got.value.is_none_or(f64::is_finite));
        }
    }
}
