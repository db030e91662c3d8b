//! Random forests (Breiman, Machine Learning 45(1), 2001): trees of exact splits, each grown on rows
//! drawn with replacement, each split chosen among a few columns drawn anew.
//!
//! Columns are looked at in single precision, as scikit-learn does, and each value is replaced by
//! its rank once: what a node sorts are small whole numbers. Every tree has its own seed, so the
//! forest is the same for any number of threads.

use std::num::NonZeroUsize;
use std::sync::Mutex;

use crate::random::Random;
use crate::shares::share_out;

mod columns;
mod grow;
mod split;
mod tree;

use columns::Columns;
use tree::Tree;

/// Rows that a thread predicts at a time.
const ROWS_AT_A_TIME: usize = 256;

/// What is predicted.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// Classes from 0 to `count` - 1.
    Classes {
        labels: &'a [i64],
        count: usize,
    },
    Numbers(&'a [f64]),
}

/// How trees are grown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth {
    pub trees: usize,
    /// Splits above a leaf; without a limit until its rows agree.
    pub max_depth: Option<usize>,
    /// Columns that each split is chosen from; more where all of them are constant.
    pub columns_a_split: usize,
    /// Distinct rows that each side of a split has to have.
    pub least_rows_a_leaf: usize,
    /// Whether each tree is grown on as many rows drawn with replacement, or on all as they are.
    pub bootstrap: bool,
    pub seed: u64,
}

#[derive(Clone, Debug)]
pub struct Forest {
    trees: Vec<Tree>,
    columns: usize,
    /// Values of each leaf: a share for each class, or one mean.
    outputs: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ungrowable {
    #[error("there are no rows or no columns")]
    Empty,
    #[error("the data's and the target's lengths do not agree")]
    Shape,
    #[error("the data hold values that are not finite")]
    NotFinite,
    #[error("the data hold values too large for single precision, in which trees compare")]
    TooLarge,
    #[error("a forest has a tree or more, a split a column or more, a leaf a row or more")]
    Nothing,
    #[error("the target has no such class")]
    NoSuchClass,
}

impl Target<'_> {
    pub(crate) fn rows(self) -> usize {
        match self {
            Self::Classes { labels, .. } => labels.len(),
            Self::Numbers(values) => values.len(),
        }
    }

    fn outputs(self) -> usize {
        match self {
            Self::Classes { count, .. } => count,
            Self::Numbers(_) => 1,
        }
    }

    fn check(self) -> Result<(), Ungrowable> {
        match self {
            Self::Classes { labels, count } => {
                let known = |label: &i64| usize::try_from(*label).is_ok_and(|class| class < count.min(1 << 16));
                if labels.iter().all(known) { Ok(()) } else { Err(Ungrowable::NoSuchClass) }
            }
            Self::Numbers(values) => {
                if values.iter().all(|value| value.is_finite()) {
                    Ok(())
                } else {
                    Err(Ungrowable::NotFinite)
                }
            }
        }
    }
}

impl Forest {
    /// `x` are rows of `columns` values, row-major.
    pub fn grow(
        x: &[f64],
        columns: usize,
        target: Target<'_>,
        growth: Growth,
        threads: NonZeroUsize,
    ) -> Result<Self, Ungrowable> {
        if columns == 0 || target.rows() == 0 {
            return Err(Ungrowable::Empty);
        }
        if target.rows().checked_mul(columns) != Some(x.len()) || target.rows() > u32::MAX as usize {
            return Err(Ungrowable::Shape);
        }
        if growth.trees == 0 || growth.columns_a_split == 0 || growth.least_rows_a_leaf == 0 {
            return Err(Ungrowable::Nothing);
        }
        target.check()?;
        let table = Columns::of(x, columns, threads)?;
        let mut seeds = Random::new(growth.seed);
        let seeds: Vec<u64> = (0..growth.trees).map(|_| seeds.next()).collect();
        let mut trees: Vec<Option<Tree>> = (0..growth.trees).map(|_| None).collect();
        let spare = Mutex::new(Vec::new());
        share_out(threads, trees.iter_mut().zip(seeds), |(tree, seed)| {
            let room = spare.lock().map_or(None, |mut spare: std::sync::MutexGuard<'_, Vec<grow::Room>>| spare.pop());
            let mut room = room.unwrap_or_default();
            *tree = Some(grow::tree(&table, target, growth, seed, &mut room));
            if let Ok(mut spare) = spare.lock() {
                spare.push(room);
            }
        });
        Ok(Self { trees: trees.into_iter().flatten().collect(), columns, outputs: target.outputs() })
    }

    /// For each of the row-major rows the mean over the trees of what its leaf says: a share for each
    /// class, or one number.
    pub fn predict(&self, x: &[f64], threads: NonZeroUsize) -> Result<Vec<f64>, Ungrowable> {
        if !x.len().is_multiple_of(self.columns) {
            return Err(Ungrowable::Shape);
        }
        let mut predictions = vec![0.0; x.len() / self.columns * self.outputs];
        let chunks = x.chunks(ROWS_AT_A_TIME * self.columns).zip(predictions.chunks_mut(ROWS_AT_A_TIME * self.outputs));
        share_out(threads, chunks, |(rows, predictions)| {
            let narrow: Vec<f32> = rows.iter().map(|value| *value as f32).collect();
            for tree in &self.trees {
                for (row, sums) in narrow.chunks_exact(self.columns).zip(predictions.chunks_exact_mut(self.outputs)) {
                    let leaf = tree.leaf(row);
                    sums.iter_mut().zip(leaf).for_each(|(sum, value)| *sum += value);
                }
            }
            for sum in predictions {
                *sum /= self.trees.len() as f64;
            }
        });
        Ok(predictions)
    }

    /// Leaves of all trees together.
    pub fn leaves(&self) -> usize {
        self.trees.iter().map(|tree| tree.leaves(self.outputs)).sum()
    }
}

/// The largest of each row's `classes` shares; of equal ones the first.
pub fn labels(shares: &[f64], classes: usize) -> Vec<i64> {
    let largest = |shares: &[f64]| {
        let mut best = (0, f64::NEG_INFINITY);
        for (class, share) in (0..).zip(shares) {
            best = if *share > best.1 { (class, *share) } else { best };
        }
        best.0
    };
    shares.chunks_exact(classes.max(1)).map(largest).collect()
}
