//! Times to something that some runs never reached: they count as long as they were watched, and are
//! neither dropped nor given the last time.

use crate::absence::{Absence, checked};
use crate::distribution::chi_squared_upper;

/// One run: how long it was watched, and whether it got there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Watched {
    pub time: f64,
    pub reached: bool,
}

/// Kaplan and Meier (1958): the share that has not got there after each time at which one did.
pub fn kaplan_meier(runs: &[Watched]) -> Result<Vec<(f64, f64)>, Absence> {
    let mut left = 1.0;
    let mut curve = Vec::new();
    for (time, there, reached) in moments(runs)? {
        left *= 1.0 - reached / there;
        curve.push((time, left));
    }
    Ok(curve)
}

/// The time after which half of the runs have got there; absent where fewer do.
pub fn median_time(runs: &[Watched]) -> Result<f64, Absence> {
    let curve = kaplan_meier(runs)?;
    curve
        .iter()
        .find(|(_, left)| *left <= 0.5 + 1e-12)
        .map(|(time, _)| *time)
        .ok_or(Absence::TooFew { n: curve.len(), needed: runs.len().div_ceil(2) })
}

/// The log-rank test (Mantel 1966): "both sides get there alike", two-sided.
pub fn log_rank(left: &[Watched], right: &[Watched]) -> Result<f64, Absence> {
    let all = [left, right].concat();
    moments(left)?;
    moments(right)?;
    let (mut surplus, mut variance) = (0.0, 0.0);
    for (time, there, reached) in moments(&all)? {
        let still = left.iter().filter(|run| run.time >= time).count() as f64;
        let own = left.iter().filter(|run| run.time.total_cmp(&time).is_eq() && run.reached).count() as f64;
        surplus += own - reached * still / there;
        if there > 1.0 {
            variance += reached * still * (there - still) * (there - reached) / (there * there * (there - 1.0));
        }
    }
    if variance <= 0.0 { Err(Absence::NoSpread) } else { Ok(chi_squared_upper(surplus * surplus / variance, 1.0)) }
}

/// Each time at which a run got there: the time, how many were still under way, how many got there.
fn moments(runs: &[Watched]) -> Result<Vec<(f64, f64, f64)>, Absence> {
    checked(&runs.iter().map(|run| run.time).collect::<Vec<f64>>(), 1)?;
    let mut times: Vec<f64> = runs.iter().filter(|run| run.reached).map(|run| run.time).collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    let count = |wanted: &dyn Fn(&Watched) -> bool| runs.iter().filter(|run| wanted(run)).count() as f64;
    Ok(times
        .into_iter()
        .map(|time| {
            (time, count(&|run| run.time >= time), count(&|run| run.time.total_cmp(&time).is_eq() && run.reached))
        })
        .collect())
}
