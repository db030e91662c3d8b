//! Clustering against scikit-learn's own answers on easy and on nasty rows
//! (`scripts/reference/clustering_golden.py`), and against what every clustering has to fulfil.

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};

use kernels::cluster::agglomerative::{self, Linkage};
use kernels::cluster::kmeans::{self, Start};
use kernels::cluster::mixture::{self, Covariance};
use kernels::cluster::{Points, Unclusterable, dbscan};
use proptest::prelude::*;
use serde_json::Value;

use crate::given::numbers;

const ONE: NonZeroUsize = NonZeroUsize::MIN;
/// Designs with many equal distances.
const TIED: [&str; 3] = ["grid", "repeated_rows", "nearly_all_equal"];

fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/clustering.json")).expect("JSON")
}

fn labels(case: &Value) -> Vec<i64> {
    case["labels"].as_array().expect("labels").iter().map(|label| label.as_i64().expect("a number")).collect()
}

fn whole_number(value: &Value) -> usize {
    value.as_u64().expect("a whole number") as usize
}

/// Each case of a kind with its rows, its columns and its name.
fn each(kind: &str, mut check: impl FnMut(&Value, Points<'_>, &str)) -> usize {
    let document = golden();
    let cases = document[kind].as_array().expect("cases");
    for case in cases {
        let design = &document["designs"][case["design"].as_str().expect("a name")];
        let x = numbers(&design["x"]);
        let mut given = case.clone();
        for answer in ["labels", "centres", "heights", "weights", "means", "covariances"] {
            given.as_object_mut().expect("an object").remove(answer);
        }
        check(case, Points { x: &x, columns: whole_number(&design["columns"]) }, &format!("{kind} {given}"));
    }
    cases.len()
}

/// Clusters numbered by their first row; noise stays -1.
fn by_first_row(labels: &[i64]) -> Vec<i64> {
    let mut known = BTreeMap::from([(-1, -1)]);
    let number = |label: &i64| {
        let next = i64::from(known.len() as u32) - 1;
        *known.entry(*label).or_insert(next)
    };
    labels.iter().map(number).collect()
}

fn assert_close(found: &[f64], expected: &[f64], share: f64, name: &str) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let largest = expected.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= share * largest.max(1e-12), "{name}: {found} where {expected}");
    }
}

#[test]
fn k_means_visits_scikit_learns_points() {
    let count = each("kmeans", |case, points, name| {
        let options = kmeans::Options {
            clusters: whole_number(&case["clusters"]),
            start: Start::SpacedRows,
            max_iter: whole_number(&case["max_iter"]) as u32,
            tolerance: case["tol"].as_f64().expect("a number"),
        };
        let found = kmeans::fit(points, options, ONE).expect(name);
        let inertia = case["inertia"].as_f64().expect("a number");
        let scale: f64 = points.x.iter().map(|value| value * value).sum();
        // Of equally far rows any may fill an empty cluster.
        if TIED.contains(&case["design"].as_str().expect("a name")) && options.clusters > 5 {
            assert!(found.inertia <= inertia * (1.0 + 1e-9) + 1e-22 * scale, "{name}: {}", found.inertia);
            return;
        }
        assert!((found.inertia - inertia).abs() <= 1e-9 * inertia + 1e-22 * scale, "{name}: {}", found.inertia);
        assert_eq!(by_first_row(&found.labels), by_first_row(&labels(case)), "{name}");
        assert_eq!(found.iterations as usize, whole_number(&case["iterations"]), "{name}");
        if case["centres"].is_array() {
            assert_close(&found.centres, &numbers(&case["centres"]), 1e-10, name);
        }
    });
    assert!(count >= 90, "{count}");
}

#[test]
fn dbscan_gives_scikit_learns_labels() {
    let count = each("dbscan", |case, points, name| {
        let options = dbscan::Options {
            eps: case["eps"].as_f64().expect("a number"),
            min_samples: whole_number(&case["min_samples"]),
        };
        for threads in [1, 3] {
            let found = dbscan::fit(points, options, NonZeroUsize::new(threads).expect("1 or more")).expect(name);
            assert_eq!(found.labels, labels(case), "{name}");
            assert_eq!(
                i64::from(found.clusters as u32),
                labels(case).iter().max().map_or(0, |most| most + 1),
                "{name}"
            );
        }
    });
    assert!(count >= 130, "{count}");
}

