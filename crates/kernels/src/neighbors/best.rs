//! The best so far: at most k points, of which the farthest goes as soon as a nearer one comes.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

pub(super) struct Best {
    count: usize,
    farthest_first: BinaryHeap<Candidate>,
    limit: f64,
}

#[derive(Clone, Copy, PartialEq)]
struct Candidate {
    square: f64,
    row: u32,
}

impl Eq for Candidate {}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.square.total_cmp(&other.square).then(self.row.cmp(&other.row))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Best {
    pub(super) fn new(count: usize) -> Self {
        Self { count, farthest_first: BinaryHeap::with_capacity(count), limit: f64::INFINITY }
    }

    /// The squared distance above which a point cannot be among the best.
    pub(super) fn limit(&self) -> f64 {
        self.limit
    }

    pub(super) fn offer(&mut self, square: f64, row: u32) {
        let offered = Candidate { square, row };
        if self.farthest_first.len() < self.count {
            self.farthest_first.push(offered);
        } else if let Some(mut farthest) = self.farthest_first.peek_mut()
            && offered < *farthest
        {
            *farthest = offered;
        }
        if self.farthest_first.len() == self.count {
            self.limit = self.farthest_first.peek().map_or(f64::INFINITY, |farthest| farthest.square);
        }
    }

    /// The nearest first.
    pub(super) fn write(self, distances: &mut [f64], rows: &mut [u32]) {
        let sorted = self.farthest_first.into_sorted_vec();
        for ((candidate, distance), row) in sorted.iter().zip(distances).zip(rows) {
            *distance = candidate.square.sqrt();
            *row = candidate.row;
        }
    }
}
