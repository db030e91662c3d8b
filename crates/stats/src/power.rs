//! What a number of rounds can show: power of the t-tests, the smallest detectable ratio, and the
//! rounds that a margin takes (STATS 2.8).

use std::cell::RefCell;
use std::collections::HashMap;

use crate::absence::{Absence, finite, inside_unit};
use crate::student;
use crate::{ALPHA, POWER};

mod equivalence;

pub use equivalence::{POWER_OF_EQUIVALENCE, equivalence, rounds_for_equivalence};

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
    smallest_n_near(2, wanted, power_of)
}

/// The same, sought in ever longer steps from `guess`.
fn smallest_n_near(
    guess: usize,
    wanted: f64,
    power_of: impl Fn(usize) -> Result<f64, Absence>,
) -> Result<usize, Absence> {
    inside_unit(wanted)?;
    let suffices = |n: usize| Ok(power_of(n)? >= wanted);
    let guess = guess.clamp(2, ROUNDS_MAX);
    let (mut below, mut enough, mut step) = (guess, guess, 1);
    if suffices(guess)? {
        while below > 2 && suffices(below)? {
            enough = below;
            below = below.saturating_sub(step).max(2);
            step *= 2;
        }
        if suffices(below)? {
            return Ok(below);
        }
    } else {
        while !suffices(enough)? {
            if enough >= ROUNDS_MAX {
                return Err(Absence::OutOfReach { limit: ROUNDS_MAX });
            }
            below = enough;
            enough = (enough + step).min(ROUNDS_MAX);
            step *= 2;
        }
    }
    while enough - below > 1 {
        let middle = usize::midpoint(below, enough);
        if suffices(middle)? {
            enough = middle;
        } else {
            below = middle;
        }
    }
    Ok(enough)
}

/// The smallest ratio above 1 that `pairs` rounds show with 80 % power, two-sided 5 %, where the
/// paired log ratios have the standard deviation `sd`.
pub fn detectable_ratio(pairs: usize, sd: f64) -> Result<f64, Absence> {
    check_spread(sd)?;
    finite((detectable_effect(pairs)? * sd).exp())
}

/// The same where a difference also has to exceed `gate`, the ratio that the machine resolves.
pub fn detectable_beyond(gate: f64, pairs: usize, sd: f64) -> Result<f64, Absence> {
    let by_chance = detectable_ratio(pairs, sd)?;
    let beyond = student::quantile(POWER, pairs as f64 - 1.0)? * sd / (pairs as f64).sqrt();
    finite(by_chance.max(gate * beyond.exp()))
}

thread_local! {
    /// The cells of a study have few different numbers of rounds, and each search takes milliseconds.
    static EFFECTS: RefCell<HashMap<usize, f64>> = RefCell::default();
}

/// In units of the standard deviation.
fn detectable_effect(pairs: usize) -> Result<f64, Absence> {
    if let Some(known) = EFFECTS.with_borrow(|known| known.get(&pairs).copied()) {
        return Ok(known);
    }
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
    EFFECTS.with_borrow_mut(|known| known.insert(pairs, high));
    Ok(high)
}

/// Rounds that show a ratio of `margin` with 80 % power, two-sided 5 %.
pub fn rounds_for(margin: f64, sd: f64) -> Result<usize, Absence> {
    check_spread(sd)?;
    if !(margin.is_finite() && margin > 1.0) {
        return Err(Absence::OutOfRange);
    }
    let effect = margin.ln() / sd;
    // By the normal approximation (Guenther 1981), which is rarely off by more than one.
    let (level, power) = (student::normal_quantile(1.0 - ALPHA / 2.0)?, student::normal_quantile(POWER)?);
    let guess = ((level + power) / effect).powi(2) + level * level / 2.0;
    smallest_n_near(guess.ceil() as usize, POWER, |pairs| paired(pairs, effect, ALPHA))
}

/// The smallest ratio above 1 that `runs` a side, not paired, show with 80 % power, where the logarithms
/// of either side have the standard deviation `sd`.
pub fn detectable_unpaired(runs: usize, sd: f64) -> Result<f64, Absence> {
    check_spread(sd)?;
    let mut high = 1.0;
    while two_sample(runs, high, ALPHA)? < POWER {
        high *= 2.0;
    }
    let enough = crate::distribution::halve(0.0, high, |effect| {
        two_sample(runs, effect, ALPHA).is_ok_and(|power| power >= POWER)
    });
    finite((enough * sd).exp())
}

/// Runs a side, not paired, that show a ratio of `margin` with 80 % power.
pub fn runs_for(margin: f64, sd: f64) -> Result<usize, Absence> {
    check_spread(sd)?;
    if !(margin.is_finite() && margin > 1.0) {
        return Err(Absence::OutOfRange);
    }
    let effect = margin.ln() / sd;
    smallest_n(POWER, |runs| two_sample(runs, effect, ALPHA))
}

/// Standard errors by which a true difference has to lie beyond the end of an A/A block's interval, to
/// be claimed four times of five: the 80 % quantile of |Z| + Z' for independent standard normals.
const BEYOND_ITSELF: f64 = 1.77;

/// Rounds after which a true ratio of `margin` is claimed with about 80 % power: significant after
/// Holm's correction for `claims`, and above what one A/A block of as many rounds resolves.
pub fn rounds_to_claim(margin: f64, sd: f64, claims: usize) -> Result<usize, Absence> {
    check_spread(sd)?;
    if !(margin.is_finite() && margin > 1.0) || claims == 0 {
        return Err(Absence::OutOfRange);
    }
    let effect = margin.ln() / sd;
    let by_chance = smallest_n(POWER, |pairs| paired(pairs, effect, ALPHA / claims as f64))?;
    let beyond_itself = |pairs: usize| {
        let end = student::quantile(1.0 - ALPHA / 2.0, pairs as f64 - 1.0)?;
        Ok(if effect * (pairs as f64).sqrt() >= end + BEYOND_ITSELF { 1.0 } else { 0.0 })
    };
    Ok(by_chance.max(smallest_n(POWER, beyond_itself)?))
}

fn check_spread(sd: f64) -> Result<(), Absence> {
    match sd {
        sd if !sd.is_finite() => Err(Absence::NotFinite),
        sd if sd < 0.0 => Err(Absence::OutOfRange),
        0.0 => Err(Absence::NoSpread),
        _ => Ok(()),
    }
}
