//! eˣ without a branch, so that a loop over it becomes vector instructions.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the registers that were found at run time"
)]

/// Added to a number below 2⁵¹, it leaves the nearest whole number in the low bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// ln 2 with its last 21 bits zero, so that a product with a small whole number is exact, and the rest.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Below, the result would no longer be a normal number; it is that of this bound, about 3·10⁻³⁰⁸.
const LEAST: f64 = -708.0;
/// The same in powers of two for single precision.
const LEAST_POWER: f64 = -126.0;

/// 1/k! from k = 13 down to 0: on |r| ≤ ln 2 / 2 the series' rest is below 10⁻¹⁷.
const EXPONENTIAL: [f64; 14] = [
    1.605_904_383_682_161_5e-10,
    2.087_675_698_786_81e-9,
    2.505_210_838_544_172e-8,
    2.755_731_922_398_589e-7,
    2.755_731_922_398_589e-6,
    2.480_158_730_158_73e-5,
    1.984_126_984_126_984e-4,
    1.388_888_888_888_889e-3,
    8.333_333_333_333_333e-3,
    4.166_666_666_666_666_4e-2,
    1.666_666_666_666_666_6e-1,
    0.5,
    1.0,
    1.0,
];

/// (ln 2)ᵏ/k! from k = 7 down to 0: on |r| ≤ 1/2 the series' rest is below 10⁻⁸.
const POWER_OF_TWO: [f32; 8] = [
    1.525_273_4e-5,
    1.540_353e-4,
    1.333_355_8e-3,
    9.618_129e-3,
    5.550_411e-2,
    2.402_265e-1,
    std::f32::consts::LN_2,
    1.0,
];

/// eˣ for x ≤ 709, to two units in the last place. With `FUSED` the processor has to have fused
/// multiplication and addition, else each one is a call.
#[inline(always)]
pub(super) fn exponential<const FUSED: bool>(x: f64) -> f64 {
    let x = if x > LEAST { x } else { LEAST };
    let rounded = x * std::f64::consts::LOG2_E + ROUNDER;
    let whole = rounded - ROUNDER;
    let rest = (x - whole * LN_2_HIGH) - whole * LN_2_LOW;
    let mut sum = EXPONENTIAL[0];
    for coefficient in &EXPONENTIAL[1..] {
        sum = if FUSED { sum.mul_add(rest, *coefficient) } else { sum * rest + coefficient };
    }
    f64::from_bits(sum.to_bits().wrapping_add(rounded.to_bits() << 52))
}

/// 2ˣ for x ≤ 127 in single precision, to two units in its last place: x is reduced in double.
#[inline(always)]
pub(super) fn power_of_two<const FUSED: bool>(x: f64) -> f32 {
    let x = if x > LEAST_POWER { x } else { LEAST_POWER };
    let rounded = x + ROUNDER;
    let rest = (x - (rounded - ROUNDER)) as f32;
    let mut sum = POWER_OF_TWO[0];
    for coefficient in &POWER_OF_TWO[1..] {
        sum = if FUSED { sum.mul_add(rest, *coefficient) } else { sum * rest + coefficient };
    }
    f32::from_bits(sum.to_bits().wrapping_add((rounded.to_bits() as u32) << 23))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From -800 to 0, finely.
    fn arguments() -> impl Iterator<Item = f64> {
        (0..400_000).map(|step| -f64::from(step) * f64::from(step) * 5e-9)
    }

    #[test]
    fn both_are_right_to_two_units_in_the_last_place() {
        for x in arguments() {
            let expected = x.max(LEAST).exp();
            for found in [exponential::<true>(x), exponential::<false>(x)] {
                assert!((found - expected).abs() <= 2.0 * f64::EPSILON * expected, "{x}: {found:e} {expected:e}");
            }
            let expected = x.max(LEAST_POWER).exp2();
            for found in [power_of_two::<true>(x), power_of_two::<false>(x)] {
                let error = (f64::from(found) - expected).abs();
                assert!(error <= 2.0 * f64::from(f32::EPSILON) * expected, "{x}: {found:e} {expected:e}");
            }
        }
    }

    #[test]
    fn nothing_makes_one_and_much_makes_nearly_nothing() {
        assert_eq!(exponential::<true>(0.0).to_bits(), 1.0_f64.to_bits());
        assert_eq!(power_of_two::<true>(0.0).to_bits(), 1.0_f32.to_bits());
        assert!(exponential::<true>(-1e300) < 1e-300);
        assert!(power_of_two::<true>(f64::NEG_INFINITY) < 1e-37);
    }
}
