//! What the tests of several kernels are given: numbers of a golden file, and numbers that look random.

use serde_json::Value;

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|number| number.as_f64().expect("a number")).collect()
}

pub(crate) fn whole(value: &Value) -> Vec<i64> {
    value.as_array().expect("a list").iter().map(|number| number.as_i64().expect("a whole number")).collect()
}

/// Between -0.5 and 0.5, well mixed (`SplitMix64`), the same for the same seed.
pub(crate) fn noise(count: usize, seed: u64) -> Vec<f64> {
    let mixed = |i: u64| {
        let mut mixed = (seed ^ 0x5851_f42d_4c95_7f2d).wrapping_add((i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    (0..count as u64).map(mixed).collect()
}
