//! Ordinary least squares on dense row-major data: of several solutions the one of minimum norm.
//!
//! Tall, well-conditioned problems are solved by the normal equations, whose moments take one pass
//! over the data, then Cholesky. They square the condition number, so it is estimated first, and
//! anything doubtful goes by Householder QR and the singular values of R instead: those are the
//! singular values of the data, by which rank is decided as LAPACK's `gelsd` does.

mod normal;
mod orthogonal;

use std::num::NonZeroUsize;

use crate::moments::Rows;

/// Row-major data, one target a row, and how they are to be fitted.
#[derive(Clone, Copy, Debug)]
pub struct Problem<'a> {
    /// `y.len()` rows of `columns` values.
    pub x: &'a [f64],
    pub y: &'a [f64],
    pub columns: usize,
    pub fit_intercept: bool,
    /// Singular values of the (centred) data at or below this share of the largest count as zero.
    pub tolerance: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    pub coefficients: Vec<f64>,
    pub intercept: f64,
    pub method: Method,
}

/// Which way was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Cholesky of the Gram matrix.
    NormalEquations,
    /// QR, then the singular value decomposition of R.
    Orthogonal,
}

impl Method {
    pub const fn name(self) -> &'static str {
        match self {
            Self::NormalEquations => "normal equations",
            Self::Orthogonal => "orthogonal",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsolvable {
    #[error("there are no rows or no columns")]
    Empty,
    #[error("the data's and the target's lengths do not agree")]
    Shape,
    #[error("the data hold values that are not finite")]
    NotFinite,
    #[error("the singular value decomposition did not converge")]
    NoConvergence,
}

/// Solves the problem with `threads` threads, which [`crate::threads::use_at_most`] has made ready.
pub fn solve(problem: Problem<'_>, threads: NonZeroUsize) -> Result<Solution, Unsolvable> {
    if problem.columns == 0 || problem.y.is_empty() {
        return Err(Unsolvable::Empty);
    }
    if problem.y.len().checked_mul(problem.columns) != Some(problem.x.len()) {
        return Err(Unsolvable::Shape);
    }
    match normal::solve(problem, threads) {
        Some(solution) => Ok(solution),
        None if problem.x.iter().chain(problem.y).all(|value| value.is_finite()) => orthogonal::solve(problem),
        None => Err(Unsolvable::NotFinite),
    }
}

impl Solution {
    /// One prediction a row of the row-major `x`.
    pub fn predict(&self, x: &[f64]) -> Vec<f64> {
        x.chunks_exact(self.coefficients.len()).map(|row| dot(row, &self.coefficients) + self.intercept).collect()
    }
}

impl<'a> Problem<'a> {
    const fn rows(self) -> Rows<'a> {
        Rows { design: self.x, target: self.y, columns: self.columns }
    }
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    // Eight sums side by side: in one alone each addition would wait for the one before.
    let (left, left_rest) = left.as_chunks::<8>();
    let (right, right_rest) = right.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (left, right) in left.iter().zip(right) {
        for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
            *sum += left * right;
        }
    }
    let rest: f64 = left_rest.iter().zip(right_rest).map(|(left, right)| left * right).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests;
