//! Splits: which rows train a model and which judge it, as files, so that no language splits for itself.

use crate::random::Random;

/// The name of the algorithm below in a data manifest.
pub const ALGORITHM: &str = "shuffle_chacha8";
/// Four fifths train, the rest judges.
pub const HOLDOUT: &str = "holdout";
/// Five folds, each of which judges while the others train.
pub const CV5: &str = "cv5";
/// Every row in its order, for work that judges none.
pub const ALL: &str = "all";
/// The name of its algorithm in a data manifest.
pub const IN_ORDER: &str = "in_order";
/// As many as the name says.
const FOLDS: usize = 5;

/// The first four fifths of the shuffled row numbers, rounded down but at least one, and the rest;
/// from 2 rows on neither part is empty. The stream's purpose is `split`, `holdout`.
pub fn holdout(rows: u64, seed: u64) -> (Vec<i64>, Vec<i64>) {
    let mut train: Vec<i64> = (0..rows.cast_signed()).collect();
    Random::new(&["split", HOLDOUT], seed).shuffle(&mut train);
    let first_part = (rows * 4 / 5).max(1).min(rows);
    let test = train.split_off(first_part as usize);
    (train, test)
}

/// The shuffled row numbers in five parts as equal as can be, the larger ones first; none with
/// fewer rows than folds. The stream's purpose is `split`, `cv5`.
pub fn cv5(rows: u64, seed: u64) -> Option<[Vec<i64>; FOLDS]> {
    let mut rest: Vec<i64> = (0..rows.cast_signed()).collect();
    Random::new(&["split", CV5], seed).shuffle(&mut rest);
    let mut folds = [const { Vec::new() }; FOLDS];
    for (index, fold) in folds.iter_mut().enumerate() {
        let size = rest.len().div_ceil(FOLDS - index);
        let after = rest.split_off(size);
        *fold = std::mem::replace(&mut rest, after);
    }
    folds.iter().all(|fold| !fold.is_empty()).then_some(folds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOLDEN_TRAIN: [i64; 8] = [1, 8, 5, 4, 2, 7, 3, 0];
    const GOLDEN_TEST: [i64; 2] = [9, 6];
    const GOLDEN_FOLDS: [&[i64]; 5] = [&[7, 1, 5], &[4, 8], &[3, 6], &[9, 10], &[2, 0]];

    /// From `tests/golden/random.py`.
    #[test]
    fn the_split_is_that_of_an_independent_implementation() {
        assert_eq!(holdout(10, 42), (GOLDEN_TRAIN.to_vec(), GOLDEN_TEST.to_vec()));
    }

    /// From `tests/golden/random.py`.
    #[test]
    fn the_folds_are_those_of_an_independent_implementation() {
        let folds = cv5(11, 42).expect("rows enough");
        assert_eq!(folds.each_ref().map(Vec::as_slice), GOLDEN_FOLDS);
        assert_eq!(cv5(4, 42), None);
        assert!(cv5(5, 42).is_some());
    }

    proptest! {
        #[test]
        fn every_row_judges_once_and_the_folds_are_as_equal_as_can_be(rows in 5_u64..500, seed in any::<u64>()) {
            let folds = cv5(rows, seed).expect("rows enough");
            let sizes = folds.each_ref().map(Vec::len);
            prop_assert!(sizes[0] - sizes[FOLDS - 1] <= 1 && sizes.is_sorted_by(|a, b| a >= b));
            let mut all = folds.concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..rows.cast_signed()).collect::<Vec<_>>());
        }

        #[test]
        fn every_row_is_in_one_part_and_a_fifth_is_for_judging(rows in 2_u64..500, seed in any::<u64>()) {
            let (train, test) = holdout(rows, seed);
            prop_assert_eq!(train.len() as u64, (rows * 4 / 5).max(1));
            prop_assert!(!test.is_empty());
            let mut all = [train, test].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..rows.cast_signed()).collect::<Vec<_>>());
        }
    }
}
