//! Ward's clusters as their centres and sizes: merging a and b costs 2 |a||b| / (|a| + |b|) ‖ca − cb‖².

#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the registers that were found at run time"
)]

use pulp::{Arch, Simd, WithSimd};

use crate::cluster::Points;
use crate::cluster::agglomerative::chain::Clusters;
use crate::cluster::agglomerative::least::first_least;

/// Lanes of the widest register.
const LANES: usize = 8;

pub(super) struct Centroids {
    slots: usize,
    /// The slots rounded up to whole registers.
    places: usize,
    columns: usize,
    /// The centres, column by column.
    centres: Vec<f64>,
    sizes: Vec<f64>,
    /// Infinite where there is no cluster, else minus infinity.
    absent: Vec<f64>,
}

impl Centroids {
    pub(super) fn of(points: Points<'_>) -> Self {
        let slots = points.count();
        let places = slots.next_multiple_of(LANES);
        let mut centres = vec![0.0; places * points.columns];
        for (slot, row) in points.rows().enumerate() {
            for (column, value) in row.iter().enumerate() {
                centres[column * places + slot] = *value;
            }
        }
        let mut absent = vec![f64::INFINITY; places];
        absent[..slots].fill(f64::NEG_INFINITY);
        Self { slots, places, columns: points.columns, centres, sizes: vec![1.0; places], absent }
    }

    fn centre(&self, slot: usize) -> Vec<f64> {
        self.centres[slot..].iter().step_by(self.places).copied().collect()
    }

    fn cost(&self, left: usize, right: usize) -> f64 {
        let mut sum = 0.0;
        for column in self.centres.chunks_exact(self.places) {
            let apart = column[left] - column[right];
            sum += apart * apart;
        }
        sum * (2.0 * self.sizes[left] * self.sizes[right] / (self.sizes[left] + self.sizes[right]))
    }
}

impl Clusters for Centroids {
    fn slots(&self) -> usize {
        self.slots
    }

    fn nearest(&mut self, slot: usize, came_from: Option<usize>) -> (usize, f64) {
        let place = self.absent[slot];
        self.absent[slot] = f64::INFINITY;
        let centre = self.centre(slot);
        let found = Arch::new().dispatch(Nearest { clusters: self, centre: &centre, size: self.sizes[slot] });
        self.absent[slot] = place;
        match came_from {
            // The same terms in the same order: equal distances are equal to the last bit.
            Some(before) if self.cost(before, slot) <= found.1 => (before, found.1),
            _ => found,
        }
    }

    fn merge(&mut self, gone: usize, kept: usize) {
        let (left, right) = (self.sizes[gone], self.sizes[kept]);
        for column in self.centres.chunks_exact_mut(self.places) {
            column[kept] = (left * column[gone] + right * column[kept]) / (left + right);
        }
        self.sizes[kept] += left;
        self.absent[gone] = f64::INFINITY;
    }

    fn pack(&mut self, alive: &[bool]) {
        let kept: Vec<usize> = (0..alive.len()).filter(|slot| alive[*slot]).collect();
        let places = kept.len().next_multiple_of(LANES);
        for column in 0..self.columns {
            for (to, from) in kept.iter().enumerate() {
                // Never behind what is still to be read.
                self.centres[column * places + to] = self.centres[column * self.places + from];
            }
        }
        self.centres.truncate(self.columns * places);
        self.sizes = kept.iter().map(|slot| self.sizes[*slot]).collect();
        self.sizes.resize(places, 1.0);
        self.absent.truncate(places);
        self.absent[..kept.len()].fill(f64::NEG_INFINITY);
        self.absent[kept.len()..].fill(f64::INFINITY);
        (self.slots, self.places) = (kept.len(), places);
    }

    fn height(&self, distance: f64) -> f64 {
        distance.sqrt()
    }
}

struct Nearest<'a> {
    clusters: &'a Centroids,
    centre: &'a [f64],
    size: f64,
}

impl WithSimd for Nearest<'_> {
    type Output = (usize, f64);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> (usize, f64) {
        let Self { clusters, centre, size } = self;
        let centres = S::as_simd_f64s(&clusters.centres).0;
        let sizes = S::as_simd_f64s(&clusters.sizes).0;
        let absent = S::as_simd_f64s(&clusters.absent).0;
        let registers = sizes.len();
        let (one, double) = (simd.splat_f64s(size), simd.splat_f64s(2.0 * size));
        first_least(simd, registers, |index| {
            let mut sum = simd.splat_f64s(0.0);
            for (column, value) in centre.iter().enumerate() {
                let apart = simd.sub_f64s(centres[column * registers + index], simd.splat_f64s(*value));
                sum = simd.add_f64s(sum, simd.mul_f64s(apart, apart));
            }
            let other = sizes[index];
            let weight = simd.div_f64s(simd.mul_f64s(double, other), simd.add_f64s(one, other));
            simd.max_f64s(simd.mul_f64s(sum, weight), absent[index])
        })
    }
}
