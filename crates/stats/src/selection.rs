//! The best of several. Whatever looks best owes part of it to luck: of 18 that do not differ the best
//! looks 1.8 standard errors better. So it is chosen on one half of the rounds and measured on the other.

use schema::analysis::Interval;

use crate::absence::Absence;
use crate::paired::LogRatios;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chosen {
    /// Its place among the candidates.
    pub place: usize,
    /// On the rounds by which it was chosen: too good.
    pub ratio_when_chosen: f64,
    /// On the others, with their number.
    pub ratio: f64,
    pub interval: Interval,
    pub n: usize,
}

/// The candidate of least cost against their common reference, each given by its log ratios round by
/// round. Every other round chooses, so that a drift of the machine is in both halves.
pub fn least(candidates: &[LogRatios], level: f64) -> Result<Chosen, Absence> {
    let mut best: Option<(usize, LogRatios)> = None;
    for (place, candidate) in candidates.iter().enumerate() {
        let choosing = half(candidate, 0)?;
        if best.as_ref().is_none_or(|(_, best)| choosing.mean_log() < best.mean_log()) {
            best = Some((place, choosing));
        }
    }
    let (place, choosing) = best.ok_or(Absence::NoValues)?;
    let measuring = half(&candidates[place], 1)?;
    Ok(Chosen {
        place,
        ratio_when_chosen: choosing.ratio()?,
        ratio: measuring.ratio()?,
        interval: measuring.interval(level)?,
        n: measuring.n(),
    })
}

fn half(candidate: &LogRatios, first: usize) -> Result<LogRatios, Absence> {
    LogRatios::of_logs(candidate.logs().iter().skip(first).step_by(2).copied().collect())
}
