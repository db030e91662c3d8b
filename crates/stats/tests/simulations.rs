//! Long-run behaviour on simulated rounds, with fixed seeds.

use stats::paired::LogRatios;
use stats::student::normal_quantile;

/// A multiplicative congruential generator (Park and Miller 1988): enough for thousands of draws,
/// and the tests need no package for it.
struct Draws(u64);

impl Draws {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        self.0 as f64 / 2_147_483_647.0
    }

    fn normal(&mut self) -> f64 {
        normal_quantile(self.uniform()).expect("strictly between 0 and 1")
    }
}

/// Rounds without a true difference: both sides share each round's drift.
fn rounds(draws: &mut Draws, n: usize, noise: f64) -> LogRatios {
    let mut drift = 0.0;
    let pairs: Vec<(f64, f64)> = (0..n)
        .map(|_| {
            drift = 0.95 * drift + 0.05 * draws.normal();
            let mut cost = || 1e6 * (drift + noise * draws.normal()).exp();
            (cost(), cost())
        })
        .collect();
    LogRatios::of(&pairs).expect("positive")
}

#[test]
fn the_paired_test_is_wrong_in_five_of_a_hundred() {
    let mut draws = Draws(20_260_601);
    let tries = 10_000;
    let false_differences =
        (0..tries).filter(|_| rounds(&mut draws, 10, 0.03).p().expect("a p") < 0.05).count() as f64 / f64::from(tries);
    assert!((0.04..=0.06).contains(&false_differences), "{false_differences}");
}

#[test]
fn p_is_uniform_where_there_is_no_difference() {
    let mut draws = Draws(77);
    let tries = 10_000;
    let mut p: Vec<f64> = (0..tries).map(|_| rounds(&mut draws, 8, 0.03).p().expect("a p")).collect();
    p.sort_by(f64::total_cmp);
    let largest =
        p.iter().enumerate().map(|(place, p)| (p - place as f64 / f64::from(tries)).abs()).fold(0.0, f64::max);
    // Kolmogorov and Smirnov's bound at 1 %: 1.628 / √n.
    assert!(largest < 1.628 / f64::from(tries).sqrt(), "{largest}");
}

#[test]
fn intervals_cover_the_truth_in_95_of_a_hundred() {
    let mut draws = Draws(4_711);
    let tries = 5_000;
    let covered = (0..tries)
        .filter(|_| {
            let interval = rounds(&mut draws, 10, 0.05).interval(0.95).expect("an interval");
            interval.low <= 1.0 && 1.0 <= interval.high
        })
        .count() as f64
        / f64::from(tries);
    assert!((0.94..=0.96).contains(&covered), "{covered}");
}

#[test]
fn power_and_detectable_ratio_keep_their_promise() {
    let (n, sd, mut draws) = (10, 0.05, Draws(99));
    let detectable = stats::power::detectable_ratio(n, sd).expect("a ratio");
    let tries = 4_000;
    let found = (0..tries)
        .filter(|_| {
            let logs = (0..n).map(|_| detectable.ln() + sd * draws.normal()).collect();
            LogRatios::of_logs(logs).expect("finite").p().expect("a p") < 0.05
        })
        .count() as f64
        / f64::from(tries);
    assert!((found - 0.8).abs() < 0.02, "{found}");
}
