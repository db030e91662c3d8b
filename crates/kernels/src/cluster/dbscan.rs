//! DBSCAN (Ester et al., KDD 1996) without lists of neighbours: the rows lie in the leaves of a k-d
//! tree, and only leaves whose boxes come near each other are compared.
//!
//! A row is known to be a core row as soon as enough neighbours are counted; two leaves whose core
//! rows are connected already need no comparison at all. Clusters are numbered by their first core
//! row, and a border row belongs to the first cluster that reaches it: scikit-learn's labels.
//! Distances are summed column by column as scikit-learn's trees sum them, so that a distance of
//! exactly `eps` is judged alike.

mod near;
mod sets;
mod tree;

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::cluster::{Points, Unclusterable};
use near::Near;
use sets::Sets;
use tree::{Leaf, Tree};

#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Rows at most this far apart are neighbours.
    pub eps: f64,
    /// A row with this many neighbours, itself among them, is a core row.
    pub min_samples: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dbscan {
    /// The cluster of each row; -1 is noise.
    pub labels: Vec<i64>,
    pub clusters: usize,
}

/// Clusters the rows on up to `threads` threads. The result does not depend on their number.
pub fn fit(points: Points<'_>, options: Options, threads: NonZeroUsize) -> Result<Dbscan, Unclusterable> {
    points.check(1)?;
    let tree = Tree::of(points);
    let near = Near::new(options.eps);
    let work = Work { tree: &tree, near, min_samples: options.min_samples, threads };
    let core = work.core_rows();
    let core_tree = tree.only(|position| core[position].load(Ordering::Relaxed));
    let work = Work { tree: &core_tree, ..work };
    let sets = work.connect(points.count());
    Ok(labels(&tree, &work, &sets, &core, points))
}

struct Work<'a> {
    tree: &'a Tree,
    near: Near,
    min_samples: usize,
    threads: NonZeroUsize,
}

