//! Clustering of dense row-major data, as scikit-learn defines it: k-means (Lloyd), DBSCAN,
//! agglomerative clustering, Gaussian mixtures.
//!
//! Each function says how many threads it may use; the labels do not depend on their number.

pub mod agglomerative;
pub mod dbscan;
pub mod kmeans;
mod lanes;
pub mod mixture;
mod parts;

/// What is clustered.
#[derive(Clone, Copy, Debug)]
pub struct Points<'a> {
    /// Rows of `columns` values, one after another.
    pub x: &'a [f64],
    pub columns: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unclusterable {
    #[error("there are no rows or no columns")]
    Empty,
    #[error("the data are no whole number of rows")]
    Shape,
    #[error("the data hold values that are not finite")]
    NotFinite,
    #[error("the data are so large that their squares are no finite numbers")]
    TooLarge,
    #[error("{rows} rows cannot make {clusters} clusters")]
    TooFewRows { rows: usize, clusters: usize },
    #[error("{rows} rows: the distances of all pairs are kept, of at most {most} rows")]
    TooManyRows { rows: usize, most: usize },
    /// scikit-learn's own words.
    #[error(
        "Fitting the mixture model failed because some components have ill-defined empirical covariance (for instance \
         caused by singleton or collapsed samples). Try to decrease the number of components, increase reg_covar, or \
         scale the input data."
    )]
    IllDefined,
}

/// Sums of squares of what is smaller, even of very many columns and rows, are finite.
const LARGEST: f64 = 1e140;

impl<'a> Points<'a> {
    pub fn count(self) -> usize {
        self.x.len() / self.columns.max(1)
    }

    pub(crate) fn row(self, index: usize) -> &'a [f64] {
        &self.x[index * self.columns..][..self.columns]
    }

    pub(crate) fn rows(self) -> impl Iterator<Item = &'a [f64]> {
        self.x.chunks_exact(self.columns)
    }

    /// Of `clusters` there can be at most as many as rows.
    pub(crate) fn check(self, clusters: usize) -> Result<(), Unclusterable> {
        if self.columns == 0 || self.x.is_empty() {
            return Err(Unclusterable::Empty);
        }
        if !self.x.len().is_multiple_of(self.columns) {
            return Err(Unclusterable::Shape);
        }
        if !self.x.iter().all(|value| value.is_finite()) {
            return Err(Unclusterable::NotFinite);
        }
        if !self.x.iter().all(|value| value.abs() < LARGEST) {
            return Err(Unclusterable::TooLarge);
        }
        let rows = self.count();
        if clusters == 0 || clusters > rows {
            return Err(Unclusterable::TooFewRows { rows, clusters });
        }
        Ok(())
    }
}

pub(crate) fn squared_distance(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| (left - right) * (left - right)).sum()
}
