//! Rows laid out so that one row's products with all others are whole vector registers: blocks of
//! [`BLOCK`] rows, each block column by column. One pass over the blocks makes a row of the kernel's
//! matrix; a block that stays in the first-level cache while many rows pass makes sums over them.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the registers that were found at run time"
)]

use std::num::NonZeroUsize;

use pulp::{Arch, Simd, WithSimd};

use super::kernel::Kernel;

/// Rows a block: four registers of AVX-512, eight of AVX2, which leaves room for what they are made from.
pub(super) const BLOCK: usize = 32;
/// Multiplications of one row of the kernel's matrix from which on a second thread is worth waking.
const PARALLEL_ROW: usize = 400_000;

/// Rows of a row-major table, by their numbers.
#[derive(Clone, Copy)]
pub(super) struct Points<'a> {
    pub(super) x: &'a [f64],
    pub(super) columns: usize,
}

impl<'a> Points<'a> {
    pub(super) fn row(self, row: u32) -> &'a [f64] {
        &self.x[row as usize * self.columns..][..self.columns]
    }
}

pub(super) struct Panels {
    columns: usize,
    /// Blocks of columns of `BLOCK` values; what no row fills is 0.
    values: Vec<f64>,
    /// ‖row‖², as many as the blocks have room for.
    squares: Vec<f64>,
}

impl Panels {
    pub(super) fn of(points: Points<'_>, rows: &[u32]) -> Self {
        let blocks = rows.len().div_ceil(BLOCK);
        let columns = points.columns;
        let mut panels = Self { columns, values: vec![0.0; blocks * columns * BLOCK], squares: Vec::new() };
        panels.squares = vec![0.0; blocks * BLOCK];
        let places = panels.values.chunks_exact_mut(columns * BLOCK).zip(panels.squares.chunks_exact_mut(BLOCK));
        for (rows, (block, squares)) in rows.chunks(BLOCK).zip(places) {
            for (lane, (row, square)) in rows.iter().zip(squares).enumerate() {
                let row = points.row(*row);
                for (column, value) in block.as_chunks_mut::<BLOCK>().0.iter_mut().zip(row) {
                    column[lane] = *value;
                }
                *square = crate::design::dot(row, row);
            }
        }
        panels
    }

    pub(super) fn square(&self, place: usize) -> f64 {
        self.squares[place]
    }

    /// Room for a row of the kernel's matrix.
    pub(super) fn padded(&self) -> usize {
        self.squares.len()
    }

    /// The kernel of one row, whose square is given, with every row here. Each value is the same for
    /// any number of threads.
    pub(super) fn kernel_row(
        &self,
        kernel: Kernel,
        row: &[f64],
        square: f64,
        threads: NonZeroUsize,
        values: &mut [f32],
    ) {
        let parts = if self.values.len() < PARALLEL_ROW { 1 } else { threads.get() };
        let blocks = (values.len() / BLOCK).div_ceil(parts).max(1);
        let mut shares = self
            .values
            .chunks(blocks * BLOCK * self.columns)
            .zip(self.squares.chunks(blocks * BLOCK))
            .zip(values.chunks_mut(blocks * BLOCK))
            .map(|((panels, squares), values)| KernelRow { kernel, row, square, panels, squares, values });
        let Some(first) = shares.next() else { return };
        if parts == 1 {
            Arch::new().dispatch(first);
            return;
        }
        rayon::in_place_scope(|scope| {
            shares.for_each(|share| scope.spawn(move |_| Arch::new().dispatch(share)));
            Arch::new().dispatch(first);
        });
    }

    /// For each row here Σ coefficient · K(row, other) over others of `terms`: for each output the
    /// padded rows one after another.
    pub(super) fn sums(&self, kernel: Kernel, terms: &Terms<'_>, threads: NonZeroUsize) -> Vec<f64> {
        let mut by_block = vec![0.0; self.padded() * terms.outputs];
        let parts = threads.get().min(self.padded() / BLOCK).max(1);
        let blocks = (self.padded() / BLOCK).div_ceil(parts).max(1);
        let shares = self
            .values
            .chunks(blocks * BLOCK * self.columns)
            .zip(self.squares.chunks(blocks * BLOCK))
            .zip(by_block.chunks_mut(blocks * BLOCK * terms.outputs))
            .map(|((panels, squares), totals)| Sums { kernel, terms, panels, squares, totals });
        rayon::in_place_scope(|scope| {
            for share in shares {
                if parts == 1 {
                    Arch::new().dispatch(share);
                } else {
                    scope.spawn(move |_| Arch::new().dispatch(share));
                }
            }
        });
        by_output(&by_block, terms.outputs)
    }
}

