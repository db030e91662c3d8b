//! A grown tree, as predictions walk it.

#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

/// A split, or with `column` [`LEAF`] a leaf.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// Rows up to it go left; a leaf's value.
    number: f64,
    column: u32,
    /// The left child comes right after its parent.
    right: u32,
}

const LEAF: u32 = u32::MAX;

impl Tree {
    /// Adds a split whose left child is to be added next; the right one is told later.
    pub(super) fn add_split(&mut self, column: usize, bound: f64) -> usize {
        self.nodes.push(Node { number: bound, column: column as u32, right: 0 });
        self.nodes.len() - 1
    }

    /// The node that is added next is the right child.
    pub(super) fn right_follows(&mut self, parent: usize) {
        self.nodes[parent].right = self.nodes.len() as u32;
    }

    pub(super) fn add_leaf(&mut self, value: f64) {
        self.nodes.push(Node { number: value, column: LEAF, right: 0 });
    }

    /// The value of the leaf that a row ends in.
    pub(super) fn value(&self, row: &[f64]) -> f64 {
        let mut at = 0;
        loop {
            let node = self.nodes[at];
            if node.column == LEAF {
                return node.number;
            }
            at = if row[node.column as usize] <= node.number { at + 1 } else { node.right as usize };
        }
    }

    pub(super) fn leaves(&self) -> usize {
        self.nodes.len().div_ceil(2)
    }
}
