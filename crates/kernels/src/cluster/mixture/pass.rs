//! One pass over a share of the rows: densities, weights, and the weighted sums about the means.
//!
//! Rows lie side by side in the lanes of vector registers, column by column; sums of products stay
//! in registers, tile by tile.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the registers that were found at run time"
)]

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::cluster::Points;
use crate::cluster::mixture::Covariance;
use crate::cluster::mixture::exponential::exp;
use crate::cluster::mixture::gaussians::Gaussians;
use crate::cluster::mixture::sums::Sums;

/// Rows in a block: a multiple of the registers of a tile, whatever their width.
const BLOCK: usize = 192;
/// Registers of rows in a tile of the densities.
const TILE_REGISTERS: usize = 3;
/// Columns on each side of a tile of the squares.
const TILE_COLUMNS: usize = 4;
/// Lanes of the widest register.
const LANES: usize = 8;

/// Where the rows' weights come from.
#[derive(Clone, Copy)]
pub(super) enum Weights<'a> {
    /// Each row belongs to one component alone.
    OfLabels(&'a [i64]),
    OfDensities,
    /// Each row belongs to the only component.
    All,
}

pub(super) struct Pass<'a> {
    points: Points<'a>,
    rows: Range<usize>,
    gaussians: &'a Gaussians,
    weights: Weights<'a>,
    wants_labels: bool,
    pub(super) sums: Sums,
    pub(super) log_likelihood: f64,
    pub(super) labels: Vec<i64>,
}

impl<'a> Pass<'a> {
    pub(super) fn new(points: Points<'a>, rows: Range<usize>, gaussians: &'a Gaussians, weights: Weights<'a>) -> Self {
        let sums = Sums::new(gaussians);
        Self { points, rows, gaussians, weights, wants_labels: false, sums, log_likelihood: 0.0, labels: Vec::new() }
    }

    /// Of each row its likeliest component, and no sums.
    pub(super) fn for_labels(self) -> Self {
        Self { wants_labels: true, ..self }
    }

    pub(super) fn run(&mut self) {
        Arch::new().dispatch(self);
    }
}

impl WithSimd for &mut Pass<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F64_LANES {
            8 => run::<S, 8>(simd, self),
            4 => run::<S, 4>(simd, self),
            2 => run::<S, 2>(simd, self),
            _ => run::<S, 1>(simd, self),
        }
    }
}

/// A block of rows and what is computed from it, each list column by column or component by component.
struct Room {
    filled: usize,
    /// About the origin; columns padded to whole tiles.
    rows: Vec<f64>,
    /// About a component's mean.
    apart: Vec<f64>,
    /// The same times the weights, or in standard deviations.
    scaled: Vec<f64>,
    /// The logarithms of the densities, then the weights.
    weights: Vec<f64>,
    /// The squares of each component, as registers of partial sums.
    squares: Vec<f64>,
}

impl Room {
    fn new(gaussians: &Gaussians) -> Self {
        let (components, padded) = (gaussians.components(), padded(gaussians.columns));
        let squares = if gaussians.covariance == Covariance::Full { components * padded * padded * LANES } else { 0 };
        Self {
            filled: 0,
            rows: vec![0.0; padded * BLOCK],
            apart: vec![0.0; padded * BLOCK],
            scaled: vec![0.0; padded * BLOCK],
            weights: vec![0.0; components * BLOCK],
            squares: vec![0.0; squares],
        }
    }

    #[inline(always)]
    fn fill(&mut self, points: Points<'_>, rows: Range<usize>, origin: &[f64]) {
        self.filled = rows.len();
        for (place, row) in rows.enumerate() {
            let values = points.row(row).iter().zip(origin);
            for (to, (value, origin)) in self.rows[place..].iter_mut().step_by(BLOCK).zip(values) {
                *to = value - origin;
            }
        }
    }
}

fn padded(columns: usize) -> usize {
    columns.next_multiple_of(TILE_COLUMNS)
}

