//! Intervals by resampling, for what has no formula. At few values it covers less than it says
//! (0.91 instead of 0.95 for a mean of 10): from [`VALUES_MIN`] on it is shown.
//!
//! Every resample has its own stream of random numbers, so the result depends on the seed alone and
//! not on the number of threads.

use schema::analysis::Interval;

use crate::absence::{Absence, checked, finite, inside_unit};
use crate::describe::{mean_of, quantile_of_sorted};
use crate::random::Stream;
use crate::student::{normal_cdf, normal_quantile};

mod draws;
mod ratio;

pub use ratio::{cells_like_these, ratio_of_totals, studentised_totals};

/// Fewer values are not resampled.
pub const VALUES_MIN: usize = 10;
/// Resamples of a figure that is published: one less than 10,000, so that the quantiles fall on
/// resamples.
pub const RESAMPLES: usize = 9_999;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Percentile,
    /// Efron (1987): corrected for bias and acceleration.
    Bca,
}

/// The interval of `statistic` over the values, drawn again with replacement.
pub fn interval(
    values: &[f64],
    statistic: &(dyn Fn(&[f64]) -> f64 + Sync),
    method: Method,
    level: f64,
    (resamples, seed): (usize, u64),
) -> Result<Interval, Absence> {
    checked(values, VALUES_MIN)?;
    let mut distribution = each_resample(resamples, |place, drawn: &mut Vec<f64>| {
        let mut random = Stream::new(seed, place as u64);
        drawn.clear();
        drawn.extend((0..values.len()).map(|_| values[random.below(values.len())]));
        statistic(drawn)
    });
    let distribution = Distribution::of(&mut distribution)?;
    match method {
        Method::Percentile => distribution.percentile(level),
        Method::Bca => distribution.bca(statistic(values), &leave_one_out(values, statistic), level),
    }
}

/// The statistic without each of the values in turn.
pub fn leave_one_out(values: &[f64], statistic: &dyn Fn(&[f64]) -> f64) -> Vec<f64> {
    (0..values.len()).map(|left_out| statistic(&[&values[..left_out], &values[left_out + 1..]].concat())).collect()
}

/// What a statistic came to in each resample, in ascending order.
#[derive(Clone, Copy, Debug)]
pub struct Distribution<'a>(&'a [f64]);

impl<'a> Distribution<'a> {
    pub fn of(resampled: &'a mut [f64]) -> Result<Self, Absence> {
        checked(resampled, 2)?;
        resampled.sort_by(f64::total_cmp);
        Ok(Self(resampled))
    }

    pub fn percentile(self, level: f64) -> Result<Interval, Absence> {
        let tail = (1.0 - inside_unit(level)?) / 2.0;
        self.between(tail, 1.0 - tail)
    }

    /// `jackknife` is the statistic without each of the values in turn.
    pub fn bca(self, estimate: f64, jackknife: &[f64], level: f64) -> Result<Interval, Absence> {
        let mean = mean_of(jackknife);
        let influence: Vec<f64> = jackknife.iter().map(|value| mean - value).collect();
        let cubes: f64 = influence.iter().map(|value| value.powi(3)).sum();
        let squares: f64 = influence.iter().map(|value| value.powi(2)).sum();
        if squares <= 0.0 {
            return Err(Absence::NoSpread);
        }
        self.accelerated(estimate, cubes / (6.0 * squares.powf(1.5)), level)
    }

    fn accelerated(self, estimate: f64, acceleration: f64, level: f64) -> Result<Interval, Absence> {
        let tail = (1.0 - inside_unit(level)?) / 2.0;
        // A resample that comes to the estimate itself counts half, whatever way either was rounded.
        let rounding = 1e-12 * estimate.abs();
        let below = self.0.partition_point(|value| *value < estimate - rounding) as f64;
        let not_above = self.0.partition_point(|value| *value <= estimate + rounding) as f64;
        let share = f64::midpoint(below, not_above) / self.0.len() as f64;
        // An estimate beyond all its resamples has no finite correction.
        let bias = normal_quantile(share).map_err(|_| Absence::NoSpread)?;
        let moved = |z: f64| normal_cdf(bias + (bias + z) / (1.0 - acceleration * (bias + z)));
        let z = normal_quantile(tail)?;
        self.between(moved(z), moved(-z))
    }

    fn between(self, low: f64, high: f64) -> Result<Interval, Absence> {
        Ok(Interval { low: finite(quantile_of_sorted(self.0, low))?, high: finite(quantile_of_sorted(self.0, high))? })
    }
}

/// `one(place, scratch)` for each resample, on all threads that rayon has, in order.
fn each_resample<S: Default + Send>(resamples: usize, one: impl Fn(usize, &mut S) -> f64 + Sync) -> Vec<f64> {
    use rayon::prelude::*;
    (0..resamples).into_par_iter().map_init(S::default, |scratch, place| one(place, scratch)).collect()
}

/// The interval of a statistic of values that come in groups, as tokens come in requests: whole groups
/// are drawn anew, since the values of one are not independent of each other. Percentiles.
pub fn clustered(
    groups: &[Vec<f64>],
    statistic: &(dyn Fn(&[f64]) -> f64 + Sync),
    level: f64,
    (resamples, seed): (usize, u64),
) -> Result<Interval, Absence> {
    groups.iter().try_for_each(|group| checked(group, 1))?;
    if groups.len() < VALUES_MIN {
        return Err(Absence::TooFew { n: groups.len(), needed: VALUES_MIN });
    }
    let mut distribution = each_resample(resamples, |place, drawn: &mut Vec<f64>| {
        let mut random = Stream::new(seed, place as u64);
        drawn.clear();
        for _ in groups {
            drawn.extend_from_slice(&groups[random.below(groups.len())]);
        }
        statistic(drawn)
    });
    Distribution::of(&mut distribution)?.percentile(level)
}

/// IQM and the like over several tasks: runs are drawn anew inside each task (Agarwal and others
/// 2021), the interval is the percentiles'.
pub fn stratified(
    tasks: &[Vec<f64>],
    statistic: &(dyn Fn(&[f64]) -> f64 + Sync),
    level: f64,
    (resamples, seed): (usize, u64),
) -> Result<Interval, Absence> {
    if tasks.is_empty() {
        return Err(Absence::NoValues);
    }
    tasks.iter().try_for_each(|runs| checked(runs, 2))?;
    let mut distribution = each_resample(resamples, |place, drawn: &mut Vec<f64>| {
        let mut random = Stream::new(seed, place as u64);
        drawn.clear();
        for runs in tasks {
            drawn.extend((0..runs.len()).map(|_| runs[random.below(runs.len())]));
        }
        statistic(drawn)
    });
    Distribution::of(&mut distribution)?.percentile(level)
}
