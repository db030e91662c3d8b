//! Least squares with penalties on absolute values and on squares of the coefficients:
//! ‖y − Xw − b‖² / 2n + alpha · `l1_ratio` ‖w‖₁ + alpha · (1 − `l1_ratio`) ‖w‖² / 2.
//!
//! Cyclic coordinate descent (Friedman, Hastie and Tibshirani, J. Stat. Softw. 33(1), 2010) that
//! ends by the duality gap and leaves out coefficients which the gap proves to be zero (Fercoq,
//! Gramfort and Salmon, ICML 2015; Ndiaye et al., JMLR 18, 2017). Where it looks at the gap, and
//! in which order it sweeps, is as in scikit-learn: both visit the same points and stop at the
//! same one. With no more columns than rows each step works on `XᵀX`, taken in one pass over the
//! data, otherwise on the residuals.

mod descent;
mod gap;
mod gram;
mod residuals;

use std::num::NonZeroUsize;

use crate::centred::Centred;
use crate::design::{Design, LinearModel, Unsolvable};
use descent::{Penalty, Point, Stopped, descend};
use gram::Gram;
use residuals::Residuals;

/// What is minimised, and when the descent ends.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub alpha: f64,
    pub l1_ratio: f64,
    /// Most sweeps.
    pub max_iter: u32,
    /// The descent ends once the duality gap is at most this share of the centred target's sum of squares.
    pub tolerance: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    pub model: LinearModel,
    pub sweeps: u32,
    /// Whether the gap closed before the sweeps were used up.
    pub converged: bool,
    pub method: Method,
}

/// What each step worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Gram,
    Residuals,
}

impl Method {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gram => "gram",
            Self::Residuals => "residuals",
        }
    }
}

/// Solves the problem with `threads` threads, which [`crate::threads::use_at_most`] has made ready.
pub fn solve(design: Design<'_>, options: Options, threads: NonZeroUsize) -> Result<Solution, Unsolvable> {
    design.check()?;
    let (stopped, means, method) = if design.y.len() >= design.columns {
        let centred = Centred::of(design, threads);
        if !centred.is_finite() {
            return design.check_finite().and(Err(Unsolvable::TooLarge));
        }
        (run(Gram::of(&centred), design, options), centred.means, Method::Gram)
    } else {
        design.check_finite()?;
        let means = design.means();
        (run(Residuals::of(design, &means), design, options), means, Method::Residuals)
    };
    let Stopped { coefficients, sweeps, converged } = stopped;
    let model = LinearModel::through(&means, coefficients);
    if model.is_finite() { Ok(Solution { model, sweeps, converged, method }) } else { Err(Unsolvable::TooLarge) }
}

/// The penalties as weights against half the sum, not the mean, of the squared errors.
fn run(point: impl Point, design: Design<'_>, options: Options) -> Stopped {
    let weight = options.alpha * design.y.len() as f64;
    let penalty = Penalty { l1: weight * options.l1_ratio, l2: weight * (1.0 - options.l1_ratio) };
    descend(point, penalty, options.max_iter, options.tolerance)
}
