//! Long-run behaviour on simulated rounds, with fixed seeds.

use stats::bootstrap::{self, Method};
use stats::paired::LogRatios;
use stats::random::Stream;
use stats::simulation::study::{self, Design, NOTHING_TO_FIND};
use stats::simulation::{HEAVIER, Machine, ORDINARY, SHARED};
use stats::{describe, selection, series, welch};

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

/// How often one of `tries` is true.
fn share(tries: u32, mut one: impl FnMut() -> bool) -> f64 {
    f64::from((0..tries).filter(|_| one()).count() as u32) / f64::from(tries)
}

/// Costs of a machine that drifts slowly (an autoregression with 0.95 and standard deviation 1) more than
/// its runs vary (0.5), in units of a hundredth.
fn drifting(draws: &mut Stream, runs: usize) -> Vec<f64> {
    let mut drift = draws.normal();
    let one = |_| {
        drift = 0.95 * drift + (1.0_f64 - 0.95 * 0.95).sqrt() * draws.normal();
        (0.01 * (drift + 0.5 * draws.normal())).exp()
    };
    (0..runs).map(one).collect()
}

/// STATS 0.2, where 59 %, 0.5 % and 4 % were found: what is not paired is either fooled or blind.
#[test]
fn under_drift_only_pairs_in_turn_keep_their_level() {
    let mut draws = Stream::new(20_260_601, 2);
    let differ = |left: &[f64], right: &[f64]| welch::welch(left, right, 0.95).expect("a comparison").p < 0.05;
    let apart = share(4_000, || {
        let costs = drifting(&mut draws, 40);
        differ(&costs[..20], &costs[20..])
    });
    assert!((0.53..0.65).contains(&apart), "{apart}");
    let in_turn = |draws: &mut Stream| -> Vec<(f64, f64)> {
        let costs = drifting(draws, 40);
        let swapped = |pair: &[f64], swap| if swap { (pair[1], pair[0]) } else { (pair[0], pair[1]) };
        costs.chunks(2).map(|pair| swapped(pair, draws.below(2) == 1)).collect()
    };
    let unpaired = share(4_000, || {
        let (left, right): (Vec<f64>, Vec<f64>) = in_turn(&mut draws).into_iter().unzip();
        differ(&left, &right)
    });
    assert!(unpaired < 0.02, "{unpaired}");
    let paired = share(4_000, || LogRatios::of(&in_turn(&mut draws)).expect("positive").p().expect("a p") < 0.05);
    assert!((0.04..0.06).contains(&paired), "{paired}");
}

/// STATS 0.7: a look after each run from the 5th to the 30th finds a difference in 24 of 100.
#[test]
fn who_looks_at_every_run_needs_a_sequence() {
    let mut draws = Stream::new(20_260_601, 3);
    let mut values = |n: usize| (0..n).map(|_| draws.normal()).collect::<Vec<f64>>();
    let peeking = share(4_000, || {
        let values = values(30);
        (5..=30).any(|n| LogRatios::of_logs(values[..n].to_vec()).expect("logs").p().expect("a p") < 0.05)
    });
    assert!((0.21..0.27).contains(&peeking), "{peeking}");
    let misses = |interval: stats::Interval| interval.low > 0.0 || interval.high < 0.0;
    let missed = share(4_000, || {
        let values = values(60);
        (10..=60).any(|n| misses(series::confidence_sequence(&values[..n], 0.95, 20).expect("an interval")))
    });
    assert!(missed < 0.05, "{missed}");
}

/// STATS 0.8: the best of 18 that do not differ looks 1.8 standard errors better.
#[test]
fn the_best_of_many_is_as_good_as_it_is_on_other_rounds() {
    let mut draws = Stream::new(20_260_601, 6);
    let (mut chosen_by, mut measured) = (Vec::new(), Vec::new());
    let covered = share(3_000, || {
        let mut candidate = || LogRatios::of_logs((0..20).map(|_| 0.01 * draws.normal()).collect()).expect("logs");
        let candidates: Vec<LogRatios> = (0..18).map(|_| candidate()).collect();
        let best = selection::least(&candidates, 0.95).expect("a choice");
        // Ten rounds a half.
        let errors = |ratio: f64| ratio.ln() / (0.01 / 10.0_f64.sqrt());
        chosen_by.push(errors(best.ratio_when_chosen));
        measured.push(errors(best.ratio));
        best.interval.low <= 1.0 && 1.0 <= best.interval.high
    });
    let (chosen_by, measured) =
        (describe::mean(&chosen_by).expect("a mean"), describe::mean(&measured).expect("a mean"));
    assert!((chosen_by + 1.82).abs() < 0.05, "{chosen_by}");
    assert!(measured.abs() < 0.06, "{measured}");
    assert!((0.935..0.965).contains(&covered), "{covered}");
}

/// Pairs that were not taken in turn: an autoregression with 0.6 in the log ratios themselves. Student's
/// interval covers in 68 of 100, that of resampled stretches in 78: better, and still short.
#[test]
fn where_rounds_resemble_each_other_stretches_of_them_cover_more() {
    let mut draws = Stream::new(20_260_601, 8);
    let covers = |interval: stats::Interval| interval.low <= 1.0 && 1.0 <= interval.high;
    let (mut noticed, mut students, mut stretched) = (0, 0, 0);
    for seed in 0..600 {
        let mut log = draws.normal() / 0.8;
        let logs = (0..40).map(|_| {
            log = 0.6 * log + draws.normal();
            0.01 * log
        });
        let ratios = LogRatios::of_logs(logs.collect()).expect("logs");
        noticed += u32::from(series::resemblance(ratios.logs()).is_some());
        students += u32::from(covers(ratios.interval(0.95).expect("an interval")));
        stretched +=
            u32::from(covers(series::interval_of_resembling(&ratios, 0.95, (499, seed)).expect("an interval")));
    }
    assert!(noticed > 500, "{noticed}");
    assert!(students < 450, "{students}");
    assert!(stretched > students + 40, "{stretched} and {students}");
}

/// STATS 2.4's table for normal values: resampling does not rescue few of them, Student's t does.
#[test]
fn resampled_intervals_of_few_values_cover_less_than_they_say() {
    let mut draws = Stream::new(20_260_601, 7);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    for (n, percentile, bca) in [(10, 0.912, 0.910), (20, 0.930, 0.923), (30, 0.932, 0.935)] {
        let mut covered = [0_u32; 3];
        for seed in 0..1_000 {
            let values: Vec<f64> = (0..n).map(|_| draws.normal()).collect();
            let drawn = |method| bootstrap::interval(&values, &mean, method, 0.95, (799, seed)).expect("an interval");
            let student = LogRatios::of_logs(values.clone()).expect("logs").interval(0.95).expect("an interval");
            let student = stats::Interval { low: student.low.ln(), high: student.high.ln() };
            for (hits, found) in covered.iter_mut().zip([student, drawn(Method::Percentile), drawn(Method::Bca)]) {
                *hits += u32::from(found.low <= 0.0 && 0.0 <= found.high);
            }
        }
        // Both tables are of some hundred samples: each is off by up to 0.02.
        for (hits, known) in covered.into_iter().zip([0.95, percentile, bca]) {
            let found = f64::from(hits) / 1_000.0;
            assert!((found - known).abs() < 0.03, "n = {n}: {found} is not {known}");
        }
    }
}
