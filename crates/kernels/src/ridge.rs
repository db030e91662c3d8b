//! Least squares with a penalty on the squares of the coefficients: ‖y − Xw − b‖² + alpha ‖w‖².
//!
//! With `alpha` on its diagonal the smaller of `XᵀX` and `XXᵀ` is factored by Cholesky; where an
//! estimate says that this would lose too many digits, or it is singular, by the singular values.
//! With alpha 0 the answer is that of least squares, of several the one of minimum norm.

use std::num::NonZeroUsize;

use crate::centred::Centred;
use crate::definite;
use crate::design::{Design, LinearModel, Unsolvable, dot};
use crate::least_squares::{LOSS_MAX, Method, Solution};
use crate::moments::{Moments, Rows};
use crate::orthogonal;

/// Solves the problem with `threads` threads, which [`crate::threads::use_at_most`] has made ready.
pub fn solve(design: Design<'_>, alpha: f64, threads: NonZeroUsize) -> Result<Solution, Unsolvable> {
    design.check()?;
    let (solved, method) = if design.y.len() < design.columns {
        (dual(design, alpha, threads), Method::Dual)
    } else {
        (primal(&Centred::of(design, threads), alpha), Method::NormalEquations)
    };
    if let Some(model) = solved.filter(LinearModel::is_finite) {
        return Ok(Solution { model, method });
    }
    design.check_finite()?;
    // What rounding alone would leave of a direction that is not there.
    let nothing = f64::EPSILON * design.y.len().max(design.columns) as f64;
    let damped = |value: f64, largest: f64| {
        if value > largest * nothing { value / (value * value + alpha) } else { 0.0 }
    };
    Ok(Solution { model: orthogonal::solve(design, damped)?, method: Method::Orthogonal })
}

fn primal(centred: &Centred, alpha: f64) -> Option<LinearModel> {
    let columns = centred.columns;
    let mut matrix = centred.gram.clone();
    matrix.iter_mut().step_by(columns + 1).for_each(|entry| *entry += alpha);
    let solved = definite::solve(&matrix, &centred.right)?;
    // What is not a number is not safe.
    let safe = centred.loss * solved.inverse_norm <= LOSS_MAX;
    safe.then(|| LinearModel::through(&centred.means, solved.solution))
}

/// w = Xᵀ (`XXᵀ` + alpha)⁻¹ y: the products of rows are the moments of the transposed data.
fn dual(design: Design<'_>, alpha: f64, threads: NonZeroUsize) -> Option<LinearModel> {
    let (rows, columns) = (design.y.len(), design.columns);
    let means = design.means();
    let transposed = design.columns_about(&means);
    let (no_target, no_shift) = (vec![0.0; columns], vec![0.0; rows + 1]);
    let moments = Moments::of(Rows { design: &transposed, target: &no_target, columns: rows }, &no_shift, threads);
    let mut matrix = vec![0.0; rows * rows];
    for i in 0..rows {
        for j in 0..rows {
            matrix[i * rows + j] = moments.at(i.min(j), i.max(j)) + if i == j { alpha } else { 0.0 };
        }
    }
    let target: Vec<f64> = design.y.iter().map(|y| y - means[columns]).collect();
    let solved = definite::solve(&matrix, &target)?;
    // What is not a number is not safe.
    let safe = solved.inverse_norm <= LOSS_MAX;
    let coefficients = || transposed.chunks_exact(rows).map(|column| dot(column, &solved.solution)).collect();
    safe.then(|| LinearModel::through(&means, coefficients()))
}