fn by_output(by_block: &[f64], outputs: usize) -> Vec<f64> {
    let mut sums = Vec::with_capacity(by_block.len());
    for output in 0..outputs {
        for block in by_block.chunks_exact(BLOCK * outputs) {
            sums.extend_from_slice(&block[output * BLOCK..][..BLOCK]);
        }
    }
    sums
}

/// Others with their coefficients: row `rows[i]` of `points` counts in the outputs that
/// `entries[starts[i]..starts[i + 1]]` name.
pub(super) struct Terms<'a> {
    pub(super) points: Points<'a>,
    pub(super) rows: &'a [u32],
    pub(super) starts: &'a [usize],
    pub(super) entries: &'a [(usize, f64)],
    pub(super) outputs: usize,
}

struct KernelRow<'a> {
    kernel: Kernel,
    row: &'a [f64],
    square: f64,
    panels: &'a [f64],
    squares: &'a [f64],
    values: &'a mut [f32],
}

impl WithSimd for KernelRow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F64_LANES {
            8 => self.fill::<S, 4, true>(simd),
            4 => self.fill::<S, 8, true>(simd),
            2 => self.fill::<S, 16, false>(simd),
            _ => self.fill::<S, 32, false>(simd),
        }
    }
}

impl KernelRow<'_> {
    /// `R` is the number of registers that a block's column takes.
    #[inline(always)]
    fn fill<S: Simd, const R: usize, const FUSED: bool>(self, simd: S) {
        let blocks = self.panels.chunks_exact(BLOCK * self.row.len());
        let places = self.squares.as_chunks::<BLOCK>().0.iter().zip(self.values.as_chunks_mut::<BLOCK>().0);
        for (block, (squares, values)) in blocks.zip(places) {
            let mut dots = dots::<S, R>(simd, block, self.row);
            self.kernel.narrow_values::<FUSED>(&mut dots, squares, self.square, values);
        }
    }
}

/// A block's inner products with one row.
#[inline(always)]
fn dots<S: Simd, const R: usize>(simd: S, block: &[f64], row: &[f64]) -> [f64; BLOCK] {
    let mut sums = [simd.splat_f64s(0.0); R];
    for (column, value) in block.as_chunks::<BLOCK>().0.iter().zip(row) {
        let factor = simd.splat_f64s(*value);
        let column = S::as_simd_f64s(column).0;
        for register in 0..R {
            sums[register] = simd.mul_add_e_f64s(factor, column[register], sums[register]);
        }
    }
    let mut dots = [0.0; BLOCK];
    let places = S::as_mut_simd_f64s(&mut dots).0;
    places.iter_mut().zip(sums).for_each(|(place, sum)| *place = sum);
    dots
}

struct Sums<'a> {
    kernel: Kernel,
    terms: &'a Terms<'a>,
    panels: &'a [f64],
    squares: &'a [f64],
    /// For each block the outputs' totals one after another.
    totals: &'a mut [f64],
}

impl WithSimd for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F64_LANES {
            8 => self.add::<S, 4, true>(simd),
            4 => self.add::<S, 8, true>(simd),
            2 => self.add::<S, 16, false>(simd),
            _ => self.add::<S, 32, false>(simd),
        }
    }
}

impl Sums<'_> {
    #[inline(always)]
    fn add<S: Simd, const R: usize, const FUSED: bool>(self, simd: S) {
        let Terms { points, rows, starts, entries, outputs } = *self.terms;
        let others: Vec<f64> = rows.iter().map(|row| crate::design::dot(points.row(*row), points.row(*row))).collect();
        let blocks = self.panels.chunks_exact(BLOCK * points.columns);
        let places = self.squares.as_chunks::<BLOCK>().0.iter().zip(self.totals.chunks_exact_mut(BLOCK * outputs));
        for (block, (squares, sums)) in blocks.zip(places) {
            for ((row, square), range) in rows.iter().zip(&others).zip(starts.windows(2)) {
                let mut values = dots::<S, R>(simd, block, points.row(*row));
                self.kernel.values::<FUSED>(&mut values, squares, *square);
                for (output, coefficient) in &entries[range[0]..range[1]] {
                    let sums = &mut sums[output * BLOCK..][..BLOCK];
                    sums.iter_mut().zip(&values).for_each(|(sum, value)| *sum += coefficient * value);
                }
            }
        }
    }
}
