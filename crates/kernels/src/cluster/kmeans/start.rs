//! Where the centres begin.

use std::num::NonZeroUsize;
use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::cluster::{Points, parts, squared_distance};

pub(super) fn spaced_rows(points: Points<'_>, clusters: usize) -> Vec<f64> {
    let count = points.count();
    (0..clusters).flat_map(|index| points.row(index * count / clusters)).copied().collect()
}

/// The squared distances of one thread's rows to the nearest centre so far.
struct Part {
    rows: Range<usize>,
    nearest: Vec<f64>,
    sum: f64,
    /// What the sum would be with each of the rows drawn.
    sums: Vec<f64>,
}

impl Part {
    fn would_be(&mut self, points: Points<'_>, drawn: &[usize]) {
        self.sums.clear();
        for centre in drawn {
            let centre = points.row(*centre);
            let rows = self.rows.clone().zip(&self.nearest);
            self.sums.push(rows.map(|(row, nearest)| nearest.min(squared_distance(points.row(row), centre))).sum());
        }
    }

    fn accept(&mut self, points: Points<'_>, centre: usize) {
        let centre = points.row(centre);
        for (row, nearest) in self.rows.clone().zip(&mut self.nearest) {
            *nearest = nearest.min(squared_distance(points.row(row), centre));
        }
        self.sum = self.nearest.iter().sum();
    }
}

/// `2 + ln k` rows are drawn for each centre, as scikit-learn draws them. Each draw of all centres has
/// a stream of its own.
pub(super) fn plus_plus(
    points: Points<'_>,
    clusters: usize,
    (seed, draw): (u64, u32),
    threads: NonZeroUsize,
) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(draw.into());
    let mut below_one = move || (random.next_u64() >> 11) as f64 * (-53_f64).exp2();
    let trials = 2 + (clusters as f64).ln() as usize;
    let part = |rows: Range<usize>| Part { nearest: vec![f64::INFINITY; rows.len()], rows, sum: 0.0, sums: Vec::new() };
    let mut parts: Vec<Part> = parts::ranges(points.count(), threads).into_iter().map(part).collect();
    let first = (below_one() * points.count() as f64) as usize;
    let mut chosen = vec![first.min(points.count() - 1)];
    while let Some(last) = chosen.last().copied().filter(|_| chosen.len() < clusters) {
        parts::each(&mut parts, |part| part.accept(points, last));
        let total: f64 = parts.iter().map(|part| part.sum).sum();
        let drawn: Vec<usize> = (0..trials).map(|_| row_at(&parts, below_one() * total)).collect();
        parts::each(&mut parts, |part| part.would_be(points, &drawn));
        let left = |trial: usize| parts.iter().map(|part| part.sums[trial]).sum::<f64>();
        let best = (0..trials).min_by(|a, b| left(*a).total_cmp(&left(*b))).unwrap_or(0);
        chosen.push(drawn[best]);
    }
    chosen.into_iter().flat_map(|row| points.row(row)).copied().collect()
}

/// The first row up to which the distances sum to at least `wanted`.
fn row_at(parts: &[Part], mut wanted: f64) -> usize {
    for part in parts {
        if part.sum < wanted {
            wanted -= part.sum;
            continue;
        }
        for (row, nearest) in part.rows.clone().zip(&part.nearest) {
            wanted -= nearest;
            if wanted <= 0.0 {
                return row;
            }
        }
    }
    // Rounding ate the last of it.
    parts.last().map_or(0, |part| part.rows.end - 1)
}
