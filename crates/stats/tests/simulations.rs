//! Long-run behaviour on simulated rounds, with fixed seeds.

use stats::paired::LogRatios;
use stats::random::Stream;
use stats::simulation::study::{self, Design, NOTHING_TO_FIND};
use stats::simulation::{HEAVIER, Machine, ORDINARY, SHARED};

/// Rounds without a true difference: both sides share each round's drift.
fn rounds(draws: &mut Stream, n: usize, noise: f64) -> LogRatios {
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
    let mut draws = Stream::new(20_260_601, 0);
    let tries = 10_000;
    let false_differences =
        (0..tries).filter(|_| rounds(&mut draws, 10, 0.03).p().expect("a p") < 0.05).count() as f64 / f64::from(tries);
    assert!((0.04..=0.06).contains(&false_differences), "{false_differences}");
}

#[test]
fn p_is_uniform_where_there_is_no_difference() {
    let mut draws = Stream::new(77, 0);
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
    let mut draws = Stream::new(4_711, 0);
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
    let (n, sd, mut draws) = (10, 0.05, Stream::new(99, 0));
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

/// The whole of it, with its table, is `examples/truth.rs`.
#[test]
fn a_study_in_which_nothing_differs_says_so_on_a_shared_machine_too() {
    let wrong = |noise| {
        let any = |number| {
            study::verdicts(noise, &NOTHING_TO_FIND, 1, number)
                .expect("verdicts")
                .into_iter()
                .any(study::says_different)
        };
        (0..300).filter(|number| any(*number)).count()
    };
    for noise in [ORDINARY[0], SHARED] {
        // 5 % of 300 are 15; 26 and more would be one time in 200.
        assert!(wrong(noise) < 26, "{}: {}", noise.name, wrong(noise));
    }
}

#[test]
fn intervals_of_ordinary_noise_cover_and_a_true_difference_is_found() {
    let design = Design { rounds: 10, ratio: 1.3, ..NOTHING_TO_FIND };
    for noise in ORDINARY {
        let covers = |number| {
            let found = LogRatios::of(&study::rounds(&mut Machine::new(noise, 1, number), &design)).expect("positive");
            let interval = found.interval(0.95).expect("an interval");
            interval.low <= 1.3 && 1.3 <= interval.high
        };
        let covered = (0..4_000).filter(|number| covers(*number)).count() as f64 / 4_000.0;
        assert!((0.935..=0.965).contains(&covered), "{}: {covered}", noise.name);
    }
    let sd = study::pilot_sd(ORDINARY[0], 10, 1).expect("a spread");
    let rounds = stats::power::rounds_for(1.05, sd).expect("a number");
    let design = Design { rounds, ratio: 1.05, ..NOTHING_TO_FIND };
    let finds = |number| {
        let found = study::rounds(&mut Machine::new(ORDINARY[0], 1, number), &design);
        LogRatios::of(&found).expect("positive").p().expect("a p") < 0.05
    };
    let found = (0..2_000).filter(|number| finds(*number)).count() as f64 / 2_000.0;
    assert!((0.77..0.92).contains(&found), "{rounds} rounds: {found}");
    assert_eq!(HEAVIER.last(), Some(&SHARED));
}

#[test]
fn what_the_plan_asks_for_is_enough_to_claim_it_among_twelve() {
    let sd = study::pilot_sd(ORDINARY[0], 10, 1).expect("a spread");
    let rounds = stats::power::rounds_to_claim(1.05, sd, 12).expect("a number");
    let design = Design { rounds, ratio: 1.05, ..NOTHING_TO_FIND };
    let claims = |number| study::says_different(study::verdicts(ORDINARY[0], &design, 1, number).expect("verdicts")[0]);
    let claimed = (0..600).filter(|number| claims(*number)).count() as f64 / 600.0;
    assert!((0.75..0.97).contains(&claimed), "{rounds} rounds: {claimed}");
}

#[test]
fn a_resampled_interval_of_the_total_covers_as_fiellers_does() {
    let design = Design { rounds: 20, ratio: 1.3, ..NOTHING_TO_FIND };
    let tries = 600;
    let covered = (0..tries)
        .filter(|number| {
            let pairs = study::rounds(&mut Machine::new(ORDINARY[1], 5, *number), &design);
            let found =
                stats::bootstrap::studentised_totals(&[pairs], 0.95, (499, *number)).remove(0).expect("an interval");
            found.low <= 1.3 && 1.3 <= found.high
        })
        .count() as f64
        / tries as f64;
    assert!((0.92..=0.98).contains(&covered), "{covered}");
}
