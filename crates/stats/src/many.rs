//! More than two implementations at once: all pairs, or all against one.

use crate::absence::{Absence, checked};
use crate::describe::mean_of;
use crate::distribution::{chi_squared_upper, dunnett, studentised_range};
use crate::rank_sum::doubled_ranks;
use crate::spread::between_and_within;

#[derive(Clone, Debug, PartialEq)]
pub struct Friedman {
    pub mean_ranks: Vec<f64>,
    /// "None differs from the others."
    pub p: f64,
    /// Mean ranks further apart than this differ at 5 % (Nemenyi 1963).
    pub critical_difference: f64,
    /// Each pair's p, `[i][j]` with j < i.
    pub pairs: Vec<Vec<f64>>,
}

/// Friedman (1937) over `blocks[block][implementation]`: rounds of a cell, or cells of a study.
pub fn friedman(blocks: &[Vec<f64>]) -> Result<Friedman, Absence> {
    let k = width(blocks)?;
    let n = blocks.len() as f64;
    let ranks: Vec<Vec<f64>> =
        blocks.iter().map(|block| doubled_ranks(block).into_iter().map(|rank| rank as f64 / 2.0).collect()).collect();
    let mean_ranks: Vec<f64> = (0..k).map(|column| ranks.iter().map(|block| block[column]).sum::<f64>() / n).collect();
    let count = k as f64;
    let middle = f64::midpoint(count, 1.0);
    // With ties the ranks vary less than 1…k do.
    let spread: f64 = ranks.iter().flatten().map(|rank| (rank - middle).powi(2)).sum::<f64>() / (n * (count - 1.0));
    if spread <= 0.0 {
        return Err(Absence::NoSpread);
    }
    let statistic = n * mean_ranks.iter().map(|rank| (rank - middle).powi(2)).sum::<f64>() / spread;
    let error = (count * (count + 1.0) / (12.0 * n)).sqrt();
    let p_of = |distance: f64| Ok(1.0 - studentised_range(distance.abs() / error, k, f64::INFINITY)?);
    let mut pairs = Vec::new();
    for (place, one) in mean_ranks.iter().enumerate() {
        pairs.push(mean_ranks[..place].iter().map(|other| p_of(one - other)).collect::<Result<_, _>>()?);
    }
    let critical = crate::distribution::halve(0.0, 20.0, |q| {
        studentised_range(q, k, f64::INFINITY).is_ok_and(|inside| inside >= 0.95)
    });
    Ok(Friedman {
        p: chi_squared_upper(statistic, count - 1.0),
        mean_ranks,
        critical_difference: critical * error,
        pairs,
    })
}

/// Tukey (1949) and Kramer (1956): each pair's p, `[i][j]` with j < i, over groups of values.
pub fn tukey(groups: &[&[f64]]) -> Result<Vec<Vec<f64>>, Absence> {
    let squares = between_and_within(groups)?;
    let noise = squares.within / squares.df_within;
    let sides: Vec<(f64, f64)> = groups.iter().map(|group| (mean_of(group), group.len() as f64)).collect();
    all_pairs(&sides, |(one, m), (other, n)| {
        let q = (one - other).abs() / (noise / 2.0 * (1.0 / m + 1.0 / n)).sqrt();
        Ok(1.0 - studentised_range(q, groups.len(), squares.df_within)?)
    })
}

/// Tukey's test inside blocks, `blocks[round][implementation]`: what rounds share does not count as
/// noise.
pub fn tukey_in_blocks(blocks: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, Absence> {
    let k = width(blocks)?;
    let (means, noise, df) = block_adjusted(blocks, k)?;
    let n = blocks.len() as f64;
    all_pairs(&means, |one, other| Ok(1.0 - studentised_range((one - other).abs() / (noise / n).sqrt(), k, df)?))
}

/// Dunnett's test of each further column against the first, inside blocks. Blocks being complete, the
/// differences and their error are those of the mixed model with a random effect of the block.
pub fn dunnett_in_blocks(blocks: &[Vec<f64>]) -> Result<Vec<f64>, Absence> {
    let k = width(blocks)?;
    let (means, noise, df) = block_adjusted(blocks, k)?;
    let error = (2.0 * noise / blocks.len() as f64).sqrt();
    means[1..].iter().map(|mean| Ok(1.0 - dunnett((mean - means[0]).abs() / error, k - 1, 0.5, df)?)).collect()
}

fn all_pairs<T: Copy>(sides: &[T], p_of: impl Fn(T, T) -> Result<f64, Absence>) -> Result<Vec<Vec<f64>>, Absence> {
    let row = |(place, one): (usize, &T)| sides[..place].iter().map(|other| p_of(*one, *other)).collect();
    sides.iter().enumerate().map(row).collect()
}

/// How many implementations each block has.
fn width(blocks: &[Vec<f64>]) -> Result<usize, Absence> {
    let k = blocks.first().ok_or(Absence::NoValues)?.len();
    if blocks.iter().any(|block| block.len() != k) {
        return Err(Absence::LengthsDiffer);
    }
    blocks.iter().try_for_each(|block| checked(block, 2))?;
    if blocks.len() < 2 { Err(Absence::TooFew { n: blocks.len(), needed: 2 }) } else { Ok(k) }
}

/// The columns' means, and the mean square that neither rows nor columns explain with its degrees
/// of freedom.
fn block_adjusted(blocks: &[Vec<f64>], k: usize) -> Result<(Vec<f64>, f64, f64), Absence> {
    let n = blocks.len();
    let columns: Vec<f64> =
        (0..k).map(|column| mean_of(&blocks.iter().map(|block| block[column]).collect::<Vec<f64>>())).collect();
    let mean = mean_of(&columns);
    let mut squares = 0.0;
    for block in blocks {
        let own = mean_of(block);
        squares += block.iter().zip(&columns).map(|(value, column)| (value - own - column + mean).powi(2)).sum::<f64>();
    }
    let df = ((n - 1) * (k - 1)) as f64;
    let largest = blocks.iter().flatten().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if squares.sqrt() <= 1e-13 * largest { Err(Absence::NoSpread) } else { Ok((columns, squares / df, df)) }
}
