//! Trees against scikit-learn's own (`scripts/reference/forest_golden.py`), and what every forest has
//! to fulfil.

use std::num::NonZeroUsize;

use kernels::forest::{Forest, Growth, Target, Ungrowable, labels};
use proptest::prelude::*;
use serde_json::Value;

use crate::given::{noise, numbers, whole};

const ONE: NonZeroUsize = NonZeroUsize::MIN;
const PLAIN: Growth =
    Growth { trees: 1, max_depth: None, columns_a_split: usize::MAX, least_rows_a_leaf: 1, bootstrap: false, seed: 1 };

#[test]
fn a_tree_without_chance_is_scikit_learns() {
    let document: Value = serde_json::from_str(include_str!("../golden/forest.json")).expect("JSON");
    let cases = document["cases"].as_array().expect("cases");
    for case in cases {
        let design = &document["designs"][case["design"].as_str().expect("a name")];
        let kind = case["target"].as_str().expect("a name");
        let name =
            format!("{kind} of {}, {} deep, {} rows", case["design"], case["max_depth"], case["min_samples_leaf"]);
        let (values, classes) = (numbers(&design[kind]), design[kind][0].is_i64());
        let classes = if classes { whole(&design[kind]) } else { Vec::new() };
        let target =
            if classes.is_empty() { Target::Numbers(&values) } else { Target::Classes { labels: &classes, count: 3 } };
        let growth = Growth {
            max_depth: case["max_depth"].as_u64().map(|depth| depth as usize),
            least_rows_a_leaf: case["min_samples_leaf"].as_u64().expect("a number") as usize,
            ..PLAIN
        };
        let columns = design["columns"].as_u64().expect("a number") as usize;
        let forest = Forest::grow(&numbers(&design["x"]), columns, target, growth, ONE).expect(&name);
        let found = forest.predict(&numbers(&design["queries"]), ONE).expect(&name);
        let expected = numbers(&case["expected"]);
        assert_eq!(found.len(), expected.len(), "{name}");
        for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert!((found - expected).abs() <= 1e-12, "{name}: {found} where {expected} at {at}");
        }
    }
    assert!(cases.len() >= 120, "{}", cases.len());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]
    #[test]
    fn leaves_are_as_large_and_paths_as_short_as_asked(
        rows in 1_usize..120, columns in 1_usize..6, least in 1_usize..9, depth in 0_usize..6, seed in any::<u32>(),
        bootstrap in any::<bool>()
    ) {
        let (x, y) = (noise(rows * columns, u64::from(seed)), noise(rows, 77));
        let growth = Growth {
            trees: 3, max_depth: Some(depth), columns_a_split: 2, least_rows_a_leaf: least, bootstrap, seed: u64::from(seed),
        };
        let forest = Forest::grow(&x, columns, Target::Numbers(&y), growth, ONE).expect("a forest");
        prop_assert!(forest.leaves() <= 3 * (1 << depth).min(rows.div_ceil(least)));
        let (least, most) = y.iter().fold((f64::MAX, f64::MIN), |(least, most), y| (least.min(*y), most.max(*y)));
        for prediction in forest.predict(&x, ONE).expect("predictions") {
            prop_assert!(least - 1e-12 <= prediction && prediction <= most + 1e-12);
        }
        let two = NonZeroUsize::new(2).expect("not zero");
        let again = Forest::grow(&x, columns, Target::Numbers(&y), growth, two).expect("a forest");
        prop_assert_eq!(forest.predict(&x, ONE), again.predict(&x, two));
    }

    #[test]
    fn a_whole_tree_knows_what_it_has_seen(rows in 1_usize..200, columns in 1_usize..4, seed in any::<u32>()) {
        let x = noise(rows * columns, u64::from(seed) | 1);
        let y: Vec<i64> = noise(rows, 5).iter().map(|value| i64::from(*value > 0.0)).collect();
        let forest =
            Forest::grow(&x, columns, Target::Classes { labels: &y, count: 2 }, PLAIN, ONE).expect("a forest");
        let shares = forest.predict(&x, ONE).expect("shares");
        let distinct: std::collections::BTreeSet<Vec<u32>> =
            x.chunks(columns).map(|row| row.iter().map(|value| (*value as f32 * 1e6) as i32 as u32).collect()).collect();
        prop_assume!(distinct.len() == rows);
        prop_assert_eq!(labels(&shares, 2), y);
    }
}

#[test]
fn a_forest_generalises() {
    let (x, queries) = (noise(4 * 1000, 12_345), noise(4 * 500, 999));
    let class = |row: &[f64]| i64::from(row[0] * row[1] > 0.0);
    let (y, wanted): (Vec<i64>, Vec<i64>) = (x.chunks(4).map(class).collect(), queries.chunks(4).map(class).collect());
    let growth = Growth { trees: 40, columns_a_split: 2, bootstrap: true, ..PLAIN };
    let forest = Forest::grow(&x, 4, Target::Classes { labels: &y, count: 2 }, growth, ONE).expect("a forest");
    let found = labels(&forest.predict(&queries, ONE).expect("shares"), 2);
    let right = found.iter().zip(&wanted).filter(|(found, wanted)| found == wanted).count();
    assert!(right > 470, "{right} of 500");
}

#[test]
fn what_cannot_be_grown_is_refused() {
    let grow = |x: &[f64], y: &[f64]| Forest::grow(x, 1, Target::Numbers(y), PLAIN, ONE).err();
    assert_eq!(grow(&[], &[]), Some(Ungrowable::Empty));
    assert_eq!(grow(&[1.0, 2.0], &[1.0]), Some(Ungrowable::Shape));
    assert_eq!(grow(&[f64::NAN], &[1.0]), Some(Ungrowable::NotFinite));
    assert_eq!(grow(&[1.0], &[f64::INFINITY]), Some(Ungrowable::NotFinite));
    assert_eq!(grow(&[1e39], &[1.0]), Some(Ungrowable::TooLarge));
    let classes = Target::Classes { labels: &[2], count: 2 };
    assert_eq!(Forest::grow(&[1.0], 1, classes, PLAIN, ONE).err(), Some(Ungrowable::NoSuchClass));
    let none = Growth { trees: 0, ..PLAIN };
    assert_eq!(Forest::grow(&[1.0], 1, Target::Numbers(&[1.0]), none, ONE).err(), Some(Ungrowable::Nothing));
}
