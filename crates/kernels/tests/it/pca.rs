//! Principal components against scikit-learn's own (`scripts/reference/pca_golden.py`).

use std::num::NonZeroUsize;

use kernels::pca::{Components, Subspace, Undecomposable, exact, randomised};
use proptest::prelude::*;
use serde_json::Value;

use crate::given::{noise, numbers};

const ONE: NonZeroUsize = NonZeroUsize::MIN;

struct Case {
    name: String,
    x: Vec<f64>,
    columns: usize,
    components: usize,
    means: Vec<f64>,
    directions: Vec<f64>,
    variances: Vec<f64>,
    all_variances: Vec<f64>,
    transformed: Vec<f64>,
}

fn cases() -> Vec<Case> {
    let document: Value = serde_json::from_str(include_str!("../golden/pca.json")).expect("JSON");
    let read = |case: &Value| {
        let name = case["design"].as_str().expect("a name");
        let design = &document["designs"][name];
        let count = |value: &Value| value.as_u64().expect("a number") as usize;
        let list = |name: &str| numbers(&case[name]);
        Case {
            name: format!("{} of {name}", case["components"]),
            x: numbers(&design["x"]),
            columns: count(&design["columns"]),
            components: count(&case["components"]),
            means: list("means"),
            directions: list("directions"),
            variances: list("variances"),
            all_variances: list("all_variances"),
            transformed: list("transformed"),
        }
    };
    document["cases"].as_array().expect("cases").iter().map(read).collect()
}

impl Case {
    /// What rounding may do to a variance: of the data as they are, which may be far from the origin.
    fn rounding(&self) -> f64 {
        let size = self.x.iter().map(|value| value * value).sum::<f64>().sqrt();
        let spread = self.all_variances[0].sqrt();
        64.0 * f64::EPSILON * spread * size
    }

    fn check(&self, found: &Components) {
        let name = format!("{} by {}", self.name, found.method.name());
        let largest = self.all_variances[0];
        for (found, expected) in found.means.iter().zip(&self.means) {
            assert!(
                (found - expected).abs() <= 1e-13 * expected.abs() + 1e-12 * largest.sqrt(),
                "{name}: mean {found}"
            );
        }
        for (found, expected) in found.variances.iter().zip(&self.variances) {
            let bound = 1e-7 * expected + self.rounding().min(1e-6 * largest);
            assert!((found - expected).abs() <= bound, "{name}: variance {found} where {expected}");
        }
        let pairs = found.directions.chunks_exact(self.columns).zip(self.directions.chunks_exact(self.columns));
        for (k, (found, expected)) in pairs.enumerate() {
            let length: f64 = found.iter().map(|entry| entry * entry).sum();
            assert!((length - 1.0).abs() < 1e-9, "{name}: length {length}");
            let Some(turned) = self.may_turn(k) else { continue };
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() <= turned, "{name}: direction {k}: {found} where {expected}");
            }
        }
    }

    /// By how much rounding may turn a direction; nothing where it is not defined.
    fn may_turn(&self, k: usize) -> Option<f64> {
        let own = self.all_variances[k];
        let others = self.all_variances.iter().enumerate().filter(|(other, _)| *other != k);
        let gap = others.map(|(_, variance)| (variance - own).abs()).fold(f64::INFINITY, f64::min);
        let missing = if self.all_variances.len() < self.columns { own } else { f64::INFINITY };
        let gap = gap.min(missing);
        let turned = 1e-9 + 16.0 * (self.rounding() + 1e-15 * self.all_variances[0]) / gap;
        (turned < 1e-3).then_some(turned)
    }
}

#[test]
fn components_are_scikit_learns() {
    let (cases, mut directions) = (cases(), 0);
    for case in &cases {
        let found = exact(&case.x, case.columns, case.components, ONE).expect(&case.name);
        case.check(&found);
        directions += (0..case.components).filter(|k| case.may_turn(*k).is_some()).count();
        let transformed = found.transform(&case.x, ONE).expect(&case.name);
        if (0..case.components).all(|k| case.may_turn(k).is_some_and(|turned| turned < 1e-8)) {
            let size = case.x.iter().fold(0.0_f64, |size, value| size.max(value.abs()));
            for (found, expected) in transformed.iter().zip(&case.transformed) {
                assert!((found - expected).abs() <= 1e-7 * size, "{}: {found} where {expected}", case.name);
            }
        }
    }
    assert!(cases.len() >= 45 && directions >= 100, "{directions} directions of {} cases", cases.len());
}

