//! How other tools decide, by their own documents and code, on costs from the same machine: each
//! takes its runs in its own order.

use super::Machine;
use crate::absence::Absence;
use crate::describe::{mean_of, sd_of};
use crate::student;

/// hyperfine 1.18: all runs of the one command, then all of the other; its script
/// `welch_ttest.py` calls them different where p < 0.05 on the times as they are.
pub fn hyperfine(machine: &mut Machine, ratio: f64, runs: usize) -> Result<bool, Absence> {
    let left: Vec<f64> = (0..runs).map(|_| machine.run(ratio, 1)).collect();
    let right: Vec<f64> = (0..runs).map(|_| machine.run(1.0, 1)).collect();
    Ok(Difference::of(&left, &right)?.p < 0.05)
}

/// criterion 0.5: 100 samples in one process a side, one process after the other; "improved" or
/// "regressed" where p < 0.05 and the whole 95 % interval of the relative change of the mean lies
/// beyond 1 %. Its bootstraps are taken as Welch's t, which at 100 samples they agree with.
pub fn criterion(machine: &mut Machine, ratio: f64) -> Result<bool, Absence> {
    let left = machine.iterations(ratio, 100);
    let right = machine.iterations(1.0, 100);
    let found = Difference::of(&left, &right)?;
    let (low, high) = (found.low / mean_of(&right), found.high / mean_of(&right));
    Ok(found.p < 0.05 && (low > 0.01 || high < -0.01))
}

/// Welch's t on the values as they are.
struct Difference {
    low: f64,
    high: f64,
    p: f64,
}

impl Difference {
    fn of(left: &[f64], right: &[f64]) -> Result<Self, Absence> {
        let error = |side: &[f64]| sd_of(side).powi(2) / side.len() as f64;
        let (one, other) = (error(left), error(right));
        let squared = one + other;
        let df =
            squared * squared / (one * one / (left.len() as f64 - 1.0) + other * other / (right.len() as f64 - 1.0));
        let difference = mean_of(left) - mean_of(right);
        let half = student::quantile(0.975, df)? * squared.sqrt();
        Ok(Self {
            low: difference - half,
            high: difference + half,
            p: student::p_two_sided(difference / squared.sqrt(), df)?,
        })
    }
}
