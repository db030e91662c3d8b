//! Every query against every point, a tile at a time. With x and y less the points' mean,
//! ‖x − y‖² = ‖x‖² + 2 (½‖y‖² − x·y), and the bracket is what a tile sums in single precision for
//! some queries and a block of points, all in registers. It only sorts out: a bound on its rounding
//! error says which points may be near enough, and their distances are summed again in double
//! precision from the data as they are. So the answer is exact, and half as wide numbers do most
//! of the work.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the registers that were found at run time"
)]

use pulp::{Arch, Simd, WithSimd};

use super::{Best, Points, square_distance};

/// Points of a block: three registers of AVX-512, six of AVX2.
const BLOCK_POINTS: usize = 48;
/// Queries that share a packed chunk; a whole number of tiles for each kind of register.
const CHUNK_QUERIES: usize = 64;
/// Half a unit in the last place of single precision.
const ROUNDING: f64 = 1.0 / (1 << 24) as f64;
/// Roundings beside those of the sum: of both coordinates, of norms and limits.
const OTHER_ROUNDINGS: usize = 8;
/// Scaled coordinates above this might be too large to be squared and summed in single precision.
const LARGEST_SCALED: f64 = 1e9;

/// One column of a block, on a line of the caches.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line([f32; BLOCK_POINTS]);

pub(super) struct Blocks<'a> {
    points: Points<'a>,
    centre: Vec<f64>,
    /// Brings the largest centred coordinate near 1. Nothing where there is no such factor.
    scale: Option<f64>,
    /// By how much a norm may be off, as a share of it: see `limit_of`.
    slack: f64,
    /// One block after another, `columns` lines each; points that lack are zeros.
    lines: Vec<Line>,
    /// ½‖y‖², less its share of the error bound; a line a block.
    half_squares: Vec<Line>,
}

impl<'a> Blocks<'a> {
    pub(super) fn of(points: Points<'a>) -> Self {
        let centre = means(points);
        let rows = points.values.chunks_exact(points.columns);
        let largest =
            rows.flat_map(|row| row.iter().zip(&centre).map(|(value, mean)| (value - mean).abs())).fold(0.0, f64::max);
        let scale = if largest == 0.0 { 1.0 } else { 1.0 / largest };
        let usable = largest.is_finite() && scale.is_finite() && centre.iter().all(|mean| mean.is_finite());
        let mut blocks = Self {
            points,
            centre,
            scale: usable.then_some(scale),
            slack: (points.columns + OTHER_ROUNDINGS) as f64 * ROUNDING * 1.01,
            lines: Vec::new(),
            half_squares: Vec::new(),
        };
        if usable {
            blocks.pack(scale);
        }
        blocks
    }

    fn pack(&mut self, scale: f64) {
        let columns = self.points.columns;
        let count = self.points.count().div_ceil(BLOCK_POINTS);
        self.lines = vec![Line([0.0; BLOCK_POINTS]); count * columns];
        self.half_squares = vec![Line([0.0; BLOCK_POINTS]); count];
        let blocks = self.lines.chunks_exact_mut(columns).zip(&mut self.half_squares);
        for ((lines, half_squares), rows) in blocks.zip(self.points.values.chunks(BLOCK_POINTS * columns)) {
            for (place, row) in rows.chunks_exact(columns).enumerate() {
                let mut square = 0.0;
                for ((line, value), mean) in lines.iter_mut().zip(row).zip(&self.centre) {
                    let scaled = (value - mean) * scale;
                    square += scaled * scaled;
                    line.0[place] = scaled as f32;
                }
                half_squares.0[place] = (0.5 * square - self.slack * square) as f32;
            }
        }
    }

    pub(super) fn search(&self, queries: Points<'_>, count: usize) -> Vec<Best> {
        let mut best: Vec<Best> = (0..queries.count()).map(|_| Best::new(count)).collect();
        let packed = queries.values.chunks(CHUNK_QUERIES * queries.columns);
        for (values, best) in packed.zip(best.chunks_mut(CHUNK_QUERIES)) {
            Arch::new().dispatch(Search { blocks: self, queries: Points { values, ..queries }, best });
        }
        best
    }

    /// Above it the tile's sum of a point cannot belong to one of the best.
    ///
    /// The sum s of d products, each of two rounded coordinates, errs by at most
    /// (d + 2) u (½‖y‖² + ‖x‖‖y‖) and by (d + 2) u (‖y‖² + ½‖x‖²) even more so; the first part of
    /// that is taken off s as it starts, the second is added here. What d leaves out is in
    /// `OTHER_ROUNDINGS`, with what the squared distance itself is off in double precision, and
    /// what is lost of numbers too small for single precision is far below its least normal one.
    fn limit_of(&self, best: &Best, scale: f64, square: f64) -> f32 {
        let underflow = self.points.columns as f64 * f64::from(f32::MIN_POSITIVE);
        let exact = 0.5 * (best.limit() * scale * scale - square) + self.slack * square + underflow;
        (exact as f32).next_up()
    }

    fn compare(&self, query: &[f64], rows: std::ops::Range<usize>, best: &mut Best) {
        for row in rows {
            let square = square_distance(query, self.points.row(row));
            if square <= best.limit() {
                best.offer(square, row as u32);
            }
        }
    }
}

fn means(points: Points<'_>) -> Vec<f64> {
    let mut means = vec![0.0; points.columns];
    for row in points.values.chunks_exact(points.columns) {
        means.iter_mut().zip(row).for_each(|(mean, value)| *mean += value);
    }
    means.iter().map(|sum| sum / points.count() as f64).collect()
}

