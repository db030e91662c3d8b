//! Two sides without pairing, by ranks: Mann and Whitney's test, Brunner and Munzel's, and the
//! probability that one side lies above the other.

use schema::analysis::Interval;

use crate::absence::{Absence, checked, inside_unit};
use crate::student::{self, normal_cdf};

/// Up to this many values on both sides together the distribution is exact, with ties.
pub const EXACT_MAX: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankSum {
    /// Pairs (one of each side) in which left lies above right; a tie is half a pair.
    pub above: f64,
    /// `above` over all pairs: Vargha and Delaney's A₁₂.
    pub superiority: f64,
    /// Cliff's δ: 2 A₁₂ − 1.
    pub delta: f64,
    /// Two-sided, exact up to 50 values, then normal with the variance that ties leave.
    pub p: Result<f64, Absence>,
}

pub fn mann_whitney(left: &[f64], right: &[f64]) -> Result<RankSum, Absence> {
    checked(left, 1)?;
    checked(right, 1)?;
    let ranks = doubled_ranks(&[left, right].concat());
    let (m, n) = (left.len(), right.len());
    let observed: usize = ranks[..m].iter().sum();
    let above = pairs_above(&ranks, m);
    let superiority = above / (m * n) as f64;
    let p = if ranks.iter().all(|rank| *rank == ranks[0]) {
        Err(Absence::NoSpread)
    } else if m + n <= EXACT_MAX {
        Ok(exact_p(&ranks, m, observed))
    } else {
        Ok(normal_p(&ranks, m, n, above))
    };
    Ok(RankSum { above, superiority, delta: 2.0 * superiority - 1.0, p })
}

/// A₁₂ alone, for those who ask for it thousands of times.
pub fn superiority(left: &[f64], right: &[f64]) -> Result<f64, Absence> {
    checked(left, 1)?;
    checked(right, 1)?;
    let ranks = doubled_ranks(&[left, right].concat());
    Ok(pairs_above(&ranks, left.len()) / (left.len() * right.len()) as f64)
}

fn pairs_above(ranks: &[usize], m: usize) -> f64 {
    ranks[..m].iter().sum::<usize>() as f64 / 2.0 - (m * (m + 1)) as f64 / 2.0
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrunnerMunzel {
    /// P(left > right) + half of P(equal).
    pub superiority: f64,
    pub interval: Interval,
    pub p: f64,
}

/// Brunner and Munzel (2000), with Satterthwaite's degrees of freedom: unequal spreads allowed.
pub fn brunner_munzel(left: &[f64], right: &[f64], level: f64) -> Result<BrunnerMunzel, Absence> {
    inside_unit(level)?;
    checked(left, 2)?;
    checked(right, 2)?;
    let (m, n) = (left.len() as f64, right.len() as f64);
    let together = doubled_ranks(&[left, right].concat());
    let (left_ranks, right_ranks) = together.split_at(left.len());
    let (left_mean, left_square) = placements(left_ranks, left);
    let (right_mean, right_square) = placements(right_ranks, right);
    let squared = m * left_square + n * right_square;
    if squared <= 0.0 {
        return Err(Absence::NoSpread);
    }
    let df = squared * squared / ((m * left_square).powi(2) / (m - 1.0) + (n * right_square).powi(2) / (n - 1.0));
    let t = m * n * (left_mean - right_mean) / ((m + n) * squared.sqrt());
    let superiority = (left_mean - f64::midpoint(m, 1.0)) / n;
    let half = student::quantile(f64::midpoint(1.0, level), df)? * squared.sqrt() / (m * n);
    Ok(BrunnerMunzel {
        superiority,
        interval: Interval { low: (superiority - half).max(0.0), high: (superiority + half).min(1.0) },
        p: student::p_two_sided(t, df)?,
    })
}

/// The mean rank among both sides, and the variance of the ranks among both less those among the
/// side itself.
fn placements(ranks: &[usize], side: &[f64]) -> (f64, f64) {
    let count = side.len() as f64;
    let mean = ranks.iter().sum::<usize>() as f64 / 2.0 / count;
    let own = doubled_ranks(side);
    let squares: f64 = ranks
        .iter()
        .zip(&own)
        .map(|(rank, own)| ((*rank as f64 - *own as f64) / 2.0 - mean + f64::midpoint(count, 1.0)).powi(2))
        .sum();
    (mean, squares / (count - 1.0))
}

/// Twice the rank of each value among all: doubled, the mean ranks of ties stay whole.
pub(crate) fn doubled_ranks(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|one, other| values[*one].total_cmp(&values[*other]));
    let mut ranks = vec![0; values.len()];
    let mut before = 0;
    // Compared as numbers: 0 and −0 are a tie.
    for tied in order.chunk_by(|one, other| values[*one] >= values[*other]) {
        for place in tied {
            ranks[*place] = 2 * before + tied.len() + 1;
        }
        before += tied.len();
    }
    ranks
}

/// Twice the smaller tail of the sums of `m` of the ranks, each choice equally likely.
fn exact_p(ranks: &[usize], m: usize, observed: usize) -> f64 {
    let total: usize = ranks.iter().sum();
    // ways[chosen][sum]: at most C(50, 25), so exact in an f64.
    let mut ways = vec![vec![0.0_f64; total + 1]; m + 1];
    ways[0][0] = 1.0;
    for (before, rank) in ranks.iter().enumerate() {
        for chosen in (1..=m.min(before + 1)).rev() {
            let (fewer, more) = ways.split_at_mut(chosen);
            for sum in *rank..=total {
                more[0][sum] += fewer[chosen - 1][sum - rank];
            }
        }
    }
    let all: f64 = ways[m].iter().sum();
    let low: f64 = ways[m][..=observed].iter().sum();
    let high: f64 = ways[m][observed..].iter().sum();
    (2.0 * low.min(high) / all).min(1.0)
}

/// Without continuity correction.
fn normal_p(ranks: &[usize], m: usize, n: usize, above: f64) -> f64 {
    let (m, n) = (m as f64, n as f64);
    let count = m + n;
    let squares: f64 = ranks.iter().map(|rank| (*rank as f64 / 2.0 - f64::midpoint(count, 1.0)).powi(2)).sum();
    let variance = m * n / (count * (count - 1.0)) * squares;
    2.0 * normal_cdf(-((above - m * n / 2.0) / variance.sqrt()).abs())
}
