//! K-means by Lloyd's iterations from given centres, or from k-means++.
//!
//! Most rows need no look at all centres: bounds on the distances to the nearest and to the second
//! nearest centre follow how far the centres moved (Hamerly, SIAM Data Mining 2010). Those that do
//! are taken together, so that the products run at the registers' pace. The sums of the clusters
//! follow the rows that changed. Ends, ties and empty clusters are treated as scikit-learn treats
//! them, so both visit the same centres, up to rounding.

mod assignment;
mod start;

use std::num::{NonZeroU32, NonZeroUsize};

use crate::cluster::lanes::Centres;
use crate::cluster::{Points, Unclusterable, parts, squared_distance};
use assignment::{Moved, Part};

#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// One centre after another.
    Given(&'a [f64]),
    /// Rows ⌊i · rows / clusters⌋.
    SpacedRows,
    /// Greedy k-means++: of a few rows drawn each time, the one that leaves the least inertia
    /// (Arthur and Vassilvitskii, SODA 2007). So often, each time from a stream of its own; the
    /// clusters of least inertia are the answer.
    PlusPlus { seed: u64, draws: NonZeroU32 },
}

#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    pub clusters: usize,
    pub start: Start<'a>,
    pub max_iter: u32,
    /// The iterations end once the centres' squared moves are at most this share of the mean variance of the columns.
    pub tolerance: f64,
}

#[derive(Clone, Debug)]
pub struct KMeans {
    pub labels: Vec<i64>,
    /// One centre after another.
    pub centres: Vec<f64>,
    /// Sum of the squared distances to the nearest centre.
    pub inertia: f64,
    pub iterations: u32,
    /// Those of the other draws too.
    pub iterations_of_all: u32,
}

/// Clusters the rows on up to `threads` threads. The same number of threads gives the same bits.
pub fn fit(points: Points<'_>, options: Options<'_>, threads: NonZeroUsize) -> Result<KMeans, Unclusterable> {
    points.check(options.clusters)?;
    if let Start::Given(centres) = options.start
        && centres.len() != options.clusters * points.columns
    {
        return Err(Unclusterable::Shape);
    }
    let spread = Spread::of(points);
    let from = |centres| Lloyd::new(points, options, centres, &spread, threads).run(options.max_iter);
    Ok(match options.start {
        Start::Given(centres) => from(centres.to_vec()),
        Start::SpacedRows => from(start::spaced_rows(points, options.clusters)),
        Start::PlusPlus { seed, draws } => {
            let draw = |draw: u32| from(start::plus_plus(points, options.clusters, (seed, draw), threads));
            (1..draws.get()).map(draw).fold(draw(0), KMeans::or_better)
        }
    })
}

impl KMeans {
    /// The one of less inertia, of two draws; of equal ones the first.
    fn or_better(self, other: Self) -> Self {
        let iterations_of_all = self.iterations_of_all.saturating_add(other.iterations_of_all);
        let best = if other.inertia < self.inertia { other } else { self };
        Self { iterations_of_all, ..best }
    }
}

/// The data's place and size.
struct Spread {
    mean: Vec<f64>,
    mean_variance: f64,
    largest_square: f64,
}

impl Spread {
    fn of(points: Points<'_>) -> Self {
        let count = points.count() as f64;
        let mut mean = vec![0.0; points.columns];
        points.rows().for_each(|row| mean.iter_mut().zip(row).for_each(|(sum, value)| *sum += value));
        for sum in &mut mean {
            *sum /= count;
        }
        let (mut total, mut largest_square) = (0.0, 0.0_f64);
        for row in points.rows() {
            let square = squared_distance(row, &mean);
            total += square;
            largest_square = largest_square.max(square);
        }
        Self { mean, mean_variance: total / count / points.columns as f64, largest_square }
    }
}

struct Lloyd<'a> {
    points: Points<'a>,
    mean: Vec<f64>,
    parts: Vec<Part>,
    /// All centres are about the mean: far from the origin their squares would cost digits.
    centres: Centres,
    tolerance: f64,
}