struct Search<'a> {
    blocks: &'a Blocks<'a>,
    queries: Points<'a>,
    best: &'a mut [Best],
}

impl WithSimd for Search<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // Registers for the sums: 8 × 3 of AVX-512's 32; 2 × 6 of AVX2's 16; otherwise 1 × 12.
        match S::F32_LANES {
            16 => search::<S, 3, 8>(simd, self),
            8 => search::<S, 6, 2>(simd, self),
            4 => search::<S, 12, 1>(simd, self),
            _ => search::<S, BLOCK_POINTS, 1>(simd, self),
        }
    }
}

/// `N` registers hold a value of each of a block's points; `Q` queries make a tile.
#[inline(always)]
fn search<S: Simd, const N: usize, const Q: usize>(simd: S, search: Search<'_>) {
    let Search { blocks, queries, best } = search;
    let columns = queries.columns;
    let mut packed = Packed::<Q>::of(blocks, queries);
    let scale = blocks.scale.unwrap_or(1.0);
    for (index, (lines, start)) in blocks.lines.chunks_exact(columns).zip(&blocks.half_squares).enumerate() {
        let first = index * BLOCK_POINTS;
        let present = BLOCK_POINTS.min(blocks.points.count() - first);
        for (tile, values) in packed.values.chunks_exact(columns).enumerate() {
            let limits = &mut packed.limits[tile];
            sort_out::<S, N, Q>(simd, lines, start, values, limits, |lane, sums, limit| {
                let query = tile * Q + lane;
                for place in (0..present).filter(|place| sums[*place] <= *limit) {
                    blocks.compare(queries.row(query), first + place..first + place + 1, &mut best[query]);
                }
                *limit = blocks.limit_of(&best[query], scale, packed.squares[query]);
            });
        }
    }
    for query in packed.far {
        blocks.compare(queries.row(query), 0..blocks.points.count(), &mut best[query]);
    }
}

/// Queries, `Q` at a time, centred, scaled and with the other sign, column by column.
struct Packed<const Q: usize> {
    values: Vec<[f32; Q]>,
    limits: Vec<[f32; Q]>,
    /// ‖x‖² of each.
    squares: Vec<f64>,
    /// Those too far away for single precision.
    far: Vec<usize>,
}

impl<const Q: usize> Packed<Q> {
    fn of(blocks: &Blocks<'_>, queries: Points<'_>) -> Self {
        let (columns, count) = (queries.columns, queries.count());
        let Some(scale) = blocks.scale else {
            return Self { values: Vec::new(), limits: Vec::new(), squares: Vec::new(), far: (0..count).collect() };
        };
        let tiles = count.div_ceil(Q);
        let mut packed = Self {
            values: vec![[0.0; Q]; tiles * columns],
            // A query that is not there, or is looked at elsewhere, has no use for any point.
            limits: vec![[f32::NEG_INFINITY; Q]; tiles],
            squares: vec![0.0; count],
            far: Vec::new(),
        };
        for (query, row) in queries.values.chunks_exact(columns).enumerate() {
            let scaled = || row.iter().zip(&blocks.centre).map(|(value, mean)| (value - mean) * scale);
            if !scaled().all(|value| value.abs() <= LARGEST_SCALED) {
                packed.far.push(query);
                continue;
            }
            packed.squares[query] = scaled().map(|value| value * value).sum();
            packed.limits[query / Q][query % Q] = f32::INFINITY;
            for (place, value) in packed.values[query / Q * columns..].iter_mut().zip(scaled()) {
                place[query % Q] = -value as f32;
            }
        }
        packed
    }
}

/// The sums of one tile; `found` gets those of each query to which at least one point may be near.
#[inline(always)]
fn sort_out<S: Simd, const N: usize, const Q: usize>(
    simd: S,
    lines: &[Line],
    start: &Line,
    queries: &[[f32; Q]],
    limits: &mut [f32; Q],
    mut found: impl FnMut(usize, &[f32; BLOCK_POINTS], &mut f32),
) {
    let mut sums = [[simd.splat_f32s(0.0); N]; Q];
    let start = S::as_simd_f32s(&start.0).0;
    for sums in &mut sums {
        sums.copy_from_slice(start);
    }
    for (line, factors) in lines.iter().zip(queries) {
        let line = S::as_simd_f32s(&line.0).0;
        for q in 0..Q {
            let factor = simd.splat_f32s(factors[q]);
            for n in 0..N {
                sums[q][n] = simd.mul_add_e_f32s(factor, line[n], sums[q][n]);
            }
        }
    }
    // Small loops that are unrolled: a sum that is looked up by number cannot stay in its register.
    let mut near = 0_u32;
    for q in 0..Q {
        let mut least = sums[q][0];
        for sum in &sums[q][1..] {
            least = simd.min_f32s(least, *sum);
        }
        let found = simd.less_than_or_equal_f32s(least, simd.splat_f32s(limits[q]));
        near |= u32::from(simd.first_true_m32s(found) < S::F32_LANES) << q;
    }
    if near == 0 {
        return;
    }
    let mut values = [Line([0.0; BLOCK_POINTS]); Q];
    for q in 0..Q {
        let places = S::as_mut_simd_f32s(&mut values[q].0).0;
        places.copy_from_slice(&sums[q]);
    }
    for q in (0..Q).filter(|q| near >> q & 1 == 1) {
        found(q, &values[q].0, &mut limits[q]);
    }
}
