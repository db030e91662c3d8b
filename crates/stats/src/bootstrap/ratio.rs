//! The resampled figures of a study: the ratio of total costs of one cell and of many, and the mean
//! ratio over cells like the ones that were measured.

use rayon::prelude::*;
use schema::analysis::Interval;

use super::draws::{Rows, resampled};
use super::{Distribution, VALUES_MIN, each_resample};
use crate::absence::{Absence, checked, finite, inside_unit};
use crate::describe::{mean_of, quantile_of_sorted};
use crate::paired::LogRatios;
use crate::random::Stream;

/// Fewer cells than this say nothing about cells like them.
pub(super) const CELLS_MIN: usize = 10;

/// Cells whose resamples are held at once, so that memory does not grow with the study.
const CELLS_AT_ONCE: usize = 256;

/// Σ left / Σ right of each cell, rounds drawn anew, each resample in units of its own standard error
/// (Efron and Tibshirani 1993, 12.5) on the log scale. Cells of equally many rounds share the draws.
pub fn studentised_totals(
    cells: &[Vec<(f64, f64)>],
    level: f64,
    draws: (usize, u64),
) -> Vec<Result<Interval, Absence>> {
    cells.chunks(CELLS_AT_ONCE).flat_map(|cells| studentised_batch(cells, level, draws)).collect()
}

fn studentised_batch(cells: &[Vec<(f64, f64)>], level: f64, draws: (usize, u64)) -> Vec<Result<Interval, Absence>> {
    let studied: Vec<Result<Studied, Absence>> = cells.iter().map(|pairs| Studied::of(pairs)).collect();
    let there: Vec<&Studied> = studied.iter().flatten().collect();
    let members: Vec<Rows<3>> = there.iter().map(|cell| cell.rows.clone()).collect();
    let mut resamples = resampled(&members, draws, |member, sums| there[member].t(sums));
    let found: Vec<Result<Interval, Absence>> =
        there.par_iter().zip(&mut resamples).map(|(cell, resamples)| cell.interval(resamples, level)).collect();
    let mut found = found.into_iter();
    studied
        .iter()
        .map(|cell| {
            cell.as_ref().map_err(|absence| *absence).and_then(|_| found.next().unwrap_or(Err(Absence::NoValues)))
        })
        .collect()
}

/// A cell with its estimate, in units of both sides' means.
struct Studied {
    rows: Rows<3>,
    unit: f64,
    estimate: f64,
    error: f64,
}

impl Studied {
    fn of(pairs: &[(f64, f64)]) -> Result<Self, Absence> {
        let rows = rows(pairs)?;
        let (estimate, error) = ln_ratio(rows.iter().fold([0.0; 3], add), pairs.len() as f64);
        if error <= 1e-14 {
            return Err(Absence::NoSpread);
        }
        let unit = mean_of(&column(pairs, |pair| pair.0)) / mean_of(&column(pairs, |pair| pair.1));
        Ok(Self { rows, unit, estimate, error })
    }

    fn t(&self, sums: Row) -> f64 {
        let (drawn, drawn_error) = ln_ratio(sums, self.rows.len() as f64);
        let t = (drawn - self.estimate) / drawn_error;
        // A resample of one round again and again has no error of its own: it is beyond every bound.
        if t.is_nan() { 0.0 } else { t }
    }

    fn interval(&self, resamples: &mut [f64], level: f64) -> Result<Interval, Absence> {
        let tail = (1.0 - inside_unit(level)?) / 2.0;
        resamples.sort_unstable_by(f64::total_cmp);
        let bound = |probability: f64| {
            let t = quantile_of_sorted(resamples, probability);
            let bound = finite(self.unit * (self.estimate - t * self.error).exp())?;
            // Where resamples have no error of their own, a bound lies at 0 or beyond all numbers.
            if bound > 0.0 { Ok(bound) } else { Err(Absence::Overflow) }
        };
        Ok(Interval { low: bound(1.0 - tail)?, high: bound(tail)? })
    }
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

/// The logarithm of the ratio of the sums, and its standard error by the delta method about the means
/// of all rounds: one and the same line for every resample.
fn ln_ratio([left, right, squares]: Row, n: f64) -> (f64, f64) {
    let (l, r) = (left / n, right / n);
    let variance = squares / n - (l - r) * (l - r);
    ((l / r).ln(), (variance.max(0.0) / (n - 1.0)).sqrt())
}

/// The sum of the cells' mean costs, left over right, rounds drawn anew inside each cell; corrected
/// for bias and acceleration (Davison and Hinkley 1997, 5.3.2 for strata). Each resample takes one of
/// every cell's own, at random: cells share their draws, and would else move together.
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
    let mut totals = vec![[0.0; 2]; resamples];
    let mut picks: Vec<Stream> = (0..resamples as u64).map(|place| Stream::new(!seed, place)).collect();
    for cells in cells.chunks(CELLS_AT_ONCE) {
        let members: Vec<Rows<2>> =
            cells.iter().map(|cell| cell.iter().map(|(left, right)| [*left, *right]).collect()).collect();
        let means = resampled(&members, (resamples, seed), |cell, sums| sums.map(|sum| sum / cells[cell].len() as f64));
        totals.par_iter_mut().zip(&mut picks).for_each(|(total, random)| {
            for of_cell in &means {
                let [left, right] = of_cell[random.below(resamples)];
                *total = [total[0] + left, total[1] + right];
            }
        });
    }
    let mut distribution: Vec<f64> = totals.into_iter().map(|[left, right]| left / right).collect();
    Distribution::of(&mut distribution)?.accelerated(estimate, acceleration(cells, estimate)?, level)
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
    let members: Vec<Rows<1>> = cells.iter().map(|cell| cell.logs().iter().map(|log| [*log]).collect()).collect();
    let means = resampled(&members, (resamples, seed), |cell, [sum]| sum / cells[cell].n() as f64);
    let mut distribution = each_resample(resamples, |place, (): &mut ()| {
        let mut random = Stream::new(!seed, place as u64);
        let drawn = (0..cells.len()).map(|_| means[random.below(cells.len())][random.below(resamples)]);
        drawn.sum::<f64>() / cells.len() as f64
    });
    let found = Distribution::of(&mut distribution)?.percentile(level)?;
    Ok(Interval { low: finite(found.low.exp())?, high: finite(found.high.exp())? })
}
