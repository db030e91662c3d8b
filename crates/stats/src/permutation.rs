//! Tests that rest on nothing but the shuffling: signs flipped, sides exchanged.

use crate::absence::{Absence, checked};
use crate::describe::{has_spread, mean_of};
use crate::random::Stream;

/// Up to this many arrangements all are tried; above, a sample of them.
pub const EXACT_MAX: usize = 1 << 16;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Permutation {
    pub p: f64,
    /// Arrangements tried; all of them where `exact`.
    pub tried: usize,
    pub exact: bool,
}

/// "The differences lie symmetrically about 0", by their mean: two-sided.
pub fn sign_flips(differences: &[f64], resamples: usize, seed: u64) -> Result<Permutation, Absence> {
    checked(differences, 2)?;
    if differences.iter().all(|value| *value == 0.0) {
        return Err(Absence::NoSpread);
    }
    let observed: f64 = differences.iter().sum();
    let reach = differences.iter().map(|value| value.abs()).sum::<f64>() * 1e-12;
    let n = differences.len();
    let exact = n < usize::BITS as usize && (1_usize << n) <= EXACT_MAX;
    let tried = if exact { 1 << n } else { resamples };
    let mut random = Stream::new(seed, 0);
    let mut beyond = 0;
    for arrangement in 0..tried {
        let mut bits = arrangement as u64;
        let mut sum = 0.0;
        for (place, value) in differences.iter().enumerate() {
            if !exact && place % 64 == 0 {
                bits = random.bits();
            }
            sum += if bits & 1 == 0 { *value } else { -value };
            bits >>= 1;
        }
        beyond += usize::from(sum.abs() >= observed.abs() - reach);
    }
    Ok(Permutation { p: share(beyond, tried, exact), tried, exact })
}

/// "Both sides are one", by the difference of their means: twice the smaller tail.
pub fn exchanged_sides(left: &[f64], right: &[f64], resamples: usize, seed: u64) -> Result<Permutation, Absence> {
    checked(left, 1)?;
    checked(right, 1)?;
    let all = [left, right].concat();
    if !has_spread(&all) {
        return Err(Absence::NoSpread);
    }
    // About the common mean, so that the sums keep their digits.
    let middle = mean_of(&all);
    let mut values: Vec<f64> = all.iter().map(|value| value - middle).collect();
    let observed: f64 = values[..left.len()].iter().sum();
    let reach = values.iter().map(|value| value.abs()).sum::<f64>() * 1e-12;
    let exact = choices(values.len(), left.len()).is_some_and(|count| count <= EXACT_MAX);
    let (mut low, mut high, mut tried) = (0, 0, 0);
    let mut count = |sum: f64| {
        low += usize::from(sum <= observed + reach);
        high += usize::from(sum >= observed - reach);
        tried += 1;
    };
    if exact {
        each_choice(&values, left.len(), 0.0, &mut count);
    } else {
        let mut random = Stream::new(seed, 0);
        for _ in 0..resamples {
            random.shuffle(&mut values);
            count(values[..left.len()].iter().sum());
        }
    }
    let p = (2.0 * share(low.min(high), tried, exact)).min(1.0);
    Ok(Permutation { p, tried, exact })
}

/// A sample of arrangements counts the observed one too (Phipson and Smyth 2010): never 0.
fn share(beyond: usize, tried: usize, exact: bool) -> f64 {
    if exact { beyond as f64 / tried as f64 } else { (beyond as f64 + 1.0) / (tried as f64 + 1.0) }
}

fn each_choice(values: &[f64], wanted: usize, sum: f64, found: &mut impl FnMut(f64)) {
    if wanted == 0 {
        return found(sum);
    }
    for first in 0..=values.len() - wanted {
        each_choice(&values[first + 1..], wanted - 1, sum + values[first], found);
    }
}

/// None beyond what is of interest.
fn choices(n: usize, k: usize) -> Option<usize> {
    let mut count = 1_usize;
    for step in 0..k.min(n - k) {
        count = count.checked_mul(n - step)? / (step + 1);
        if count > EXACT_MAX {
            return None;
        }
    }
    Some(count)
}