#[test]
fn a_random_subspace_with_many_powers_finds_the_same() {
    let mut compared = 0;
    for case in cases() {
        let subspace = Subspace { components: case.components, oversamples: 10, iterations: 7, seed: 1 };
        let found = randomised(&case.x, case.columns, subspace, ONE).expect(&case.name);
        for (found, expected) in found.variances.iter().zip(&case.variances) {
            let bound = 1e-7 * expected + 1e-13 * case.all_variances[0] + case.rounding();
            assert!((found - expected).abs() <= bound, "{}: variance {found} where {expected}", case.name);
            compared += 1;
        }
    }
    assert!(compared >= 150, "{compared}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]
    #[test]
    fn components_are_orthonormal_and_explain_what_they_say(
        rows in 2_usize..90, columns in 1_usize..30, seed in any::<u32>(), threads in 1_usize..3, random in any::<bool>()
    ) {
        let x = noise(rows * columns, u64::from(seed));
        let threads = NonZeroUsize::new(threads).expect("1 or more");
        let wanted = rows.min(columns).div_ceil(2);
        let subspace = Subspace { components: wanted, oversamples: 5, iterations: 2, seed: u64::from(seed) };
        let found = if random { randomised(&x, columns, subspace, threads) } else { exact(&x, columns, wanted, threads) };
        let found = found.expect("components");
        for (k, left) in found.directions.chunks_exact(columns).enumerate() {
            for (l, right) in found.directions.chunks_exact(columns).enumerate() {
                let product: f64 = left.iter().zip(right).map(|(left, right)| left * right).sum();
                prop_assert!((product - f64::from(u8::from(k == l))).abs() < 1e-7, "{k} {l}: {product}");
            }
        }
        let transformed = found.transform(&x, threads).expect("transformed");
        let mut total = 0.0;
        for k in 0..wanted {
            let along: Vec<f64> = transformed.iter().skip(k).step_by(wanted).copied().collect();
            let square: f64 = along.iter().map(|value| value * value).sum();
            let own = found.variances[k] * (rows - 1) as f64;
            // Within a random subspace of the rows' space a direction explains at most what it does of all.
            let most = if random { f64::INFINITY } else { own };
            let slack = 1e-7 * (1.0 + own);
            prop_assert!(own - slack <= square && square <= most + slack, "{k}: {square} {own}");
            total += square;
        }
        let all: f64 = (0..columns).map(|j| {
            let column: Vec<f64> = x.iter().skip(j).step_by(columns).copied().collect();
            let mean = column.iter().sum::<f64>() / rows as f64;
            column.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
        }).sum();
        let error = found.reconstruction_error(&x, &transformed) * (rows * columns) as f64;
        prop_assert!((error - (all - total)).abs() <= 1e-7 * (1.0 + all), "{error} {all} {total}");
    }
}

#[test]
fn what_cannot_be_decomposed_is_refused() {
    assert_eq!(exact(&[], 2, 1, ONE), Err(Undecomposable::Empty));
    assert_eq!(exact(&[1.0, 2.0, 3.0], 2, 1, ONE), Err(Undecomposable::Shape));
    assert_eq!(exact(&[1.0, 2.0], 2, 1, ONE), Err(Undecomposable::OneRow));
    assert_eq!(exact(&[1.0, 2.0, f64::NAN, 4.0], 2, 1, ONE), Err(Undecomposable::NotFinite));
    assert_eq!(exact(&[1.0, f64::NAN, 3.0, 4.0, 5.0, 7.0], 2, 1, ONE), Err(Undecomposable::NotFinite));
    let most = Undecomposable::TooManyComponents { wanted: 3, rows: 3, columns: 2, most: 2 };
    assert_eq!(exact(&[1.0, 2.0, 3.0, 4.0, 5.0, 7.0], 2, 3, ONE), Err(most));
    assert_eq!(exact(&[1e300, 2.0, -1e300, 4.0, 5.0, 7.0], 2, 1, ONE), Err(Undecomposable::TooLarge));
    assert_eq!(exact(&[1e300, 2.0, -1e300, 4.0], 2, 1, ONE), Err(Undecomposable::TooLarge));
}
