//! Clusters as the distances of all pairs, each kept twice: a cluster's distances lie side by side.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the registers that were found at run time"
)]

use std::num::NonZeroUsize;

use pulp::{Arch, Simd, WithSimd};

use crate::cluster::agglomerative::chain::Clusters;
use crate::cluster::agglomerative::least::first_least;
use crate::cluster::{Points, parts};

/// Lanes of the widest register.
const LANES: usize = 8;

/// How far a merged cluster is from another, by how far its two parts are.
#[derive(Clone, Copy)]
pub(super) enum Update {
    Largest,
    Mean,
}

pub(super) struct Pairs {
    slots: usize,
    /// The slots rounded up to whole registers.
    places: usize,
    distances: Vec<f64>,
    sizes: Vec<f64>,
    /// Infinite where there is no cluster, else minus infinity.
    absent: Vec<f64>,
    update: Update,
}

impl Pairs {
    pub(super) fn of(points: Points<'_>, update: Update, threads: NonZeroUsize) -> Self {
        let slots = points.count();
        let places = slots.next_multiple_of(LANES);
        let mut by_column = vec![0.0; places * points.columns];
        for (slot, row) in points.rows().enumerate() {
            for (column, value) in row.iter().enumerate() {
                by_column[column * places + slot] = *value;
            }
        }
        let mut distances = vec![0.0; slots * places];
        let mut rest = distances.as_mut_slice();
        let mut shares = Vec::new();
        for rows in parts::ranges(slots, threads) {
            let (share, after) = rest.split_at_mut(rows.len() * places);
            rest = after;
            shares.push((rows.start, share));
        }
        parts::each(&mut shares, |(first, share)| {
            for (index, distances) in share.chunks_exact_mut(places).enumerate() {
                let slot = *first + index;
                Arch::new().dispatch(Distances { row: points.row(slot), by_column: &by_column, found: distances });
                distances[slot] = f64::INFINITY;
            }
        });
        let mut absent = vec![f64::INFINITY; places];
        absent[..slots].fill(f64::NEG_INFINITY);
        Self { slots, places, distances, sizes: vec![1.0; slots], absent, update }
    }

    fn row(&self, slot: usize) -> &[f64] {
        &self.distances[slot * self.places..][..self.places]
    }
}

impl Clusters for Pairs {
    fn slots(&self) -> usize {
        self.slots
    }

    fn nearest(&mut self, slot: usize, came_from: Option<usize>) -> (usize, f64) {
        let row = self.row(slot);
        let found = Arch::new().dispatch(Nearest { row, absent: &self.absent });
        match came_from {
            Some(before) if row[before] <= found.1 => (before, found.1),
            _ => found,
        }
    }

    fn merge(&mut self, gone: usize, kept: usize) {
        let places = self.places;
        let (before, after) = self.distances.split_at_mut(kept * places);
        let (from, to) = (&before[gone * places..][..places], &mut after[..places]);
        let sizes = [self.sizes[gone], self.sizes[kept]];
        Arch::new().dispatch(Merge { from, to, sizes, update: self.update });
        to[kept] = f64::INFINITY;
        self.sizes[kept] += sizes[0];
        self.absent[gone] = f64::INFINITY;
        for slot in (0..self.slots).filter(|slot| self.absent[*slot] < 0.0) {
            self.distances[slot * places + kept] = self.distances[kept * places + slot];
        }
    }

    fn pack(&mut self, alive: &[bool]) {
        let kept: Vec<usize> = (0..alive.len()).filter(|slot| alive[*slot]).collect();
        let places = kept.len().next_multiple_of(LANES);
        for (to, from) in kept.iter().enumerate() {
            for (column, other) in kept.iter().enumerate() {
                // Never behind what is still to be read.
                self.distances[to * places + column] = self.distances[from * self.places + other];
            }
        }
        self.distances.truncate(kept.len() * places);
        self.sizes = kept.iter().map(|slot| self.sizes[*slot]).collect();
        self.absent.truncate(places);
        self.absent[..kept.len()].fill(f64::NEG_INFINITY);
        self.absent[kept.len()..].fill(f64::INFINITY);
        (self.slots, self.places) = (kept.len(), places);
    }

    fn height(&self, distance: f64) -> f64 {
        distance
    }
}

/// The distances of one row to all.
struct Distances<'a> {
    row: &'a [f64],
    by_column: &'a [f64],
    found: &'a mut [f64],
}

impl WithSimd for Distances<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let values = S::as_simd_f64s(self.by_column).0;
        let places = S::as_mut_simd_f64s(self.found).0;
        let registers = places.len();
        for (index, place) in places.iter_mut().enumerate() {
            let mut sum = simd.splat_f64s(0.0);
            for (column, value) in self.row.iter().enumerate() {
                let apart = simd.sub_f64s(values[column * registers + index], simd.splat_f64s(*value));
                sum = simd.add_f64s(sum, simd.mul_f64s(apart, apart));
            }
            *place = simd.sqrt_f64s(sum);
        }
    }
}

struct Nearest<'a> {
    row: &'a [f64],
    absent: &'a [f64],
}

impl WithSimd for Nearest<'_> {
    type Output = (usize, f64);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> (usize, f64) {
        let (row, absent) = (S::as_simd_f64s(self.row).0, S::as_simd_f64s(self.absent).0);
        first_least(simd, row.len(), |index| simd.max_f64s(row[index], absent[index]))
    }
}

struct Merge<'a> {
    from: &'a [f64],
    to: &'a mut [f64],
    sizes: [f64; 2],
    update: Update,
}

impl WithSimd for Merge<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let [gone, kept] = self.sizes.map(|size| simd.splat_f64s(size));
        let both = simd.add_f64s(gone, kept);
        for (to, from) in S::as_mut_simd_f64s(self.to).0.iter_mut().zip(S::as_simd_f64s(self.from).0) {
            *to = match self.update {
                Update::Largest => simd.max_f64s(*to, *from),
                Update::Mean => {
                    let sum = simd.add_f64s(simd.mul_f64s(gone, *from), simd.mul_f64s(kept, *to));
                    simd.div_f64s(sum, both)
                }
            };
        }
    }
}
