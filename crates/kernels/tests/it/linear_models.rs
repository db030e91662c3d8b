//! Ridge, lasso and elastic net against scikit-learn's own answers on easy and on nasty designs
//! (`scripts/reference/linear_models_golden.py`), and against what their optimum has to fulfil.

use std::num::NonZeroUsize;

use kernels::elastic_net::{self, Method, Options};
use kernels::{Design, LinearModel, Unsolvable, ridge};
use proptest::prelude::*;
use serde_json::Value;

use crate::given::numbers;

const ONE: NonZeroUsize = NonZeroUsize::MIN;

fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/linear_models.json")).expect("JSON")
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

/// One case of the file with its design.
struct Case {
    name: String,
    algorithm: String,
    x: Vec<f64>,
    y: Vec<f64>,
    columns: usize,
    options: Options,
    fit_intercept: bool,
    expected: LinearModel,
    predictions: Vec<f64>,
    sweeps: Option<u64>,
    converged: bool,
    condition: Option<f64>,
}

fn cases() -> Vec<Case> {
    let document = golden();
    let cases = document["cases"].as_array().expect("cases").iter();
    cases.map(|case| Case::read(case, &document["designs"][case["design"].as_str().expect("a name")])).collect()
}

impl Case {
    fn read(case: &Value, design: &Value) -> Self {
        let given = &case["hyperparameters"];
        let number = |name: &str| given[name].as_f64();
        let text = |name: &str| case[name].as_str().expect("a text").to_owned();
        let algorithm = text("algorithm");
        let l1_ratio = if algorithm == "lasso" { Some(1.0) } else { number("l1_ratio") };
        Self {
            name: format!("{} on {} with {given}", algorithm, text("design")),
            algorithm,
            x: numbers(&design["x"]),
            y: numbers(&design["y"]),
            columns: design["columns"].as_u64().expect("a number") as usize,
            options: Options {
                alpha: number("alpha").expect("a number"),
                l1_ratio: l1_ratio.unwrap_or(0.0),
                max_iter: given["max_iter"].as_u64().expect("a number") as u32,
                tolerance: number("tol").expect("a number"),
            },
            fit_intercept: given["fit_intercept"].as_bool().expect("a truth value"),
            expected: LinearModel {
                coefficients: numbers(&case["coefficients"]),
                intercept: case["intercept"].as_f64().expect("a number"),
            },
            predictions: numbers(&case["predictions"]),
            sweeps: case["sweeps"].as_u64(),
            converged: case["converged"].as_bool().expect("a truth value"),
            condition: case["condition"].as_f64(),
        }
    }

    fn design(&self) -> Design<'_> {
        Design { x: &self.x, y: &self.y, columns: self.columns, fit_intercept: self.fit_intercept }
    }

    /// Predictions within `share` of the largest, and of what rounding alone may do where terms cancel.
    fn check_predictions(&self, found: &LinearModel, share: f64) {
        let norm = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>().sqrt();
        let rounding = 4.0 * f64::EPSILON * norm(&self.x) * norm(&self.expected.coefficients);
        let bound = share * largest(&self.predictions) + rounding;
        for (found, expected) in found.predict(&self.x).iter().zip(&self.predictions) {
            assert!((found - expected).abs() <= bound, "{}: {found} where {expected}", self.name);
        }
    }

    fn check_coefficients(&self, found: &LinearModel, share: f64) {
        let bound = share * largest(&self.expected.coefficients).max(1e-9);
        for (found, expected) in found.coefficients.iter().zip(&self.expected.coefficients) {
            assert!((found - expected).abs() <= bound, "{}: {found} where {expected}", self.name);
        }
    }
}

/// Scikit-learn factors `XᵀX` itself, which costs it these digits; where it costs all, there is no answer.
#[test]
fn ridge_is_scikit_learns() {
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.algorithm == "ridge").collect();
    let (mut compared, all) = (0, cases.len());
    for case in cases {
        let found = ridge::solve(case.design(), case.options.alpha, ONE).expect(&case.name);
        let lost = case.condition.map(|condition| 8.0 * f64::EPSILON * condition);
        if let Some(lost) = lost.filter(|lost| *lost < 1e-3) {
            case.check_predictions(&found.model, 1e-9 + lost);
            case.check_coefficients(&found.model, 1e-9 + lost);
            compared += 1;
        }
    }
    assert!(all >= 100 && compared >= 85, "{compared} of {all}");
}

