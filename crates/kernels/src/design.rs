//! What a linear model is fitted to, and what comes out.

/// Rows that are transposed together: a few lines of the caches of each column.
const TRANSPOSED_ROWS: usize = 32;

/// Row-major data with one target a row.
#[derive(Clone, Copy, Debug)]
pub struct Design<'a> {
    /// `y.len()` rows of `columns` values.
    pub x: &'a [f64],
    pub y: &'a [f64],
    pub columns: usize,
    /// Whether the model has an intercept; it is never penalised.
    pub fit_intercept: bool,
}

/// A fitted plane.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearModel {
    pub coefficients: Vec<f64>,
    pub intercept: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsolvable {
    #[error("there are no rows or no columns")]
    Empty,
    #[error("the data's and the target's lengths do not agree")]
    Shape,
    #[error("the data hold values that are not finite")]
    NotFinite,
    #[error("the data are so large that their squares are no finite numbers")]
    TooLarge,
    #[error("the singular value decomposition did not converge")]
    NoConvergence,
}

impl<'a> Design<'a> {
    pub(crate) fn check(self) -> Result<(), Unsolvable> {
        if self.columns == 0 || self.y.is_empty() {
            return Err(Unsolvable::Empty);
        }
        if self.y.len().checked_mul(self.columns) != Some(self.x.len()) {
            return Err(Unsolvable::Shape);
        }
        Ok(())
    }

    pub(crate) fn check_finite(self) -> Result<(), Unsolvable> {
        let finite = self.x.iter().chain(self.y).all(|value| value.is_finite());
        if finite { Ok(()) } else { Err(Unsolvable::NotFinite) }
    }

    pub(crate) fn rows(self) -> impl Iterator<Item = (&'a [f64], f64)> {
        self.x.chunks_exact(self.columns).zip(self.y.iter().copied())
    }

    /// The columns one after another, each less its mean.
    pub(crate) fn columns_about(self, means: &[f64]) -> Vec<f64> {
        let rows = self.y.len();
        let mut columns = vec![0.0; rows * self.columns];
        // A few rows at a time: what is written stays in the caches until the line is full.
        for first in (0..rows).step_by(TRANSPOSED_ROWS) {
            let beyond = rows.min(first + TRANSPOSED_ROWS);
            for (j, (column, mean)) in columns.chunks_exact_mut(rows).zip(means).enumerate() {
                for (i, value) in column[first..beyond].iter_mut().enumerate() {
                    *value = self.x[(first + i) * self.columns + j] - mean;
                }
            }
        }
        columns
    }

    /// Each column's mean and the target's, in two passes: the second takes out the first's rounding.
    /// Zeros without an intercept.
    pub(crate) fn means(self) -> Vec<f64> {
        let mut means = self.means_of_first(self.y.len());
        self.add_mean_of_rest(&mut means);
        means
    }

    /// The means of the first `rows`. A constant column's is its value, to the last bit.
    pub(crate) fn means_of_first(self, rows: usize) -> Vec<f64> {
        if !self.fit_intercept {
            return vec![0.0; self.columns + 1];
        }
        let first = Self { x: &self.x[..rows * self.columns], y: &self.y[..rows], ..self };
        let mut means: Vec<f64> = self.x[..self.columns].iter().chain(&self.y[..1]).copied().collect();
        first.add_mean_of_rest(&mut means);
        means
    }

    fn add_mean_of_rest(self, means: &mut [f64]) {
        if !self.fit_intercept {
            return;
        }
        let mut rests = vec![0.0; self.columns + 1];
        for (row, target) in self.rows() {
            let values = row.iter().chain([&target]).zip(&*means);
            rests.iter_mut().zip(values).for_each(|(rest, (value, mean))| *rest += value - mean);
        }
        let count = self.y.len() as f64;
        means.iter_mut().zip(&rests).for_each(|(mean, rest)| *mean += rest / count);
    }
}

impl LinearModel {
    /// The plane with these slopes that goes through the means: `means` has one for each column and
    /// the target's.
    pub(crate) fn through(means: &[f64], coefficients: Vec<f64>) -> Self {
        let explained: f64 = means.iter().zip(&coefficients).map(|(mean, coefficient)| mean * coefficient).sum();
        Self { intercept: means[coefficients.len()] - explained, coefficients }
    }

    /// One prediction a row of the row-major `x`.
    pub fn predict(&self, x: &[f64]) -> Vec<f64> {
        x.chunks_exact(self.coefficients.len()).map(|row| dot(row, &self.coefficients) + self.intercept).collect()
    }

    pub(crate) fn is_finite(&self) -> bool {
        self.intercept.is_finite() && self.coefficients.iter().all(|coefficient| coefficient.is_finite())
    }
}

pub(crate) fn dot(left: &[f64], right: &[f64]) -> f64 {
    // Sixteen sums side by side: in one alone each addition would wait for the one before.
    let (left, left_rest) = left.as_chunks::<16>();
    let (right, right_rest) = right.as_chunks::<16>();
    let mut sums = [0.0; 16];
    for (left, right) in left.iter().zip(right) {
        for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
            *sum += left * right;
        }
    }
    let rest: f64 = left_rest.iter().zip(right_rest).map(|(left, right)| left * right).sum();
    sums.iter().sum::<f64>() + rest
}

/// `to` += `factor` · `from`.
pub(crate) fn add_scaled(to: &mut [f64], factor: f64, from: &[f64]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
}
