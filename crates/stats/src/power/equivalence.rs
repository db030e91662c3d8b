//! What it takes to show that two sides do not differ by more than a margin: more than to show that they
//! differ.

use super::{check_spread, smallest_n_near};
use crate::ALPHA;
use crate::absence::{Absence, finite};
use crate::distribution::over_scale_to;
use crate::student::{self, normal_cdf};

/// Probability with which equivalence is to be shown where the sides are equal.
pub const POWER_OF_EQUIVALENCE: f64 = 0.90;

/// Power of the two one-sided tests, 5 % each, of `pairs` rounds: "the ratio lies inside (1/margin,
/// margin)", where it truly is `ratio` and the log ratios have the standard deviation `sd`. Exact
/// (Phillips 1990), by integrating over the standard deviation that is found.
pub fn equivalence(pairs: usize, margin: f64, sd: f64, ratio: f64) -> Result<f64, Absence> {
    check_spread(sd)?;
    if pairs < 2 {
        return Err(Absence::TooFew { n: pairs, needed: 2 });
    }
    if !(margin.is_finite() && margin > 1.0 && ratio.is_finite() && ratio > 0.0) {
        return Err(Absence::OutOfRange);
    }
    let df = pairs as f64 - 1.0;
    let critical = student::quantile(1.0 - ALPHA, df)?;
    let errors = |ln_ratio: f64| ln_ratio * (pairs as f64).sqrt() / sd;
    let (high, low) = (errors(margin.ln() - ratio.ln()), errors(-margin.ln() - ratio.ln()));
    // The mean has to lie so far inside both bounds; from this spread on nothing does.
    let end = (high - low) / (2.0 * critical);
    finite(over_scale_to(end, df, |s| normal_cdf(high - critical * s) - normal_cdf(low + critical * s)))
}

/// Rounds that show equivalence within `margin` with 90 % power, where the sides are truly equal.
pub fn rounds_for_equivalence(margin: f64, sd: f64) -> Result<usize, Absence> {
    check_spread(sd)?;
    if !(margin.is_finite() && margin > 1.0) {
        return Err(Absence::OutOfRange);
    }
    // By the normal approximation (Chow and others 2008, 3.2.2).
    let (level, miss) = (student::normal_quantile(1.0 - ALPHA)?, (1.0 - POWER_OF_EQUIVALENCE) / 2.0);
    let guess = ((level - student::normal_quantile(miss)?) * sd / margin.ln()).powi(2);
    smallest_n_near(guess.ceil() as usize, POWER_OF_EQUIVALENCE, |pairs| equivalence(pairs, margin, sd, 1.0))
}
