//! A grown tree, as predictions walk it.

#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// Leaf after leaf.
    values: Vec<f64>,
}

/// A split, or with `column` [`LEAF`] a leaf, whose values start at `right`.
#[derive(Clone, Copy, Debug)]
struct Node {
    threshold: f64,
    column: u32,
    /// The left child comes right after its parent.
    right: u32,
}

const LEAF: u32 = u32::MAX;

impl Tree {
    /// Adds a split whose left child is to be added next; the right one is told later.
    pub(super) fn add_split(&mut self, column: usize, threshold: f64) -> usize {
        self.nodes.push(Node { threshold, column: column as u32, right: 0 });
        self.nodes.len() - 1
    }

    /// The node that is added next is the right child.
    pub(super) fn right_follows(&mut self, parent: usize) {
        self.nodes[parent].right = self.nodes.len() as u32;
    }

    pub(super) fn add_leaf(&mut self, values: impl Iterator<Item = f64>) {
        self.nodes.push(Node { threshold: 0.0, column: LEAF, right: self.values.len() as u32 });
        self.values.extend(values);
    }

    /// The values of the leaf that a row ends in, and of those after it.
    pub(super) fn leaf(&self, row: &[f32]) -> &[f64] {
        let mut at = 0;
        loop {
            let node = self.nodes[at];
            if node.column == LEAF {
                return &self.values[node.right as usize..];
            }
            let left = f64::from(row[node.column as usize]) <= node.threshold;
            at = if left { at + 1 } else { node.right as usize };
        }
    }

    pub(super) fn leaves(&self, outputs: usize) -> usize {
        self.values.len() / outputs
    }
}
