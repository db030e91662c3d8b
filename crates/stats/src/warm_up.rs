//! Whether a run's iterations had settled: one rule for all languages, and never "run until fast"
//! (STATS 2.3).

use crate::absence::{Absence, checked};
use crate::change_points::{Course, course};
use crate::describe::{mean_of, quantile};

/// Below this many iterations the declared discard stands and is shown.
pub const JUDGED_MIN: usize = 30;
/// Up to this many the earlier half is held against the later one; a longer series shows its change
/// points.
pub const HALVES_MAX: usize = 99;
/// A longer series is judged by the means of equal stretches, as the cost of change points grows
/// with the square of their number.
const POINTS_MAX: usize = 1_000;

#[derive(Clone, Debug, PartialEq)]
pub enum WarmUp {
    /// Too few iterations to judge: what the study declared was discarded.
    Declared,
    Steady,
    /// Each criterion that failed, in words.
    NotSteady(Vec<String>),
}

/// Judges the counted iterations of one run, in their order.
pub fn judge(durations: &[f64]) -> Result<WarmUp, Absence> {
    checked(durations, 1)?;
    match durations.len() {
        n if n < JUDGED_MIN => Ok(WarmUp::Declared),
        n if n > HALVES_MAX => by_change_points(durations),
        _ => split_halves(durations),
    }
}

fn by_change_points(durations: &[f64]) -> Result<WarmUp, Absence> {
    let stretch = durations.len().div_ceil(POINTS_MAX);
    let levels: Vec<f64> = durations.chunks(stretch).map(mean_of).collect();
    let fault = match course(&levels)? {
        Course::Flat => return Ok(WarmUp::Steady),
        Course::WarmUp { from } => format!("it became faster until iteration {}", from * stretch),
        Course::Slowdown { from } => format!("it became slower until iteration {}", from * stretch),
        Course::NoSteadyState => "it reached no steady state".to_owned(),
    };
    Ok(WarmUp::NotSteady(vec![fault]))
}

/// The limits are pyperf's: the earlier half against the later one.
fn split_halves(durations: &[f64]) -> Result<WarmUp, Absence> {
    let (early, late) = durations.split_at(durations.len() / 2);
    let (early, late) = (Half::of(early)?, Half::of(late)?);
    let mut faults = Vec::new();
    if early.first > late.q3 + 1.5 * (late.q3 - late.q1) {
        faults.push("its first iteration lies above the later half's upper fence".to_owned());
    }
    for (what, early, late, down, up) in [
        ("mean", early.mean, late.mean, 0.50, 0.10),
        ("first quartile", early.q1, late.q1, 0.05, 0.05),
        ("third quartile", early.q3, late.q3, 0.05, 0.05),
        ("median absolute deviation", early.mad, late.mad, 0.10, 0.10),
    ] {
        if early < late * (1.0 - down) || early > late * (1.0 + up) {
            faults.push(format!("the {what} of its earlier half is {early:.4}, of its later half {late:.4}"));
        }
    }
    Ok(if faults.is_empty() { WarmUp::Steady } else { WarmUp::NotSteady(faults) })
}

struct Half {
    first: f64,
    mean: f64,
    q1: f64,
    q3: f64,
    /// Median of the absolute distances from the median.
    mad: f64,
}

impl Half {
    fn of(values: &[f64]) -> Result<Self, Absence> {
        let median = quantile(values, 0.5)?;
        let distances: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
        Ok(Self {
            first: values[0],
            mean: crate::describe::mean(values)?,
            q1: quantile(values, 0.25)?,
            q3: quantile(values, 0.75)?,
            mad: quantile(&distances, 0.5)?,
        })
    }
}
