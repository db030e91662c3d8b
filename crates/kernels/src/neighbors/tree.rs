//! A balanced k-d tree (Bentley, CACM 18(9), 1975): each node halves its points at the median of the
//! column in which they spread most. A search keeps, column by column, how far the query lies
//! outside of the current cell (Arya and Mount, DCC 1993), and leaves out cells farther away than
//! the worst of the best so far.

use super::{Best, Points};

/// Most points of a leaf: two registers of AVX-512, four of AVX2.
const LEAF_POINTS: usize = 16;
/// What rounding may add to a cell's distance, relatively, while it is updated on the way down.
const ROUNDING: f64 = 1e-12;

pub(super) struct Tree {
    columns: usize,
    /// Breadth first: the children of node i are 2i + 1 and 2i + 2, and the leaves come after.
    splits: Vec<Split>,
    /// One after another, each column by column: lines of one value a point.
    leaves: Vec<[f64; LEAF_POINTS]>,
    rows: Vec<[u32; LEAF_POINTS]>,
}

#[derive(Clone, Copy, Default)]
struct Split {
    column: usize,
    /// The greatest value on the left and the least on the right.
    left_end: f64,
    right_start: f64,
}

impl Tree {
    pub(super) fn of(points: Points<'_>) -> Self {
        let leaves = points.count().div_ceil(LEAF_POINTS).next_power_of_two();
        let mut tree = Self {
            columns: points.columns,
            splits: vec![Split::default(); leaves - 1],
            // Where no point is, the distance is infinite.
            leaves: vec![[f64::INFINITY; LEAF_POINTS]; leaves * points.columns],
            rows: vec![[u32::MAX; LEAF_POINTS]; leaves],
        };
        let mut rows: Vec<u32> = (0..points.count() as u32).collect();
        tree.build(0, points, &mut rows);
        tree
    }

    fn build(&mut self, node: usize, points: Points<'_>, rows: &mut [u32]) {
        if node >= self.splits.len() {
            self.fill_leaf(node - self.splits.len(), points, rows);
            return;
        }
        let column = widest_column(points, rows);
        let value = |row: u32| points.values[row as usize * points.columns + column];
        let middle = rows.len() / 2;
        if middle > 0 {
            rows.select_nth_unstable_by(middle, |left, right| {
                value(*left).total_cmp(&value(*right)).then(left.cmp(right))
            });
        }
        let (left, right) = rows.split_at_mut(middle);
        self.splits[node] = Split {
            column,
            left_end: left.iter().map(|row| value(*row)).fold(f64::NEG_INFINITY, f64::max),
            right_start: right.iter().map(|row| value(*row)).fold(f64::INFINITY, f64::min),
        };
        self.build(2 * node + 1, points, left);
        self.build(2 * node + 2, points, right);
    }

    fn fill_leaf(&mut self, leaf: usize, points: Points<'_>, rows: &[u32]) {
        let lines = &mut self.leaves[leaf * self.columns..][..self.columns];
        for (place, row) in rows.iter().enumerate() {
            self.rows[leaf][place] = *row;
            lines.iter_mut().zip(points.row(*row as usize)).for_each(|(line, value)| line[place] = *value);
        }
    }

    pub(super) fn search(&self, query: &[f64], count: usize) -> Best {
        let mut best = Best::new(count);
        let mut outside = vec![0.0; self.columns];
        self.visit(0, 0.0, &mut outside, query, &mut best);
        best
    }

    /// `square` is the squared distance to the node's cell, whose share by column stands in `outside`.
    fn visit(&self, node: usize, square: f64, outside: &mut [f64], query: &[f64], best: &mut Best) {
        let Some(split) = self.splits.get(node) else {
            self.look_through(node - self.splits.len(), query, best);
            return;
        };
        let value = query[split.column];
        let (left, right) = (2 * node + 1, 2 * node + 2);
        // Halved first: the sum of two large values might be infinite.
        let on_the_left = value <= 0.5 * split.left_end + 0.5 * split.right_start;
        let (near, far, gap) =
            if on_the_left { (left, right, split.right_start - value) } else { (right, left, value - split.left_end) };
        self.visit(near, square, outside, query, best);
        let before = outside[split.column];
        let beyond = square - before * before + gap * gap;
        // What is no number, of distances too large for one, leaves nothing out.
        let out_of_reach = beyond * (1.0 - ROUNDING) > best.limit();
        if !out_of_reach {
            outside[split.column] = gap;
            self.visit(far, beyond, outside, query, best);
            outside[split.column] = before;
        }
    }

    fn look_through(&self, leaf: usize, query: &[f64], best: &mut Best) {
        let mut squares = [0.0; LEAF_POINTS];
        for (line, value) in self.leaves[leaf * self.columns..][..self.columns].iter().zip(query) {
            for (square, coordinate) in squares.iter_mut().zip(line) {
                *square += (value - coordinate) * (value - coordinate);
            }
        }
        let limit = best.limit();
        let mut near = squares.iter().rev().fold(0_u32, |bits, square| bits << 1 | u32::from(*square <= limit));
        while near != 0 {
            let place = near.trailing_zeros() as usize;
            near &= near - 1;
            if self.rows[leaf][place] != u32::MAX {
                best.offer(squares[place], self.rows[leaf][place]);
            }
        }
    }
}

fn widest_column(points: Points<'_>, rows: &[u32]) -> usize {
    let mut least = vec![f64::INFINITY; points.columns];
    let mut most = vec![f64::NEG_INFINITY; points.columns];
    for row in rows {
        for ((least, most), value) in least.iter_mut().zip(&mut most).zip(points.row(*row as usize)) {
            *least = least.min(*value);
            *most = most.max(*value);
        }
    }
    // Halved first: the spread of two large values might be infinite.
    let spread = |column: usize| 0.5 * most[column] - 0.5 * least[column];
    (0..points.columns)
        .max_by(|left, right| spread(*left).total_cmp(&spread(*right)).then(right.cmp(left)))
        .unwrap_or(0)
}
