//! Sets of rows that threads join at the same time (Anderson and Woll, STOC 1991). A set's root is
//! its lowest row, whatever the order in which it grew.

use std::sync::atomic::{AtomicU32, Ordering};

pub(super) struct Sets {
    parents: Vec<AtomicU32>,
}

impl Sets {
    pub(super) fn new(rows: usize) -> Self {
        Self { parents: (0..rows as u32).map(AtomicU32::new).collect() }
    }

    fn parent(&self, row: u32) -> u32 {
        self.parents[row as usize].load(Ordering::Relaxed)
    }

    pub(super) fn root(&self, mut row: u32) -> u32 {
        loop {
            let parent = self.parent(row);
            if parent == row {
                return row;
            }
            let above = self.parent(parent);
            // A shorter way for the next who asks; parents only ever become lower.
            self.parents[row as usize].fetch_min(above, Ordering::Relaxed);
            row = above;
        }
    }

    pub(super) fn join(&self, left: u32, right: u32) {
        let (mut left, mut right) = (self.root(left), self.root(right));
        while left != right {
            let (lower, higher) = (left.min(right), left.max(right));
            let place = &self.parents[higher as usize];
            if place.compare_exchange(higher, lower, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                return;
            }
            // Another thread gave it a parent meanwhile.
            (left, right) = (self.root(lower), self.root(higher));
        }
    }
}
