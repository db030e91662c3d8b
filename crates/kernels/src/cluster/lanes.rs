//! Points side by side in the lanes of vector registers, and their nearest two of some centres:
//! sums of products stay in registers, and no lane waits for another.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the registers that were found at run time"
)]

use pulp::{Simd, WithSimd};

/// Registers of points in one tile: 8 × 3 sums and what they are made from fit AVX-512's 32
/// registers, 4 × 3 fit AVX2's 16.
const TILE_REGISTERS: usize = 3;

/// Centres as the tiles want them.
pub(crate) struct Centres {
    pub(crate) count: usize,
    pub(crate) columns: usize,
    /// One centre after another.
    pub(crate) values: Vec<f64>,
    /// ‖c‖²/2 of each.
    pub(crate) half_squares: Vec<f64>,
}

impl Centres {
    pub(crate) fn new(values: Vec<f64>, columns: usize) -> Self {
        let half_squares: Vec<f64> = values
            .chunks_exact(columns)
            .map(|centre| centre.iter().map(|value| value * value).sum::<f64>() / 2.0)
            .collect();
        Self { count: half_squares.len(), columns, values, half_squares }
    }

    pub(crate) fn row(&self, index: usize) -> &[f64] {
        &self.values[index * self.columns..][..self.columns]
    }
}

/// The centre nearest to a point, of several the first, with the squared distances to it and to the next.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Nearest {
    pub(crate) centre: u32,
    pub(crate) squared: f64,
    pub(crate) second_squared: f64,
}

/// Finds the nearest centre of the rows that `rows` names, less `shift`, and tells `found` of each in turn.
pub(crate) struct Search<'a, Rows, Found> {
    pub(crate) x: &'a [f64],
    pub(crate) shift: &'a [f64],
    pub(crate) centres: &'a Centres,
    pub(crate) rows: Rows,
    pub(crate) found: Found,
}

impl<Rows: Iterator<Item = usize>, Found: FnMut(usize, Nearest)> WithSimd for Search<'_, Rows, Found> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F64_LANES {
            8 => search::<S, 8, _, _>(simd, self),
            4 => search::<S, 4, _, _>(simd, self),
            2 => search::<S, 2, _, _>(simd, self),
            _ => search::<S, 1, _, _>(simd, self),
        }
    }
}

/// `L` is the number of lanes of a register of `S`.
#[inline(always)]
fn search<S: Simd, const L: usize, Rows: Iterator<Item = usize>, Found: FnMut(usize, Nearest)>(
    simd: S,
    search: Search<'_, Rows, Found>,
) {
    let Search { x, shift, centres, mut rows, mut found } = search;
    let tile = TILE_REGISTERS * L;
    let columns = centres.columns;
    let mut packed = vec![0.0; columns * tile];
    let mut names = vec![0; tile];
    let mut nearest = vec![Nearest::default(); tile];
    loop {
        let mut filled = 0;
        for (place, row) in names.iter_mut().zip(rows.by_ref()) {
            *place = row;
            filled += 1;
        }
        if filled == 0 {
            return;
        }
        for (lane, row) in names[..filled].iter().enumerate() {
            let values = x[row * columns..][..columns].iter().zip(shift);
            for (place, (value, shift)) in packed[lane..].iter_mut().step_by(tile).zip(values) {
                *place = value - shift;
            }
        }
        nearest_of_tile::<S, L>(simd, &packed, centres, &mut nearest);
        for (row, nearest) in names[..filled].iter().zip(&nearest) {
            found(*row, *nearest);
        }
        if filled < tile {
            return;
        }
    }
}

/// The least two scores ‖c‖²/2 − x·c of each lane so far, and whose the least is.
#[derive(Clone, Copy)]
struct Best<S: Simd> {
    first: S::f64s,
    second: S::f64s,
    centre: S::f64s,
}

#[inline(always)]
fn nearest_of_tile<S: Simd, const L: usize>(simd: S, packed: &[f64], centres: &Centres, nearest: &mut [Nearest]) {
    let infinite = simd.splat_f64s(f64::INFINITY);
    let mut best = [Best::<S> { first: infinite, second: infinite, centre: simd.splat_f64s(0.0) }; TILE_REGISTERS];
    let mut from = 0;
    while from + L <= centres.count {
        scores::<S, L, L>(simd, packed, centres, from, &mut best);
        from += L;
    }
    while from + 2 <= centres.count && L > 2 {
        scores::<S, L, 2>(simd, packed, centres, from, &mut best);
        from += 2;
    }
    for from in from..centres.count {
        scores::<S, L, 1>(simd, packed, centres, from, &mut best);
    }
    let squares = squares::<S>(simd, packed, centres.columns);
    let two = simd.splat_f64s(2.0);
    let zero = simd.splat_f64s(0.0);
    for ((best, square), nearest) in best.iter().zip(squares).zip(nearest.chunks_exact_mut(L)) {
        let distance = |score| simd.max_f64s(simd.mul_add_f64s(two, score, square), zero);
        let (first, second) = (lanes::<S, L>(simd, distance(best.first)), lanes::<S, L>(simd, distance(best.second)));
        let centre = lanes::<S, L>(simd, best.centre);
        for (lane, nearest) in nearest.iter_mut().enumerate() {
            *nearest = Nearest { centre: centre[lane] as u32, squared: first[lane], second_squared: second[lane] };
        }
    }
}

#[inline(always)]
fn lanes<S: Simd, const L: usize>(simd: S, register: S::f64s) -> [f64; L] {
    let mut values = [0.0; L];
    simd.partial_store_f64s(&mut values, register);
    values
}

/// ‖x‖² of each point of the tile.
#[inline(always)]
fn squares<S: Simd>(simd: S, packed: &[f64], columns: usize) -> [S::f64s; TILE_REGISTERS] {
    let mut sums = [simd.splat_f64s(0.0); TILE_REGISTERS];
    for values in S::as_simd_f64s(packed).0.chunks_exact(TILE_REGISTERS).take(columns) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = simd.mul_add_f64s(*value, *value, *sum);
        }
    }
    sums
}

/// Looks at `N` centres from `from` on.
#[inline(always)]
fn scores<S: Simd, const L: usize, const N: usize>(
    simd: S,
    packed: &[f64],
    centres: &Centres,
    from: usize,
    best: &mut [Best<S>; TILE_REGISTERS],
) {
    let columns = centres.columns;
    let rows: [&[f64]; N] = std::array::from_fn(|n| centres.row(from + n));
    let mut sums = [[simd.splat_f64s(0.0); TILE_REGISTERS]; N];
    let points = S::as_simd_f64s(packed).0.as_chunks::<TILE_REGISTERS>().0;
    for (column, points) in points.iter().enumerate().take(columns) {
        for n in 0..N {
            let factor = simd.splat_f64s(rows[n][column]);
            for r in 0..TILE_REGISTERS {
                sums[n][r] = simd.mul_add_f64s(factor, points[r], sums[n][r]);
            }
        }
    }
    for (n, sums) in sums.iter().enumerate() {
        let half_square = simd.splat_f64s(centres.half_squares[from + n]);
        let name = simd.splat_f64s((from + n) as f64);
        for (best, sum) in best.iter_mut().zip(sums) {
            let score = simd.sub_f64s(half_square, *sum);
            let nearer = simd.less_than_f64s(score, best.first);
            best.second = simd.min_f64s(best.second, simd.max_f64s(best.first, score));
            best.first = simd.min_f64s(best.first, score);
            best.centre = simd.select_f64s(nearer, name, best.centre);
        }
    }
}