#[inline(always)]
fn run<S: Simd, const L: usize>(simd: S, pass: &mut Pass<'_>) {
    let gaussians = pass.gaussians;
    let mut room = Room::new(gaussians);
    let whitened = whitened_centres(gaussians);
    for first in pass.rows.clone().step_by(BLOCK) {
        room.fill(pass.points, first..pass.rows.end.min(first + BLOCK), &gaussians.origin);
        match pass.weights {
            Weights::All => room.weights[..room.filled].fill(1.0),
            Weights::OfLabels(labels) => {
                room.weights.fill(0.0);
                for (place, label) in labels[first..first + room.filled].iter().enumerate() {
                    room.weights[*label as usize * BLOCK + place] = 1.0;
                }
            }
            Weights::OfDensities => {
                log_densities::<S, L>(simd, gaussians, &whitened, &mut room);
                if pass.wants_labels {
                    pass.labels.extend((0..room.filled).map(|place| likeliest(&room.weights[place..])));
                    continue;
                }
                pass.log_likelihood += to_weights(&mut room);
            }
        }
        let unused = room.filled..BLOCK;
        room.weights.chunks_exact_mut(BLOCK).for_each(|weights| weights[unused.clone()].fill(0.0));
        add_block::<S, L>(simd, gaussians, &mut room, &mut pass.sums);
    }
    if gaussians.covariance == Covariance::Full {
        reduce::<L>(&room.squares, gaussians.columns, &mut pass.sums.squares);
    }
}

/// The first of the largest.
fn likeliest(densities: &[f64]) -> i64 {
    let (mut best, mut most) = (0, f64::NEG_INFINITY);
    for (component, density) in densities.iter().step_by(BLOCK).enumerate() {
        if *density > most {
            (best, most) = (i64::from(component as u32), *density);
        }
    }
    best
}

/// With a shared covariance the rows are whitened once, so the centres are too.
fn whitened_centres(gaussians: &Gaussians) -> Vec<f64> {
    if gaussians.covariance != Covariance::Tied || gaussians.whitening.is_empty() {
        return Vec::new();
    }
    let columns = gaussians.columns;
    let whiten = |centre: &[f64]| -> Vec<f64> {
        let rows = gaussians.whitening.chunks_exact(columns);
        rows.map(|row| row.iter().zip(centre).map(|(factor, value)| factor * value).sum()).collect()
    };
    gaussians.centres.chunks_exact(columns).flat_map(whiten).collect()
}

#[inline(always)]
fn log_densities<S: Simd, const L: usize>(simd: S, gaussians: &Gaussians, whitened: &[f64], room: &mut Room) {
    let columns = gaussians.columns;
    let Room { rows, apart, scaled, weights, .. } = room;
    if gaussians.covariance == Covariance::Tied {
        whiten::<S, L>(simd, &gaussians.whitening, columns, rows, |row, values, tile: usize| {
            let place = &mut S::as_mut_simd_f64s(&mut scaled[row * BLOCK..][..BLOCK]).0[tile * TILE_REGISTERS..];
            place[..TILE_REGISTERS].copy_from_slice(&values);
        });
    }
    for (component, densities) in weights.chunks_exact_mut(BLOCK).enumerate() {
        densities.fill(0.0);
        let range = component * columns..(component + 1) * columns;
        let centre = &gaussians.centres[range.clone()];
        match gaussians.covariance {
            Covariance::Full => {
                take_off(rows, centre, apart);
                let factors = &gaussians.whitening[component * columns * columns..][..columns * columns];
                let sums = S::as_mut_simd_f64s(densities).0;
                whiten::<S, L>(simd, factors, columns, apart, |_, values, tile: usize| {
                    for (sum, value) in sums[tile * TILE_REGISTERS..].iter_mut().zip(values) {
                        *sum = simd.mul_add_e_f64s(value, value, *sum);
                    }
                });
            }
            Covariance::Tied => add_squares(scaled, &whitened[range], &[], densities),
            Covariance::Diagonal | Covariance::Spherical => {
                add_squares(rows, centre, &gaussians.whitening[range], densities);
            }
        }
        let height = gaussians.heights[component];
        for sum in densities {
            *sum = height - 0.5 * *sum;
        }
    }
}

