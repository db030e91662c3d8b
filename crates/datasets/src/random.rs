//! Random numbers that are the same everywhere: `ChaCha8` for the bits, and only exact arithmetic
//! and the portable `libm` above it. The system's own `ln` may differ in the last digit.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// 2^-53: the distance of two neighbouring uniform numbers.
const UNIT: f64 = 1.0 / 9_007_199_254_740_992.0;

/// One stream of random numbers. Streams with different purposes or seeds have nothing in common.
pub struct Random {
    bits: ChaCha8Rng,
    /// The polar method makes two normal numbers at a time.
    spare: Option<f64>,
}

impl Random {
    /// The key of the stream is the sha256 of the purpose's words and the seed in decimal digits,
    /// each followed by a line feed.
    pub fn new(purpose: &[&str], seed: u64) -> Self {
        let mut hasher = Sha256::new();
        for word in purpose {
            hasher.update(word.as_bytes());
            hasher.update(b"\n");
        }
        hasher.update(format!("{seed}\n").as_bytes());
        Self { bits: ChaCha8Rng::from_seed(hasher.finalize().into()), spare: None }
    }

    pub fn bits(&mut self) -> u64 {
        self.bits.next_u64()
    }

    /// A whole number from 0 to `bound - 1`, each equally likely: the high half of the 128-bit
    /// product, with the few values that would favour some results thrown away (Lemire,
    /// <https://doi.org/10.1145/3230636>). 0 for a bound of 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let unfair = if bound == 0 { 0 } else { bound.wrapping_neg() % bound };
        loop {
            let product = u128::from(self.bits()) * u128::from(bound);
            if product as u64 >= unfair {
                return (product >> 64) as u64;
            }
        }
    }

    /// From 0 (included) to 1 (not), in steps of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * UNIT
    }

    /// A standard normal number by the polar method (Marsaglia and Bray,
    /// <https://doi.org/10.1137/1006063>).
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (u, v) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let radius = u * u + v * v;
            if radius > 0.0 && radius < 1.0 {
                let scale = libm::sqrt(-2.0 * libm::log(radius) / radius);
                self.spare = Some(v * scale);
                return u * scale;
            }
        }
    }

    /// Fisher-Yates from the last place down.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            items.swap(last, other);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unreadable_literal, reason = "golden values stand as they were printed")]
mod tests {
    use super::*;

    const GOLDEN_BITS: [u64; 3] = [289994468622888864, 11677167748011223359, 1695848968805890335];
    const GOLDEN_BELOW: [u64; 8] = [9, 8, 4, 2, 6, 5, 8, 4];
    const GOLDEN_NORMAL: [f64; 5] =
        [1.4463908968744692, 0.5041720276879068, 0.20024028902749527, -0.1665803881194918, -0.7701555250673832];
    const GOLDEN_ORDER: [u32; 10] = [4, 6, 7, 9, 3, 0, 8, 2, 1, 5];

    /// From `tests/golden/random.py`, which has its own `ChaCha8` and follows the text above.
    #[test]
    fn the_stream_is_that_of_an_independent_implementation() {
        let mut random = Random::new(&["golden", "random"], 7);
        let bits: Vec<u64> = (0..3).map(|_| random.bits()).collect();
        assert_eq!(bits, GOLDEN_BITS);
        let below: Vec<u64> = (0..8).map(|_| random.below(10)).collect();
        assert_eq!(below, GOLDEN_BELOW);
        for expected in GOLDEN_NORMAL {
            let normal = random.normal();
            assert!((normal - expected).abs() <= 4.0 * f64::EPSILON * expected.abs(), "{normal} {expected}");
        }
        let mut order: Vec<u32> = (0..10).collect();
        random.shuffle(&mut order);
        assert_eq!(order, GOLDEN_ORDER);
    }

    #[test]
    fn purposes_and_seeds_make_different_streams() {
        let first = |purpose: &[&str], seed| Random::new(purpose, seed).bits();
        assert_eq!(first(&["a"], 1), first(&["a"], 1));
        assert_ne!(first(&["a"], 1), first(&["b"], 1));
        assert_ne!(first(&["a"], 1), first(&["a"], 2));
        assert_ne!(first(&["a", "b"], 1), first(&["ab"], 1));
    }

    #[test]
    fn normal_numbers_have_the_moments_of_the_normal_distribution() {
        let mut random = Random::new(&["moments"], 1);
        let n = 200_000;
        let values: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let moment = |power| values.iter().map(|value| value.powi(power)).sum::<f64>() / f64::from(n);
        // Five standard errors: of the mean 1/√n, of the others √2/√n, √15/√n, √96/√n.
        let bound = |variance: f64| 5.0 * (variance / f64::from(n)).sqrt();
        assert!(moment(1).abs() < bound(1.0));
        assert!((moment(2) - 1.0).abs() < bound(2.0));
        assert!(moment(3).abs() < bound(15.0));
        assert!((moment(4) - 3.0).abs() < bound(96.0));
    }

    #[test]
    fn every_order_of_three_is_equally_likely() {
        let mut random = Random::new(&["orders"], 1);
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..6000 {
            let mut items = [0, 1, 2];
            random.shuffle(&mut items);
            *counts.entry(items).or_insert(0_i32) += 1;
        }
        assert_eq!(counts.len(), 6);
        // Five standard deviations of a binomial with n = 6000, p = 1/6: 144.
        assert!(counts.values().all(|count| (count - 1000).abs() < 145), "{counts:?}");
    }
}
