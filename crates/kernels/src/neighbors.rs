//! The exact k nearest neighbours by Euclidean distance, and what they vote for.
//!
//! In few dimensions a k-d tree leaves most points out ([`Method::Tree`]); in more every distance
//! is looked at, in blocks ([`Method::Blocks`]). Both find the same: distances are summed directly
//! in double precision, and of points equally far away those of the lower row numbers are nearer.

use std::num::NonZeroUsize;

use crate::shares::share_out;

mod best;
mod blocks;
mod tree;
mod vote;

use best::Best;
use blocks::Blocks;
use tree::Tree;
pub use vote::{Shares, Weights, average, shares_of_classes};

/// Up to this many columns, and from this many points on, the tree is faster.
const TREE_COLUMNS_MAX: usize = 6;
const TREE_POINTS_MIN: usize = 512;
/// Queries that a thread takes at a time.
const QUERIES_AT_A_TIME: usize = 64;

/// The points that queries are compared with; they are borrowed, and kept once more in the order
/// in which they are searched.
pub struct Index<'a> {
    points: Points<'a>,
    structure: Structure<'a>,
}

enum Structure<'a> {
    Tree(Tree),
    Blocks(Blocks<'a>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Tree,
    Blocks,
}

/// The k nearest points of each query, the nearest first: k places a query in both lists.
#[derive(Clone, Debug, PartialEq)]
pub struct Nearest {
    pub count: usize,
    pub distances: Vec<f64>,
    pub rows: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsearchable {
    #[error("there are no rows or no columns")]
    Empty,
    #[error("the data's and the target's lengths do not agree")]
    Shape,
    #[error("the data hold values that are not finite")]
    NotFinite,
    #[error("there are {rows} rows; at most {most} fit here")]
    TooMany { rows: usize, most: u32 },
    #[error("`n_neighbors` is {wanted}; the training data have {rows} rows")]
    TooFew { wanted: usize, rows: usize },
}

/// Row-major points.
#[derive(Clone, Copy)]
struct Points<'a> {
    values: &'a [f64],
    columns: usize,
}

impl<'a> Points<'a> {
    fn count(self) -> usize {
        self.values.len() / self.columns
    }

    fn row(self, row: usize) -> &'a [f64] {
        &self.values[row * self.columns..][..self.columns]
    }

    fn checked(values: &'a [f64], columns: usize) -> Result<Self, Unsearchable> {
        if columns == 0 || !values.len().is_multiple_of(columns) {
            return Err(Unsearchable::Shape);
        }
        if !values.iter().all(|value| value.is_finite()) {
            return Err(Unsearchable::NotFinite);
        }
        Ok(Self { values, columns })
    }
}

impl Method {
    /// The one that is faster for so many points in so many dimensions.
    pub fn for_shape(points: usize, columns: usize) -> Self {
        if columns <= TREE_COLUMNS_MAX && points >= TREE_POINTS_MIN { Self::Tree } else { Self::Blocks }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Tree => "k-d tree",
            Self::Blocks => "blocks",
        }
    }
}

impl<'a> Index<'a> {
    /// `points` are rows of `columns` values.
    pub fn of(points: &'a [f64], columns: usize, method: Option<Method>) -> Result<Self, Unsearchable> {
        if points.is_empty() || columns == 0 {
            return Err(Unsearchable::Empty);
        }
        let points = Points::checked(points, columns)?;
        if points.count() >= u32::MAX as usize {
            return Err(Unsearchable::TooMany { rows: points.count(), most: u32::MAX - 1 });
        }
        let structure = match method.unwrap_or_else(|| Method::for_shape(points.count(), columns)) {
            Method::Tree => Structure::Tree(Tree::of(points)),
            Method::Blocks => Structure::Blocks(Blocks::of(points)),
        };
        Ok(Self { points, structure })
    }

    pub fn method(&self) -> Method {
        match self.structure {
            Structure::Tree(_) => Method::Tree,
            Structure::Blocks(_) => Method::Blocks,
        }
    }

    /// The `count` nearest points of each of the row-major `queries`.
    pub fn nearest(&self, queries: &[f64], count: usize, threads: NonZeroUsize) -> Result<Nearest, Unsearchable> {
        let queries = Points::checked(queries, self.points.columns)?;
        let rows = self.points.count();
        if count == 0 || count > rows {
            return Err(Unsearchable::TooFew { wanted: count, rows });
        }
        let places = queries.count() * count;
        let mut found = Nearest { count, distances: vec![0.0; places], rows: vec![0; places] };
        let of_chunk = QUERIES_AT_A_TIME * count;
        let chunks = queries
            .values
            .chunks(QUERIES_AT_A_TIME * queries.columns)
            .zip(found.distances.chunks_mut(of_chunk).zip(found.rows.chunks_mut(of_chunk)));
        share_out(threads, chunks, |(values, (distances, rows))| {
            let best = self.best_of(Points { values, ..queries }, count);
            let places = distances.chunks_exact_mut(count).zip(rows.chunks_exact_mut(count));
            best.into_iter().zip(places).for_each(|(best, (distances, rows))| best.write(distances, rows));
        });
        Ok(found)
    }

    fn best_of(&self, queries: Points<'_>, count: usize) -> Vec<Best> {
        match &self.structure {
            Structure::Tree(tree) => {
                queries.values.chunks_exact(queries.columns).map(|query| tree.search(query, count)).collect()
            }
            Structure::Blocks(blocks) => blocks.search(queries, count),
        }
    }
}