#[inline(always)]
fn take_off(rows: &[f64], centre: &[f64], apart: &mut [f64]) {
    for ((to, from), centre) in apart.chunks_exact_mut(BLOCK).zip(rows.chunks_exact(BLOCK)).zip(centre) {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = from - centre);
    }
}

/// Adds the squares of what is apart from the centre, times the factors, if there are any.
#[inline(always)]
fn add_squares(rows: &[f64], centre: &[f64], factors: &[f64], sums: &mut [f64]) {
    for (column, (values, centre)) in rows.chunks_exact(BLOCK).zip(centre).enumerate() {
        let factor = factors.get(column).copied().unwrap_or(1.0);
        for (sum, value) in sums.iter_mut().zip(values) {
            let scaled = (value - centre) * factor;
            *sum += scaled * scaled;
        }
    }
}

/// Tells `found`, of each row of the lower triangular `factors`, its products with the block's rows:
/// the factors' row, registers of products, and which tile of the block they are of.
#[inline(always)]
fn whiten<S: Simd, const L: usize>(
    simd: S,
    factors: &[f64],
    columns: usize,
    rows: &[f64],
    mut found: impl FnMut(usize, [S::f64s; TILE_REGISTERS], usize),
) {
    for tile in 0..BLOCK / (L * TILE_REGISTERS) {
        let mut first = 0;
        while first + L <= columns {
            whiten_tile::<S, L, L>(simd, factors, columns, rows, first, tile, &mut found);
            first += L;
        }
        while first + 2 <= columns && L > 2 {
            whiten_tile::<S, L, 2>(simd, factors, columns, rows, first, tile, &mut found);
            first += 2;
        }
        for row in first..columns {
            whiten_tile::<S, L, 1>(simd, factors, columns, rows, row, tile, &mut found);
        }
    }
}

/// `N` rows of the factors from `first` on.
#[inline(always)]
fn whiten_tile<S: Simd, const L: usize, const N: usize>(
    simd: S,
    factors: &[f64],
    columns: usize,
    rows: &[f64],
    first: usize,
    tile: usize,
    found: &mut impl FnMut(usize, [S::f64s; TILE_REGISTERS], usize),
) {
    let mut sums = [[simd.splat_f64s(0.0); TILE_REGISTERS]; N];
    let factors: [&[f64]; N] = std::array::from_fn(|n| &factors[(first + n) * columns..][..columns]);
    let start = tile * L * TILE_REGISTERS;
    for column in 0..first + N {
        let values = S::as_simd_f64s(&rows[column * BLOCK + start..][..L * TILE_REGISTERS]).0;
        for n in 0..N {
            let factor = simd.splat_f64s(factors[n][column]);
            for r in 0..TILE_REGISTERS {
                sums[n][r] = simd.mul_add_e_f64s(factor, values[r], sums[n][r]);
            }
        }
    }
    for (n, sums) in sums.into_iter().enumerate() {
        found(first + n, sums, tile);
    }
}

/// Turns the logarithms of densities into each row's shares; the sum of the rows' log-likelihoods.
#[inline(always)]
fn to_weights(room: &mut Room) -> f64 {
    let mut most = [f64::NEG_INFINITY; BLOCK];
    for densities in room.weights.chunks_exact(BLOCK) {
        most.iter_mut().zip(densities).for_each(|(most, density)| *most = most.max(*density));
    }
    let mut totals = [0.0; BLOCK];
    for densities in room.weights.chunks_exact_mut(BLOCK) {
        for ((density, most), total) in densities.iter_mut().zip(&most).zip(&mut totals) {
            *density = exp(*density - most);
            *total += *density;
        }
    }
    let log_likelihood = most.iter().zip(&totals).take(room.filled).map(|(most, total)| most + total.ln()).sum();
    for total in &mut totals {
        *total = total.recip();
    }
    for weights in room.weights.chunks_exact_mut(BLOCK) {
        weights.iter_mut().zip(&totals).for_each(|(weight, inverse)| *weight *= inverse);
    }
    log_likelihood
}

