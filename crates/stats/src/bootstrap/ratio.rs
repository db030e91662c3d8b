//! The resampled figures of a study: the ratio of total costs of one cell and of many, and the mean
//! ratio over cells like the ones that were measured.

use schema::analysis::Interval;

use super::{Distribution, VALUES_MIN, each_resample};
use crate::absence::{Absence, checked, finite, inside_unit};
use crate::describe::{mean_of, quantile_of_sorted};
use crate::paired::LogRatios;
use crate::random::Stream;

/// Fewer cells than this say nothing about cells like them.
pub(super) const CELLS_MIN: usize = 10;

/// Σ left / Σ right of one cell, rounds drawn anew, each resample in units of its own standard error
/// (Efron and Tibshirani 1993, 12.5) on the log scale.
pub fn studentised_total(
    pairs: &[(f64, f64)],
    level: f64,
    (resamples, seed): (usize, u64),
) -> Result<Interval, Absence> {
    let tail = (1.0 - inside_unit(level)?) / 2.0;
    let rows = rows(pairs)?;
    let n = pairs.len() as f64;
    let (estimate, error) = ln_ratio(rows.iter().fold([0.0; 3], add), n);
    if error <= 1e-14 {
        return Err(Absence::NoSpread);
    }
    let mut distribution = each_resample(resamples, |place, (): &mut ()| {
        let (drawn, drawn_error) = ln_ratio(draw(&rows, &mut Stream::new(seed, place as u64)), n);
        (drawn - estimate) / drawn_error
    });
    // A resample of one round again and again has no error of its own: it is beyond every bound.
    distribution.iter_mut().filter(|t| t.is_nan()).for_each(|t| *t = 0.0);
    distribution.sort_by(f64::total_cmp);
    let unit = mean_of(&column(pairs, |pair| pair.0)) / mean_of(&column(pairs, |pair| pair.1));
    let bound =
        |probability: f64| finite(unit * (estimate - quantile_of_sorted(&distribution, probability) * error).exp());
    Ok(Interval { low: bound(1.0 - tail)?, high: bound(tail)? })
}

/// Left, right, and the square of their difference, with both sides brought to a mean of 1.
type Row = [f64; 3];

fn rows(pairs: &[(f64, f64)]) -> Result<Vec<Row>, Absence> {
    let (left, right) = (column(pairs, |pair| pair.0), column(pairs, |pair| pair.1));
    for side in [&left, &right] {
        checked(side, VALUES_MIN)?;
        if side.iter().any(|value| *value <= 0.0) {
            return Err(Absence::NotPositive);
        }
    }
    let (one, other) = (mean_of(&left), mean_of(&right));
    let row = |(left, right): &(f64, f64)| {
        let (l, r) = (left / one, right / other);
        [l, r, (l - r) * (l - r)]
    };
    Ok(pairs.iter().map(row).collect())
}

fn column(pairs: &[(f64, f64)], side: impl Fn(&(f64, f64)) -> f64) -> Vec<f64> {
    pairs.iter().map(side).collect()
}

fn add(mut sums: Row, row: &Row) -> Row {
    for (sum, value) in sums.iter_mut().zip(row) {
        *sum += value;
    }
    sums
}

/// The sums over as many rows as there are, drawn with replacement, two from each random number.
fn draw(rows: &[Row], random: &mut Stream) -> Row {
    let mut sums = [0.0; 3];
    each_place(rows.len(), random, |place| sums = add(sums, &rows[place]));
    sums
}

fn each_place(count: usize, random: &mut Stream, mut take: impl FnMut(usize)) {
    let place = |bits: u64| (((bits & 0xFFFF_FFFF) * count as u64) >> 32) as usize;
    for _ in 0..count / 2 {
        let bits = random.bits();
        take(place(bits));
        take(place(bits >> 32));
    }
    if count % 2 == 1 {
        take(place(random.bits()));
    }
}