#[test]
fn lasso_and_elastic_net_stop_where_scikit_learn_does() {
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.algorithm != "ridge").collect();
    assert!(cases.len() >= 200);
    for case in cases {
        let found = elastic_net::solve(case.design(), case.options, ONE).expect(&case.name);
        assert_eq!(found.converged, case.converged, "{}", case.name);
        assert_eq!(Some(u64::from(found.sweeps)), case.sweeps, "{}", case.name);
        case.check_predictions(&found.model, 1e-8);
        case.check_coefficients(&found.model, 1e-7);
    }
}

fn values(count: usize) -> Vec<f64> {
    (0..count).map(|i| ((i * i + 7 * i) as f64 * 0.618_033_988_749_895).fract() - 0.5).collect()
}

#[test]
fn what_is_worked_on_depends_on_the_shape_and_changes_nothing() {
    // 12 columns: with 13 rows the Gram matrix, with 11 the residuals.
    let options = Options { alpha: 0.01, l1_ratio: 0.7, max_iter: 10_000, tolerance: 1e-12 };
    for (rows, method) in [(13, Method::Gram), (11, Method::Residuals)] {
        let (x, y) = (values(rows * 12), values(rows));
        let design = Design { x: &x, y: &y, columns: 12, fit_intercept: true };
        let found = elastic_net::solve(design, options, ONE).expect("solvable");
        assert_eq!((found.method, found.converged), (method, true));
    }
}

#[test]
fn rows_fewer_than_columns_go_by_the_dual_and_give_the_same() {
    let (rows, columns) = (30, 50);
    let (x, y) = (values(rows * columns), values(rows));
    let design = Design { x: &x, y: &y, columns, fit_intercept: true };
    let dual = ridge::solve(design, 0.3, ONE).expect("solvable");
    assert_eq!(dual.method.name(), "dual normal equations");
    // The ridge's descent, which knows no dual.
    let options = Options { alpha: 0.3 / rows as f64, l1_ratio: 0.0, max_iter: 1_000_000, tolerance: 1e-14 };
    let descended = elastic_net::solve(design, options, ONE).expect("solvable");
    for (found, expected) in dual.model.coefficients.iter().zip(&descended.model.coefficients) {
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }
}

#[test]
fn what_cannot_be_solved_is_said() {
    let options = Options { alpha: 0.1, l1_ratio: 0.5, max_iter: 10, tolerance: 1e-4 };
    let both = |x: &[f64], y: &[f64], columns: usize| {
        let design = Design { x, y, columns, fit_intercept: true };
        (ridge::solve(design, 1.0, ONE).err(), elastic_net::solve(design, options, ONE).err())
    };
    let alike = |error| (Some(error), Some(error));
    assert_eq!(both(&[], &[], 3), alike(Unsolvable::Empty));
    assert_eq!(both(&[1.0, 2.0, 3.0], &[1.0], 2), alike(Unsolvable::Shape));
    assert_eq!(both(&[1.0, f64::NAN, 3.0], &[1.0, 2.0, 3.0], 1), alike(Unsolvable::NotFinite));
    assert_eq!(both(&[1.0, f64::NAN, 3.0, 4.0], &[1.0, 2.0], 2), alike(Unsolvable::NotFinite));
    let huge = both(&[1e300, -1e300, 3e300], &[1e300, 2e300, -1e300], 1).1;
    assert_eq!(huge, Some(Unsolvable::TooLarge));
}

proptest! {
    /// The optimum's own conditions: no slope above the penalty, and exactly it where a coefficient is not 0.
    #[test]
    fn the_slopes_at_the_end_fit_the_penalty(
        rows in 4_usize..60, columns in 1_usize..12, alpha in 0.001..1.0_f64, l1_ratio in 0.1..1.0_f64,
    ) {
        let (x, y) = (values(rows * columns), values(rows));
        let options = Options { alpha, l1_ratio, max_iter: 100_000, tolerance: 1e-13 };
        let design = Design { x: &x, y: &y, columns, fit_intercept: true };
        let found = elastic_net::solve(design, options, ONE).expect("solvable");
        prop_assert!(found.converged);
        let rests: Vec<f64> = y.iter().zip(found.model.predict(&x)).map(|(y, found)| y - found).collect();
        prop_assert!((rests.iter().sum::<f64>() / rows as f64).abs() < 1e-9);
        for (column, coefficient) in found.model.coefficients.iter().enumerate() {
            let product: f64 = x.chunks_exact(columns).zip(&rests).map(|(row, rest)| row[column] * rest).sum();
            let slope = product / rows as f64 - alpha * (1.0 - l1_ratio) * coefficient;
            let l1 = alpha * l1_ratio;
            prop_assert!(slope.abs() <= l1 + 1e-5);
            prop_assert!(*coefficient == 0.0 || (slope - l1 * coefficient.signum()).abs() <= 1e-5);
        }
    }
}
