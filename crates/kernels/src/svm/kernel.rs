//! The kernels: what stands for the inner product of two rows.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the registers that were found at run time"
)]

use super::exponential::{exponential, power_of_two};
use super::panels::BLOCK;

/// K(a, b) of two rows, in scikit-learn's and libsvm's terms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kernel {
    /// a·b.
    Linear,
    /// exp(−gamma ‖a − b‖²).
    Rbf { gamma: f64 },
    /// (gamma a·b + coef0)^degree.
    Polynomial { gamma: f64, degree: u32, coef0: f64 },
}

/// How wide a kernel is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gamma {
    /// 1 / (columns · variance of all values).
    Scale,
    /// 1 / columns.
    Auto,
    Value(f64),
}

impl Gamma {
    /// Its value for these rows. Data that are all the same have no scale: then it is 1, as in scikit-learn.
    pub fn of(self, x: &[f64], columns: usize) -> f64 {
        match self {
            Self::Value(gamma) => gamma,
            Self::Auto => 1.0 / columns as f64,
            Self::Scale => {
                let variance = variance(x);
                if variance == 0.0 { 1.0 } else { 1.0 / (columns as f64 * variance) }
            }
        }
    }
}

fn variance(values: &[f64]) -> f64 {
    let count = values.len().max(1) as f64;
    // The first value taken off: equal values then have a variance of 0 to the last bit.
    let shift = values.first().copied().unwrap_or(0.0);
    let mean = shift + sum(values, |value| value - shift) / count;
    sum(values, |value| (value - mean) * (value - mean)) / count
}

/// Eight sums side by side: in one alone each addition would wait for the one before.
fn sum(values: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    let (chunks, rest) = values.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for chunk in chunks {
        sums.iter_mut().zip(chunk).for_each(|(sum, value)| *sum += of(*value));
    }
    sums.iter().sum::<f64>() + rest.iter().map(|value| of(*value)).sum::<f64>()
}

impl Kernel {
    /// K(a, a) of a row with this square.
    pub(super) fn diagonal(self, square: f64) -> f64 {
        match self {
            Self::Linear => square,
            Self::Rbf { .. } => 1.0,
            Self::Polynomial { gamma, degree, coef0 } => (gamma * square + coef0).powi(degree.cast_signed()),
        }
    }

    /// The kernel's values, from inner products of one row with a block of others and their squares.
    #[inline(always)]
    pub(super) fn values<const FUSED: bool>(self, dots: &mut [f64; BLOCK], squares: &[f64; BLOCK], square: f64) {
        match self {
            Self::Linear => (),
            Self::Rbf { gamma } => {
                for (dot, other) in dots.iter_mut().zip(squares) {
                    *dot = exponential::<FUSED>(-gamma * distance(square, *other, *dot));
                }
            }
            Self::Polynomial { gamma, degree, coef0 } => power(dots, gamma, degree, coef0),
        }
    }

    /// The same in single precision.
    #[inline(always)]
    pub(super) fn narrow_values<const FUSED: bool>(
        self,
        dots: &mut [f64; BLOCK],
        squares: &[f64; BLOCK],
        square: f64,
        values: &mut [f32; BLOCK],
    ) {
        if let Self::Rbf { gamma } = self {
            let scale = -gamma * std::f64::consts::LOG2_E;
            for ((value, dot), other) in values.iter_mut().zip(&*dots).zip(squares) {
                *value = power_of_two::<FUSED>(scale * distance(square, *other, *dot));
            }
            return;
        }
        self.values::<FUSED>(dots, squares, square);
        values.iter_mut().zip(&*dots).for_each(|(value, dot)| *value = *dot as f32);
    }
}

/// ‖a − b‖² from the squares and the inner product; rounding may not make it negative.
#[inline(always)]
fn distance(square: f64, other: f64, dot: f64) -> f64 {
    let distance = square + other - 2.0 * dot;
    if distance > 0.0 { distance } else { 0.0 }
}

/// By squaring, for all values at once.
#[inline(always)]
fn power(dots: &mut [f64; BLOCK], gamma: f64, degree: u32, coef0: f64) {
    let mut factors: [f64; BLOCK] = std::array::from_fn(|lane| gamma * dots[lane] + coef0);
    *dots = [1.0; BLOCK];
    let mut rest = degree;
    while rest > 0 {
        if rest & 1 == 1 {
            dots.iter_mut().zip(&factors).for_each(|(value, factor)| *value *= factor);
        }
        for factor in &mut factors {
            *factor *= *factor;
        }
        rest >>= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gamma_is_scikit_learn_s() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, 9.0];
        assert!((Gamma::Scale.of(&x, 2) - 1.0 / (2.0 * 20.0 / 3.0)).abs() < 1e-15);
        assert!((Gamma::Auto.of(&x, 2) - 0.5).abs() < 1e-15);
        assert!((Gamma::Value(0.3).of(&x, 2) - 0.3).abs() < 1e-15);
        assert!((Gamma::Scale.of(&[0.1; 30], 3) - 1.0).abs() < 1e-15);
    }
}
