//! Hedges' g: the standardised difference, secondary to the ratio. No words for its size.

use statrs::function::gamma::ln_gamma;

use crate::absence::{Absence, checked, finite};
use crate::describe::{mean_of, sd_of};

/// (mean of left − mean of right) / pooled sd, corrected with the exact J (Hedges 1981):
/// Γ(ν/2) / (√(ν/2) Γ((ν−1)/2)) with ν = n₁ + n₂ − 2. Costs are given as logarithms.
pub fn hedges_g(left: &[f64], right: &[f64]) -> Result<f64, Absence> {
    checked(left, 2)?;
    checked(right, 2)?;
    let df = (left.len() + right.len() - 2) as f64;
    let squares = |side: &[f64]| sd_of(side).powi(2) * (side.len() as f64 - 1.0);
    let pooled = ((squares(left) + squares(right)) / df).sqrt();
    let largest = left.iter().chain(right).fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if pooled <= 1e-14 * largest {
        return Err(Absence::NoSpread);
    }
    finite((mean_of(left) - mean_of(right)) / pooled * correction(df))
}

fn correction(df: f64) -> f64 {
    (ln_gamma(df / 2.0) - ln_gamma(f64::midpoint(df, -1.0))).exp() / (df / 2.0).sqrt()
}
