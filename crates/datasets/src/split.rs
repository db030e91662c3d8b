//! Splits: which rows train a model and which judge it, as files, so that no language splits for itself.

use crate::random::Random;

/// The name of the algorithm below in a data manifest.
pub const ALGORITHM: &str = "shuffle_chacha8";
/// The only split scheme so far.
pub const HOLDOUT: &str = "holdout";

/// The first four fifths of the shuffled row numbers, rounded down but at least one, and the rest;
/// from 2 rows on neither part is empty. The stream's purpose is `split`, `holdout`.
pub fn holdout(rows: u64, seed: u64) -> (Vec<i64>, Vec<i64>) {
    let mut train: Vec<i64> = (0..rows.cast_signed()).collect();
    Random::new(&["split", HOLDOUT], seed).shuffle(&mut train);
    let first_part = (rows * 4 / 5).max(1).min(rows);
    let test = train.split_off(first_part as usize);
    (train, test)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOLDEN_TRAIN: [i64; 8] = [1, 8, 5, 4, 2, 7, 3, 0];
    const GOLDEN_TEST: [i64; 2] = [9, 6];

    /// From `tests/golden/random.py`.
    #[test]
    fn the_split_is_that_of_an_independent_implementation() {
        assert_eq!(holdout(10, 42), (GOLDEN_TRAIN.to_vec(), GOLDEN_TEST.to_vec()));
    }

    proptest! {
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
