use proptest::prelude::*;
use serde_json::Value;

use super::*;

const ONE: NonZeroUsize = NonZeroUsize::MIN;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|number| number.as_f64().expect("a number")).collect()
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

/// How far the predictions of two backward stable solvers may lie apart: ε‖X‖‖c‖, which matters
/// only where large coefficients cancel.
fn rounding(x: &[f64], coefficients: &[f64]) -> f64 {
    let norm = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>().sqrt();
    f64::EPSILON * norm(x) * norm(coefficients)
}

/// `tests/golden/make_least_squares.py`: scikit-learn's answers.
#[test]
fn predictions_are_scikit_learns_on_easy_and_on_nasty_designs() {
    let text = include_str!("../../tests/golden/least_squares.json");
    let document: Value = serde_json::from_str(text).expect("JSON");
    let cases = document["cases"].as_array().expect("cases");
    assert!(cases.len() >= 30);
    for case in cases {
        let name = case["name"].as_str().expect("a name");
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        let design = Design {
            x: &x,
            y: &y,
            columns: case["columns"].as_u64().expect("a number") as usize,
            fit_intercept: case["fit_intercept"].as_bool().expect("a truth value"),
        };
        let tolerance = case["tolerance"].as_f64().expect("a number");
        let solution = solve(design, tolerance, ONE).expect(name).model;
        let expected = numbers(&case["predictions"]);
        let scale = largest(&expected);
        let bound = 1e-8 * scale + rounding(&x, &solution.coefficients);
        for (found, expected) in solution.predict(&x).iter().zip(&expected) {
            assert!((found - expected).abs() <= bound, "{name}: {found} where {expected} ({solution:?})");
        }
        // Of several solutions the smallest: a solver that splits a duplicate otherwise predicts the
        // same. Where the condition is 1e10 or worse, sixteen digits carry no coefficient to 1e-7.
        if !["1e10_all_kept", "hilbert", "vandermonde"].iter().any(|nasty| name.contains(nasty)) {
            let coefficients = numbers(&case["coefficients"]);
            for (found, expected) in solution.coefficients.iter().zip(&coefficients) {
                let bound = 1e-7 * largest(&coefficients).max(1e-9);
                assert!((found - expected).abs() <= bound, "{name}: {solution:?} where {coefficients:?}");
            }
        }
    }
}

fn values(rows: usize, columns: usize) -> Vec<f64> {
    (0..rows * columns).map(|i| ((i * i + 7 * i) as f64 * 0.618_033_988_749_895).fract() - 0.5).collect()
}

#[test]
fn what_is_safe_goes_by_the_normal_equations_and_what_is_not_does_not() {
    let mut x = values(500, 6);
    let y: Vec<f64> = x.chunks_exact(6).map(|row| row.iter().sum::<f64>() + 1.0).collect();
    let method = |x: &[f64], y: &[f64], tolerance| {
        let columns = 6;
        solve(Design { x, y, columns, fit_intercept: true }, tolerance, ONE).expect("solvable").method
    };
    assert_eq!(method(&x, &y, 1e-6), Method::NormalEquations);
    assert_eq!(method(&x, &y, 0.05), Method::Orthogonal, "a direction may have to be dropped");
    assert_eq!(method(&x[..36], &y[..6], 1e-6), Method::Orthogonal, "as many columns as rows");
    for row in x.chunks_exact_mut(6) {
        row[5] = row[0] + row[1] + 1e-6 * row[5];
    }
    assert_eq!(method(&x, &y, 1e-12), Method::Orthogonal, "nearly collinear");
}

#[test]
fn threads_change_the_last_bits_only() {
    let x = values(5000, 11);
    let y: Vec<f64> = x.chunks_exact(11).map(|row| row[3] - 2.0 * row[7] + row[1] * row[2]).collect();
    let design = Design { x: &x, y: &y, columns: 11, fit_intercept: true };
    let alone = solve(design, 1e-6, ONE).expect("solvable").model;
    for threads in [2, 3, 8] {
        let together = solve(design, 1e-6, NonZeroUsize::new(threads).expect("1 or more")).expect("solvable").model;
        for (left, right) in alone.coefficients.iter().zip(&together.coefficients) {
            assert!((left - right).abs() <= 1e-13, "{threads} threads: {left} {right}");
        }
    }
}

#[test]
fn what_cannot_be_solved_is_said() {
    let fit = |x: &[f64], y: &[f64], columns| solve(Design { x, y, columns, fit_intercept: true }, 1e-6, ONE);
    assert_eq!(fit(&[], &[], 3), Err(Unsolvable::Empty));
    assert_eq!(fit(&[1.0], &[1.0], 0), Err(Unsolvable::Empty));
    assert_eq!(fit(&[1.0, 2.0, 3.0], &[1.0], 2), Err(Unsolvable::Shape));
    assert_eq!(fit(&[1.0, f64::NAN, 3.0], &[1.0, 2.0, 3.0], 1), Err(Unsolvable::NotFinite));
    assert_eq!(fit(&[1.0, 2.0, 3.0], &[1.0, f64::INFINITY, 3.0], 1), Err(Unsolvable::NotFinite));
}

proptest! {
    #[test]
    fn residuals_are_orthogonal_to_the_design(rows in 1_usize..60, columns in 1_usize..12, scale in -3_i32..4) {
        let x: Vec<f64> = values(rows, columns).iter().map(|value| value * 10_f64.powi(scale)).collect();
        let y: Vec<f64> = values(rows, 1).iter().map(|value| value * 3.0 + 1.0).collect();
        let solution = solve(Design { x: &x, y: &y, columns, fit_intercept: true }, 1e-13, ONE);
        let solution = solution.expect("solvable").model;
        let residuals: Vec<f64> = y.iter().zip(solution.predict(&x)).map(|(y, found)| y - found).collect();
        let bound = 1e-9 * rows as f64 + 10.0 * rows as f64 * rounding(&x, &solution.coefficients);
        prop_assert!(residuals.iter().sum::<f64>().abs() <= bound);
        for column in 0..columns {
            let product: f64 = x.chunks_exact(columns).zip(&residuals).map(|(row, rest)| row[column] * rest).sum();
            prop_assert!(product.abs() <= bound * largest(&x).max(1.0), "column {column}: {product}");
        }
    }
}
