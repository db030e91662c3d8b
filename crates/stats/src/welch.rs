//! Two sides without pairing, as when two result sets are compared: Welch's t on the logarithms.

use schema::analysis::Interval;

use crate::absence::{Absence, finite, inside_unit, logs};
use crate::describe::{mean_of, sd_of};
use crate::student;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Welch {
    /// Ratio of the geometric means, left over right.
    pub ratio: f64,
    pub interval: Interval,
    pub df: f64,
    pub p: f64,
    /// Standard error of the logarithm of the ratio.
    pub error: f64,
}

impl Welch {
    /// The p of "the ratio is outside (1/margin, margin)": the larger of the two one-sided tests.
    pub fn p_equivalence(&self, margin: f64) -> Result<f64, Absence> {
        if !(margin.is_finite() && margin > 1.0) {
            return Err(Absence::OutOfRange);
        }
        let difference = self.ratio.ln();
        let above_low = student::p_upper((difference + margin.ln()) / self.error, self.df)?;
        let below_high = student::p_upper((margin.ln() - difference) / self.error, self.df)?;
        Ok(above_low.max(below_high))
    }
}

/// Welch (1947) with Satterthwaite's degrees of freedom, over positive costs.
pub fn welch(left: &[f64], right: &[f64], level: f64) -> Result<Welch, Absence> {
    inside_unit(level)?;
    let (left, right) = (logs(left, 2)?, logs(right, 2)?);
    let difference = mean_of(&left) - mean_of(&right);
    let error_of = |side: &[f64]| sd_of(side).powi(2) / side.len() as f64;
    let (left_error, right_error) = (error_of(&left), error_of(&right));
    let squared = left_error + right_error;
    // The logarithms carry some sixteen digits: a spread below 1e-14 of them is rounding.
    let largest = left.iter().chain(&right).fold(1.0_f64, |largest, log| largest.max(log.abs()));
    if squared.sqrt() <= 1e-14 * largest {
        return Err(Absence::NoSpread);
    }
    let share = |error: f64, side: &[f64]| (error / squared).powi(2) / (side.len() as f64 - 1.0);
    let df = 1.0 / (share(left_error, &left) + share(right_error, &right));
    let half = student::quantile(f64::midpoint(1.0, level), df)? * squared.sqrt();
    Ok(Welch {
        ratio: finite(difference.exp())?,
        interval: Interval { low: finite((difference - half).exp())?, high: finite((difference + half).exp())? },
        df,
        p: student::p_two_sided(difference / squared.sqrt(), df)?,
        error: squared.sqrt(),
    })
}
