//! `labels`: the same clusters under other names. Names are paired so that the most rows agree; noise,
//! the label -1, is noise on both sides.

use std::collections::BTreeMap;

use schema::evaluation::ParityVerdict;

use super::{Comparison, Tolerance};
use crate::output::Output;

const NOISE: i64 = -1;
/// Pairing takes the cube of the number of names.
const NAMES_MAX: usize = 1000;

pub(super) fn compare(left: &Output, right: &Output, tolerance: Tolerance) -> Comparison {
    if left.identical(right) {
        return Comparison::identical();
    }
    let (Output::I64(a), Output::I64(b)) = (left, right) else {
        return Comparison::different("labels are whole numbers of type i64");
    };
    if a.shape != b.shape {
        return Comparison::different(format!("shapes {:?} and {:?}", a.shape, b.shape));
    }
    match agreeing(&a.values, &b.values) {
        Some(same) => judge(a.values.len(), a.values.len() - same, tolerance),
        None => Comparison::different(format!("more than {NAMES_MAX} clusters: the names are not paired")),
    }
}

fn judge(rows: usize, other: usize, tolerance: Tolerance) -> Comparison {
    let share = other as f64 / rows.max(1) as f64;
    let within = share <= tolerance.rtol;
    Comparison {
        verdict: if within { ParityVerdict::WithinTolerance } else { ParityVerdict::Different },
        largest_absolute: Some(other as f64),
        largest_relative: Some(share),
        reason: (!within).then(|| format!("{other} of {rows} rows are in another cluster")),
    }
}

/// In how many rows the labels agree once their names are paired as well as can be.
fn agreeing(left: &[i64], right: &[i64]) -> Option<usize> {
    let pairs = || left.iter().zip(right);
    let noise = pairs().filter(|(a, b)| **a == NOISE && **b == NOISE).count();
    let (rows, columns) = (numbered(left), numbered(right));
    let names = rows.len().max(columns.len());
    if names > NAMES_MAX {
        return None;
    }
    let mut together = vec![vec![0_i64; names]; names];
    for (a, b) in pairs() {
        if let (Some(row), Some(column)) = (rows.get(a), columns.get(b)) {
            together[*row][*column] += 1;
        }
    }
    Some(noise + most(&together))
}

/// The names but noise, as 0, 1, ….
fn numbered(labels: &[i64]) -> BTreeMap<i64, usize> {
    let mut numbers: BTreeMap<i64, usize> =
        labels.iter().filter(|label| **label != NOISE).map(|label| (*label, 0)).collect();
    for (number, place) in numbers.values_mut().enumerate() {
        *place = number;
    }
    numbers
}

/// The largest sum of one entry a row and column: the assignment problem by shortest augmenting paths
/// (Jonker and Volgenant, <https://doi.org/10.1007/BF02278710>), row after row.
fn most(gain: &[Vec<i64>]) -> usize {
    let size = gain.len();
    // One place more, at the end, stands for "no row yet".
    let (mut row_price, mut column_price) = (vec![0_i64; size + 1], vec![0_i64; size + 1]);
    let mut row_of = vec![size; size + 1];
    for row in 0..size {
        row_of[size] = row;
        let (mut column, mut slack) = (size, vec![i64::MAX; size]);
        let (mut from, mut reached) = (vec![size; size], vec![false; size + 1]);
        while row_of[column] != size {
            reached[column] = true;
            let current = row_of[column];
            let (mut least, mut next) = (i64::MAX, size);
            for other in (0..size).filter(|other| !reached[*other]) {
                let cost = -gain[current][other] - row_price[current] - column_price[other];
                if cost < slack[other] {
                    (slack[other], from[other]) = (cost, column);
                }
                if slack[other] < least {
                    (least, next) = (slack[other], other);
                }
            }
            for other in 0..=size {
                if reached[other] {
                    row_price[row_of[other]] += least;
                    column_price[other] -= least;
                } else {
                    slack[other] -= least;
                }
            }
            column = next;
        }
        while column != size {
            row_of[column] = row_of[from[column]];
            column = from[column];
        }
    }
    (0..size).map(|column| gain[row_of[column]][column]).sum::<i64>().unsigned_abs() as usize
}

#[cfg(test)]
mod tests {
    use datasets::npy::Array;
    use proptest::prelude::*;

    use super::*;

    fn labels(values: &[i64]) -> Output {
        Output::I64(Array { shape: vec![values.len() as u64], values: values.to_vec() })
    }

    fn judged(left: &[i64], right: &[i64], rtol: f64) -> Comparison {
        compare(&labels(left), &labels(right), Tolerance { rtol, atol: 0.0 })
    }

    #[test]
    fn other_names_are_the_same_clusters_and_noise_has_no_other_name() {
        use ParityVerdict::{Different, Identical, WithinTolerance};
        assert_eq!(judged(&[0, 1, 1], &[0, 1, 1], 0.0).verdict, Identical);
        assert_eq!(judged(&[0, 0, 1, 2], &[7, 7, 0, 1], 0.0).verdict, WithinTolerance);
        let noise = judged(&[-1, 0, 0], &[0, 1, 1], 0.0);
        assert_eq!((noise.verdict, noise.largest_absolute), (Different, Some(1.0)));
        assert_eq!(noise.reason.as_deref(), Some("1 of 3 rows are in another cluster"));
        // The best pairing is not the greedy one: 0 with 1 would leave two rows more apart.
        let left = [0, 0, 0, 0, 0, 1, 1, 1, 1];
        let right = [1, 1, 1, 0, 0, 1, 1, 1, 1];
        assert_eq!(judged(&left, &right, 0.0).largest_absolute, Some(3.0));
        assert_eq!(judged(&left, &right, 0.34).verdict, WithinTolerance);
        assert_eq!(judged(&[0, 0, 0, 0], &[0, 1, 2, 3], 0.5).largest_absolute, Some(3.0), "numbers of clusters differ");
        let many: Vec<i64> = (0..1001).collect();
        let turned: Vec<i64> = many.iter().rev().copied().collect();
        assert!(judged(&many, &turned, 0.0).reason.expect("a reason").contains("more than 1000 clusters"));
    }

    /// The largest sum over all orders of the columns.
    fn by_trying(gain: &[Vec<i64>], row: usize, taken: &mut Vec<usize>) -> i64 {
        if row == gain.len() {
            return 0;
        }
        let mut best = i64::MIN;
        for column in 0..gain.len() {
            if !taken.contains(&column) {
                taken.push(column);
                best = best.max(gain[row][column] + by_trying(gain, row + 1, taken));
                taken.pop();
            }
        }
        best
    }

    proptest! {
        #[test]
        fn the_pairing_is_the_best_of_all(size in 1..6_usize, values in prop::collection::vec(0..9_i64, 25)) {
            let gain: Vec<Vec<i64>> = (0..size).map(|row| values[row * 5..][..size].to_vec()).collect();
            prop_assert_eq!(most(&gain).cast_signed() as i64, by_trying(&gain, 0, &mut Vec::new()));
        }

        #[test]
        fn sides_may_be_swapped(
            pairs in prop::collection::vec((-1..4_i64, -1..4_i64), 1..20), rtol in 0.0..1.0_f64,
        ) {
            let (a, b): (Vec<i64>, Vec<i64>) = pairs.into_iter().unzip();
            prop_assert_eq!(judged(&a, &b, rtol), judged(&b, &a, rtol));
        }
    }
}
