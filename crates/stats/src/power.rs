//! What a number of rounds can show: power of the t-tests, the smallest detectable ratio, and the
//! rounds that a margin takes (STATS 2.8).

use crate::absence::{Absence, finite, inside_unit};
use crate::student;
use crate::{ALPHA, POWER};

/// More rounds than anyone will run.
pub const ROUNDS_MAX: usize = 1_000_000;

/// Power of the two-sided paired test with `pairs` pairs, `effect` = mean difference over its sd.
pub fn paired(pairs: usize, effect: f64, alpha: f64) -> Result<f64, Absence> {
    if pairs < 2 {
        return Err(Absence::TooFew { n: pairs, needed: 2 });
    }
    power(pairs as f64 - 1.0, effect * (pairs as f64).sqrt(), alpha)
}

/// Power of the two-sided two-sample test with `runs` a side, `effect` = Cohen's d.
pub fn two_sample(runs: usize, effect: f64, alpha: f64) -> Result<f64, Absence> {
    if runs < 2 {
        return Err(Absence::TooFew { n: runs, needed: 2 });
    }
    power(2.0 * runs as f64 - 2.0, effect * (runs as f64 / 2.0).sqrt(), alpha)
}

fn power(df: f64, shift: f64, alpha: f64) -> Result<f64, Absence> {
    let critical = student::quantile(1.0 - inside_unit(alpha)? / 2.0, df)?;
    student::noncentral_beyond(critical, df, shift)
}

/// The smallest n at which `power_of(n)` reaches `wanted`; power grows with n.
pub fn smallest_n(wanted: f64, power_of: impl Fn(usize) -> Result<f64, Absence>) -> Result<usize, Absence> {
    inside_unit(wanted)?;
    let (mut below, mut enough) = (1, 2);
    while power_of(enough)? < wanted {
        if enough >= ROUNDS_MAX {
            return Err(Absence::OutOfReach { limit: ROUNDS_MAX });
        }
        below = enough;
        enough = (enough * 2).min(ROUNDS_MAX);
    }
    while enough - below > 1 {
        let middle = usize::midpoint(below, enough);
        if power_of(middle)? < wanted {
            below = middle;
        } else {
            enough = middle;
        }
    }
    Ok(enough)
}

/// The smallest ratio above 1 that `pairs` rounds show with 80 % power, two-sided 5 %, where the
/// paired log ratios have the standard deviation `sd`.
pub fn detectable_ratio(pairs: usize, sd: f64) -> Result<f64, Absence> {
    check_spread(sd)?;
    let mut high = 1.0;
    while paired(pairs, high, ALPHA)? < POWER {
        high *= 2.0;
    }
    let mut low = 0.0;
    while high - low > 1e-8 * high {
        let middle = f64::midpoint(low, high);
        if paired(pairs, middle, ALPHA)? < POWER {
            low = middle;
        } else {
            high = middle;
        }
    }
    finite((high * sd).exp())
}

/// Rounds that show a ratio of `margin` with 80 % power, two-sided 5 %.
pub fn rounds_for(margin: f64, sd: f64) -> Result<usize, Absence> {
    check_spread(sd)?;
    if !(margin.is_finite() && margin > 1.0) {
        return Err(Absence::OutOfRange);
    }
    let effect = margin.ln() / sd;
    smallest_n(POWER, |pairs| paired(pairs, effect, ALPHA))
}

fn check_spread(sd: f64) -> Result<(), Absence> {
    match sd {
        sd if !sd.is_finite() => Err(Absence::NotFinite),
        sd if sd < 0.0 => Err(Absence::OutOfRange),
        0.0 => Err(Absence::NoSpread),
        _ => Ok(()),
    }
}
