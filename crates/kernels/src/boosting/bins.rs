//! Columns as numbers of bins: where few values are distinct a bin a value, else bins of about as many rows.

use std::num::NonZeroUsize;

use crate::shares::share_out;

/// Columns whose bins lie together, a byte each in one word a row.
pub(super) const WIDTH: usize = 4;
/// No bound is larger, as in scikit-learn.
const LARGEST_BOUND: f64 = 1e300;

pub(super) struct Bins {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// The most bins that a column may have.
    pub(super) most: usize,
    pub(super) panels: Vec<Panel>,
}

/// Up to [`WIDTH`] neighbouring columns.
pub(super) struct Panel {
    pub(super) first: usize,
    /// Of each column the upper bounds of all its bins but the last, ascending.
    pub(super) bounds: Vec<Vec<f64>>,
    /// Of each row the bins, the first column's in the lowest byte.
    pub(super) words: Vec<u32>,
}

impl Bins {
    /// Of finite values. The panels are a multiple of the threads, where there are columns enough.
    pub(super) fn of(x: &[f64], columns: usize, most: usize, threads: NonZeroUsize) -> Self {
        let rows = x.len() / columns;
        let panels = (columns.div_ceil(WIDTH * threads.get()) * threads.get()).min(columns);
        let first = |panel: usize| panel * columns / panels;
        let mut table: Vec<Panel> = (0..panels)
            .map(|panel| Panel {
                first: first(panel),
                bounds: vec![Vec::new(); first(panel + 1) - first(panel)],
                words: vec![0; rows],
            })
            .collect();
        share_out(threads, table.iter_mut(), |panel| panel.fill(x, columns, most));
        Self { rows, columns, most, panels: table }
    }

    /// The panel of a column, and its place in it.
    pub(super) fn place(&self, column: usize) -> (&Panel, usize) {
        let panel = self.panels.partition_point(|panel| panel.first <= column) - 1;
        (&self.panels[panel], column - self.panels[panel].first)
    }
}

impl Panel {
    /// Of each column how many bins it has.
    pub(super) fn counts(&self) -> impl Iterator<Item = usize> {
        self.bounds.iter().map(|bounds| bounds.len() + 1)
    }

    fn fill(&mut self, x: &[f64], columns: usize, most: usize) {
        let mut sorted = Vec::with_capacity(self.words.len());
        for (place, bounds) in self.bounds.iter_mut().enumerate() {
            let own = || x.iter().skip(self.first + place).step_by(columns);
            sorted.clear();
            sorted.extend(own().map(|value| ordered(*value)));
            sorted.sort_unstable();
            *bounds = bounds_of(&sorted, most);
            let padded: [f64; 256] = std::array::from_fn(|at| bounds.get(at).copied().unwrap_or(f64::INFINITY));
            for (word, value) in self.words.iter_mut().zip(own()) {
                *word |= bin(&padded, *value) << (8 * place);
            }
        }
    }
}

/// A whole number that is as large among such as the value is among values: they sort faster.
fn ordered(value: f64) -> i64 {
    // Without the two zeros' difference, which is none.
    turned((value + 0.0).to_bits().cast_signed())
}

fn value(ordered: i64) -> f64 {
    f64::from_bits(turned(ordered).cast_unsigned())
}

fn turned(bits: i64) -> i64 {
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

/// How many bounds lie below the value; the last of them is never reached.
fn bin(bounds: &[f64; 256], value: f64) -> u32 {
    let mut below = 0_usize;
    for step in [128, 64, 32, 16, 8, 4, 2, 1] {
        below += step * usize::from(value > bounds[(below + step - 1) & 0xff]);
    }
    below as u32
}

fn bounds_of(sorted: &[i64], most: usize) -> Vec<f64> {
    let mut distinct: Vec<i64> = Vec::with_capacity(most + 1);
    for key in sorted {
        if distinct.last() != Some(key) {
            distinct.push(*key);
            if distinct.len() > most {
                return quantiles(sorted, most);
            }
        }
    }
    // Where the sum is infinite, the bound is to be the largest.
    let middle = |pair: &[i64]| 0.5 * (value(pair[0]) + value(pair[1]));
    tidy(distinct.windows(2).map(middle))
}

/// Where the values' distribution function reaches 1/`most`, 2/`most`, …; halfway to the next value where
/// it does so exactly. The fractions are computed as percentages, as numpy does.
fn quantiles(sorted: &[i64], most: usize) -> Vec<f64> {
    let step = 100.0 / most as f64;
    let last = sorted.len() - 1;
    tidy((1..most).map(|at| {
        let reached = sorted.len() as f64 * (at as f64 * step / 100.0) - 1.0;
        let before = reached.floor();
        if reached < 0.0 {
            return value(sorted[0]);
        }
        let (below, above) =
            (value(sorted[(before as usize).min(last)]), value(sorted[(before as usize + 1).min(last)]));
        if reached > before { above } else { above - (above - below) * 0.5 }
    }))
}

fn tidy(bounds: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut bounds: Vec<f64> = bounds.collect();
    bounds.dedup();
    for bound in &mut bounds {
        *bound = bound.min(LARGEST_BOUND);
    }
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_ordered_as_the_values_are() {
        let values = [f64::MIN, -2.0, -1e-300, -0.0, 0.0, 5e-324, 1.0, f64::MAX];
        let keys = values.map(ordered);
        assert!(keys.is_sorted() && keys[3] == keys[4]);
        assert!(keys.iter().zip(values).all(|(key, own)| value(*key).to_bits() == (own + 0.0).to_bits()));
    }

    #[test]
    fn a_value_is_in_the_bin_that_ends_at_or_above_it() {
        let bounds: Vec<f64> = (0..254).map(f64::from).collect();
        let padded: [f64; 256] = std::array::from_fn(|at| bounds.get(at).copied().unwrap_or(f64::INFINITY));
        for (value, expected) in [(-1.0, 0), (0.0, 0), (0.5, 1), (1.0, 1), (252.5, 253), (253.0, 253), (1e9, 254)] {
            assert_eq!(bin(&padded, value), expected, "{value}");
        }
    }

    #[test]
    fn panels_cover_all_columns_once() {
        for columns in 1..40 {
            for threads in 1..5 {
                let x: Vec<f64> = (0..3 * columns).map(|at| at as f64).collect();
                let bins = Bins::of(&x, columns, 255, NonZeroUsize::new(threads).expect("not zero"));
                let mut next = 0;
                for panel in &bins.panels {
                    assert!(panel.first == next && (1..=WIDTH).contains(&panel.bounds.len()), "{columns} {threads}");
                    next += panel.bounds.len();
                }
                assert_eq!(next, columns);
                assert!((0..columns).all(|column| bins.place(column).1 < WIDTH));
            }
        }
    }
}