/// Where merges have equal heights another tree may be as good: of those the heights alone are compared.
#[test]
fn agglomerative_clustering_makes_scikit_learns_merges() {
    let mut compared = 0;
    let count = each("agglomerative", |case, points, name| {
        let linkage = match case["linkage"].as_str() {
            Some("ward") => Linkage::Ward,
            Some("complete") => Linkage::Complete,
            _ => Linkage::Average,
        };
        let found = agglomerative::fit(points, whole_number(&case["clusters"]), linkage, ONE).expect(name);
        let is_tied = TIED.contains(&case["design"].as_str().expect("a name"));
        if case["heights"].is_array() && !(is_tied && linkage != Linkage::Ward) {
            assert_close(&found.heights, &numbers(&case["heights"]), 1e-9, name);
        }
        if !is_tied {
            assert_eq!(found.labels, by_first_row(&labels(case)), "{name}");
            compared += 1;
        }
    });
    assert!(count >= 130 && compared >= 100, "{compared} of {count}");
}

#[test]
fn mixtures_climb_as_scikit_learns_do() {
    let (mut compared, mut refused) = (0, 0);
    each("mixture", |case, points, name| {
        let covariance = match case["covariance"].as_str() {
            Some("full") => Covariance::Full,
            Some("tied") => Covariance::Tied,
            Some("diag") => Covariance::Diagonal,
            _ => Covariance::Spherical,
        };
        let options = mixture::Options {
            components: whole_number(&case["components"]),
            covariance,
            start: Start::SpacedRows,
            max_iter: 100,
            tolerance: 1e-3,
            regularization: case["regularization"].as_f64().expect("a number"),
        };
        let found = mixture::fit(points, options, ONE);
        if let Some(words) = case["refused"].as_str() {
            let error = found.err().unwrap_or_else(|| panic!("{name}: not refused"));
            assert_eq!(error.to_string(), words);
            refused += 1;
            return;
        }
        // Nothing but rounding decides whether a singular covariance is positive.
        let singular =
            ["nearly_all_equal", "repeated_rows", "collinear", "constant_column", "fewer_rows_than_columns", "outlier"];
        if options.regularization == 0.0 && singular.contains(&case["design"].as_str().expect("a name")) {
            return;
        }
        let found = found.unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = case["log_likelihood"].as_f64().expect("a number");
        // Where the covariances are not full, scikit-learn takes large squares from each other.
        let far = ["far_from_the_origin", "outlier"].contains(&case["design"].as_str().expect("a name"));
        let lossy = far && covariance != Covariance::Full;
        let share = if lossy { 1e-2 } else { 1e-6 };
        assert!((found.log_likelihood - expected).abs() <= share * expected.abs(), "{name}: {}", found.log_likelihood);
        if lossy {
            return;
        }
        let iterations = (found.iterations as usize, found.converged);
        assert_eq!(iterations, (whole_number(&case["iterations"]), case["converged"] == true), "{name}");
        assert_eq!(found.labels, labels(case), "{name}");
        assert_close(&found.weights, &numbers(&case["weights"]), 1e-6, name);
        assert_close(&found.means, &numbers(&case["means"]), 1e-6, name);
        if case["covariances"].is_array() {
            assert_close(&found.covariances, &numbers(&case["covariances"]), 1e-6, name);
        }
        compared += 1;
    });
    assert!(compared >= 100 && refused >= 5, "{compared} compared, {refused} refused");
}

#[test]
fn what_cannot_be_clustered_is_said() {
    let options = kmeans::Options { clusters: 3, start: Start::SpacedRows, max_iter: 10, tolerance: 1e-4 };
    let of = |x: &[f64], columns: usize| kmeans::fit(Points { x, columns }, options, ONE).err();
    assert_eq!(of(&[], 2), Some(Unclusterable::Empty));
    assert_eq!(of(&[1.0, 2.0, 3.0], 2), Some(Unclusterable::Shape));
    assert_eq!(of(&[1.0, f64::NAN, 3.0], 1), Some(Unclusterable::NotFinite));
    assert_eq!(of(&[1.0, 1e200, 3.0], 1), Some(Unclusterable::TooLarge));
    assert_eq!(of(&[1.0, 2.0], 1).expect("an error").to_string(), "2 rows cannot make 3 clusters");
    let many = vec![0.0; agglomerative::ROWS_MAX + 1];
    let refused = agglomerative::fit(Points { x: &many, columns: 1 }, 2, Linkage::Ward, ONE).expect_err("too many");
    assert_eq!(refused.to_string(), "20001 rows: the distances of all pairs are kept, of at most 20000 rows");
}

