//! Two arms on one cell, paired by round: the primary comparison (STATS 2.4, 2.5).

use schema::analysis::Interval;

use crate::absence::{Absence, checked, finite, inside_unit};
use crate::describe::{mean_of, sd_of};
use crate::student;

/// The logarithms of left over right, round by round.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRatios {
    logs: Vec<f64>,
    /// Differences below this are rounding: the logarithms themselves carry no more digits.
    rounding: f64,
}

impl LogRatios {
    /// Pairs of positive costs (left, right), in the order of the rounds.
    pub fn of(pairs: &[(f64, f64)]) -> Result<Self, Absence> {
        let sides: Vec<f64> = pairs.iter().flat_map(|(left, right)| [*left, *right]).collect();
        let logs = crate::absence::logs(&sides, 2)?;
        let largest = logs.iter().fold(1.0_f64, |largest, log| largest.max(log.abs()));
        Ok(Self { logs: logs.chunks_exact(2).map(|pair| pair[0] - pair[1]).collect(), rounding: 1e-14 * largest })
    }

    /// Log ratios that were computed elsewhere.
    pub fn of_logs(logs: Vec<f64>) -> Result<Self, Absence> {
        checked(&logs, 1)?;
        let largest = logs.iter().fold(1.0_f64, |largest, log| largest.max(log.abs()));
        Ok(Self { logs, rounding: 1e-14 * largest })
    }

    pub fn n(&self) -> usize {
        self.logs.len()
    }

    pub fn logs(&self) -> &[f64] {
        &self.logs
    }

    pub fn mean_log(&self) -> f64 {
        mean_of(&self.logs)
    }

    /// The ratio of the geometric means.
    pub fn ratio(&self) -> Result<f64, Absence> {
        finite(self.mean_log().exp())
    }

    /// The standard deviation of the log ratios; 0 where they differ by rounding only.
    pub fn sd(&self) -> Result<f64, Absence> {
        checked(&self.logs, 2)?;
        let sd = sd_of(&self.logs);
        Ok(if sd <= self.rounding { 0.0 } else { sd })
    }

    /// The interval of the ratio at `level` by Student's t. Where all rounds agree it is a point.
    pub fn interval(&self, level: f64) -> Result<Interval, Absence> {
        inside_unit(level)?;
        let half = student::quantile(f64::midpoint(1.0, level), self.df()?)? * self.standard_error()?;
        let mean = self.mean_log();
        Ok(Interval { low: finite((mean - half).exp())?, high: finite((mean + half).exp())? })
    }

    /// The paired t-test's two-sided p of "the ratio is 1".
    pub fn p(&self) -> Result<f64, Absence> {
        student::p_two_sided(self.mean_log() / self.spread()?, self.df()?)
    }

    /// The p of "the ratio is outside (1/margin, margin)": the larger of the two one-sided tests
    /// (Schuirmann 1987).
    pub fn p_equivalence(&self, margin: f64) -> Result<f64, Absence> {
        if !(margin.is_finite() && margin > 1.0) {
            return Err(Absence::OutOfRange);
        }
        let (mean, error, df) = (self.mean_log(), self.spread()?, self.df()?);
        let above_low = student::p_upper((mean + margin.ln()) / error, df)?;
        let below_high = student::p_upper((margin.ln() - mean) / error, df)?;
        Ok(above_low.max(below_high))
    }

    fn df(&self) -> Result<f64, Absence> {
        checked(&self.logs, 2)?;
        Ok(self.logs.len() as f64 - 1.0)
    }

    fn standard_error(&self) -> Result<f64, Absence> {
        Ok(self.sd()? / (self.logs.len() as f64).sqrt())
    }

    /// The standard error where there is one to divide by.
    fn spread(&self) -> Result<f64, Absence> {
        let error = self.standard_error()?;
        if error > 0.0 { Ok(error) } else { Err(Absence::NoSpread) }
    }
}
