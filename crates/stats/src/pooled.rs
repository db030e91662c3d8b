//! One figure over several cells: the geometric mean of their ratios, each cell with equal weight.

use schema::analysis::Interval;

use crate::absence::{Absence, finite, inside_unit};
use crate::paired::LogRatios;
use crate::student;

/// Fewer cells than this are shown one by one.
pub const CELLS_MIN: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PooledRatio {
    pub ratio: f64,
    pub interval: Interval,
}

/// About these cells, not cells like them: the variance is each cell's own, with Satterthwaite's
/// degrees of freedom (STATS 2.4).
pub fn geometric_mean(cells: &[LogRatios], level: f64) -> Result<PooledRatio, Absence> {
    inside_unit(level)?;
    if cells.len() < CELLS_MIN {
        return Err(Absence::TooFew { n: cells.len(), needed: CELLS_MIN });
    }
    let count = cells.len() as f64;
    let mean = cells.iter().map(LogRatios::mean_log).sum::<f64>() / count;
    let mut squared = 0.0;
    let mut below = 0.0;
    for cell in cells {
        let error = cell.sd()?.powi(2) / cell.n() as f64;
        squared += error;
        below += error * error / (cell.n() as f64 - 1.0);
    }
    let half = if squared > 0.0 {
        student::quantile(f64::midpoint(1.0, level), squared * squared / below)? * squared.sqrt() / count
    } else {
        0.0
    };
    let interval = Interval { low: finite((mean - half).exp())?, high: finite((mean + half).exp())? };
    Ok(PooledRatio { ratio: finite(mean.exp())?, interval })
}
