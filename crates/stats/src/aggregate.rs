//! Reward over runs and tasks (Agarwal and others 2021): robust where a few seeds go wild.

use crate::absence::{Absence, checked, finite};
use crate::describe::mean_of;
use crate::rank_sum::mann_whitney;

/// The mean of the middle half; a quarter of the values, rounded down, is left out at either end.
pub fn interquartile_mean(values: &[f64]) -> Result<f64, Absence> {
    checked(values, 1)?;
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cut = sorted.len() / 4;
    finite(mean_of(&sorted[cut..sorted.len() - cut]))
}

/// The share of all runs above each threshold.
pub fn performance_profile(values: &[f64], thresholds: &[f64]) -> Result<Vec<f64>, Absence> {
    checked(values, 1)?;
    checked(thresholds, 1)?;
    let above = |threshold: &f64| values.iter().filter(|value| *value > threshold).count();
    Ok(thresholds.iter().map(|threshold| above(threshold) as f64 / values.len() as f64).collect())
}

/// How far the runs stay below `wanted`, on average; what exceeds it makes up for nothing.
pub fn optimality_gap(values: &[f64], wanted: f64) -> Result<f64, Absence> {
    checked(values, 1)?;
    finite(wanted - mean_of(&values.iter().map(|value| value.min(wanted)).collect::<Vec<f64>>()))
}

/// The probability that a run of left does better than one of right, averaged over tasks.
pub fn probability_of_improvement(tasks: &[(Vec<f64>, Vec<f64>)]) -> Result<f64, Absence> {
    if tasks.is_empty() {
        return Err(Absence::NoValues);
    }
    let each: Result<Vec<f64>, Absence> =
        tasks.iter().map(|(left, right)| Ok(mann_whitney(left, right)?.superiority)).collect();
    Ok(mean_of(&each?))
}