impl Work<'_> {
    fn each_leaf(&self, work: impl Fn(usize, &Leaf) + Sync + Send) {
        let leaves = &self.tree.leaves;
        if self.threads.get() == 1 {
            leaves.iter().enumerate().for_each(|(index, leaf)| work(index, leaf));
        } else {
            (0..leaves.len()).into_par_iter().for_each(|index| work(index, &leaves[index]));
        }
    }

    /// Whether each row, by its place in the tree, is a core row.
    fn core_rows(&self) -> Vec<AtomicBool> {
        let core: Vec<AtomicBool> = (0..self.tree.rows.len()).map(|_| AtomicBool::new(false)).collect();
        self.each_leaf(|index, leaf| {
            let is_core = |position: usize| core[position].store(true, Ordering::Relaxed);
            let close = self.near.surely(self.tree.diagonal_squared(leaf));
            if close && leaf.positions.len() >= self.min_samples {
                leaf.positions.clone().for_each(is_core);
                return;
            }
            let mut others = self.tree.near(leaf, self.near);
            // Itself first: that is where most neighbours are.
            others.sort_unstable_by_key(|other| other.abs_diff(index));
            for place in 0..leaf.positions.len() {
                if self.has_enough(leaf, place, &others) {
                    is_core(leaf.positions.start + place);
                }
            }
        });
        core
    }

    fn has_enough(&self, leaf: &Leaf, place: usize, others: &[usize]) -> bool {
        let query = self.tree.row(leaf, place);
        let mut found = 0;
        for other in others.iter().map(|other| &self.tree.leaves[*other]) {
            if self.near.never(self.tree.squared_to_box(query, other)) {
                continue;
            }
            found += self.near.count(query, self.tree.values(other));
            if found >= self.min_samples {
                return true;
            }
        }
        false
    }

    /// The core rows, of which the tree consists, in sets of those that reach each other.
    fn connect(&self, rows: usize) -> Sets {
        let sets = Sets::new(rows);
        self.each_leaf(|_, leaf| self.connect_within(leaf, &sets));
        let whole: Vec<AtomicBool> = self.tree.leaves.iter().map(|_| AtomicBool::new(false)).collect();
        self.each_leaf(|index, leaf| {
            let mut roots = self.tree.rows_of(leaf).iter().map(|row| sets.root(*row));
            let first = roots.next();
            whole[index].store(roots.all(|root| Some(root) == first), Ordering::Relaxed);
        });
        let is_whole = |index: usize| whole[index].load(Ordering::Relaxed);
        self.each_leaf(|index, leaf| {
            if leaf.positions.is_empty() {
                return;
            }
            let others = self.tree.near(leaf, self.near);
            for other in others.into_iter().filter(|other| *other > index) {
                let (mut left, mut right) = (leaf, &self.tree.leaves[other]);
                if is_whole(index) && !is_whole(other) {
                    (left, right) = (right, left);
                }
                self.connect_leaves(left, right, is_whole(index), is_whole(other), &sets);
            }
        });
        sets
    }

    fn connect_within(&self, leaf: &Leaf, sets: &Sets) {
        let rows = self.tree.rows_of(leaf);
        if self.near.surely(self.tree.diagonal_squared(leaf)) {
            rows.windows(2).for_each(|pair| sets.join(pair[0], pair[1]));
            return;
        }
        for (place, row) in rows.iter().enumerate() {
            let query = self.tree.row(leaf, place);
            self.near.each(query, self.tree.values(leaf), |other| sets.join(*row, rows[other]));
        }
    }

    /// Where only one of the two is whole, it is `right`.
    fn connect_leaves(&self, left: &Leaf, right: &Leaf, one: bool, other: bool, sets: &Sets) {
        let (left_rows, right_rows) = (self.tree.rows_of(left), self.tree.rows_of(right));
        let Some(of_right) = right_rows.first() else { return };
        for (place, row) in left_rows.iter().enumerate() {
            if (one || other) && sets.root(*row) == sets.root(*of_right) {
                if one && other {
                    return;
                }
                continue;
            }
            let query = self.tree.row(left, place);
            if self.near.never(self.tree.squared_to_box(query, right)) {
                continue;
            }
            if !(one || other) {
                self.near.each(query, self.tree.values(right), |found| sets.join(*row, right_rows[found]));
            } else if self.near.any(query, self.tree.values(right)) {
                sets.join(*row, *of_right);
            }
        }
    }
}

/// `work` is about the core rows, `tree` about all.
fn labels(tree: &Tree, work: &Work<'_>, sets: &Sets, core: &[AtomicBool], points: Points<'_>) -> Dbscan {
    let mut labels = vec![-1; points.count()];
    let mut core_rows: Vec<usize> = work.tree.rows.iter().map(|row| *row as usize).collect();
    core_rows.sort_unstable();
    let mut clusters = 0;
    // A set's root is its first row, so it is numbered before any other row asks for its number.
    for row in core_rows {
        let root = sets.root(row as u32) as usize;
        if root == row {
            labels[row] = clusters;
            clusters += 1;
        } else {
            labels[row] = labels[root];
        }
    }
    let border: Vec<usize> = (0..core.len()).filter(|position| !core[*position].load(Ordering::Relaxed)).collect();
    let of_core = &labels;
    let reached = |position: &usize| {
        let row = tree.rows[*position] as usize;
        (row, first_cluster(work, points.row(row), of_core))
    };
    let found: Vec<(usize, i64)> = if work.threads.get() == 1 {
        border.iter().map(reached).collect()
    } else {
        border.into_par_iter().map(|position| reached(&position)).collect()
    };
    for (row, label) in found {
        labels[row] = label;
    }
    Dbscan { labels, clusters: clusters as usize }
}

/// The lowest cluster that has a core row near this one; -1 where none has.
fn first_cluster(work: &Work<'_>, query: &[f64], labels: &[i64]) -> i64 {
    let mut first = i64::MAX;
    work.tree.each_near_point(query, work.near, |leaf| {
        let rows = work.tree.rows_of(leaf);
        work.near.each(query, work.tree.values(leaf), |found| first = first.min(labels[rows[found] as usize]));
    });
    if first == i64::MAX { -1 } else { first }
}
