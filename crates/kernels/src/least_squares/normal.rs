//! The normal equations, of columns scaled to unit length, where they are safe.

use std::cmp::Ordering;
use std::num::NonZeroUsize;

use faer::linalg::solvers::{Llt, Solve};
use faer::{Mat, Side};

use super::{Method, Problem, Solution};
use crate::moments::Moments;

/// Rows whose mean stands in for the whole mean: near it, little is lost when the sums are centred.
const PROVISIONAL_ROWS: usize = 64;
/// Digits that may be lost: the solution's relative error is about this times 2⁻⁵³, 1e-8.
const LOSS_MAX: f64 = 1e8;
/// The smallest singular value has to be this many times the tolerance away from being dropped.
const CLEAR_OF_TOLERANCE: f64 = 16.0;
/// Steps of Hager's estimate; it rarely takes more than two (Higham, ACM TOMS 14(4), 1988).
const ESTIMATE_STEPS: usize = 5;

/// The solution, or nothing where squaring the condition would cost too many digits, or where a
/// direction may have to be dropped.
pub(super) fn solve(problem: Problem<'_>, threads: NonZeroUsize) -> Option<Solution> {
    let columns = problem.columns;
    if problem.y.len() <= columns {
        return None;
    }
    let shift = if problem.fit_intercept { provisional_means(problem) } else { vec![0.0; columns + 1] };
    let moments = Moments::of(problem.rows(), &shift, threads);
    let centred = Centred::of(&moments, problem);
    let lengths: Vec<f64> = (0..columns).map(|j| centred.product(j, j).sqrt()).collect();
    let correlations = Mat::from_fn(columns, columns, |i, j| match i.cmp(&j) {
        Ordering::Equal => 1.0,
        Ordering::Less => 0.0, // only the lower triangle is read
        Ordering::Greater => centred.product(j, i) / (lengths[i] * lengths[j]),
    });
    let factor = Llt::new(correlations.as_ref(), Side::Lower).ok()?;
    let inverse_norm = inverse_norm_1(&factor, columns);
    if !is_safe(problem.tolerance, inverse_norm, centred.loss(&moments), &lengths) {
        return None;
    }
    let mut solution = Mat::from_fn(columns, 1, |j, _| centred.product(j, columns) / lengths[j]);
    factor.solve_in_place(solution.as_mut());
    let coefficients: Vec<f64> = solution.col_as_slice(0).iter().zip(&lengths).map(|(x, length)| x / length).collect();
    let intercept = if problem.fit_intercept {
        let mean = |j: usize| shift[j] + centred.offsets[j];
        mean(columns) - (0..columns).map(|j| mean(j) * coefficients[j]).sum::<f64>()
    } else {
        0.0
    };
    // Sums that overflowed, and a target that is not finite, end here.
    let finite = intercept.is_finite() && coefficients.iter().all(|coefficient| coefficient.is_finite());
    finite.then_some(Solution { coefficients, intercept, method: Method::NormalEquations })
}

fn provisional_means(problem: Problem<'_>) -> Vec<f64> {
    let columns = problem.columns;
    let count = problem.y.len().min(PROVISIONAL_ROWS);
    let mut means = vec![0.0; columns + 1];
    for (row, target) in problem.x.chunks_exact(columns).zip(problem.y).take(count) {
        means.iter_mut().zip(row.iter().chain([target])).for_each(|(mean, value)| *mean += value);
    }
    for mean in &mut means {
        *mean /= count as f64;
    }
    means
}

/// The moments about the true means.
struct Centred<'a> {
    moments: &'a Moments,
    rows: f64,
    /// True mean less provisional mean, of each column and of the target; 0 without an intercept.
    offsets: Vec<f64>,
}

impl<'a> Centred<'a> {
    fn of(moments: &'a Moments, problem: Problem<'_>) -> Self {
        let (columns, rows) = (problem.columns, problem.y.len() as f64);
        let offset = |j| if problem.fit_intercept { moments.at(j, columns + 1) / rows } else { 0.0 };
        Self { moments, rows, offsets: (0..=columns).map(offset).collect() }
    }

    fn product(&self, row: usize, column: usize) -> f64 {
        self.moments.at(row, column) - self.rows * self.offsets[row] * self.offsets[column]
    }

    /// By how much the subtraction above magnifies a column's rounding errors, in the worst column.
    fn loss(&self, moments: &Moments) -> f64 {
        let columns = self.offsets.len() - 1;
        (0..columns).map(|j| moments.at(j, j) / self.product(j, j)).fold(1.0, largest)
    }
}

/// As `f64::max`, but what is no number stays so: it must not pass for a small value.
fn largest(left: f64, right: f64) -> f64 {
    if right.is_nan() || right > left { right } else { left }
}

/// Comparisons with what is not a number are false: it is never safe.
fn is_safe(tolerance: f64, inverse_norm: f64, loss: f64, lengths: &[f64]) -> bool {
    let shortest = lengths.iter().copied().fold(f64::INFINITY, f64::min);
    let largest_singular_max = lengths.iter().map(|length| length * length).sum::<f64>().sqrt();
    // With C = D⁻¹ XᵀX D⁻¹ the smallest singular value of X is at least min D / √‖C⁻¹‖₂, and
    // ‖C⁻¹‖₂ ≤ ‖C⁻¹‖₁.
    let smallest_singular_min = shortest / inverse_norm.sqrt();
    loss * inverse_norm <= LOSS_MAX && smallest_singular_min > CLEAR_OF_TOLERANCE * tolerance * largest_singular_max
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
