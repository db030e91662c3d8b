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

use crate::ahead::{Ahead, LINE_VALUES};

/// Rows a block: with three panels of 8 columns and one more that is 32 KiB, the first-level cache.
const BLOCK_ROWS: usize = 128;
/// Room for one row more than there are: panels a power of two apart would all want the same few
/// places of the first-level cache.
const PANEL_ROWS: usize = BLOCK_ROWS + 1;
const LINE_BYTES: usize = LINE_VALUES * size_of::<f64>();
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
    let packing = Packing::<S, L>::new(simd, shift, panels);
    let mut room = vec![0.0; panels * PANEL_ROWS * L + LINE_VALUES];
    let aligned = room.as_ptr().align_offset(LINE_BYTES).min(LINE_VALUES);
    let packed = &mut room[aligned..][..panels * PANEL_ROWS * L];
    let mut next = rows.design;
    for (design, target) in rows.design.chunks(BLOCK_ROWS * columns).zip(rows.target.chunks(BLOCK_ROWS)) {
        next = &next[design.len()..];
        let mut ahead = Ahead::of(&next[..next.len().min(design.len())], tiles(panels));
        for group in groups(panels) {
            packing.pack(simd, Rows { design, target, columns }, group, packed);
            add_group::<S, L>(simd, packed, target.len(), group, &mut ahead, &mut moments);
        }
    }
    moments
}

/// How rows become panels: panel p of a block holds entries p·L to p·L + L of each z, one row after another.
struct Packing<S: Simd, const L: usize> {
    /// Of the panels that hold columns alone.
    shifts: Vec<S::f64s>,
    /// Of the others, one or two: what is taken off, the target's place and the place of the 1.
    ends: Vec<[S::f64s; 3]>,
    target_shift: f64,
}

impl<S: Simd, const L: usize> Packing<S, L> {
    #[inline(always)]
    fn new(simd: S, shift: &[f64], panels: usize) -> Self {
        let columns = shift.len() - 1;
        let whole = columns / L;
        let register = |panel: usize, entry: &dyn Fn(usize) -> f64| {
            let lanes: [f64; L] = std::array::from_fn(|lane| entry(panel * L + lane));
            simd.partial_load_f64s(&lanes)
        };
        let mark = |place: usize| move |entry: usize| f64::from(u8::from(entry == place));
        let of_column = |entry: usize| if entry < columns { shift[entry] } else { 0.0 };
        let end =
            |panel| [register(panel, &of_column), register(panel, &mark(columns)), register(panel, &mark(columns + 1))];
        Self {
            shifts: (0..whole).map(|panel| register(panel, &of_column)).collect(),
            ends: (whole..panels).map(end).collect(),
            target_shift: shift[columns],
        }
    }

    /// The panels of one group, each in turn: what is written next lies beside what was written last.
    #[inline(always)]
    fn pack(&self, simd: S, rows: Rows<'_>, group: Group, packed: &mut [f64]) {
        for panel in group.panels() {
            let places = S::as_mut_simd_f64s(&mut packed[panel * PANEL_ROWS * L..][..PANEL_ROWS * L]).0;
            // Each row from the panel's first column on.
            let values = rows.design[(panel * L).min(rows.columns)..].chunks(rows.columns);
            match self.shifts.get(panel) {
                Some(shift) => {
                    for (place, values) in places.iter_mut().zip(values) {
                        *place = simd.sub_f64s(S::as_simd_f64s(&values[..L]).0[0], *shift);
                    }
                }
                None => self.pack_end(simd, rows, panel, places),
            }
        }
    }

    /// All in registers: single values stored and loaded again as a whole would have to wait.
    #[inline(always)]
    fn pack_end(&self, simd: S, rows: Rows<'_>, panel: usize, places: &mut [S::f64s]) {
        let [shift, of_target, of_one] = self.ends[panel - self.shifts.len()];
        let first = (panel * L).min(rows.columns);
        for ((row, target), place) in rows.design.chunks_exact(rows.columns).zip(rows.target).zip(places) {
            let target = simd.splat_f64s(target - self.target_shift);
            let others = simd.mul_add_e_f64s(target, of_target, of_one);
            *place = simd.add_f64s(simd.sub_f64s(simd.partial_load_f64s(&row[first..]), shift), others);
        }
    }
}

/// Neighbouring panels whose products with one more are summed together.
#[derive(Clone, Copy)]
struct Group {
    first: usize,
    width: usize,
}

impl Group {
    const fn panels(self) -> std::ops::Range<usize> {
        self.first..self.first + self.width
    }
}

/// The panels in groups of up to [`TILE_PANELS`], as equal as can be.
fn groups(panels: usize) -> impl Iterator<Item = Group> {
    let count = panels.div_ceil(TILE_PANELS);
    let (least, larger) = (panels / count, panels % count);
    let first = move |group: usize| group * least + group.min(larger);
    (0..count).map(move |group| Group { first: first(group), width: first(group + 1) - first(group) })
}

/// Every panel up to a group's last one makes a tile with it.
fn tiles(panels: usize) -> usize {
    groups(panels).map(|group| group.panels().end).sum()
}

/// Adds the products of one packed group with itself and all before it to the upper triangle, and
/// asks for the next block's rows meanwhile.
#[inline(always)]
fn add_group<S: Simd, const L: usize>(
    simd: S,
    packed: &[f64],
    rows: usize,
    group: Group,
    ahead: &mut Ahead<'_>,
    moments: &mut Moments,
) {
    let panel = |index: usize| &packed[index * PANEL_ROWS * L..][..rows * L];
    for left in 0..group.panels().end {
        ahead.ask();
        // Below the diagonal there is nothing to do: the tile gets narrower there.
        let from = group.first.max(left);
        let left_values = panel(left).as_chunks::<L>().0;
        match group.panels().end - from {
            3 => {
                let right = [panel(from), panel(from + 1), panel(from + 2)];
                tile::<S, L, 3>(simd, left_values, right, left, from, moments);
            }
            2 => tile::<S, L, 2>(simd, left_values, [panel(from), panel(from + 1)], left, from, moments),
            _ => tile::<S, L, 1>(simd, left_values, [panel(from)], left, from, moments),
        }
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