#[inline(always)]
fn add_block<S: Simd, const L: usize>(simd: S, gaussians: &Gaussians, room: &mut Room, sums: &mut Sums) {
    let columns = gaussians.columns;
    let Room { rows, apart, scaled, weights, squares, .. } = room;
    for (component, weights) in weights.chunks_exact(BLOCK).enumerate() {
        let total = sum_of(weights, |weight, _| weight, weights);
        // Most blocks know nothing of a component that is far away.
        if total == 0.0 {
            continue;
        }
        sums.weights[component] += total;
        let range = component * columns..(component + 1) * columns;
        take_off(rows, &gaussians.centres[range.clone()], apart);
        for (column, first) in sums.firsts[range.clone()].iter_mut().enumerate() {
            let apart = &apart[column * BLOCK..][..BLOCK];
            let scaled = &mut scaled[column * BLOCK..][..BLOCK];
            scaled.iter_mut().zip(apart.iter().zip(weights)).for_each(|(to, (apart, weight))| *to = apart * weight);
            *first += sum_of(scaled, |scaled, _| scaled, scaled);
        }
        match gaussians.covariance {
            Covariance::Full => {
                let padded = padded(columns);
                let squares = &mut squares[component * padded * padded * LANES..][..padded * padded * L];
                add_squares_of_block::<S, L>(simd, apart, scaled, padded, squares);
            }
            Covariance::Tied => (),
            Covariance::Diagonal | Covariance::Spherical => {
                for (column, square) in sums.squares[range].iter_mut().enumerate() {
                    let (apart, scaled) = (&apart[column * BLOCK..][..BLOCK], &scaled[column * BLOCK..][..BLOCK]);
                    *square += sum_of(apart, |apart, scaled| apart * scaled, scaled);
                }
            }
        }
    }
}

/// A sum over a block, in as many sums side by side as hide their latency.
#[inline(always)]
fn sum_of(left: &[f64], term: impl Fn(f64, f64) -> f64, right: &[f64]) -> f64 {
    let mut sums = [0.0; 32];
    for (left, right) in left.as_chunks::<32>().0.iter().zip(right.as_chunks::<32>().0) {
        for lane in 0..32 {
            sums[lane] += term(left[lane], right[lane]);
        }
    }
    sums.iter().sum()
}

/// Adds the upper triangle of the products of columns, as registers of partial sums.
#[inline(always)]
fn add_squares_of_block<S: Simd, const L: usize>(
    simd: S,
    apart: &[f64],
    scaled: &[f64],
    padded: usize,
    squares: &mut [f64],
) {
    const T: usize = TILE_COLUMNS;
    let squares = S::as_mut_simd_f64s(squares).0;
    for left in (0..padded).step_by(T) {
        for right in (left..padded).step_by(T) {
            let of = |values, first: usize| -> [&[S::f64s]; T] {
                std::array::from_fn(|n| S::as_simd_f64s(column_of(values, first + n)).0)
            };
            let (lefts, rights) = (of(scaled, left), of(apart, right));
            let mut sums = [[simd.splat_f64s(0.0); T]; T];
            for index in 0..BLOCK / L {
                let right: [S::f64s; T] = std::array::from_fn(|n| rights[n][index]);
                for n in 0..T {
                    for m in 0..T {
                        sums[n][m] = simd.mul_add_e_f64s(lefts[n][index], right[m], sums[n][m]);
                    }
                }
            }
            for (n, sums) in sums.iter().enumerate() {
                let places = &mut squares[(left + n) * padded + right..][..T];
                for (place, sum) in places.iter_mut().zip(sums) {
                    *place = simd.add_f64s(*place, *sum);
                }
            }
        }
    }
}

#[inline(always)]
fn column_of(values: &[f64], column: usize) -> &[f64] {
    &values[column * BLOCK..][..BLOCK]
}

/// The registers' lanes summed; the upper triangle of each component.
fn reduce<const L: usize>(partial: &[f64], columns: usize, squares: &mut [f64]) {
    let padded = padded(columns);
    let components = partial.chunks_exact(padded * padded * LANES);
    for (partial, squares) in components.zip(squares.chunks_exact_mut(columns * columns)) {
        for i in 0..columns {
            for j in i..columns {
                squares[i * columns + j] = partial[(i * padded + j) * L..][..L].iter().sum();
            }
        }
    }
}
