//! Gradient boosting against scikit-learn's own (`scripts/reference/boosting_golden.py`), and what every
//! ensemble has to fulfil.

use std::num::NonZeroUsize;

use kernels::boosting::{Boosted, Boosting, Target, Unboostable};
use proptest::prelude::*;
use serde_json::Value;

use crate::given::{noise, numbers, whole};

const ONE: NonZeroUsize = NonZeroUsize::MIN;
const PLAIN: Boosting = Boosting {
    iterations: 5,
    learning_rate: 0.1,
    max_leaves: Some(31),
    max_depth: None,
    least_rows_a_leaf: 20,
    l2: 0.0,
    max_bins: 255,
};

fn boosting(case: &Value) -> Boosting {
    let count = |name: &str| case[name].as_u64().map(|count| count as usize);
    Boosting {
        iterations: count("max_iter").expect("a number"),
        learning_rate: case["learning_rate"].as_f64().expect("a number"),
        max_leaves: count("max_leaf_nodes"),
        max_depth: count("max_depth"),
        least_rows_a_leaf: count("min_samples_leaf").expect("a number"),
        l2: case["l2_regularization"].as_f64().expect("a number"),
        max_bins: count("max_bins").expect("a number"),
    }
}

fn assert_near(name: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let near = (found - expected).abs() <= 1e-12 * expected.abs().max(1.0);
        assert!(near, "{name}: {found} where {expected} at {at}");
    }
}

#[test]
fn the_trees_are_scikit_learns() {
    let document: Value = serde_json::from_str(include_str!("../golden/boosting.json")).expect("JSON");
    let cases = document["cases"].as_array().expect("cases");
    for case in cases {
        let design = &document["designs"][case["design"].as_str().expect("a name")];
        let name = format!("{} in {}", case["design"], boosting(case).iterations);
        let columns = design["columns"].as_u64().expect("a number") as usize;
        let (x, queries) = (numbers(&design["x"]), numbers(&design["queries"]));
        let fit = |target| Boosted::fit(&x, columns, target, boosting(case), ONE).expect(&name);
        if case["labels"].is_null() {
            let y = numbers(&design["y"]);
            let boosted = fit(Target::Numbers(&y));
            let found = boosted.decide(&queries, ONE).expect(&name);
            assert_near(&format!("{name}: {case}"), &found, &numbers(&case["expected"]));
            assert_eq!(boosted.leaves() as u64, case["leaves"], "{name}");
            continue;
        }
        let labels = whole(&design["y"]);
        let boosted = fit(Target::Classes { labels: &labels, count: 10 });
        let found = boosted.decide(&queries, ONE).expect(&name);
        assert_near(&name, &found, &numbers(&case["expected"]));
        assert_eq!(boosted.leaves() as u64, case["leaves"], "{name}");
        assert_eq!(boosted.labels(&found), whole(&case["labels"]), "{name}");
        let shares = boosted.shares(&found, 10);
        let one_class = labels.iter().all(|label| *label == labels[0]);
        if !one_class {
            let expected = numbers(&case["shares"]);
            assert_near(&name, &shares[..expected.len()], &expected);
        }
        assert!(shares.chunks(10).all(|row| (row.iter().sum::<f64>() - 1.0).abs() < 1e-12), "{name}");
    }
    assert!(cases.len() >= 150, "{}", cases.len());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]
    #[test]
    fn leaves_are_as_many_and_paths_as_short_as_asked(
        rows in 1_usize..300, columns in 1_usize..8, least in 1_usize..9, leaves in 2_usize..12, depth in 1_usize..5,
        bins in 2_usize..=255, seed in any::<u32>()
    ) {
        let (x, y) = (noise(rows * columns, u64::from(seed)), noise(rows, 77));
        let asked = Boosting {
            max_leaves: Some(leaves), max_depth: Some(depth), least_rows_a_leaf: least, max_bins: bins, ..PLAIN
        };
        let boosted = Boosted::fit(&x, columns, Target::Numbers(&y), asked, ONE).expect("trees");
        let most = leaves.min(1 << depth).min((rows / least).max(1));
        prop_assert!((5..=5 * most).contains(&boosted.leaves()), "{} of {most}", boosted.leaves());
        // Boosting never makes what it trains on worse.
        let error = |predictions: &[f64]| -> f64 {
            predictions.iter().zip(&y).map(|(found, y)| (found - y) * (found - y)).sum()
        };
        let mean = y.iter().sum::<f64>() / rows as f64;
        let found = boosted.decide(&x, ONE).expect("predictions");
        prop_assert!(error(&found) <= error(&vec![mean; rows]) + 1e-9);
    }
}

/// Enough of both that threads are used, and a class more than there are threads.
#[test]
fn the_trees_are_the_same_for_any_number_of_threads() {
    let (rows, columns) = (20_000, 7);
    let x = noise(rows * columns, 3);
    let numbers: Vec<f64> = x.chunks(columns).map(|row| row[0] * row[1] + row[2].sin()).collect();
    let classes: Vec<i64> = numbers.iter().map(|value| i64::from(*value > 0.1) + i64::from(*value > -0.2)).collect();
    for target in [Target::Numbers(&numbers), Target::Classes { labels: &classes, count: 3 }] {
        let fit = |threads| Boosted::fit(&x, columns, target, PLAIN, threads).expect("trees").decide(&x, threads);
        assert_eq!(fit(ONE), fit(NonZeroUsize::new(2).expect("not zero")));
        assert_eq!(fit(ONE), fit(NonZeroUsize::new(3).expect("not zero")));
    }
}

#[test]
fn what_cannot_be_boosted_is_refused() {
    let fit = |x: &[f64], y: &[f64], asked| Boosted::fit(x, 1, Target::Numbers(y), asked, ONE).err();
    assert_eq!(fit(&[], &[], PLAIN), Some(Unboostable::Empty));
    assert_eq!(fit(&[1.0, 2.0], &[1.0], PLAIN), Some(Unboostable::Shape));
    assert_eq!(fit(&[f64::NAN], &[1.0], PLAIN), Some(Unboostable::NotFinite));
    assert_eq!(fit(&[1.0], &[f64::INFINITY], PLAIN), Some(Unboostable::NotFinite));
    for asked in [
        Boosting { iterations: 0, ..PLAIN },
        Boosting { max_leaves: Some(1), ..PLAIN },
        Boosting { max_depth: Some(0), ..PLAIN },
        Boosting { least_rows_a_leaf: 0, ..PLAIN },
        Boosting { max_bins: 256, ..PLAIN },
        Boosting { max_bins: 1, ..PLAIN },
    ] {
        assert_eq!(fit(&[1.0], &[1.0], asked), Some(Unboostable::Nothing), "{asked:?}");
    }
    for (learning_rate, l2) in [(0.0, 0.0), (f64::NAN, 0.0), (0.1, -1.0), (0.1, f64::INFINITY)] {
        assert_eq!(fit(&[1.0], &[1.0], Boosting { learning_rate, l2, ..PLAIN }), Some(Unboostable::Rates));
    }
    let classes = Target::Classes { labels: &[2], count: 2 };
    assert_eq!(Boosted::fit(&[1.0], 1, classes, PLAIN, ONE).err(), Some(Unboostable::NoSuchClass));
}
