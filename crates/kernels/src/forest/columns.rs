//! The columns as ranks: equal values have the same, and the order is that of the values.

use std::num::NonZeroUsize;

use super::Ungrowable;
use crate::shares::share_out;

pub(super) struct Columns {
    rows: usize,
    /// Column by column.
    ranks: Vec<u32>,
    /// Of each column the distinct values, in their order.
    values: Vec<Vec<f32>>,
}

impl Columns {
    pub(super) fn of(x: &[f64], columns: usize, threads: NonZeroUsize) -> Result<Self, Ungrowable> {
        if !x.iter().all(|value| value.is_finite()) {
            return Err(Ungrowable::NotFinite);
        }
        if !x.iter().all(|value| (*value as f32).is_finite()) {
            return Err(Ungrowable::TooLarge);
        }
        let rows = x.len() / columns;
        let mut table = Self { rows, ranks: vec![0; x.len()], values: vec![Vec::new(); columns] };
        let each = table.ranks.chunks_exact_mut(rows).zip(&mut table.values).enumerate();
        share_out(threads, each, |(column, (ranks, values))| {
            // Without the two zeros' difference, which is none.
            let own = x.iter().skip(column).step_by(columns).map(|value| *value as f32 + 0.0);
            let mut sorted: Vec<(f32, u32)> = own.zip(0..).collect();
            sorted.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
            for (value, row) in sorted {
                if values.last().is_none_or(|last| *last < value) {
                    values.push(value);
                }
                ranks[row as usize] = values.len() as u32 - 1;
            }
        });
        Ok(table)
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn count(&self) -> usize {
        self.values.len()
    }

    /// Of each row, in this column.
    pub(super) fn ranks(&self, column: usize) -> &[u32] {
        &self.ranks[column * self.rows..][..self.rows]
    }

    pub(super) fn value(&self, column: usize, rank: u32) -> f32 {
        self.values[column][rank as usize]
    }

    /// Halfway between two values; the lower one where there is no number between them.
    pub(super) fn threshold(&self, column: usize, below: u32, above: u32) -> f64 {
        let (below, above) = (f64::from(self.value(column, below)), f64::from(self.value(column, above)));
        let middle = below / 2.0 + above / 2.0;
        if middle >= above || !middle.is_finite() { below } else { middle }
    }
}
