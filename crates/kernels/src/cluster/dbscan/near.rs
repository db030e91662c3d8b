//! Which of a leaf's rows are within `eps` of one row.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the registers that were found at run time"
)]

use pulp::{Arch, Simd, WithSimd};

/// Places of a leaf are a multiple of this; those without a row are infinitely far away.
pub(super) const PLACES: usize = 8;
/// What is computed from corners of boxes may differ from a sum of its own by rounding.
const ROUNDING: f64 = 1e-9;

#[derive(Clone, Copy)]
pub(super) struct Near {
    squared: f64,
}

impl Near {
    pub(super) fn new(eps: f64) -> Self {
        Self { squared: eps * eps }
    }

    /// Whether all squared distances up to this bound count as near, whatever the rounding.
    pub(super) fn surely(self, most_squared: f64) -> bool {
        most_squared <= self.squared * (1.0 - ROUNDING)
    }

    /// Whether no squared distance from this bound on counts as near.
    pub(super) fn never(self, least_squared: f64) -> bool {
        least_squared > self.squared * (1.0 + ROUNDING)
    }

    /// `values` holds a leaf's columns one after another.
    pub(super) fn count(self, query: &[f64], values: &[f64]) -> usize {
        let mut count = 0.0;
        Arch::new().dispatch(Compare { query, values, limit: self.squared, found: Count(&mut count) });
        count as usize
    }

    pub(super) fn any(self, query: &[f64], values: &[f64]) -> bool {
        self.count(query, values) > 0
    }

    /// Tells `found` the place of each near row.
    pub(super) fn each(self, query: &[f64], values: &[f64], found: impl FnMut(usize)) {
        Arch::new().dispatch(Compare { query, values, limit: self.squared, found: Each(found) });
    }
}

/// What is done with the squared distances of a register's rows, of which the first has this place.
trait Found {
    fn squares<S: Simd, const L: usize>(&mut self, simd: S, place: usize, squares: S::f64s, limit: f64);
}

struct Count<'a>(&'a mut f64);

impl Found for Count<'_> {
    #[inline(always)]
    fn squares<S: Simd, const L: usize>(&mut self, simd: S, _: usize, squares: S::f64s, limit: f64) {
        let near = simd.less_than_or_equal_f64s(squares, simd.splat_f64s(limit));
        *self.0 += simd.reduce_sum_f64s(simd.select_f64s(near, simd.splat_f64s(1.0), simd.splat_f64s(0.0)));
    }
}

struct Each<F>(F);

impl<F: FnMut(usize)> Found for Each<F> {
    #[inline(always)]
    fn squares<S: Simd, const L: usize>(&mut self, simd: S, place: usize, squares: S::f64s, limit: f64) {
        let mut values = [0.0; L];
        simd.partial_store_f64s(&mut values, squares);
        for (lane, value) in values.iter().enumerate() {
            if *value <= limit {
                self.0(place + lane);
            }
        }
    }
}

struct Compare<'a, F> {
    query: &'a [f64],
    values: &'a [f64],
    limit: f64,
    found: F,
}

impl<F: Found> WithSimd for Compare<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F64_LANES {
            8 => compare::<S, 8, F>(simd, self),
            4 => compare::<S, 4, F>(simd, self),
            2 => compare::<S, 2, F>(simd, self),
            _ => compare::<S, 1, F>(simd, self),
        }
    }
}

#[inline(always)]
fn compare<S: Simd, const L: usize, F: Found>(simd: S, compare: Compare<'_, F>) {
    let Compare { query, values, limit, mut found } = compare;
    let registers = values.len() / query.len() / L;
    let values = S::as_simd_f64s(values).0;
    let mut first = 0;
    while first + 4 <= registers {
        several::<S, L, 4, F>(simd, query, values, first, registers, limit, &mut found);
        first += 4;
    }
    for first in first..registers {
        several::<S, L, 1, F>(simd, query, values, first, registers, limit, &mut found);
    }
}

/// Column by column, each product rounded before it is added: as scikit-learn's trees sum.
#[inline(always)]
fn several<S: Simd, const L: usize, const N: usize, F: Found>(
    simd: S,
    query: &[f64],
    values: &[S::f64s],
    first: usize,
    registers: usize,
    limit: f64,
    found: &mut F,
) {
    let mut sums = [simd.splat_f64s(0.0); N];
    for (column, value) in query.iter().enumerate() {
        let value = simd.splat_f64s(*value);
        let of_column = &values[column * registers + first..][..N];
        for n in 0..N {
            let apart = simd.sub_f64s(value, of_column[n]);
            sums[n] = simd.add_f64s(sums[n], simd.mul_f64s(apart, apart));
        }
    }
    for (n, sum) in sums.into_iter().enumerate() {
        found.squares::<S, L>(simd, (first + n) * L, sum, limit);
    }
}