/// Irregular, and the same everywhere.
fn values(count: usize, seed: u64) -> Vec<f64> {
    (0..count).map(|i| ((i as u64 + 1).wrapping_mul(seed | 1) as f64 * 0.618_033_988_749_895).fract() * 8.0).collect()
}

fn squared(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| (left - right).powi(2)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn each_row_is_with_its_nearest_centre_whatever_the_threads(
        rows in 1_usize..2500, columns in 1_usize..12, clusters in 1_usize..20, seed in any::<u32>(), draws in any::<bool>(),
    ) {
        let x = values(rows * columns, u64::from(seed));
        let points = Points { x: &x, columns };
        let start = if draws { Start::PlusPlus { seed: 7, draws: NonZeroU32::MIN } } else { Start::SpacedRows };
        let options = kmeans::Options { clusters: clusters.min(rows), start, max_iter: 30, tolerance: 1e-4 };
        let found = kmeans::fit(points, options, ONE).expect("possible");
        let several = kmeans::fit(points, options, NonZeroUsize::new(3).expect("3")).expect("possible");
        prop_assert!((found.inertia - several.inertia).abs() <= 1e-9 * found.inertia + 1e-9);
        let mut inertia = 0.0;
        for (row, label) in x.chunks_exact(columns).zip(&found.labels) {
            let own = squared(row, &found.centres[*label as usize * columns..][..columns]);
            let least = found.centres.chunks_exact(columns).map(|centre| squared(row, centre)).fold(f64::INFINITY, f64::min);
            prop_assert!(own <= least + 1e-9);
            inertia += own;
        }
        prop_assert!((inertia - found.inertia).abs() <= 1e-9 * inertia + 1e-9);
    }

    #[test]
    fn more_draws_of_centres_are_never_worse(
        rows in 20_usize..500, columns in 1_usize..6, clusters in 1_usize..10, seed in any::<u32>(),
    ) {
        let x = values(rows * columns, u64::from(seed));
        let points = Points { x: &x, columns };
        let fitted = |draws: u32| {
            let start = Start::PlusPlus { seed: seed.into(), draws: NonZeroU32::new(draws).expect("one or more") };
            kmeans::fit(points, kmeans::Options { clusters, start, max_iter: 30, tolerance: 1e-4 }, ONE).expect("possible")
        };
        let (one, four) = (fitted(1), fitted(4));
        prop_assert!(four.inertia <= one.inertia);
        prop_assert_eq!(one.iterations, one.iterations_of_all);
        prop_assert!(four.iterations_of_all >= one.iterations + 3 && four.iterations_of_all <= 120);
        prop_assert_eq!(fitted(4).labels, four.labels, "the same seed gives the same clusters");
    }

    #[test]
    fn dbscan_is_its_definition(
        rows in 1_usize..150, columns in 1_usize..5, eps in 0.2..4.0_f64, min_samples in 1_usize..8, seed in any::<u32>(),
    ) {
        let x = values(rows * columns, u64::from(seed));
        let found = dbscan::fit(Points { x: &x, columns }, dbscan::Options { eps, min_samples }, ONE).expect("possible");
        let row = |index: usize| &x[index * columns..][..columns];
        let near = |a: usize, b: usize| squared(row(a), row(b)) <= eps * eps;
        let core: Vec<bool> = (0..rows).map(|a| (0..rows).filter(|b| near(a, *b)).count() >= min_samples).collect();
        for a in 0..rows {
            let reached = (0..rows).filter(|b| core[*b] && near(a, *b)).map(|b| found.labels[b]).min();
            prop_assert_eq!(found.labels[a], reached.unwrap_or(-1));
        }
    }
}
