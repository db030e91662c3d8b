//! Wilcoxon's signed-rank test and the Hodges–Lehmann estimate: the companion, which only warns.

use crate::absence::{Absence, checked, inside_unit};
use crate::student::{normal_cdf, normal_quantile};

/// Up to this many values the distribution is exact, with ties; above it is the normal one.
pub const EXACT_MAX: usize = 50;

/// Two-sided p of "the differences lie symmetrically about 0". Zeros are left out, as Wilcoxon
/// did; equal sizes share the mean of their ranks.
pub fn signed_rank_p(differences: &[f64]) -> Result<f64, Absence> {
    checked(differences, 1)?;
    let ranked = doubled_ranks(differences);
    if ranked.is_empty() {
        return Err(Absence::NoSpread);
    }
    let observed: usize = ranked.iter().filter(|(positive, _)| *positive).map(|(_, rank)| rank).sum();
    let ranks: Vec<usize> = ranked.iter().map(|(_, rank)| *rank).collect();
    if ranks.len() <= EXACT_MAX { Ok(exact_p(&ranks, observed)) } else { Ok(normal_p(&ranks, observed)) }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HodgesLehmann {
    pub estimate: f64,
    pub low: f64,
    pub high: f64,
}

/// The median of the pairwise means, with the interval that the signed-rank test leaves standing.
pub fn hodges_lehmann(differences: &[f64], level: f64) -> Result<HodgesLehmann, Absence> {
    checked(differences, 1)?;
    let alpha = 1.0 - inside_unit(level)?;
    let n = differences.len();
    let cut = cut(n, alpha / 2.0)?;
    let mut sorted = differences.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = n * (n + 1) / 2;
    let (low, high) = (pairwise_mean(&sorted, count.div_ceil(2)), pairwise_mean(&sorted, count / 2 + 1));
    Ok(HodgesLehmann {
        estimate: low + 0.5 * (high - low),
        low: pairwise_mean(&sorted, cut),
        high: pairwise_mean(&sorted, count + 1 - cut),
    })
}

/// The pairwise mean number `rank` from below, counted from 1, of all n(n+1)/2: the least number that
/// so many do not exceed, found by halving the numbers themselves.
fn pairwise_mean(sorted: &[f64], rank: usize) -> f64 {
    let (mut low, mut high) = (order_of(sorted[0]), order_of(sorted[sorted.len() - 1]));
    while low < high {
        let middle = low + (high.wrapping_sub(low).cast_unsigned() / 2).cast_signed();
        if not_above(sorted, value_of(middle)) >= rank {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    value_of(low)
}

/// How many pairwise means are `bound` at most. With a greater first value fewer second ones do.
fn not_above(sorted: &[f64], bound: f64) -> usize {
    let mut count = 0;
    let mut end = sorted.len();
    for (place, first) in sorted.iter().enumerate() {
        while end > place && f64::midpoint(*first, sorted[end - 1]) > bound {
            end -= 1;
        }
        if end <= place {
            break;
        }
        count += end - place;
    }
    count
}

/// Whole numbers in the order of the finite numbers that they stand for.
fn order_of(value: f64) -> i64 {
    let bits = value.to_bits().cast_signed();
    if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits }
}

fn value_of(order: i64) -> f64 {
    let bits = if order < 0 { i64::MIN.wrapping_sub(order) } else { order };
    f64::from_bits(bits.cast_unsigned())
}

/// How many pairwise means from either end the interval's ends are: the smallest rank sum whose
/// lower tail holds `tail`.
fn cut(n: usize, tail: f64) -> Result<usize, Absence> {
    if n > EXACT_MAX {
        let count = n as f64;
        let middle = count * (count + 1.0) / 4.0;
        let sd = (count * (count + 1.0) * (2.0 * count + 1.0) / 24.0).sqrt();
        return Ok((middle + normal_quantile(tail)? * sd).round().max(1.0) as usize);
    }
    let ranks: Vec<usize> = (1..=n).collect();
    let mut below = 0.0;
    for (sum, ways) in ways(&ranks).iter().enumerate() {
        below += ways / (n as f64).exp2();
        if below >= tail {
            // Even the outermost interval of so few values does not reach the level.
            return if sum == 0 { Err(Absence::TooFew { n, needed: needed(tail) }) } else { Ok(sum) };
        }
    }
    Err(Absence::OutOfRange)
}

/// The smallest n with 2⁻ⁿ < `tail`.
fn needed(tail: f64) -> usize {
    (-tail.log2()).floor() as usize + 1
}

/// Sign and twice the rank of each difference that is not 0: doubled, mean ranks stay whole.
fn doubled_ranks(differences: &[f64]) -> Vec<(bool, usize)> {
    let mut sizes: Vec<(bool, f64)> =
        differences.iter().filter(|value| **value != 0.0).map(|value| (*value > 0.0, value.abs())).collect();
    sizes.sort_by(|left, right| left.1.total_cmp(&right.1));
    let mut before = 0;
    sizes
        .chunk_by(|left, right| left.1.total_cmp(&right.1).is_eq())
        .flat_map(|tied| {
            let doubled = 2 * before + tied.len() + 1;
            before += tied.len();
            tied.iter().map(move |(positive, _)| (*positive, doubled))
        })
        .collect()
}

/// In how many ways signs give each sum of positive ranks. At most 2⁵⁰, so exact in an f64.
fn ways(ranks: &[usize]) -> Vec<f64> {
    let mut ways = vec![0.0; ranks.iter().sum::<usize>() + 1];
    ways[0] = 1.0;
    let mut reached = 0;
    for rank in ranks {
        reached += rank;
        for sum in (*rank..=reached).rev() {
            ways[sum] += ways[sum - rank];
        }
    }
    ways
}

fn exact_p(ranks: &[usize], observed: usize) -> f64 {
    let ways = ways(ranks);
    // The distribution is symmetric, so the nearer tail is the smaller.
    let nearer = observed.min(ways.len() - 1 - observed);
    let tail: f64 = ways[..=nearer].iter().sum();
    (2.0 * tail / (ranks.len() as f64).exp2()).min(1.0)
}

/// Without continuity correction; the variance of the ranks as they are allows for ties.
fn normal_p(ranks: &[usize], observed: usize) -> f64 {
    let total: f64 = ranks.iter().map(|rank| *rank as f64).sum();
    let variance: f64 = ranks.iter().map(|rank| (*rank as f64).powi(2)).sum::<f64>() / 4.0;
    let z = (observed as f64 - total / 2.0) / variance.sqrt();
    2.0 * normal_cdf(-z.abs())
}
