//! Principal components of row-major data: the directions in which they vary most.
//!
//! [`exact`] sums the second moments in one pass and takes their eigenvectors where that keeps
//! enough digits of the smallest variance asked for, and the singular values of the centred data
//! where not. [`randomised`] looks at a random subspace only, as Halko, Martinsson and Tropp do
//! (SIAM Review 53(2), 2011).
//!
//! A component's sign is arbitrary; here its largest entry by size is positive.

use std::num::NonZeroUsize;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};

use crate::shares::share_out;

mod exact;
mod randomised;

pub use exact::exact;
pub use randomised::{Subspace, randomised};

/// Values that a thread takes at a time: half of a second-level cache or less.
const VALUES_AT_A_TIME: usize = 1 << 16;

/// What was fitted.
#[derive(Clone, Debug, PartialEq)]
pub struct Components {
    pub means: Vec<f64>,
    /// One row a component, the one of the largest variance first.
    pub directions: Vec<f64>,
    /// With n - 1 in the denominator.
    pub variances: Vec<f64>,
    pub method: Method,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Eigenvectors of the columns' second moments.
    Covariance,
    /// Eigenvectors of the rows' products: fewer rows than columns.
    Rows,
    SingularValues,
    /// A random subspace, by the columns' second moments.
    SubspaceOfCovariance,
    /// A random subspace, by passes over the data.
    Subspace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecomposable {
    #[error("there are no rows or no columns")]
    Empty,
    #[error("the data's length is no multiple of the number of columns")]
    Shape,
    #[error("the data hold values that are not finite")]
    NotFinite,
    #[error("a variance needs two rows")]
    OneRow,
    #[error("`n_components` is {wanted}; the data, {rows} rows of {columns} columns, have {most}")]
    TooManyComponents { wanted: usize, rows: usize, columns: usize, most: usize },
    #[error("the data are so large that their squares are no finite numbers")]
    TooLarge,
    #[error("the decomposition did not converge")]
    NoConvergence,
}

/// Row-major points.
#[derive(Clone, Copy)]
struct Points<'a> {
    values: &'a [f64],
    columns: usize,
}

/// Squared singular values of the centred data, the largest first, and one column of right singular
/// vectors each; of their transpose the left ones.
struct Spectrum {
    squares: Vec<f64>,
    vectors: Mat<f64>,
}

impl<'a> Points<'a> {
    /// Those of which so many components can be asked.
    fn checked(values: &'a [f64], columns: usize, wanted: usize) -> Result<Self, Undecomposable> {
        if columns == 0 || values.is_empty() {
            return Err(Undecomposable::Empty);
        }
        if !values.len().is_multiple_of(columns) {
            return Err(Undecomposable::Shape);
        }
        let rows = values.len() / columns;
        let most = rows.min(columns);
        if wanted == 0 || wanted > most {
            return Err(Undecomposable::TooManyComponents { wanted, rows, columns, most });
        }
        if rows == 1 {
            return Err(Undecomposable::OneRow);
        }
        Ok(Self { values, columns })
    }

    fn check_finite(self) -> Result<(), Undecomposable> {
        if self.values.iter().all(|value| value.is_finite()) { Ok(()) } else { Err(Undecomposable::NotFinite) }
    }

    fn rows(self) -> usize {
        self.values.len() / self.columns
    }

    fn matrix(self) -> MatRef<'a, f64> {
        MatRef::from_row_major_slice(self.values, self.rows(), self.columns)
    }

    /// In two passes: the second takes out the first's rounding.
    fn means(self) -> Vec<f64> {
        let mut means = self.values[..self.columns].to_vec();
        let mut rests = vec![0.0; self.columns];
        for _ in 0..2 {
            rests.fill(0.0);
            for row in self.values.chunks_exact(self.columns) {
                rests.iter_mut().zip(row.iter().zip(&means)).for_each(|(rest, (value, mean))| *rest += value - mean);
            }
            means.iter_mut().zip(&rests).for_each(|(mean, rest)| *mean += rest / self.rows() as f64);
        }
        means
    }
}

impl Method {
    pub fn name(self) -> &'static str {
        match self {
            Self::Covariance => "covariance",
            Self::Rows => "products of rows",
            Self::SingularValues => "singular values",
            Self::SubspaceOfCovariance => "subspace of the covariance",
            Self::Subspace => "subspace",
        }
    }
}

impl Components {
    fn count(&self) -> usize {
        self.variances.len()
    }

    fn directions(&self) -> MatRef<'_, f64> {
        MatRef::from_row_major_slice(&self.directions, self.count(), self.means.len())
    }

    /// Each row's coordinates along the components, row-major.
    pub fn transform(&self, points: &[f64], threads: NonZeroUsize) -> Result<Vec<f64>, Undecomposable> {
        let (columns, count) = (self.means.len(), self.count());
        if !points.len().is_multiple_of(columns) {
            return Err(Undecomposable::Shape);
        }
        let mut transformed = vec![0.0; points.len() / columns * count];
        let of_means = along(self.directions(), &self.means);
        let rows = (VALUES_AT_A_TIME / columns).max(16);
        let shares = points.chunks(rows * columns).zip(transformed.chunks_mut(rows * count));
        share_out(threads, shares, |(points, transformed)| {
            let rows = points.len() / columns;
            let from = MatRef::from_row_major_slice(points, rows, columns);
            for row in transformed.chunks_exact_mut(count) {
                row.iter_mut().zip(&of_means).for_each(|(value, of_mean)| *value = -of_mean);
            }
            let to = MatMut::from_row_major_slice_mut(transformed, rows, count);
            matmul(to, Accum::Add, from, self.directions().transpose(), 1.0, Par::Seq);
        });
        Ok(transformed)
    }

    /// The mean squared difference between the points and what their coordinates say of them.
    pub fn reconstruction_error(&self, points: &[f64], transformed: &[f64]) -> f64 {
        let columns = self.means.len();
        let mut total = 0.0;
        for (row, coordinates) in points.chunks_exact(columns).zip(transformed.chunks_exact(self.count())) {
            let mut rest: Vec<f64> = row.iter().zip(&self.means).map(|(value, mean)| value - mean).collect();
            for (coordinate, direction) in coordinates.iter().zip(self.directions.chunks_exact(columns)) {
                rest.iter_mut().zip(direction).for_each(|(rest, entry)| *rest -= coordinate * entry);
            }
            total += rest.iter().map(|rest| rest * rest).sum::<f64>();
        }
        total / points.len() as f64
    }

    /// `directions` has one column a component, in the order of the falling `variances`.
    fn new(means: Vec<f64>, variances: Vec<f64>, directions: MatRef<'_, f64>, method: Method) -> Self {
        let mut rows = vec![0.0; means.len() * variances.len()];
        for (k, row) in rows.chunks_exact_mut(means.len()).enumerate() {
            row.iter_mut().enumerate().for_each(|(j, entry)| *entry = directions[(j, k)]);
            let largest =
                row.iter().fold(0.0_f64, |largest, entry| if entry.abs() > largest.abs() { *entry } else { largest });
            if largest < 0.0 {
                for entry in row {
                    *entry = -*entry;
                }
            }
        }
        Self { means, directions: rows, variances, method }
    }
}

/// The product of each row with a vector.
fn along(rows: MatRef<'_, f64>, vector: &[f64]) -> Vec<f64> {
    (0..rows.nrows()).map(|i| (0..rows.ncols()).map(|j| rows[(i, j)] * vector[j]).sum()).collect()
}
