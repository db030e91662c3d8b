//! Ordinary least squares on dense row-major data: of several solutions the one of minimum norm.
//!
//! Tall, well-conditioned problems are solved by the normal equations, whose moments take one pass
//! over the data, then Cholesky. They square the condition number, so it is estimated first, and
//! anything doubtful goes by Householder QR and the singular values of R instead: those are the
//! singular values of the data, by which rank is decided as LAPACK's `gelsd` does.

mod normal;

use std::num::NonZeroUsize;

use crate::centred::Centred;
use crate::design::{Design, LinearModel, Unsolvable};
use crate::orthogonal;

pub(crate) use normal::LOSS_MAX;

#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    pub model: LinearModel,
    pub method: Method,
}

/// Which way was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Cholesky of the Gram matrix.
    NormalEquations,
    /// Cholesky of the products of rows, which is smaller where there are fewer rows than columns.
    Dual,
    /// QR, then the singular value decomposition of R.
    Orthogonal,
}

impl Method {
    pub const fn name(self) -> &'static str {
        match self {
            Self::NormalEquations => "normal equations",
            Self::Dual => "dual normal equations",
            Self::Orthogonal => "orthogonal",
        }
    }
}

/// Solves the problem with `threads` threads, which [`crate::threads::use_at_most`] has made ready.
/// Singular values of the (centred) data at or below `tolerance` times the largest count as zero.
pub fn solve(design: Design<'_>, tolerance: f64, threads: NonZeroUsize) -> Result<Solution, Unsolvable> {
    design.check()?;
    let tall = design.y.len() > design.columns;
    if let Some(model) = tall.then(|| normal::solve(&Centred::of(design, threads), tolerance)).flatten() {
        return Ok(Solution { model, method: Method::NormalEquations });
    }
    design.check_finite()?;
    let keep = |value: f64, largest: f64| if value > largest * tolerance { value.recip() } else { 0.0 };
    Ok(Solution { model: orthogonal::solve(design, keep)?, method: Method::Orthogonal })
}

#[cfg(test)]
mod tests;
