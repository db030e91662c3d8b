//! Growing one tree: always the leaf whose split gains most.

use std::num::NonZeroUsize;

use super::Boosting;
use super::bins::{Bins, Panel};
use super::heap::Heap;
use super::histogram::{self, Histograms, Sums};
use super::loss::pairwise;
use super::part::part;
use super::split::{Best, Boundaries, Terms, Whole};
use super::tree::Tree;
use crate::shares::share_out;

/// Additions below which a second thread costs more than it saves.
const WORTH_A_THREAD: usize = 40_000;
const ONE: NonZeroUsize = NonZeroUsize::MIN;

/// What growing a tree needs and the next tree can use again.
pub(super) struct Room<S: Sums> {
    /// The rows of each node are a stretch of it, ascending.
    rows: Vec<u32>,
    aside: Vec<u32>,
    /// The slopes of the rows of the node in hand.
    slopes: Vec<S::Slope>,
    spare: Vec<Histograms<S>>,
    nodes: Vec<Node<S>>,
    splittable: Heap,
}

struct Node<S> {
    start: usize,
    end: usize,
    depth: usize,
    whole: Whole,
    best: Option<Best>,
    /// The left child; the right one comes after it.
    left: Option<usize>,
    sums: Option<Histograms<S>>,
}

/// The rows that end in a leaf are a stretch of all; what it adds to their predictions.
#[derive(Clone, Copy)]
pub(super) struct Leaf {
    start: usize,
    end: usize,
    value: f64,
}

impl<S: Sums> Default for Room<S> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            aside: Vec::new(),
            slopes: Vec::new(),
            spare: Vec::new(),
            nodes: Vec::new(),
            splittable: Heap::default(),
        }
    }
}

/// What a tree adds to the rows' predictions.
#[derive(Default)]
pub(super) struct Step {
    rows: Vec<u32>,
    leaves: Vec<Leaf>,
}

impl Step {
    /// Adds to the predictions of a stretch of rows that begins at `first`.
    pub(super) fn add(&self, first: usize, raw: &mut [f64]) {
        let end = first + raw.len();
        for leaf in &self.leaves {
            let own = &self.rows[leaf.start..leaf.end];
            let until = |row: usize| own.partition_point(|own| (*own as usize) < row);
            for row in &own[until(first)..until(end)] {
                raw[*row as usize - first] += leaf.value;
            }
        }
    }
}

/// The tree, and what it adds to the predictions of the rows that it was grown on.
pub(super) fn tree<S: Sums>(
    bins: &Bins,
    slopes: &[S::Slope],
    boosting: Boosting,
    threads: NonZeroUsize,
    room: &mut Room<S>,
    step: &mut Step,
) -> Tree {
    // The step before was taken: its list of rows has the right length.
    std::mem::swap(&mut room.rows, &mut step.rows);
    room.rows.clear();
    room.rows.extend(0..bins.rows as u32);
    room.aside.resize(bins.rows, 0);
    room.nodes.clear();
    room.splittable.clear();
    let terms = Terms { least_rows: boosting.least_rows_a_leaf as f64, l2: boosting.l2 };
    let mut grower = Grower { bins, slopes, boosting, terms, threads, room, leaves: 0 };
    grower.root();
    while let Some(node) = grower.room.splittable.pop() {
        grower.split(node);
    }
    step.leaves.clear();
    let tree = grower.finished(&mut step.leaves);
    std::mem::swap(&mut room.rows, &mut step.rows);
    tree
}

struct Grower<'a, S: Sums> {
    bins: &'a Bins,
    slopes: &'a [S::Slope],
    boosting: Boosting,
    terms: Terms,
    threads: NonZeroUsize,
    room: &'a mut Room<S>,
    /// Nodes that are leaves for good.
    leaves: usize,
}