/// The logarithm of the ratio of the sums, and its standard error by the delta method about the means
/// of all rounds: one and the same line for every resample.
fn ln_ratio([left, right, squares]: Row, n: f64) -> (f64, f64) {
    let (l, r) = (left / n, right / n);
    let variance = squares / n - (l - r) * (l - r);
    ((l / r).ln(), (variance.max(0.0) / (n - 1.0)).sqrt())
}

/// The sum of the cells' mean costs, left over right, rounds drawn anew inside each cell; corrected
/// for bias and acceleration (Davison and Hinkley 1997, 5.3.2 for strata).
pub fn ratio_of_totals(
    cells: &[Vec<(f64, f64)>],
    level: f64,
    (resamples, seed): (usize, u64),
) -> Result<Interval, Absence> {
    if cells.is_empty() {
        return Err(Absence::NoValues);
    }
    let sides: Vec<f64> = cells.iter().flatten().flat_map(|(left, right)| [*left, *right]).collect();
    checked(&sides, 1)?;
    if cells.iter().any(|cell| cell.len() < 2) {
        return Err(Absence::TooFew { n: 1, needed: 2 });
    }
    let total = |side: fn(&(f64, f64)) -> f64| cells.iter().map(|cell| mean_of(&column(cell, side))).sum::<f64>();
    let (left, right) = (total(|pair| pair.0), total(|pair| pair.1));
    if right <= 0.0 {
        return Err(Absence::NotPositive);
    }
    let estimate = left / right;
    let mut distribution = each_resample(resamples, |place, (): &mut ()| {
        let mut random = Stream::new(seed, place as u64);
        let (mut left, mut right) = (0.0, 0.0);
        for cell in cells {
            let (one, other) = draw_pairs(cell, &mut random);
            left += one / cell.len() as f64;
            right += other / cell.len() as f64;
        }
        left / right
    });
    Distribution::of(&mut distribution)?.accelerated(estimate, acceleration(cells, estimate)?, level)
}

fn draw_pairs(cell: &[(f64, f64)], random: &mut Stream) -> (f64, f64) {
    let (mut left, mut right) = (0.0, 0.0);
    each_place(cell.len(), random, |place| {
        left += cell[place].0;
        right += cell[place].1;
    });
    (left, right)
}

/// From the influence of each round on the ratio of totals, up to a factor.
fn acceleration(cells: &[Vec<(f64, f64)>], ratio: f64) -> Result<f64, Absence> {
    let (mut cubes, mut squares) = (0.0, 0.0);
    for cell in cells {
        let residuals: Vec<f64> = cell.iter().map(|(left, right)| left - ratio * right).collect();
        let (mean, n) = (mean_of(&residuals), cell.len() as f64);
        cubes += residuals.iter().map(|value| (value - mean).powi(3)).sum::<f64>() / n.powi(3);
        squares += residuals.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n.powi(2);
    }
    if squares > 0.0 { Ok(cubes / (6.0 * squares.powf(1.5))) } else { Err(Absence::NoSpread) }
}

/// The geometric mean over cells like these: cells are drawn anew, then rounds inside each. The
/// percentile interval; it generalises only as far as the cells are a sample of their kind.
pub fn cells_like_these(cells: &[LogRatios], level: f64, (resamples, seed): (usize, u64)) -> Result<Interval, Absence> {
    if cells.len() < CELLS_MIN {
        return Err(Absence::TooFew { n: cells.len(), needed: CELLS_MIN });
    }
    let mut distribution = each_resample(resamples, |place, (): &mut ()| {
        let mut random = Stream::new(seed, place as u64);
        let mut sum = 0.0;
        for _ in 0..cells.len() {
            let logs = cells[random.below(cells.len())].logs();
            let mut drawn = 0.0;
            each_place(logs.len(), &mut random, |place| drawn += logs[place]);
            sum += drawn / logs.len() as f64;
        }
        sum / cells.len() as f64
    });
    let found = Distribution::of(&mut distribution)?.percentile(level)?;
    Ok(Interval { low: finite(found.low.exp())?, high: finite(found.high.exp())? })
}
