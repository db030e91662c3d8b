//! Sums over a node's rows, a bin each. All that is summed of a bin is one vector, so that a row costs one
//! load, one addition and one store a column.

use super::bins::{Bins, Panel};

/// What is summed, and what a row adds to it.
pub(super) trait Sums: Copy + Send + Sync {
    type Slope: Copy + Default + Send + Sync;
    const NONE: Self;
    fn of(slope: Self::Slope) -> Self;
    fn add(&mut self, other: Self);
    fn subtract(&mut self, other: Self);
    fn gradient(&self) -> f64;
    fn hessian(&self) -> f64;
    fn count(&self) -> f64;
    /// Whether adding it changes nothing.
    fn is_nothing(&self) -> bool;
}

/// Gradients and counts, where each row's hessian is one.
#[derive(Clone, Copy)]
#[repr(align(16))]
pub(super) struct Plain([f64; 2]);

/// Gradients, hessians and counts; the fourth is nothing but room.
#[derive(Clone, Copy)]
#[repr(align(32))]
pub(super) struct Curved([f64; 4]);

impl Sums for Plain {
    type Slope = f32;
    const NONE: Self = Self([0.0; 2]);

    fn of(slope: f32) -> Self {
        Self([f64::from(slope), 1.0])
    }

    fn add(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own += other);
    }

    fn subtract(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own -= other);
    }

    fn gradient(&self) -> f64 {
        self.0[0]
    }

    fn hessian(&self) -> f64 {
        self.0[1]
    }

    fn count(&self) -> f64 {
        self.0[1]
    }

    fn is_nothing(&self) -> bool {
        self.0.iter().all(|sum| *sum == 0.0)
    }
}

impl Sums for Curved {
    type Slope = [f32; 2];
    const NONE: Self = Self([0.0; 4]);

    fn of([gradient, hessian]: [f32; 2]) -> Self {
        Self([f64::from(gradient), f64::from(hessian), 1.0, 0.0])
    }

    fn add(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own += other);
    }

    fn subtract(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own -= other);
    }

    fn gradient(&self) -> f64 {
        self.0[0]
    }

    fn hessian(&self) -> f64 {
        self.0[1]
    }

    fn count(&self) -> f64 {
        self.0[2]
    }

    fn is_nothing(&self) -> bool {
        self.0.iter().all(|sum| *sum == 0.0)
    }
}

/// Of each panel the sums of its columns' bins, one column after another.
pub(super) type Histograms<S> = Vec<Vec<S>>;

pub(super) fn room<S: Sums>(bins: &Bins) -> Histograms<S> {
    bins.panels.iter().map(|panel| vec![S::NONE; panel.counts().sum()]).collect()
}

/// The sums over all rows, in their order; or over those of a node, whose `slopes` are in their order.
pub(super) fn build<S: Sums>(panel: &Panel, rows: Option<&[u32]>, slopes: &[S::Slope], into: &mut [S]) {
    into.fill(S::NONE);
    let mut rest = into;
    let mut columns = panel.counts().map(|count| {
        let (own, others) = std::mem::take(&mut rest).split_at_mut(count);
        rest = others;
        own
    });
    let mut next = || columns.next().unwrap_or_default();
    match panel.bounds.len() {
        1 => of_columns(panel, rows, slopes, [next()]),
        2 => of_columns(panel, rows, slopes, [next(), next()]),
        3 => of_columns(panel, rows, slopes, [next(), next(), next()]),
        _ => of_columns(panel, rows, slopes, [next(), next(), next(), next()]),
    }
}

fn of_columns<S: Sums, const COLUMNS: usize>(
    panel: &Panel,
    rows: Option<&[u32]>,
    slopes: &[S::Slope],
    mut columns: [&mut [S]; COLUMNS],
) {
    let mut add = |word: u32, slope: S::Slope| {
        let sums = S::of(slope);
        for (place, column) in columns.iter_mut().enumerate() {
            column[(word >> (8 * place) & 0xff) as usize].add(sums);
        }
    };
    match rows {
        Some(rows) => rows.iter().zip(slopes).for_each(|(row, slope)| add(panel.words[*row as usize], *slope)),
        None => panel.words.iter().zip(slopes).for_each(|(word, slope)| add(*word, *slope)),
    }
}
