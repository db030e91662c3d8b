//! The exponential of numbers up to 0, without a branch, so that the compiler takes several at once.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the registers that were found at run time"
)]

/// Below this the result would be no normal number; nothing is left of such a weight.
const LEAST: f64 = -708.0;
/// 1.5 · 2⁵²: adding it leaves a whole number in the low bits.
const ROUNDS: f64 = 6_755_399_441_055_744.0;
/// ln 2 in two parts, of which the first has few enough bits that its multiples are exact
/// (Cody and Waite, Software Manual for the Elementary Functions, 1980).
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// e^x for x ≤ 0, to a few units in the last place; 0 from -708 on down.
#[inline(always)]
pub(super) fn exp(x: f64) -> f64 {
    let bounded = x.max(LEAST);
    let shifted = bounded * std::f64::consts::LOG2_E + ROUNDS;
    let power = shifted - ROUNDS;
    let rest = (bounded - power * LN_2_HIGH) - power * LN_2_LOW;
    // |rest| ≤ ln 2 / 2, where the next term of the series would be below 2⁻⁵⁷.
    let mut sum = 1.0 / 6_227_020_800.0;
    for factor in [
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        sum = sum * rest + factor;
    }
    let scale = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0_f64.to_bits()));
    if x < LEAST { 0.0 } else { sum * scale }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_exponential() {
        for step in 0..199_900 {
            let x = -f64::from(step) * 0.003_541;
            let expected = x.exp();
            assert!((exp(x) - expected).abs() <= 1e-15 * expected, "{x}: {} for {expected}", exp(x));
        }
        assert_eq!((exp(0.0), exp(-709.0), exp(f64::NEG_INFINITY)), (1.0, 0.0, 0.0));
    }
}