impl<S: Sums> Grower<'_, S> {
    fn root(&mut self) {
        let mut sums = self.empty();
        let threads = self.threads_for(self.bins.rows);
        share_out(threads, self.bins.panels.iter().zip(&mut sums), |(panel, sums)| {
            histogram::build(panel, None, self.slopes, sums);
        });
        let total = |part: fn(&S) -> f64| {
            let mut column: Vec<f64> = sums[0][..=self.bins.panels[0].bounds[0].len()].iter().map(part).collect();
            // As long as scikit-learn's: how a sum is rounded depends on how it is halved.
            column.resize(self.bins.most + 1, 0.0);
            pairwise(&column)
        };
        let whole =
            Whole { gradient: total(S::gradient), hessian: total(S::hessian), rows: self.bins.rows as f64, value: 0.0 };
        let root = Node { start: 0, end: self.bins.rows, depth: 0, whole, best: None, left: None, sums: None };
        let may_split = self.may_split(&root) && Terms::may_split(&root.whole);
        self.room.nodes.push(root);
        if !may_split {
            self.leaves += 1;
            self.room.spare.push(sums);
            return;
        }
        let (panels, terms) = (self.bins.panels.iter().zip(&sums), self.terms);
        let mut found = vec![None; self.bins.panels.len()];
        share_out(threads, panels.zip(&mut found), |((panel, sums), found)| {
            let mut boundaries = Boundaries::default();
            for_columns(panel, |column, stretch| {
                better(found, |than| boundaries.best(&sums[stretch.clone()], column, &whole, terms, than));
            });
        });
        self.settle(0, found, sums);
    }

    /// Parts a node and looks for its children's best splits.
    fn split(&mut self, parent: usize) {
        let node = &mut self.room.nodes[parent];
        let (Some(best), Some(sums)) = (node.best, node.sums.take()) else { return };
        let (start, end, depth, whole) = (node.start, node.end, node.depth + 1, node.whole);
        let (rows, aside) = (&mut self.room.rows[start..end], &mut self.room.aside[start..end]);
        let kept = part(self.bins, best.column, best.bin, rows, aside, self.threads);
        let [left, right] = self.terms.sides(&whole, &best, kept);
        let first = self.room.nodes.len();
        self.room.nodes[parent].left = Some(first);
        let middle = start + kept;
        for (start, end, whole) in [(start, middle, left), (middle, end, right)] {
            self.room.nodes.push(Node { start, end, depth, whole, best: None, left: None, sums: None });
        }
        if Some(self.leaves + self.room.splittable.len() + 2) == self.boosting.max_leaves {
            // Everything that could still be split remains a leaf.
            self.room.splittable.clear();
            self.room.spare.push(sums);
            return;
        }
        let split = [first, first + 1].map(|child| self.may_split(&self.room.nodes[child]));
        if split == [false, false] {
            self.leaves += 2;
            self.room.spare.push(sums);
            return;
        }
        self.search_children(first, split, sums);
    }

    fn may_split(&self, node: &Node<S>) -> bool {
        node.end - node.start >= 2 * self.boosting.least_rows_a_leaf && Some(node.depth) != self.boosting.max_depth
    }

    /// Sums over the smaller child's rows, takes them from the parent's, which leaves the other child's, and
    /// searches those that may be split.
    fn search_children(&mut self, first: usize, split: [bool; 2], mut larger: Histograms<S>) {
        let [left, right] = [&self.room.nodes[first], &self.room.nodes[first + 1]];
        let small = usize::from(left.end - left.start >= right.end - right.start);
        let (start, end) = [(left.start, left.end), (right.start, right.end)][small];
        let wholes = [left.whole, right.whole];
        let threads = self.threads_for(end - start);
        let mut smaller = self.empty();
        let rows = &self.room.rows[start..end];
        self.room.slopes.clear();
        self.room.slopes.extend(rows.iter().map(|row| self.slopes[*row as usize]));
        let (terms, slopes) = (self.terms, &self.room.slopes);
        let mut found = vec![[None; 2]; self.bins.panels.len()];
        let each = self.bins.panels.iter().zip(smaller.iter_mut().zip(&mut larger)).zip(&mut found);
        share_out(threads, each, |((panel, (smaller, larger)), found)| {
            histogram::build(panel, Some(rows), slopes, smaller);
            let mut boundaries = Boundaries::default();
            for_columns(panel, |column, stretch| {
                let (smaller, larger) = (&smaller[stretch.clone()], &mut larger[stretch.clone()]);
                larger.iter_mut().zip(smaller).for_each(|(larger, smaller)| larger.subtract(*smaller));
                for (child, sums) in [(small, smaller), (1 - small, &*larger)] {
                    if split[child] {
                        let best = |than| boundaries.best(sums, column, &wholes[child], terms, than);
                        better(&mut found[child], best);
                    }
                }
            });
        });
        let sums = if small == 0 { [smaller, larger] } else { [larger, smaller] };
        for (child, sums) in sums.into_iter().enumerate() {
            if split[child] {
                self.settle(first + child, found.iter().map(|found| found[child]), sums);
            } else {
                self.leaves += 1;
                self.room.spare.push(sums);
            }
        }
    }

    /// Whether a node is to be split, once all panels were searched; of equal gains the first column's.
    fn settle(&mut self, node: usize, found: impl IntoIterator<Item = Option<Best>>, sums: Histograms<S>) {
        let mut best: Option<Best> = None;
        for found in found.into_iter().flatten() {
            if best.is_none_or(|best| found.gain > best.gain) {
                best = Some(found);
            }
        }
        self.room.nodes[node].best = best;
        if let Some(best) = best {
            self.room.nodes[node].sums = Some(sums);
            self.room.splittable.push(best.gain, node);
        } else {
            self.leaves += 1;
            self.room.spare.push(sums);
        }
    }

    fn empty(&mut self) -> Histograms<S> {
        self.room.spare.pop().unwrap_or_else(|| histogram::room(self.bins))
    }

    fn threads_for(&self, rows: usize) -> NonZeroUsize {
        let additions = (rows + 2 * self.bins.most) * self.bins.columns;
        if additions < WORTH_A_THREAD { ONE } else { self.threads }
    }

    /// The tree as predictions walk it, and its leaves. What the nodes still hold is kept for the next one.
    fn finished(self, leaves: &mut Vec<Leaf>) -> Tree {
        let mut tree = Tree::default();
        let mut pending = vec![(0, None)];
        while let Some((at, right_of)) = pending.pop() {
            if let Some(parent) = right_of {
                tree.right_follows(parent);
            }
            let node = &mut self.room.nodes[at];
            self.room.spare.extend(node.sums.take());
            if let (Some(left), Some(best)) = (node.left, node.best) {
                let (panel, place) = self.bins.place(best.column);
                let parent = tree.add_split(best.column, panel.bounds[place][usize::from(best.bin)]);
                pending.extend([(left + 1, Some(parent)), (left, None)]);
            } else {
                let value = node.whole.value * self.boosting.learning_rate;
                leaves.push(Leaf { start: node.start, end: node.end, value });
                tree.add_leaf(value);
            }
        }
        tree
    }
}

/// Each column of a panel and where its bins are.
fn for_columns(panel: &Panel, mut each: impl FnMut(usize, std::ops::Range<usize>)) {
    let mut start = 0;
    for (column, count) in (panel.first..).zip(panel.counts()) {
        each(column, start..start + count);
        start += count;
    }
}

/// Takes what is found above what there is; nothing gains nothing.
fn better(best: &mut Option<Best>, find: impl FnOnce(f64) -> Option<Best>) {
    if let Some(found) = find(best.map_or(0.0, |best| best.gain)) {
        *best = Some(found);
    }
}
