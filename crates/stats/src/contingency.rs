//! Yes or no on two sides: did it work, did it improve.

use schema::analysis::Interval;
use statrs::function::gamma::ln_gamma;

use crate::absence::{Absence, inside_unit};
use crate::distribution::{binomial_lower, chi_squared_upper};
use crate::proportion::wilson;

/// Below this expected count in any field, the χ² test is not to be trusted.
pub const EXPECTED_MIN: f64 = 5.0;

/// Hits of tries on two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TwoSides {
    pub left_hits: u64,
    pub left_tries: u64,
    pub right_hits: u64,
    pub right_tries: u64,
}

impl TwoSides {
    fn check(&self) -> Result<(), Absence> {
        if self.left_tries == 0 || self.right_tries == 0 {
            Err(Absence::NoValues)
        } else if self.left_hits > self.left_tries || self.right_hits > self.right_tries {
            Err(Absence::OutOfRange)
        } else {
            Ok(())
        }
    }

    /// The difference of the shares, left less right, by Newcombe (1998), method 10.
    pub fn difference(&self, level: f64) -> Result<(f64, Interval), Absence> {
        self.check()?;
        let one = self.left_hits as f64 / self.left_tries as f64;
        let other = self.right_hits as f64 / self.right_tries as f64;
        let left = wilson(self.left_hits, self.left_tries, level)?;
        let right = wilson(self.right_hits, self.right_tries, level)?;
        let difference = one - other;
        let low = difference - ((one - left.low).powi(2) + (right.high - other).powi(2)).sqrt();
        let high = difference + ((left.high - one).powi(2) + (other - right.low).powi(2)).sqrt();
        Ok((difference, Interval { low, high }))
    }

    /// Fisher's exact test: the tables with these margins that are no likelier than this one.
    pub fn fisher(&self) -> Result<f64, Absence> {
        self.check()?;
        let chances = self.chances();
        let (first, _) = self.reach();
        let own = chances[(self.left_hits - first) as usize];
        Ok(chances.iter().filter(|chance| **chance <= own * (1.0 + 1e-7)).sum::<f64>().min(1.0))
    }

    /// Boschloo's exact test (1970): Fisher's one-sided p as the statistic, at the worst common
    /// share; twice the smaller side. Never less powerful than Fisher's.
    pub fn boschloo(&self) -> Result<f64, Absence> {
        self.check()?;
        let turned = Self {
            left_hits: self.right_hits,
            left_tries: self.right_tries,
            right_hits: self.left_hits,
            right_tries: self.left_tries,
        };
        Ok((2.0 * self.boschloo_fewer().min(turned.boschloo_fewer())).min(1.0))
    }

    /// Pearson's χ² without correction, and the smallest expected count.
    pub fn chi_squared(&self) -> Result<(f64, f64), Absence> {
        self.check()?;
        let (m, n) = (self.left_tries as f64, self.right_tries as f64);
        let hits = (self.left_hits + self.right_hits) as f64;
        let misses = m + n - hits;
        if hits == 0.0 || misses == 0.0 {
            return Err(Absence::NoSpread);
        }
        let cross =
            self.left_hits as f64 * (n - self.right_hits as f64) - self.right_hits as f64 * (m - self.left_hits as f64);
        let statistic = (m + n) * cross * cross / (m * n * hits * misses);
        Ok((chi_squared_upper(statistic, 1.0), m.min(n) * hits.min(misses) / (m + n)))
    }

    /// The left hits that are possible with these margins.
    fn reach(&self) -> (u64, u64) {
        let hits = self.left_hits + self.right_hits;
        (hits.saturating_sub(self.right_tries), hits.min(self.left_tries))
    }

    /// The hypergeometric chance of each possible number of left hits.
    fn chances(&self) -> Vec<f64> {
        let (first, last) = self.reach();
        let hits = self.left_hits + self.right_hits;
        let all = ln_choose(self.left_tries + self.right_tries, hits);
        (first..=last)
            .map(|left| (ln_choose(self.left_tries, left) + ln_choose(self.right_tries, hits - left) - all).exp())
            .collect()
    }

    /// P(at most this many left hits) with these margins.
    fn fisher_fewer(&self) -> f64 {
        let (first, _) = self.reach();
        self.chances()[..=(self.left_hits - first) as usize].iter().sum()
    }

    fn boschloo_fewer(&self) -> f64 {
        let own = self.fisher_fewer() * (1.0 + 1e-12);
        let mut extreme = Vec::new();
        for left in 0..=self.left_tries {
            for right in 0..=self.right_tries {
                if (Self { left_hits: left, right_hits: right, ..*self }).fisher_fewer() <= own {
                    extreme.push((ln_choose(self.left_tries, left) + ln_choose(self.right_tries, right), left + right));
                }
            }
        }
        let tries = self.left_tries + self.right_tries;
        let chance = |share: f64| -> f64 {
            let (yes, no) = (share.ln(), (1.0 - share).ln());
            extreme.iter().map(|(ways, hits)| (ways + *hits as f64 * yes + (tries - hits) as f64 * no).exp()).sum()
        };
        worst(chance)
    }
}

/// The largest value over the open unit interval: a grid, then ever finer around its best.
fn worst(chance: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    let mut best = (0.0, 0.5);
    for _ in 0..6 {
        let step = (high - low) / 202.0;
        for place in 1..=201 {
            let share = low + step * f64::from(place);
            let value = chance(share);
            if value > best.0 {
                best = (value, share);
            }
        }
        low = f64::max(best.1 - 2.0 * step, 0.0);
        high = f64::min(best.1 + 2.0 * step, 1.0);
    }
    best.0.min(1.0)
}

/// The exact test of `McNemar` (1947) on paired outcomes: `left_only` cases in which only the left side did well,
/// `right_only` in which only the right one did.
pub fn mcnemar(left_only: u64, right_only: u64) -> Result<f64, Absence> {
    let unequal = left_only + right_only;
    if unequal == 0 {
        return Err(Absence::NoSpread);
    }
    Ok((2.0 * binomial_lower(left_only.min(right_only), unequal, 0.5)).min(1.0))
}

/// The smallest number of queries of which `over` may miss and the bound on the percentile still
/// holds with `confidence`: the early stopping of `MLPerf`'s load generator.
pub fn queries_for_percentile(percentile: f64, over: u64, confidence: f64) -> Result<u64, Absence> {
    let share = 1.0 - inside_unit(percentile)?;
    let miss = 1.0 - inside_unit(confidence)?;
    let mut enough = over + 1;
    while binomial_lower(over, enough, share) > miss {
        enough *= 2;
    }
    let mut below = enough / 2;
    while enough - below > 1 {
        let middle = u64::midpoint(below, enough);
        if binomial_lower(over, middle, share) > miss {
            below = middle;
        } else {
            enough = middle;
        }
    }
    Ok(enough)
}

fn ln_choose(n: u64, k: u64) -> f64 {
    let ln_factorial = |count: u64| ln_gamma(count as f64 + 1.0);
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}
