//! Symmetric positive definite systems: Cholesky of the matrix scaled to a unit diagonal, and how
//! much of the digits its solution may lose.

use std::cmp::Ordering;

use faer::linalg::solvers::{Llt, Solve};
use faer::{Mat, Side};

/// Steps of Hager's estimate; it rarely takes more than two (Higham, ACM TOMS 14(4), 1988).
const ESTIMATE_STEPS: usize = 5;

pub(crate) struct Solved {
    pub(crate) solution: Vec<f64>,
    /// Square roots of the diagonal.
    pub(crate) lengths: Vec<f64>,
    /// The 1-norm of the scaled matrix's inverse, as estimated.
    pub(crate) inverse_norm: f64,
}

/// `matrix` is row-major and of the order of `right`. Nothing where it is not positive definite.
pub(crate) fn solve(matrix: &[f64], right: &[f64]) -> Option<Solved> {
    let order = right.len();
    let lengths: Vec<f64> = (0..order).map(|j| matrix[j * order + j].sqrt()).collect();
    let scaled = Mat::from_fn(order, order, |i, j| match i.cmp(&j) {
        Ordering::Equal => 1.0,
        Ordering::Less => 0.0, // only the lower triangle is read
        Ordering::Greater => matrix[j * order + i] / (lengths[i] * lengths[j]),
    });
    let factor = Llt::new(scaled.as_ref(), Side::Lower).ok()?;
    let inverse_norm = inverse_norm_1(&factor, order);
    let mut solution = Mat::from_fn(order, 1, |j, _| right[j] / lengths[j]);
    factor.solve_in_place(solution.as_mut());
    let solution = solution.col_as_slice(0).iter().zip(&lengths).map(|(x, length)| x / length).collect();
    Some(Solved { solution, lengths, inverse_norm })
}

/// Hager's estimate of the inverse's 1-norm, from a few solutions: never above it, and seldom
/// below a third of it.
fn inverse_norm_1(factor: &Llt<f64>, order: usize) -> f64 {
    let mut start = Mat::from_fn(order, 1, |_, _| 1.0 / order as f64);
    let mut estimate = 0.0;
    for _ in 0..ESTIMATE_STEPS {
        let mut solution = start.clone();
        factor.solve_in_place(solution.as_mut());
        let solution_norm: f64 = solution.col_as_slice(0).iter().map(|value| value.abs()).sum();
        if solution_norm <= estimate {
            break;
        }
        estimate = solution_norm;
        // The matrix is symmetric, so its transpose needs no solver of its own.
        let mut gradient = Mat::from_fn(order, 1, |i, _| solution[(i, 0)].signum());
        factor.solve_in_place(gradient.as_mut());
        let along_start: f64 = (0..order).map(|i| gradient[(i, 0)] * start[(i, 0)]).sum();
        let steepest = (0..order).max_by(|&i, &j| gradient[(i, 0)].abs().total_cmp(&gradient[(j, 0)].abs()));
        let Some(steepest) = steepest.filter(|&i| gradient[(i, 0)].abs() > along_start) else { break };
        start = Mat::from_fn(order, 1, |i, _| if i == steepest { 1.0 } else { 0.0 });
    }
    estimate
}
