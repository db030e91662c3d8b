//! Gradient boosting on histograms (Ke et al., `LightGBM`, NIPS 2017), tree for tree as scikit-learn's
//! `HistGradientBoosting*` grows them: columns in at most 255 bins, gradients in single precision that are
//! summed in double, one Newton step a leaf, and the leaf with the largest gain split first.
//!
//! Sums are made in scikit-learn's order, so that splits of nearly equal gain fall as they do there, and the
//! trees are the same for any number of threads. What is faster: a row's bins lie together, four columns at a
//! time; gradient, hessian and count of a bin are one vector; a node's two children are summed, subtracted
//! and searched in one go; and only bins that hold something are searched.
//!
//! Not done: categorical columns, missing values, weights, constraints, early stopping. Above 200,000 rows
//! scikit-learn takes the bins' bounds from a sample of rows; here they are those of all rows.

use std::num::NonZeroUsize;

use crate::shares::share_out;

mod bins;
mod grow;
mod heap;
mod histogram;
mod loss;
mod part;
mod rounds;
mod split;
mod tree;

pub use crate::forest::Target;
use bins::Bins;
use loss::Loss;
use tree::Tree;

/// Rows that a thread predicts at a time.
const ROWS_AT_A_TIME: usize = 256;
/// A bin is a byte, and scikit-learn keeps one for missing values.
const MOST_BINS: usize = 255;

/// How trees are added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Boosting {
    /// Trees one after another; of three classes and more one a class each time.
    pub iterations: usize,
    /// What share of a leaf's Newton step is made.
    pub learning_rate: f64,
    /// Leaves of a tree, two or more; without a limit as many as there are gains.
    pub max_leaves: Option<usize>,
    /// Splits above a leaf.
    pub max_depth: Option<usize>,
    pub least_rows_a_leaf: usize,
    /// Added to a leaf's hessian.
    pub l2: f64,
    /// Bins of a column, 2 to 255.
    pub max_bins: usize,
}

#[derive(Clone, Debug)]
pub struct Boosted {
    /// Iteration after iteration, in each a tree an output.
    trees: Vec<Tree>,
    columns: usize,
    /// What is predicted before the first tree, for each output.
    baseline: Vec<f64>,
    /// The classes that trained; none where numbers are predicted.
    known: Vec<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unboostable {
    #[error("there are no rows or no columns")]
    Empty,
    #[error("the data's and the target's lengths do not agree")]
    Shape,
    #[error("the data hold values that are not finite")]
    NotFinite,
    #[error(
        "boosting has an iteration or more, a leaf a row or more, a tree two leaves or more, a column 2 to 255 bins"
    )]
    Nothing,
    #[error("the learning rate is above zero and finite, the regularisation zero or above and finite")]
    Rates,
    #[error("the target has no such class")]
    NoSuchClass,
}

impl Boosting {
    fn check(self) -> Result<(), Unboostable> {
        let bins = (2..=MOST_BINS).contains(&self.max_bins);
        let leaves = self.max_leaves.is_none_or(|most| most >= 2);
        if self.iterations == 0 || self.least_rows_a_leaf == 0 || self.max_depth == Some(0) || !bins || !leaves {
            return Err(Unboostable::Nothing);
        }
        let fine = self.learning_rate.is_finite() && self.learning_rate > 0.0 && self.l2.is_finite() && self.l2 >= 0.0;
        if fine { Ok(()) } else { Err(Unboostable::Rates) }
    }
}

impl Boosted {
    /// `x` are rows of `columns` values, row-major.
    pub fn fit(
        x: &[f64],
        columns: usize,
        target: Target<'_>,
        boosting: Boosting,
        threads: NonZeroUsize,
    ) -> Result<Self, Unboostable> {
        let rows = target.rows();
        if columns == 0 || rows == 0 {
            return Err(Unboostable::Empty);
        }
        if rows.checked_mul(columns) != Some(x.len()) || rows > u32::MAX as usize {
            return Err(Unboostable::Shape);
        }
        boosting.check()?;
        let (loss, known) = Loss::of(target)?;
        if !x.iter().all(|value| value.is_finite()) {
            return Err(Unboostable::NotFinite);
        }
        let bins = Bins::of(x, columns, boosting.max_bins, threads);
        let baseline = loss.baseline();
        let trees = rounds::grow(&bins, &loss, &baseline, boosting, threads);
        Ok(Self { trees, columns, baseline, known })
    }

    /// What the trees add up to for each of the row-major rows: the prediction; of two classes the second
    /// one's log-odds; of more a number a class that trained, the largest for the likeliest.
    pub fn decide(&self, x: &[f64], threads: NonZeroUsize) -> Result<Vec<f64>, Unboostable> {
        if !x.len().is_multiple_of(self.columns) {
            return Err(Unboostable::Shape);
        }
        let outputs = self.baseline.len();
        let mut decisions = self.baseline.repeat(x.len() / self.columns);
        let chunks = x.chunks(ROWS_AT_A_TIME * self.columns).zip(decisions.chunks_mut(ROWS_AT_A_TIME * outputs));
        share_out(threads, chunks, |(rows, decisions)| {
            for (at, tree) in self.trees.iter().enumerate() {
                let own = decisions.iter_mut().skip(at % outputs).step_by(outputs);
                rows.chunks_exact(self.columns).zip(own).for_each(|(row, sum)| *sum += tree.value(row));
            }
        });
        Ok(decisions)
    }

    /// For each row of [`Boosted::decide`]'s numbers a share for each class from 0 to `classes` - 1; those
    /// that did not train have none.
    pub fn shares(&self, decisions: &[f64], classes: usize) -> Vec<f64> {
        let outputs = self.baseline.len();
        let mut shares = vec![0.0; decisions.len() / outputs * classes];
        for (decisions, shares) in decisions.chunks_exact(outputs).zip(shares.chunks_exact_mut(classes.max(1))) {
            for (class, share) in self.known.iter().zip(loss::shares(decisions)) {
                shares[*class as usize] = share;
            }
        }
        shares
    }

    /// The likeliest class of each row of [`Boosted::decide`]'s numbers; of equal ones the first.
    pub fn labels(&self, decisions: &[f64]) -> Vec<i64> {
        let label = |decisions: &[f64]| self.known.get(loss::likeliest(decisions)).copied().unwrap_or(0);
        decisions.chunks_exact(self.baseline.len()).map(label).collect()
    }

    /// Leaves of all trees together.
    pub fn leaves(&self) -> usize {
        self.trees.iter().map(Tree::leaves).sum()
    }
}
