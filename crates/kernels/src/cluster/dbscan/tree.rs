//! A k-d tree whose leaves hold a few registers of rows, column by column.

use std::ops::Range;

use crate::cluster::Points;
use crate::cluster::dbscan::near::{Near, PLACES};

/// Most rows in a leaf.
const LEAF_ROWS: usize = 32;

pub(super) struct Tree {
    columns: usize,
    /// The rows' numbers, leaf by leaf.
    pub(super) rows: Vec<u32>,
    pub(super) leaves: Vec<Leaf>,
    nodes: Vec<Node>,
    /// Of each node, then each leaf: the least values of the columns, then the largest.
    bounds: Vec<f64>,
    /// Of each leaf its columns one after another, padded with infinities.
    values: Vec<f64>,
    /// The same row by row, without padding.
    by_row: Vec<f64>,
}

#[derive(Clone)]
pub(super) struct Leaf {
    pub(super) positions: Range<usize>,
    values: Range<usize>,
    bounds: usize,
}

#[derive(Clone, Copy)]
enum Child {
    Node(usize),
    Leaf(usize),
}

#[derive(Clone)]
struct Node {
    bounds: usize,
    children: [Child; 2],
}

impl Tree {
    pub(super) fn of(points: Points<'_>) -> Self {
        let mut rows: Vec<u32> = (0..points.count() as u32).collect();
        let mut tree = Self::empty(points.columns);
        tree.grow(points, &mut rows, 0);
        tree.rows = rows;
        tree.by_row = tree.rows.iter().flat_map(|row| points.row(*row as usize)).copied().collect();
        tree.fill();
        tree
    }

    fn empty(columns: usize) -> Self {
        Self {
            columns,
            rows: Vec::new(),
            leaves: Vec::new(),
            nodes: Vec::new(),
            bounds: Vec::new(),
            values: Vec::new(),
            by_row: Vec::new(),
        }
    }

    /// `rows` begin at `first` of all positions.
    fn grow(&mut self, points: Points<'_>, rows: &mut [u32], first: usize) -> Child {
        let (bounds, widest) = self.add_bounds(points, rows);
        if rows.len() <= LEAF_ROWS {
            self.leaves.push(Leaf { positions: first..first + rows.len(), values: 0..0, bounds });
            return Child::Leaf(self.leaves.len() - 1);
        }
        let value = |row: &u32| points.x[*row as usize * points.columns + widest];
        // The left half is a multiple of a leaf, so that leaves are full.
        let leaves = rows.len().div_ceil(LEAF_ROWS);
        let middle = leaves / 2 * LEAF_ROWS;
        rows.select_nth_unstable_by(middle, |a, b| value(a).total_cmp(&value(b)));
        let node = self.nodes.len();
        self.nodes.push(Node { bounds, children: [Child::Leaf(0); 2] });
        let (left, right) = rows.split_at_mut(middle);
        let left = self.grow(points, left, first);
        let right = self.grow(points, right, first + middle);
        self.nodes[node].children = [left, right];
        Child::Node(node)
    }

    /// Where the bounds stand, and in which column the rows differ most.
    fn add_bounds(&mut self, points: Points<'_>, rows: &[u32]) -> (usize, usize) {
        let place = self.bounds.len();
        let columns = self.columns;
        self.bounds.resize(place + columns, f64::INFINITY);
        self.bounds.resize(place + 2 * columns, f64::NEG_INFINITY);
        let (least, largest) = self.bounds[place..].split_at_mut(columns);
        for row in rows {
            for ((value, least), largest) in points.row(*row as usize).iter().zip(&mut *least).zip(&mut *largest) {
                *least = least.min(*value);
                *largest = largest.max(*value);
            }
        }
        let width = |column: usize| largest[column] - least[column];
        (place, (0..columns).max_by(|a, b| width(*a).total_cmp(&width(*b))).unwrap_or(0))
    }

    fn fill(&mut self) {
        for leaf in &mut self.leaves {
            let places = leaf.positions.len().next_multiple_of(PLACES);
            let start = self.values.len();
            self.values.resize(start + places * self.columns, f64::INFINITY);
            leaf.values = start..self.values.len();
            for (place, position) in leaf.positions.clone().enumerate() {
                for (column, value) in self.by_row[position * self.columns..][..self.columns].iter().enumerate() {
                    self.values[start + column * places + place] = *value;
                }
            }
        }
    }

    /// The same tree with some of the rows only; its boxes stay as they are.
    pub(super) fn only(&self, keep: impl Fn(usize) -> bool) -> Self {
        let mut tree = Self { nodes: self.nodes.clone(), bounds: self.bounds.clone(), ..Self::empty(self.columns) };
        for leaf in &self.leaves {
            let first = tree.rows.len();
            for position in leaf.positions.clone().filter(|position| keep(*position)) {
                tree.rows.push(self.rows[position]);
                tree.by_row.extend_from_slice(&self.by_row[position * self.columns..][..self.columns]);
            }
            tree.leaves.push(Leaf { positions: first..tree.rows.len(), ..leaf.clone() });
        }
        tree.fill();
        tree
    }

    pub(super) fn rows_of(&self, leaf: &Leaf) -> &[u32] {
        &self.rows[leaf.positions.clone()]
    }

    pub(super) fn row(&self, leaf: &Leaf, place: usize) -> &[f64] {
        &self.by_row[(leaf.positions.start + place) * self.columns..][..self.columns]
    }

    pub(super) fn values(&self, leaf: &Leaf) -> &[f64] {
        &self.values[leaf.values.clone()]
    }

    /// The least values of the columns, and the largest.
    fn bounds(&self, place: usize) -> (&[f64], &[f64]) {
        self.bounds[place..place + 2 * self.columns].split_at(self.columns)
    }

    pub(super) fn diagonal_squared(&self, leaf: &Leaf) -> f64 {
        let (least, largest) = self.bounds(leaf.bounds);
        crate::cluster::squared_distance(least, largest)
    }

    pub(super) fn squared_to_box(&self, query: &[f64], leaf: &Leaf) -> f64 {
        self.squared_between((query, query), leaf.bounds)
    }

    fn squared_between(&self, (least, largest): (&[f64], &[f64]), place: usize) -> f64 {
        let (other_least, other_largest) = self.bounds(place);
        let mut sum = 0.0;
        for column in 0..self.columns {
            let gap = (other_least[column] - largest[column]).max(least[column] - other_largest[column]).max(0.0);
            sum += gap * gap;
        }
        sum
    }

    /// The leaves whose boxes are near that of this one, itself among them.
    pub(super) fn near(&self, leaf: &Leaf, near: Near) -> Vec<usize> {
        let mut found = Vec::new();
        self.search(self.bounds(leaf.bounds), near, |index| found.push(index));
        found
    }

    pub(super) fn each_near_point<'a>(&'a self, query: &[f64], near: Near, mut found: impl FnMut(&'a Leaf)) {
        self.search((query, query), near, |index| found(&self.leaves[index]));
    }

    fn search(&self, from: (&[f64], &[f64]), near: Near, mut found: impl FnMut(usize)) {
        let root = if self.nodes.is_empty() { Child::Leaf(0) } else { Child::Node(0) };
        let mut open = vec![root];
        while let Some(child) = open.pop() {
            let bounds = match child {
                Child::Node(index) => self.nodes[index].bounds,
                Child::Leaf(index) => self.leaves[index].bounds,
            };
            if near.never(self.squared_between(from, bounds)) {
                continue;
            }
            match child {
                Child::Node(index) => open.extend(self.nodes[index].children),
                Child::Leaf(index) => found(index),
            }
        }
    }
}
