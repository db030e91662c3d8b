//! Rounds in their order of time: what their resemblance to each other takes from their number, and
//! an interval that holds however often one looks.

use schema::analysis::Interval;

use crate::absence::{Absence, checked, finite, inside_unit};
use crate::bootstrap::Distribution;
use crate::describe::{autocorrelation, mean_of};
use crate::paired::LogRatios;
use crate::random::Stream;

/// How many independent rounds these rounds are worth, by a first-order autoregression; never more
/// than there are.
pub fn effective_n(values: &[f64]) -> Result<f64, Absence> {
    let correlation = autocorrelation(values)?.clamp(0.0, 0.999);
    Ok(values.len() as f64 * (1.0 - correlation) / (1.0 + correlation))
}

/// Fewer values do not judge their own resemblance.
pub const RESEMBLANCE_MIN: usize = 20;

/// Whether neighbouring values resemble each other more than chance has them: their correlation, where
/// it lies beyond 2/√n.
pub fn resemblance(values: &[f64]) -> Option<f64> {
    let noticeable = 2.0 / (values.len() as f64).sqrt();
    autocorrelation(values).ok().filter(|found| values.len() >= RESEMBLANCE_MIN && found.abs() > noticeable)
}

/// The mean length of the stationary bootstrap's stretches: Politis and White (2004) with the
/// correction of Patton, Politis and White (2009).
pub fn stretch_length(values: &[f64]) -> Result<f64, Absence> {
    checked(values, 10)?;
    let n = values.len();
    let count = n as f64;
    let mean = mean_of(values);
    let centred: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let quiet = (count.log10() as usize).max(5);
    let farthest = (count.sqrt().ceil() as usize + quiet).min(n - 1);
    let product = |lag: usize| centred[lag..].iter().zip(&centred).map(|(one, other)| one * other).sum::<f64>();
    let covariance = |lag: usize| product(lag) / count;
    let variance = covariance(0);
    if variance <= 0.0 {
        return Err(Absence::NoSpread);
    }
    let noticeable = 2.0 * (count.log10() / count).sqrt();
    let says_nothing = |lag: usize| {
        let squares = |side: &[f64]| side.iter().map(|value| value * value).sum::<f64>();
        let (early, late) = (squares(&centred[..n - lag - 1]), squares(&centred[lag + 1..]));
        product(lag).abs() / (early * late).sqrt() < noticeable
    };
    // The first lag from which `quiet` in a row say nothing.
    let silent = (1..=farthest.saturating_sub(quiet)).find(|lag| (*lag..lag + quiet).all(says_nothing));
    let reach = silent.map_or(farthest, |lag| (2 * lag).min(farthest));
    let (mut slope, mut spectrum) = (0.0, variance);
    for lag in 1..=reach {
        let share = lag as f64 / reach as f64;
        let weight = if share <= 0.5 { 1.0 } else { 2.0 * (1.0 - share) };
        slope += 2.0 * weight * lag as f64 * covariance(lag);
        spectrum += 2.0 * weight * covariance(lag);
    }
    let longest = (3.0 * count.sqrt()).min(count / 3.0).ceil();
    let length = (slope * slope / (spectrum * spectrum)).cbrt() * count.cbrt();
    finite(length.clamp(1.0, longest))
}

/// The ratio's interval where neighbouring rounds resemble each other: the stationary bootstrap
/// (Politis and Romano 1994) of the mean log ratio, percentiles.
pub fn interval_of_resembling(ratios: &LogRatios, level: f64, draws: (usize, u64)) -> Result<Interval, Absence> {
    let logs = ratios.logs();
    let mut means = stationary_means(logs, stretch_length(logs)?, draws);
    let found = Distribution::of(&mut means)?.percentile(level)?;
    Ok(Interval { low: finite(found.low.exp())?, high: finite(found.high.exp())? })
}

fn stationary_means(values: &[f64], length: f64, (resamples, seed): (usize, u64)) -> Vec<f64> {
    let n = values.len();
    (0..resamples)
        .map(|resample| {
            let mut random = Stream::new(seed, resample as u64);
            let mut place = random.below(n);
            let mut sum = 0.0;
            for _ in 0..n {
                sum += values[place];
                place = if random.uniform() * length < 1.0 { random.below(n) } else { (place + 1) % n };
            }
            sum / n as f64
        })
        .collect()
}

/// An interval of the mean that covers at all looks together: Robbins' (1970) normal mixture with
/// the estimated variance, tightest at `tightest` values. Asymptotic (Waudby-Smith and others 2024):
/// wide enough from some ten values on.
pub fn confidence_sequence(values: &[f64], level: f64, tightest: usize) -> Result<Interval, Absence> {
    checked(values, 2)?;
    let alpha = 1.0 - inside_unit(level)?;
    if tightest == 0 {
        return Err(Absence::OutOfRange);
    }
    let n = values.len() as f64;
    let sd = crate::describe::sd_of(values);
    let ln_alpha = alpha.ln();
    let weight = (-2.0 * ln_alpha + (-2.0 * ln_alpha + 1.0).ln()) / tightest as f64;
    let half = sd * (2.0 * (n * weight + 1.0) / (n * n * weight) * ((n * weight + 1.0).sqrt() / alpha).ln()).sqrt();
    let mean = mean_of(values);
    Ok(Interval { low: finite(mean - half)?, high: finite(mean + half)? })
}
