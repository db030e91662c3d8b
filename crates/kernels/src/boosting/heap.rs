//! A heap that brings equal numbers out in the order in which Python's `heapq` does, since scikit-learn
//! keeps the nodes of a tree in one: which of two equal gains is split first decides where leaves are few.

/// Keys with the largest on top.
#[derive(Default)]
pub(super) struct Heap {
    items: Vec<(f64, usize)>,
}

impl Heap {
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn clear(&mut self) {
        self.items.clear();
    }

    pub(super) fn push(&mut self, key: f64, item: usize) {
        self.items.push((key, item));
        self.rise(0, self.items.len() - 1);
    }

    pub(super) fn pop(&mut self) -> Option<usize> {
        let last = self.items.pop()?;
        let Some(top) = self.items.first_mut() else { return Some(last.1) };
        let best = std::mem::replace(top, last);
        // The gap sinks to a leaf along the larger child, and what was put into it rises from there.
        let (mut at, end) = (0, self.items.len());
        while 2 * at + 1 < end {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            let child = if right < end && self.items[left].0 <= self.items[right].0 { right } else { left };
            self.items.swap(at, child);
            at = child;
        }
        self.rise(0, at);
        Some(best.1)
    }

    /// The item at `at` moves up while it is larger than its parent.
    fn rise(&mut self, start: usize, mut at: usize) {
        while at > start {
            let parent = (at - 1) / 2;
            if self.items[at].0 <= self.items[parent].0 {
                break;
            }
            self.items.swap(at, parent);
            at = parent;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_comes_first_and_of_equal_ones_heapqs() {
        let mut heap = Heap::default();
        for (item, key) in [2.0, 5.0, 5.0, 1.0, 5.0, 2.0, 9.0].into_iter().enumerate() {
            heap.push(key, item);
        }
        let order: Vec<usize> = std::iter::from_fn(|| heap.pop()).collect();
        // heappush and heappop of CPython on (-key) with a comparison of keys alone.
        assert_eq!(order, [6, 1, 2, 4, 5, 0, 3]);
        assert_eq!(heap.len(), 0);
    }
}