/// The sum of the squared differences.
fn square_distance(left: &[f64], right: &[f64]) -> f64 {
    // Eight sums side by side: in one alone each addition would wait for the one before.
    let (left, left_rest) = left.as_chunks::<8>();
    let (right, right_rest) = right.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (left, right) in left.iter().zip(right) {
        for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
            *sum += (left - right) * (left - right);
        }
    }
    let rest: f64 = left_rest.iter().zip(right_rest).map(|(left, right)| (left - right) * (left - right)).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ONE: NonZeroUsize = NonZeroUsize::MIN;

    /// Every distance, sorted.
    fn by_definition(points: Points<'_>, query: &[f64], count: usize) -> Vec<(f64, usize)> {
        let mut all: Vec<(f64, usize)> =
            (0..points.count()).map(|row| (square_distance(query, points.row(row)), row)).collect();
        all.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
        all.truncate(count);
        all
    }

    fn check(values: &[f64], columns: usize, queries: &[f64], count: usize) {
        let points = Points { values, columns };
        for method in [Method::Tree, Method::Blocks] {
            let index = Index::of(values, columns, Some(method)).expect("an index");
            let threads = NonZeroUsize::new(1 + values.len() % 3).expect("not zero");
            let found = index.nearest(queries, count, threads).expect("neighbours");
            for (query, at) in queries.chunks_exact(columns).zip(0..) {
                let place = at * count..(at + 1) * count;
                let expected = by_definition(points, query, count);
                let distances = found.distances[place.clone()].iter();
                for ((distance, row), (square, _)) in distances.zip(&found.rows[place.clone()]).zip(&expected) {
                    let own = square_distance(query, points.row(*row as usize)).sqrt();
                    for expected in [square.sqrt(), own] {
                        let infinite = distance.is_infinite() && expected.is_infinite();
                        let near = infinite || (distance - expected).abs() <= 1e-14 * expected;
                        assert!(near, "{method:?}: row {row} at {distance} where {expected}");
                    }
                }
                if method == Method::Blocks || columns < 8 {
                    let rows: Vec<usize> = found.rows[place].iter().map(|row| *row as usize).collect();
                    assert_eq!(rows, expected.iter().map(|(_, row)| *row).collect::<Vec<_>>(), "{method:?}");
                }
            }
        }
    }

    fn values(count: usize, seed: u64) -> Vec<f64> {
        // Weyl's sequence: irregular enough, and the same everywhere.
        (0..count)
            .map(|i| ((i as u64 + 1).wrapping_mul(seed | 1) as f64 * 0.618_033_988_749_895).fract() - 0.5)
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn every_method_finds_what_a_full_sort_does(
            points in 1_usize..300, columns in 1_usize..20, queries in 0_usize..80, seed in any::<u32>(),
            count in 1_usize..20, scale in -100_i32..100, offset in -1e6..1e6
        ) {
            let moved = |values: Vec<f64>| -> Vec<f64> {
                values.iter().map(|value| (value + offset) * 2.0_f64.powi(scale)).collect()
            };
            let seed = u64::from(seed);
            let (points, queries) = (moved(values(points * columns, seed)), moved(values(queries * columns, seed ^ 5)));
            check(&points, columns, &queries, count.min(points.len() / columns));
        }

        #[test]
        fn ties_go_to_the_lower_row(
            points in prop::collection::vec(0_u8..3, 3..600), queries in prop::collection::vec(0_u8..4, 3..60),
            count in 1_usize..30
        ) {
            let whole = |values: &[u8]| -> Vec<f64> {
                values[..values.len() / 3 * 3].iter().map(|value| f64::from(*value)).collect()
            };
            let (points, queries) = (whole(&points), whole(&queries));
            check(&points, 3, &queries, count.min(points.len() / 3));
        }
    }

    #[test]
    fn far_queries_and_constant_points_are_found_too() {
        let points = vec![2.5; 4 * 60];
        check(&points, 4, &[2.5, 2.5, 2.5, 2.5, 1e300, -1e300, 0.0, 1.0], 7);
        let spread: Vec<f64> = (0..100).map(|i| 10.0_f64.powi(i - 50)).collect();
        check(&spread, 2, &[0.0, 0.0, 1e49, 1e48, -1e200, 3.0], 5);
        check(&[f64::MAX, f64::MIN, 0.0, 1.0], 1, &[f64::MAX, 1.0], 3);
    }

    #[test]
    fn what_cannot_be_searched_is_refused() {
        assert_eq!(Index::of(&[], 1, None).err(), Some(Unsearchable::Empty));
        assert_eq!(Index::of(&[1.0, 2.0, 3.0], 2, None).err(), Some(Unsearchable::Shape));
        assert_eq!(Index::of(&[1.0, f64::NAN], 1, None).err(), Some(Unsearchable::NotFinite));
        let index = Index::of(&[1.0, 2.0], 1, None).expect("an index");
        assert_eq!(index.nearest(&[0.0], 3, ONE), Err(Unsearchable::TooFew { wanted: 3, rows: 2 }));
        assert_eq!(index.nearest(&[f64::INFINITY], 1, ONE), Err(Unsearchable::NotFinite));
    }
}
