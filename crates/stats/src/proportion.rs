//! Intervals of a proportion: Wilson's for reading, Clopper and Pearson's where something is gated.

use schema::analysis::Interval;
use statrs::function::beta::beta_reg;

use crate::absence::{Absence, inside_unit};
use crate::student::normal_quantile;

/// Wilson (1927).
pub fn wilson(hits: u64, tries: u64, level: f64) -> Result<Interval, Absence> {
    check(hits, tries)?;
    let z = normal_quantile(f64::midpoint(1.0, inside_unit(level)?))?;
    let (n, share) = (tries as f64, hits as f64 / tries as f64);
    let scale = 1.0 + z * z / n;
    let middle = (share + z * z / (2.0 * n)) / scale;
    let half = z / scale * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let low = if hits == 0 { 0.0 } else { middle - half };
    let high = if hits == tries { 1.0 } else { middle + half };
    Ok(Interval { low, high })
}

/// Clopper and Pearson (1934): covers at least at its level, whatever the proportion.
pub fn clopper_pearson(hits: u64, tries: u64, level: f64) -> Result<Interval, Absence> {
    check(hits, tries)?;
    let tail = (1.0 - inside_unit(level)?) / 2.0;
    let (k, n) = (hits as f64, tries as f64);
    let low = if hits == 0 { 0.0 } else { beta_quantile(tail, k, n - k + 1.0) };
    let high = if hits == tries { 1.0 } else { beta_quantile(1.0 - tail, k + 1.0, n - k) };
    Ok(Interval { low, high })
}

fn check(hits: u64, tries: u64) -> Result<(), Absence> {
    match (hits, tries) {
        (_, 0) => Err(Absence::NoValues),
        (hits, tries) if hits > tries => Err(Absence::OutOfRange),
        _ => Ok(()),
    }
}

/// By halving: the library's own inverse is only good to some nine digits.
fn beta_quantile(probability: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while let middle = f64::midpoint(low, high)
        && low < middle
        && middle < high
    {
        if beta_reg(a, b, middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}
