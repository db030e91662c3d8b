//! When requests are due.

use datasets::random::Random;
use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Arrivals {
    /// At equal distances.
    Constant,
    /// At random: exponential distances, as many users who know nothing of each other make them.
    Poisson,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    Closed { streams: u32 },
    Open { rate: f64, arrivals: Arrivals },
}

/// From the stage's start, in ns.
pub(crate) fn due_ns(rate: f64, arrivals: Arrivals, requests: u32, seed: u64) -> Vec<u64> {
    let mut random = Random::new(&["arrivals", "load"], seed);
    let mut at = 0.0;
    let mut due = Vec::new();
    for _ in 0..requests {
        due.push((at * 1e9) as u64);
        at += match arrivals {
            Arrivals::Constant => 1.0 / rate,
            Arrivals::Poisson => -(1.0 - random.uniform()).ln() / rate,
        };
    }
    due
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constant_arrivals_are_equally_far_apart() {
        assert_eq!(due_ns(4.0, Arrivals::Constant, 4, 1), [0, 250_000_000, 500_000_000, 750_000_000]);
    }

    #[test]
    fn poisson_arrivals_have_the_rate_and_the_spread_of_the_exponential() {
        let due = due_ns(100.0, Arrivals::Poisson, 20_001, 1);
        let gaps: Vec<f64> = due.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / 1e9).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let sd = (gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64).sqrt();
        // Mean and standard deviation of an exponential are equal; 20,000 of them are within 3 %.
        assert!((mean * 100.0 - 1.0).abs() < 0.03 && (sd / mean - 1.0).abs() < 0.03, "{mean} {sd}");
        assert_eq!(due, due_ns(100.0, Arrivals::Poisson, 20_001, 1), "the same seed");
        assert_ne!(due, due_ns(100.0, Arrivals::Poisson, 20_001, 2));
    }
}
