//! Where a series of iterations changes its level or its spread, and whether it came to rest.

use crate::absence::{Absence, checked};
use crate::describe::mean_of;

/// No stretch is shorter: a variance needs two values.
const STRETCH_MIN: usize = 2;
/// Killick, Fearnhead and Eckley's penalty as Barrett and others (2017) chose it, times ln n.
const PENALTY: f64 = 15.0;

/// The first places of all stretches but the first: the segmentation of least cost by a normal model
/// with mean and variance of each stretch (PELT, Killick and others 2012).
pub fn change_points(values: &[f64]) -> Result<Vec<usize>, Absence> {
    checked(values, 2 * STRETCH_MIN)?;
    let n = values.len();
    let stretches = Stretches::of(values)?;
    let penalty = PENALTY * (n as f64).ln();
    let mut least = vec![f64::INFINITY; n + 1];
    least[0] = -penalty;
    let mut last_change = vec![0; n + 1];
    let mut candidates = vec![0];
    for end in STRETCH_MIN..=n {
        for start in &candidates {
            let cost = least[*start] + stretches.cost(*start, end) + penalty;
            if cost < least[end] {
                (least[end], last_change[end]) = (cost, *start);
            }
        }
        // The costs of parts never exceed the whole's, so what was worse than a change at `before` is
        // so for good, as soon as a stretch from there may end.
        let before = end + 1 - STRETCH_MIN;
        candidates.retain(|start| {
            start + STRETCH_MIN > before || least[*start] + stretches.cost(*start, before) <= least[before]
        });
        if before >= STRETCH_MIN {
            candidates.push(before);
        }
    }
    let mut found = Vec::new();
    let mut end = n;
    while last_change[end] > 0 {
        end = last_change[end];
        found.push(end);
    }
    found.reverse();
    Ok(found)
}

/// Running sums, for the cost of any stretch at once.
struct Stretches {
    sums: Vec<f64>,
    squares: Vec<f64>,
    /// A stretch of equal values would have no finite cost.
    variance_min: f64,
}

impl Stretches {
    fn of(values: &[f64]) -> Result<Self, Absence> {
        let mean = mean_of(values);
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
        let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        if variance.sqrt() <= 1e-12 * largest {
            return Err(Absence::NoSpread);
        }
        let scale = variance.sqrt();
        let (mut sums, mut squares) = (vec![0.0], vec![0.0]);
        for value in values {
            let value = (value - mean) / scale;
            sums.push(sums[sums.len() - 1] + value);
            squares.push(squares[squares.len() - 1] + value * value);
        }
        Ok(Self { sums, squares, variance_min: 1e-8 })
    }

    /// −2 times the log-likelihood, less what all segmentations share.
    fn cost(&self, start: usize, end: usize) -> f64 {
        let n = (end - start) as f64;
        let sum = self.sums[end] - self.sums[start];
        let found = ((self.squares[end] - self.squares[start] - sum * sum / n) / n).max(0.0);
        let variance = found.max(self.variance_min);
        n * (variance.ln() + found / variance - 1.0)
    }
}

/// Levels within this share of each other are one level.
const SAME_LEVEL: f64 = 0.05;

/// How a series of iterations went (Barrett and others 2017).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    Flat,
    /// Steady, and faster, from this iteration on.
    WarmUp {
        from: usize,
    },
    /// Steady, and slower, from this iteration on.
    Slowdown {
        from: usize,
    },
    NoSteadyState,
}

/// Steady is what does not change level in the last quarter.
pub fn course(durations: &[f64]) -> Result<Course, Absence> {
    let changes = match change_points(durations) {
        Err(Absence::NoSpread) => Vec::new(),
        found => found?,
    };
    let n = durations.len();
    let starts: Vec<usize> = std::iter::once(0).chain(changes).collect();
    let ends = starts.iter().skip(1).copied().chain([n]);
    let levels: Vec<f64> = starts.iter().zip(ends).map(|(start, end)| mean_of(&durations[*start..end])).collect();
    let last = levels[levels.len() - 1];
    let differs = |level: &f64| (level - last).abs() > SAME_LEVEL * last.abs();
    let Some(before) = levels.iter().rposition(differs) else { return Ok(Course::Flat) };
    let from = starts[before + 1];
    Ok(if from > n - n / 4 {
        Course::NoSteadyState
    } else if levels[0] >= last {
        Course::WarmUp { from }
    } else {
        Course::Slowdown { from }
    })
}