impl<'a> Lloyd<'a> {
    fn new(
        points: Points<'a>,
        options: Options<'_>,
        mut centres: Vec<f64>,
        spread: &Spread,
        threads: NonZeroUsize,
    ) -> Self {
        for centre in centres.chunks_exact_mut(points.columns) {
            centre.iter_mut().zip(&spread.mean).for_each(|(value, mean)| *value -= mean);
        }
        let ranges = parts::ranges(points.count(), threads);
        let slack = assignment::slack(points.columns, spread.largest_square);
        Self {
            points,
            mean: spread.mean.clone(),
            parts: ranges.into_iter().map(|rows| Part::new(rows, options.clusters, points.columns, slack)).collect(),
            centres: Centres::new(centres, points.columns),
            tolerance: options.tolerance * spread.mean_variance,
        }
    }

    fn run(mut self, max_iter: u32) -> KMeans {
        let mut moved = Moved::not_yet(&self.centres);
        let (mut iterations, mut settled) = (0, false);
        while iterations < max_iter && !settled {
            iterations += 1;
            let changed = self.assign(&moved);
            let next = Centres::new(self.means_of_clusters(), self.points.columns);
            moved = Moved::between(&self.centres, &next);
            self.centres = next;
            settled = !changed;
            if moved.squared_sum <= self.tolerance {
                break;
            }
        }
        if !settled {
            self.assign(&moved);
        }
        self.finish(iterations)
    }

    /// Whether any row changed its cluster.
    fn assign(&mut self, moved: &Moved) -> bool {
        let (points, mean, centres) = (self.points, &self.mean, &self.centres);
        parts::each(&mut self.parts, |part| part.assign(points, mean, centres, moved));
        self.parts.iter().any(|part| part.changed)
    }

    fn means_of_clusters(&self) -> Vec<f64> {
        let mut counts = vec![0_i64; self.centres.count];
        let mut sums = vec![0.0; self.centres.values.len()];
        for part in &self.parts {
            counts.iter_mut().zip(&part.counts).for_each(|(count, own)| *count += own);
            sums.iter_mut().zip(&part.sums).for_each(|(sum, own)| *sum += own);
        }
        self.fill_empty(&mut sums, &mut counts);
        let columns = self.points.columns;
        for (sum, count) in sums.chunks_exact_mut(columns).zip(&counts).filter(|(_, count)| **count > 0) {
            for value in sum {
                *value /= *count as f64;
            }
        }
        // What stays empty goes to the largest cluster.
        let largest = (0..counts.len()).rev().max_by_key(|index| counts[*index]).unwrap_or(0);
        for index in (0..counts.len()).filter(|index| counts[*index] <= 0) {
            sums.copy_within(largest * columns..(largest + 1) * columns, index * columns);
        }
        sums
    }

    /// Each empty cluster gets one of the rows that are farthest from their centres.
    fn fill_empty(&self, sums: &mut [f64], counts: &mut [i64]) {
        let empty: Vec<usize> = (0..counts.len()).filter(|index| counts[*index] == 0).collect();
        if empty.is_empty() {
            return;
        }
        let columns = self.points.columns;
        let mut farthest: Vec<(f64, usize, usize)> = self.parts.iter().flat_map(|part| self.distances(part)).collect();
        farthest.sort_by(|left, right| right.0.total_cmp(&left.0));
        if farthest[0].0 == 0.0 {
            return;
        }
        for (index, (_, row, label)) in empty.into_iter().zip(farthest) {
            for (column, (value, mean)) in self.points.row(row).iter().zip(&self.mean).enumerate() {
                sums[label * columns + column] -= value - mean;
                sums[index * columns + column] = value - mean;
            }
            counts[index] = 1;
            counts[label] -= 1;
        }
    }

    /// Each row's squared distance to its centre, its number and its cluster.
    fn distances<'b>(&'b self, part: &'b Part) -> impl Iterator<Item = (f64, usize, usize)> + 'b {
        part.rows.clone().zip(&part.labels).map(|(row, label)| {
            let label = *label as usize;
            (assignment::squared_about(self.points.row(row), &self.mean, self.centres.row(label)), row, label)
        })
    }

    fn finish(self, iterations: u32) -> KMeans {
        let inertia =
            self.parts.iter().map(|part| self.distances(part).map(|(squared, ..)| squared).sum::<f64>()).sum();
        let labels = self.parts.iter().flat_map(|part| &part.labels).map(|label| i64::from(*label)).collect();
        let mut centres = self.centres.values;
        for centre in centres.chunks_exact_mut(self.points.columns) {
            centre.iter_mut().zip(&self.mean).for_each(|(value, mean)| *value += mean);
        }
        KMeans { labels, centres, inertia, iterations, iterations_of_all: iterations }
    }
}
