//! All second moments of a design and its target in one pass over the rows: with
//! z = [x - shift, target - shift, 1] the upper triangle of Σ z zᵀ. It holds the Gram matrix, the
//! products with the target and the sums, so nothing is read twice and no centred copy is made.
//!
//! A block of rows is shifted and packed into panels as wide as a vector register while it is
//! brought into the second-level cache; tiles of the triangle are then summed in registers. That
//! is the usual scheme for matrix products (Goto and van de Geijn, ACM TOMS 34(3), 2008), cut to
//! the triangle and to a matrix far taller than wide.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the registers that were found at run time"
)]

use std::num::NonZeroUsize;

use pulp::{Arch, Simd, WithSimd};

use crate::ahead::Ahead;

/// Rows a block: with three panels of 8 columns and one more that is 32 KiB, the first-level cache.
const BLOCK_ROWS: usize = 128;
/// Room for one row more than there are: panels a power of two apart would all want the same few
/// places of the first-level cache.
const PANEL_ROWS: usize = BLOCK_ROWS + 1;
/// Panels that one tile spans: 8 × 3 sums and what they are made from fit AVX-512's 32 registers,
/// 4 × 3 fit AVX2's 16.
const TILE_PANELS: usize = 3;

/// Rows of a design with their targets.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) design: &'a [f64],
    pub(crate) target: &'a [f64],
    pub(crate) columns: usize,
}

impl<'a> Rows<'a> {
    fn split_at(self, row: usize) -> (Rows<'a>, Rows<'a>) {
        let (design, design_rest) = self.design.split_at(row * self.columns);
        let (target, target_rest) = self.target.split_at(row);
        (Rows { design, target, ..self }, Rows { design: design_rest, target: target_rest, ..self })
    }
}

/// The upper triangle of Σ z zᵀ; z has one entry for each column, one for the target, and a 1.
pub(crate) struct Moments {
    width: usize,
    values: Vec<f64>,
}

impl Moments {
    /// `shift` has one value for each column and one for the target. The result depends on
    /// `threads` in its last bits only, and is the same each time for the same number.
    pub(crate) fn of(rows: Rows<'_>, shift: &[f64], threads: NonZeroUsize) -> Self {
        let count = rows.target.len();
        let parts = threads.get().min(count.div_ceil(BLOCK_ROWS)).max(1);
        let (first, mut rest) = rows.split_at(count / parts);
        let mut others: Vec<Option<Self>> = (1..parts).map(|_| None).collect();
        let mut own = Self { width: 0, values: Vec::new() };
        rayon::in_place_scope(|scope| {
            for (index, slot) in others.iter_mut().enumerate() {
                let (part, after) = rest.split_at(rest.target.len() / (parts - 1 - index));
                rest = after;
                scope.spawn(move |_| *slot = Some(Self::of_part(part, shift)));
            }
            own = Self::of_part(first, shift);
        });
        for other in others.into_iter().flatten() {
            own.values.iter_mut().zip(&other.values).for_each(|(sum, value)| *sum += value);
        }
        own
    }

    fn of_part(rows: Rows<'_>, shift: &[f64]) -> Self {
        Arch::new().dispatch(Sum { rows, shift })
    }

    /// The sum at `row`, `column`, for `row <= column`.
    pub(crate) fn at(&self, row: usize, column: usize) -> f64 {
        debug_assert!(row <= column);
        self.values[row * self.width + column]
    }
}

struct Sum<'a> {
    rows: Rows<'a>,
    shift: &'a [f64],
}

impl WithSimd for Sum<'_> {
    type Output = Moments;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Moments {
        match S::F64_LANES {
            8 => sum::<S, 8>(simd, self.rows, self.shift),
            4 => sum::<S, 4>(simd, self.rows, self.shift),
            2 => sum::<S, 2>(simd, self.rows, self.shift),
            _ => sum::<S, 1>(simd, self.rows, self.shift),
        }
    }
}

/// `L` is the number of lanes of a register of `S`.
#[inline(always)]
fn sum<S: Simd, const L: usize>(simd: S, rows: Rows<'_>, shift: &[f64]) -> Moments {
    let columns = rows.columns;
    let panels = (columns + 2).div_ceil(L);
    let mut moments = Moments { width: panels * L, values: vec![0.0; (panels * L).pow(2)] };
    let mut packed = vec![0.0; panels * PANEL_ROWS * L];
    let mut z = vec![0.0; panels * L];
    z[columns + 1] = 1.0;
    let tiles = (0..panels).step_by(TILE_PANELS).map(|first| (first + TILE_PANELS).min(panels)).sum();
    let mut next = rows.design;
    for (design, target) in rows.design.chunks(BLOCK_ROWS * columns).zip(rows.target.chunks(BLOCK_ROWS)) {
        next = &next[design.len()..];
        let ahead = Ahead::of(&next[..next.len().min(design.len())], tiles);
        pack::<L>(Rows { design, target, columns }, shift, &mut z, &mut packed);
        add_block::<S, L>(simd, &packed, target.len(), ahead, &mut moments);
    }
    moments
}

/// Panel p of the block holds entries p·L to p·L + L of each z, one row after another. Making each
/// `z` whole first took less time than writing its parts where they belong.
#[inline(always)]
fn pack<const L: usize>(rows: Rows<'_>, shift: &[f64], z: &mut [f64], packed: &mut [f64]) {
    let columns = rows.columns;
    for (index, (row, target)) in rows.design.chunks_exact(columns).zip(rows.target).enumerate() {
        for ((z, value), shift) in z.iter_mut().zip(row).zip(shift) {
            *z = value - shift;
        }
        z[columns] = target - shift[columns];
        for (panel, values) in packed.chunks_exact_mut(PANEL_ROWS * L).zip(z.as_chunks::<L>().0) {
            panel[index * L..][..L].copy_from_slice(values);
        }
    }
}

