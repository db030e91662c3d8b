//! Summaries of one side: moments, quantiles, outliers, and correlation in time.

use crate::absence::{Absence, checked, finite, logs};

pub fn mean(values: &[f64]) -> Result<f64, Absence> {
    checked(values, 1)?;
    finite(mean_of(values))
}

/// Standard deviation with n − 1.
pub fn sd(values: &[f64]) -> Result<f64, Absence> {
    checked(values, 2)?;
    finite(sd_of(values))
}

pub fn geometric_mean(values: &[f64]) -> Result<f64, Absence> {
    finite(mean_of(&logs(values, 1)?).exp())
}

/// The standard deviation of the logarithms, which for small spreads is the coefficient of variation.
pub fn cv(values: &[f64]) -> Result<f64, Absence> {
    Ok(sd_of(&logs(values, 2)?))
}

/// The quantile of type 7 (Hyndman and Fan 1996): linear between the order statistics, as numpy
/// and R do by default.
pub fn quantile(values: &[f64], probability: f64) -> Result<f64, Absence> {
    checked(values, 1)?;
    if !(0.0..=1.0).contains(&probability) {
        return Err(Absence::OutOfRange);
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Ok(quantile_of_sorted(&sorted, probability))
}

/// Places of the values beyond Tukey's fences. They are named, never dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outliers {
    /// Beyond 1.5 interquartile ranges, but not beyond 3.
    pub mild: Vec<usize>,
    /// Beyond 3 interquartile ranges.
    pub severe: Vec<usize>,
}

/// Needs 4 values: three quartiles of fewer say nothing.
pub fn outliers(values: &[f64]) -> Result<Outliers, Absence> {
    checked(values, 4)?;
    let (q1, q3) = (quantile(values, 0.25)?, quantile(values, 0.75)?);
    let range = q3 - q1;
    let beyond = |value: f64, ranges: f64| value < q1 - ranges * range || value > q3 + ranges * range;
    let mut found = Outliers::default();
    for (place, value) in values.iter().enumerate() {
        if beyond(*value, 3.0) {
            found.severe.push(place);
        } else if beyond(*value, 1.5) {
            found.mild.push(place);
        }
    }
    Ok(found)
}

/// Lag-1 autocorrelation about the common mean, with the whole sum of squares below.
pub fn autocorrelation(values: &[f64]) -> Result<f64, Absence> {
    checked(values, 3)?;
    if !has_spread(values) {
        return Err(Absence::NoSpread);
    }
    let mean = mean_of(values);
    let neighbours: f64 = values.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    finite(neighbours / squares)
}

/// Whether the values differ by more than the rounding of their own arithmetic.
pub(crate) fn has_spread(values: &[f64]) -> bool {
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let (low, high) = bounds(values);
    high - low > 1e-12 * largest.max(f64::MIN_POSITIVE)
}

pub(crate) fn bounds(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)))
}

pub(crate) fn mean_of(values: &[f64]) -> f64 {
    let first = values.first().copied().unwrap_or_default();
    // Taken from the first value, so that equal values have exactly that mean and sums stay small.
    first + values.iter().map(|value| value - first).sum::<f64>() / values.len() as f64
}

pub(crate) fn sd_of(values: &[f64]) -> f64 {
    covariance_of(values, values).sqrt()
}

pub(crate) fn covariance_of(left: &[f64], right: &[f64]) -> f64 {
    let (left_mean, right_mean) = (mean_of(left), mean_of(right));
    let products: f64 = left.iter().zip(right).map(|(l, r)| (l - left_mean) * (r - right_mean)).sum();
    products / (left.len() as f64 - 1.0)
}

pub(crate) fn quantile_of_sorted(sorted: &[f64], probability: f64) -> f64 {
    let place = probability * (sorted.len() - 1) as f64;
    let below = place.floor();
    let low = sorted[below as usize];
    let high = sorted[place.ceil() as usize];
    low + (place - below) * (high - low)
}
