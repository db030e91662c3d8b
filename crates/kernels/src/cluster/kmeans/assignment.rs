//! Which rows belong to which centre, by bounds where these are enough.

use std::ops::Range;

use pulp::Arch;

use crate::cluster::Points;
use crate::cluster::lanes::{Centres, Search};

/// Rows that are judged by their bounds before the undecided among them are looked at.
const BLOCK_ROWS: usize = 1024;
/// No cluster yet.
const NONE: u32 = u32::MAX;

/// How far the centres moved, and how far apart they are.
pub(super) struct Moved {
    lengths: Vec<f64>,
    /// The longest of the others' moves.
    longest_others: Vec<f64>,
    /// Half the distance to the nearest other centre.
    half_gaps: Vec<f64>,
    pub(super) squared_sum: f64,
}

impl Moved {
    /// Before the first assignment nothing is known that a bound could be made of.
    pub(super) fn not_yet(centres: &Centres) -> Self {
        let zeros = vec![0.0; centres.count];
        Self { lengths: zeros.clone(), longest_others: zeros.clone(), half_gaps: zeros, squared_sum: f64::INFINITY }
    }

    pub(super) fn between(before: &Centres, after: &Centres) -> Self {
        let count = after.count;
        let squares: Vec<f64> = (0..count).map(|index| squared(before.row(index), after.row(index))).collect();
        let lengths: Vec<f64> = squares.iter().map(|square| square.sqrt()).collect();
        let longest = (0..count).max_by(|a, b| lengths[*a].total_cmp(&lengths[*b])).unwrap_or(0);
        let longest_but = |left_out: usize| {
            let others = lengths.iter().enumerate().filter(|(index, _)| *index != left_out);
            others.map(|(_, length)| *length).fold(0.0, f64::max)
        };
        let (most, second) = (lengths[longest], longest_but(longest));
        let longest_others = (0..count).map(|index| if index == longest { second } else { most }).collect();
        Self { longest_others, half_gaps: half_gaps(after), squared_sum: squares.iter().sum(), lengths }
    }
}

fn half_gaps(centres: &Centres) -> Vec<f64> {
    let mut least = vec![f64::INFINITY; centres.count];
    for left in 0..centres.count {
        for right in 0..left {
            let gap = squared(centres.row(left), centres.row(right));
            least[left] = least[left].min(gap);
            least[right] = least[right].min(gap);
        }
    }
    least.into_iter().map(|squared| squared.sqrt() / 2.0).collect()
}

/// By how much a distance may be wrong that was computed from products: cancellation leaves a share
/// of the largest square, however small the distance is.
pub(super) fn slack(columns: usize, largest_square: f64) -> f64 {
    2.0 * (8.0 * (columns + 4) as f64 * f64::EPSILON * largest_square).sqrt()
}

/// What one thread knows about its rows.
pub(super) struct Part {
    pub(super) rows: Range<usize>,
    pub(super) labels: Vec<u32>,
    /// Sums of the rows of each cluster, about the mean.
    pub(super) sums: Vec<f64>,
    pub(super) counts: Vec<i64>,
    pub(super) changed: bool,
    /// At least the distance to the own centre.
    upper: Vec<f64>,
    /// At most the distance to any other.
    lower: Vec<f64>,
    slack: f64,
}

impl Part {
    pub(super) fn new(rows: Range<usize>, clusters: usize, columns: usize, slack: f64) -> Self {
        let count = rows.len();
        Self {
            rows,
            labels: vec![NONE; count],
            sums: vec![0.0; clusters * columns],
            counts: vec![0; clusters],
            changed: false,
            upper: vec![f64::INFINITY; count],
            lower: vec![0.0; count],
            slack,
        }
    }

    pub(super) fn assign(&mut self, points: Points<'_>, mean: &[f64], centres: &Centres, moved: &Moved) {
        self.changed = false;
        let mut undecided = Vec::with_capacity(BLOCK_ROWS);
        let count = self.labels.len();
        for first in (0..count).step_by(BLOCK_ROWS) {
            undecided.clear();
            let block = first..count.min(first + BLOCK_ROWS);
            block.for_each(|index| {
                if !self.is_decided(index, points, mean, centres, moved) {
                    undecided.push(self.rows.start + index);
                }
            });
            self.look(&undecided, points, mean, centres);
        }
    }

    /// Lets the bounds follow the centres, and says whether they prove that the row stays.
    #[inline]
    fn is_decided(&mut self, index: usize, points: Points<'_>, mean: &[f64], centres: &Centres, moved: &Moved) -> bool {
        let label = self.labels[index] as usize;
        if label == NONE as usize {
            return false;
        }
        self.upper[index] += moved.lengths[label];
        self.lower[index] -= moved.longest_others[label];
        let needed = self.lower[index].max(moved.half_gaps[label]) - self.slack;
        if self.upper[index] < needed {
            return true;
        }
        let row = points.row(self.rows.start + index);
        self.upper[index] = squared_about(row, mean, centres.row(label)).sqrt();
        self.upper[index] < needed
    }

    fn look(&mut self, undecided: &[usize], points: Points<'_>, mean: &[f64], centres: &Centres) {
        let columns = points.columns;
        let Self { rows, labels, sums, counts, changed, upper, lower, .. } = self;
        Arch::new().dispatch(Search {
            x: points.x,
            shift: mean,
            centres,
            rows: undecided.iter().copied(),
            found: |row: usize, nearest: crate::cluster::lanes::Nearest| {
                let index = row - rows.start;
                upper[index] = nearest.squared.sqrt();
                lower[index] = nearest.second_squared.sqrt();
                let (before, after) = (labels[index], nearest.centre);
                if before == after {
                    return;
                }
                *changed = true;
                labels[index] = after;
                let values = points.row(row).iter().zip(mean).map(|(value, mean)| value - mean);
                counts[after as usize] += 1;
                let to = &mut sums[after as usize * columns..][..columns];
                to.iter_mut().zip(values.clone()).for_each(|(sum, value)| *sum += value);
                if before != NONE {
                    counts[before as usize] -= 1;
                    let from = &mut sums[before as usize * columns..][..columns];
                    from.iter_mut().zip(values).for_each(|(sum, value)| *sum -= value);
                }
            },
        });
    }
}

/// ‖row − mean − centre‖².
pub(super) fn squared_about(row: &[f64], mean: &[f64], centre: &[f64]) -> f64 {
    // Eight sums side by side: in one alone each addition would wait for the one before.
    let (rows, row_rest) = row.as_chunks::<8>();
    let (means, mean_rest) = mean.as_chunks::<8>();
    let (centres, centre_rest) = centre.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for ((row, mean), centre) in rows.iter().zip(means).zip(centres) {
        for lane in 0..8 {
            let apart = row[lane] - mean[lane] - centre[lane];
            sums[lane] += apart * apart;
        }
    }
    let rest = row_rest.iter().zip(mean_rest).zip(centre_rest);
    let rest: f64 = rest.map(|((row, mean), centre)| (row - mean - centre).powi(2)).sum();
    sums.iter().sum::<f64>() + rest
}

fn squared(left: &[f64], right: &[f64]) -> f64 {
    crate::cluster::squared_distance(left, right)
}
