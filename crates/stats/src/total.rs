//! The ratio of totals: what the whole work of one cell costs on one side against the other.

use schema::analysis::Interval;

use crate::absence::{Absence, checked, finite, inside_unit};
use crate::describe::{covariance_of, mean_of};
use crate::student;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TotalRatio {
    /// Σ left / Σ right.
    pub ratio: f64,
    pub interval: Result<Interval, Absence>,
}

/// Σ left / Σ right over paired rounds, with the interval of Fieller (1954).
pub fn total_ratio(pairs: &[(f64, f64)], level: f64) -> Result<TotalRatio, Absence> {
    inside_unit(level)?;
    let (left, right): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    checked(&left, 1)?;
    checked(&right, 1)?;
    if right.iter().any(|value| *value <= 0.0) {
        return Err(Absence::NotPositive);
    }
    let ratio = finite(mean_of(&left) / mean_of(&right))?;
    Ok(TotalRatio { ratio, interval: fieller(&left, &right, level) })
}

/// The ratios ρ that a t-test of "left − ρ·right has mean 0" does not refuse: the roots of a
/// quadratic in ρ.
fn fieller(left: &[f64], right: &[f64], level: f64) -> Result<Interval, Absence> {
    checked(left, 2)?;
    let n = left.len() as f64;
    // Sides are brought to means near 1, so that squares of nanoseconds keep their digits.
    let scale = |side: &[f64]| mean_of(side).abs().max(f64::MIN_POSITIVE);
    let (left_scale, right_scale) = (scale(left), scale(right));
    let scaled = |side: &[f64], scale: f64| side.iter().map(|value| value / scale).collect::<Vec<f64>>();
    let (left, right) = (scaled(left, left_scale), scaled(right, right_scale));
    let t = student::quantile(f64::midpoint(1.0, level), n - 1.0)?;
    let error = |one: &[f64], other: &[f64]| t * t * covariance_of(one, other) / n;
    let (x, y) = (mean_of(&left), mean_of(&right));
    let (a, b, c) = (y * y - error(&right, &right), x * y - error(&left, &right), x * x - error(&left, &left));
    if a <= 0.0 {
        return Err(Absence::Unbounded);
    }
    let root = (b * b - a * c).max(0.0).sqrt();
    let unit = left_scale / right_scale;
    Ok(Interval { low: finite((b - root) / a * unit)?, high: finite((b + root) / a * unit)? })
}
