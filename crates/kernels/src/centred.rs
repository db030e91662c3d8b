//! The second moments about the means, in one pass over the data where that loses no digits.

use std::num::NonZeroUsize;

use crate::design::Design;
use crate::moments::{Moments, Rows};

/// Rows whose means stand in for the whole means: near them, little is lost when the sums are centred.
const PROVISIONAL_ROWS: usize = 64;
/// Digits that the provisional means may cost before a second pass with the true ones is worth its time.
const LOSS_MAX: f64 = 1e4;

/// `XᵀX`, Xᵀy and yᵀy of the centred data; of the data as they are without an intercept.
pub(crate) struct Centred {
    pub(crate) columns: usize,
    /// Symmetric, row after row.
    pub(crate) gram: Vec<f64>,
    pub(crate) right: Vec<f64>,
    pub(crate) target_square: f64,
    /// Of each column and of the target; zeros without an intercept.
    pub(crate) means: Vec<f64>,
    /// By how much centring the sums magnified the rounding errors of the worst column.
    pub(crate) loss: f64,
}

impl Centred {
    pub(crate) fn of(design: Design<'_>, threads: NonZeroUsize) -> Self {
        let near = design.means_of_first(design.y.len().min(PROVISIONAL_ROWS));
        let centred = Self::about(design, &near, threads);
        // What is no number is not safe either.
        if !design.fit_intercept || centred.loss <= LOSS_MAX {
            return centred;
        }
        Self::about(design, &design.means(), threads)
    }

    fn about(design: Design<'_>, shift: &[f64], threads: NonZeroUsize) -> Self {
        let columns = design.columns;
        let count = design.y.len() as f64;
        let moments = Moments::of(Rows { design: design.x, target: design.y, columns }, shift, threads);
        // True mean less provisional mean.
        let offset = |j| if design.fit_intercept { moments.at(j, columns + 1) / count } else { 0.0 };
        let offsets: Vec<f64> = (0..=columns).map(offset).collect();
        let product = |i: usize, j: usize| moments.at(i, j) - count * offsets[i] * offsets[j];
        let mut gram = vec![0.0; columns * columns];
        let mut loss = 1.0;
        for i in 0..columns {
            for j in i..columns {
                let value = product(i, j);
                gram[i * columns + j] = value;
                gram[j * columns + i] = value;
            }
            loss = larger(loss, magnified(moments.at(i, i), product(i, i)));
        }
        Self {
            columns,
            gram,
            right: (0..columns).map(|j| product(j, columns)).collect(),
            target_square: product(columns, columns),
            means: shift.iter().zip(&offsets).map(|(shift, offset)| shift + offset).collect(),
            loss,
        }
    }

    pub(crate) fn square(&self, column: usize) -> f64 {
        self.gram[column * self.columns + column]
    }

    pub(crate) fn is_finite(&self) -> bool {
        let diagonal = (0..self.columns).map(|j| self.square(j));
        diagonal.chain(self.right.iter().copied()).chain([self.target_square]).all(f64::is_finite)
    }
}

/// A constant column, whose sums are all nothing, has no digits to lose.
fn magnified(raw: f64, centred: f64) -> f64 {
    if raw == 0.0 {
        1.0
    } else if centred <= 0.0 {
        f64::INFINITY
    } else {
        raw / centred
    }
}

/// As `f64::max`, but what is no number stays so: it must not pass for a small value.
fn larger(left: f64, right: f64) -> f64 {
    if right.is_nan() || right > left { right } else { left }
}
