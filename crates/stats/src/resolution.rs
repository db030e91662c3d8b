//! What this machine can tell apart today, from comparisons of an implementation with itself.

use schema::analysis::Interval;

use crate::absence::Absence;
use crate::describe::quantile;
use crate::paired::LogRatios;
use crate::proportion::clopper_pearson;
use crate::{ALPHA, LEVEL};

/// With fewer A/A comparisons their rate of false differences cannot be judged.
pub const BLOCKS_TO_JUDGE: usize = 20;

/// What one A/A comparison showed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AaBlock {
    pub interval: Interval,
    /// The 99 % interval.
    pub interval_99: Interval,
    /// p < 0.05, uncorrected: the nominal rate is what is judged.
    pub called_different: bool,
}

impl AaBlock {
    pub fn of(ratios: &LogRatios) -> Result<Self, Absence> {
        let called_different = match ratios.p() {
            Ok(p) => p < ALPHA,
            // Every round gave the same ratio: different when that ratio is not 1.
            Err(Absence::NoSpread) => ratios.mean_log().abs() > 1e-12,
            Err(absence) => return Err(absence),
        };
        Ok(Self { interval: ratios.interval(LEVEL)?, interval_99: ratios.interval(0.99)?, called_different })
    }
}

/// What the A/A blocks of one domain and metric say together.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Median over the blocks of the largest |ln ratio| inside their 95 % intervals, as a ratio.
    pub ratio: f64,
    pub blocks: usize,
    pub called_different: usize,
    /// The blocks speak against this machine: claims need twice the resolution.
    pub doubtful: bool,
    pub remark: String,
}

impl Measured {
    pub fn of(blocks: &[AaBlock]) -> Result<Self, Absence> {
        let reaches: Vec<f64> =
            blocks.iter().map(|block| block.interval.low.ln().abs().max(block.interval.high.ln().abs())).collect();
        let ratio = crate::absence::finite(quantile(&reaches, 0.5)?.exp())?;
        let called_different = blocks.iter().filter(|block| block.called_different).count();
        let rate = clopper_pearson(called_different as u64, blocks.len() as u64, LEVEL)?;
        let missed = blocks.iter().filter(|b| b.interval_99.low > 1.0 || b.interval_99.high < 1.0).count();
        let remark = remark(blocks.len(), called_different, rate, missed);
        Ok(Self { ratio, blocks: blocks.len(), called_different, doubtful: rate.low > ALPHA || missed > 0, remark })
    }

    /// The ratio that a difference has to exceed to be claimed.
    pub fn gate(&self) -> f64 {
        if self.doubtful { self.ratio * self.ratio } else { self.ratio }
    }
}

fn remark(blocks: usize, called: usize, rate: Interval, missed: usize) -> String {
    let share = format!(
        "{called} of {blocks} A/A comparisons were called different (5 % are expected; 95 % interval {:.0}–{:.0} %)",
        100.0 * rate.low,
        100.0 * rate.high
    );
    let weight = if blocks < BLOCKS_TO_JUDGE { ", too few to judge the rate" } else { "" };
    let doubt = if missed > 0 {
        format!("; the 99 % interval of {missed} misses 1, so differences below twice the resolution are withheld")
    } else if rate.low > ALPHA {
        "; that is too often, so differences below twice the resolution are withheld".to_owned()
    } else {
        String::new()
    };
    format!("{share}{weight}{doubt}")
}
