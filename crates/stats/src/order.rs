//! Quantiles with what is known of them.

use schema::analysis::Interval;
use statrs::function::beta::beta_reg;

use crate::absence::{Absence, checked, finite, inside_unit};
use crate::distribution::binomial_lower;

/// Harrell and Davis (1982): a mean of all order statistics, weighted by how likely each is to be the
/// quantile.
pub fn harrell_davis(values: &[f64], probability: f64) -> Result<f64, Absence> {
    checked(values, 2)?;
    inside_unit(probability)?;
    let sorted = sorted(values);
    let n = sorted.len() as f64;
    let (a, b) = ((n + 1.0) * probability, (n + 1.0) * (1.0 - probability));
    let below = |place: usize| match place {
        0 => 0.0,
        place if place == sorted.len() => 1.0,
        place => beta_reg(a, b, place as f64 / n),
    };
    finite((0..sorted.len()).map(|place| (below(place + 1) - below(place)) * sorted[place]).sum())
}

/// The quantile of type 7 of `seen` and of `beyond` more that lie above all of them: requests that
/// failed or ran into their limit count as endless. Absent where it lies among those.
pub fn quantile_with_endless(seen: &[f64], beyond: usize, probability: f64) -> Result<f64, Absence> {
    if seen.is_empty() && beyond > 0 {
        return Err(Absence::Endless { beyond, of: beyond });
    }
    checked(seen, 1)?;
    if !(0.0..=1.0).contains(&probability) {
        return Err(Absence::OutOfRange);
    }
    let sorted = sorted(seen);
    let place = probability * (seen.len() + beyond - 1) as f64;
    match sorted.get(place.ceil() as usize) {
        Some(high) => {
            let low = sorted[place.floor() as usize];
            Ok(low + place.fract() * (high - low))
        }
        None => Err(Absence::Endless { beyond, of: seen.len() + beyond }),
    }
}

/// The interval of a quantile between two order statistics: nothing is assumed, and it covers at
/// least at its level.
pub fn quantile_interval(values: &[f64], probability: f64, level: f64) -> Result<Interval, Absence> {
    checked(values, 1)?;
    let tail = (1.0 - inside_unit(level)?) / 2.0;
    let (n, sorted) = (values.len() as u64, sorted(values));
    inside_unit(probability)?;
    // `low`: the last place whose value is above the quantile with a chance of `tail` at most.
    let low = (0..n).find(|k| binomial_lower(*k, n, probability) >= tail).unwrap_or(n);
    let high = (0..=n).find(|k| 1.0 - binomial_lower(*k, n, probability) <= tail).unwrap_or(n);
    if low == 0 || high >= n {
        return Err(Absence::TooFew { n: values.len(), needed: values_for_interval(probability, level)? });
    }
    Ok(Interval { low: sorted[low as usize - 1], high: sorted[high as usize] })
}

/// The least number of values at which the quantile has both bounds: 6 for a median, 368 for p99.
pub fn values_for_interval(probability: f64, level: f64) -> Result<usize, Absence> {
    let tail = (1.0 - inside_unit(level)?) / 2.0;
    let rarer = inside_unit(probability)?.max(1.0 - probability);
    Ok((tail.ln() / rarer.ln()).ceil() as usize)
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}
