//! Reward over runs and tasks (Agarwal and others 2021): robust where a few seeds go wild.

use schema::analysis::Interval;

use crate::absence::{Absence, checked, finite};
use crate::bootstrap;
use crate::describe::mean_of;
use crate::rank_sum::superiority;

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
    let each: Result<Vec<f64>, Absence> = tasks.iter().map(|(left, right)| superiority(left, right)).collect();
    Ok(mean_of(&each?))
}

/// Its interval: the runs of either side are drawn anew inside each task. Percentiles.
pub fn improvement_interval(
    tasks: &[(Vec<f64>, Vec<f64>)],
    level: f64,
    draws: (usize, u64),
) -> Result<Interval, Absence> {
    let sides: Vec<Vec<f64>> = tasks.iter().flat_map(|(left, right)| [left.clone(), right.clone()]).collect();
    let improvement = |mut drawn: &[f64]| {
        let mut take = |count: usize| {
            let (taken, rest) = drawn.split_at(count);
            drawn = rest;
            taken
        };
        let each = tasks.iter().map(|(left, right)| superiority(take(left.len()), take(right.len())));
        // Both sides of each task were looked at before anything was drawn.
        each.sum::<Result<f64, Absence>>().map_or(f64::NAN, |sum| sum / tasks.len() as f64)
    };
    bootstrap::stratified(&sides, &improvement, level, draws)
}
