//! Agglomerative clustering: the two nearest clusters are merged until so many are left.
//!
//! All three linkages are reducible, so the chain of nearest neighbours finds the same merges in
//! O(n²) (Murtagh, Computer Journal 26(4), 1983). Ward needs the clusters' centres alone, which is
//! O(n · columns) of memory; complete and average need the distances of all pairs.

mod centroids;
mod chain;
mod cut;
mod least;
mod pairs;

use std::num::NonZeroUsize;

use crate::cluster::{Points, Unclusterable};

/// Of more rows the distances of all pairs would take more than 3.2 GB.
pub const ROWS_MAX: usize = 20_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linkage {
    /// The least increase of the squared distances to the clusters' centres.
    Ward,
    /// The largest distance between two clusters' rows.
    Complete,
    /// The mean distance between two clusters' rows.
    Average,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Agglomerative {
    /// Clusters are numbered by their first row.
    pub labels: Vec<i64>,
    /// At which distance each merge happened, the nearest first: one fewer than there are rows.
    pub heights: Vec<f64>,
}

/// Clusters the rows; `threads` serve the distances of the pairs. The result does not depend on their number.
pub fn fit(
    points: Points<'_>,
    clusters: usize,
    linkage: Linkage,
    threads: NonZeroUsize,
) -> Result<Agglomerative, Unclusterable> {
    points.check(clusters)?;
    let rows = points.count();
    if rows > ROWS_MAX {
        return Err(Unclusterable::TooManyRows { rows, most: ROWS_MAX });
    }
    let merges = match linkage {
        Linkage::Ward => chain::merges(centroids::Centroids::of(points)),
        Linkage::Complete => chain::merges(pairs::Pairs::of(points, pairs::Update::Largest, threads)),
        Linkage::Average => chain::merges(pairs::Pairs::of(points, pairs::Update::Mean, threads)),
    };
    Ok(cut::cut(merges, rows, clusters))
}