/// Adds the products of one packed block to the upper triangle, and asks for the next block's rows
/// meanwhile.
#[inline(always)]
fn add_block<S: Simd, const L: usize>(
    simd: S,
    packed: &[f64],
    rows: usize,
    mut ahead: Ahead<'_>,
    moments: &mut Moments,
) {
    let panels = moments.width / L;
    let panel = |index: usize| &packed[index * PANEL_ROWS * L..][..rows * L];
    let mut first = 0;
    while first < panels {
        let beyond = (first + TILE_PANELS).min(panels);
        for left in 0..beyond {
            // Below the diagonal there is nothing to do: the tile gets narrower there.
            ahead.ask();
            let from = first.max(left);
            let left_values = panel(left).as_chunks::<L>().0;
            match beyond - from {
                3 => tile::<S, L, 3>(
                    simd,
                    left_values,
                    [panel(from), panel(from + 1), panel(from + 2)],
                    left,
                    from,
                    moments,
                ),
                2 => tile::<S, L, 2>(simd, left_values, [panel(from), panel(from + 1)], left, from, moments),
                _ => tile::<S, L, 1>(simd, left_values, [panel(from)], left, from, moments),
            }
        }
        first = beyond;
    }
}

/// One panel times `N` neighbouring ones: L × N sums, all in registers.
#[inline(always)]
fn tile<S: Simd, const L: usize, const N: usize>(
    simd: S,
    left: &[[f64; L]],
    right: [&[f64]; N],
    left_panel: usize,
    right_panel: usize,
    moments: &mut Moments,
) {
    let rows = left.len();
    let mut columns: [&[S::f64s]; N] = [&[]; N];
    for (column, values) in columns.iter_mut().zip(right) {
        *column = &S::as_simd_f64s(values).0[..rows];
    }
    let mut sums = [[simd.splat_f64s(0.0); N]; L];
    for (row, left) in left.iter().enumerate() {
        for lane in 0..L {
            let factor = simd.splat_f64s(left[lane]);
            for n in 0..N {
                sums[lane][n] = simd.mul_add_e_f64s(factor, columns[n][row], sums[lane][n]);
            }
        }
    }
    for (lane, sums) in sums.iter().enumerate() {
        let start = (left_panel * L + lane) * moments.width + right_panel * L;
        let place = S::as_mut_simd_f64s(&mut moments.values[start..start + N * L]).0;
        for (place, sum) in place.iter_mut().zip(sums) {
            *place = simd.add_f64s(*place, *sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values(count: usize, seed: u64) -> Vec<f64> {
        // Weyl's sequence: irregular enough, and the same everywhere.
        (0..count)
            .map(|i| ((i as u64 + 1).wrapping_mul(seed | 1) as f64 * 0.618_033_988_749_895).fract() - 0.5)
            .collect()
    }

    /// The definition's upper triangle beside what was found, entry by entry.
    fn side_by_side(found: &Moments, rows: Rows<'_>, shift: &[f64]) -> Vec<(f64, f64)> {
        let expected = naive(rows, shift);
        let triangle = |(i, row): (usize, Vec<f64>)| {
            row.into_iter().enumerate().skip(i).map(|(j, value)| (found.at(i, j), value)).collect::<Vec<_>>()
        };
        expected.into_iter().enumerate().flat_map(triangle).collect()
    }

    fn naive(rows: Rows<'_>, shift: &[f64]) -> Vec<Vec<f64>> {
        let order = rows.columns + 2;
        let mut sums = vec![vec![0.0; order]; order];
        for (row, target) in rows.design.chunks_exact(rows.columns).zip(rows.target) {
            let mut z: Vec<f64> = row.iter().chain([target]).zip(shift).map(|(value, shift)| value - shift).collect();
            z.push(1.0);
            for i in 0..order {
                for j in 0..order {
                    sums[i][j] += z[i] * z[j];
                }
            }
        }
        sums
    }

    proptest! {
        #[test]
        fn the_triangle_is_that_of_the_definition(
            count in 1_usize..700, columns in 1_usize..40, threads in 1_usize..4, seed in any::<u32>()
        ) {
            let design = values(count * columns, u64::from(seed));
            let target = values(count, u64::from(seed) ^ 0xabc);
            let shift = values(columns + 1, 77);
            let rows = Rows { design: &design, target: &target, columns };
            let threads = NonZeroUsize::new(threads).expect("1 or more");
            let moments = Moments::of(rows, &shift, threads);
            for (found, wanted) in side_by_side(&moments, rows, &shift) {
                prop_assert!((found - wanted).abs() <= 1e-11 * count as f64, "{found} {wanted}");
            }
        }
    }

    #[test]
    fn every_width_of_register_gives_the_same_triangle() {
        let (count, columns) = (333, 21);
        let (design, target, shift) = (values(count * columns, 5), values(count, 6), values(columns + 1, 7));
        let rows = Rows { design: &design, target: &target, columns };
        let narrow = sum::<pulp::Scalar, 1>(pulp::Scalar, rows, &shift);
        let widest = Moments::of(rows, &shift, NonZeroUsize::MIN);
        for moments in [narrow, widest] {
            let pairs = side_by_side(&moments, rows, &shift);
            assert_eq!(pairs.len(), 23 * 24 / 2);
            assert!(pairs.iter().all(|(found, wanted)| (found - wanted).abs() < 1e-10));
        }
    }
}
