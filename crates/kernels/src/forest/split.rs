//! The best split of a node by one column: sorted by rank, every boundary between two values is
//! looked at. What is maximised is Σ over both sides of (sum of squares) / weight, of the classes'
//! weights or of the target's sum, which differs from the fall of Gini's impurity or of the squared
//! error by what all splits of the node have in common.

use super::Target;
use super::columns::Columns;

/// Values nearer than this count as equal, as in scikit-learn.
const VALUE_STEP: f32 = 1e-7;

pub(super) struct Best {
    pub(super) column: usize,
    /// The last rank on the left and the first on the right.
    pub(super) below: u32,
    pub(super) above: u32,
    pub(super) gain: f64,
}

/// What a column has to offer.
pub(super) enum Offer {
    /// Its values among the rows are equal.
    Constant,
    /// No split leaves both sides rows enough.
    Nothing,
    Split(Best),
}

#[derive(Default)]
pub(super) struct Scratch {
    /// Rank, then what of a row is summed: sorted as a whole.
    keys: Vec<u64>,
    sides: Vec<[u64; 2]>,
}

/// A node's rows and what is to be made equal among them.
pub(super) struct Rule<'a> {
    target: Target<'a>,
    weights: &'a [u32],
    least_rows: usize,
    rows: usize,
    total: f64,
    /// Of classes their weights, of numbers their weighted sum.
    sums: Vec<f64>,
    settled: bool,
}

impl<'a> Rule<'a> {
    pub(super) fn of(target: Target<'a>, weights: &'a [u32], rows: &[u32], least_rows: usize) -> Self {
        let weight = |row: &u32| f64::from(weights[*row as usize]);
        let total: f64 = rows.iter().map(weight).sum();
        let (sums, impurity) = match target {
            Target::Classes { labels, count } => {
                let mut sums = vec![0.0; count];
                for row in rows {
                    sums[labels[*row as usize] as usize] += weight(row);
                }
                let squares: f64 = sums.iter().map(|sum| sum * sum).sum();
                (sums, 1.0 - squares / (total * total))
            }
            Target::Numbers(values) => {
                let sum: f64 = rows.iter().map(|row| weight(row) * values[*row as usize]).sum();
                let squares: f64 = rows.iter().map(|row| weight(row) * values[*row as usize].powi(2)).sum();
                (vec![sum], squares / total - (sum / total).powi(2))
            }
        };
        let few = rows.len() < 2 || rows.len() / 2 < least_rows;
        Self { target, weights, least_rows, rows: rows.len(), total, sums, settled: few || impurity <= f64::EPSILON }
    }

    /// Whether there is nothing to split.
    pub(super) fn is_settled(&self) -> bool {
        self.settled
    }

    /// Shares of classes, or the mean.
    pub(super) fn leaf(&self) -> impl Iterator<Item = f64> {
        self.sums.iter().map(|sum| sum / self.total)
    }

    /// The column's best split of the rows.
    pub(super) fn best_of_column(&self, table: &Columns, column: usize, rows: &[u32], scratch: &mut Scratch) -> Offer {
        let ranks = table.ranks(column);
        scratch.keys.clear();
        scratch.keys.extend(rows.iter().map(|row| u64::from(ranks[*row as usize]) << 32 | self.payload(*row)));
        let rank = |key: &u64| (key >> 32) as u32;
        let ends = scratch.keys.iter().fold((u64::MAX, 0), |(least, most), key| (least.min(*key), most.max(*key)));
        if table.value(column, rank(&ends.1)) <= table.value(column, rank(&ends.0)) + VALUE_STEP {
            return Offer::Constant;
        }
        scratch.keys.sort_unstable();
        let boundary = |before: u32, after: u32| {
            before != after && table.value(column, after) > table.value(column, before) + VALUE_STEP
        };
        let found = match self.target {
            Target::Classes { .. } => self.of_classes(&scratch.keys, &mut scratch.sides, boundary),
            Target::Numbers(values) => self.of_numbers(&scratch.keys, values, boundary),
        };
        let Some((at, gain)) = found else { return Offer::Nothing };
        let (below, above) = (rank(&scratch.keys[at - 1]), rank(&scratch.keys[at]));
        Offer::Split(Best { column, below, above, gain })
    }

    /// Of a class its number and the row's weight; of a number the row.
    fn payload(&self, row: u32) -> u64 {
        match self.target {
            Target::Classes { labels, .. } => {
                u64::from(self.weights[row as usize].min(0xffff)) << 16 | labels[row as usize] as u64
            }
            Target::Numbers(_) => u64::from(row),
        }
    }

    /// Where the right side begins, and what is maximised.
    fn of_classes(
        &self,
        keys: &[u64],
        sides: &mut Vec<[u64; 2]>,
        boundary: impl Fn(u32, u32) -> bool,
    ) -> Option<(usize, f64)> {
        sides.clear();
        sides.extend(self.sums.iter().map(|sum| [0, *sum as u64]));
        let mut squares = [0, sides.iter().map(|side| side[1] * side[1]).sum::<u64>()];
        let (mut left, total) = (0, self.total as u64);
        let mut best: Option<(usize, f64)> = None;
        for at in 1..keys.len() {
            let (class, weight) = ((keys[at - 1] & 0xffff) as usize, keys[at - 1] >> 16 & 0xffff);
            let [own, other] = &mut sides[class];
            squares[0] += weight * (2 * *own + weight);
            squares[1] -= weight * (2 * *other - weight);
            *own += weight;
            *other -= weight;
            left += weight;
            if !boundary((keys[at - 1] >> 32) as u32, (keys[at] >> 32) as u32) || !self.leaves_enough(at) {
                continue;
            }
            let gain = squares[0] as f64 / left as f64 + squares[1] as f64 / (total - left) as f64;
            if best.is_none_or(|best| gain > best.1) {
                best = Some((at, gain));
            }
        }
        best
    }

    fn of_numbers(&self, keys: &[u64], values: &[f64], boundary: impl Fn(u32, u32) -> bool) -> Option<(usize, f64)> {
        let (mut left, mut sum) = (0.0, 0.0);
        let mut best: Option<(usize, f64)> = None;
        for at in 1..keys.len() {
            let row = keys[at - 1] as u32 as usize;
            let weight = f64::from(self.weights[row]);
            left += weight;
            sum += weight * values[row];
            if !boundary((keys[at - 1] >> 32) as u32, (keys[at] >> 32) as u32) || !self.leaves_enough(at) {
                continue;
            }
            let rest = self.sums[0] - sum;
            let gain = sum * sum / left + rest * rest / (self.total - left);
            if best.is_none_or(|best| gain > best.1) {
                best = Some((at, gain));
            }
        }
        best
    }

    fn leaves_enough(&self, at: usize) -> bool {
        at >= self.least_rows && self.rows - at >= self.least_rows
    }
}
