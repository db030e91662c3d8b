//! The least of many values, and where it stands first.

use pulp::Simd;

/// Registers of values; each is looked at once.
#[inline(always)]
pub(super) fn first_least<S: Simd>(simd: S, registers: usize, value: impl Fn(usize) -> S::f64s) -> (usize, f64) {
    const STRETCH: usize = 16;
    let infinite = simd.splat_f64s(f64::INFINITY);
    let (mut least, mut stretch) = (f64::INFINITY, 0);
    let mut start = 0;
    while start < registers {
        let end = registers.min(start + STRETCH);
        let mut sums = [infinite; 2];
        let mut index = start;
        while index + 2 <= end {
            sums[0] = simd.min_f64s(sums[0], value(index));
            sums[1] = simd.min_f64s(sums[1], value(index + 1));
            index += 2;
        }
        if index < end {
            sums[0] = simd.min_f64s(sums[0], value(index));
        }
        let found = simd.reduce_min_f64s(simd.min_f64s(sums[0], sums[1]));
        if found < least {
            (least, stretch) = (found, start);
        }
        start = end;
    }
    for index in stretch..registers.min(stretch + STRETCH) {
        let mut values = [0.0; 8];
        simd.partial_store_f64s(&mut values[..S::F64_LANES], value(index));
        if let Some(lane) = values[..S::F64_LANES].iter().position(|value| *value <= least) {
            return (index * S::F64_LANES + lane, least);
        }
    }
    (0, least)
}
