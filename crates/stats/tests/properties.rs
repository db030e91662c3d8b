//! What holds for any input: no panic, no NaN, and the symmetries of a ratio.

use proptest::prelude::*;
use schema::evaluation::ParityVerdict;
use stats::paired::LogRatios;
use stats::survival::{self, Watched};
use stats::verdict::{Estimate, Evidence, Gate, Side, decide};
use stats::{
    Absence, Interval, aggregate, bootstrap, change_points, cross_validation, describe, effect, factors, many,
    multiple, order, permutation, pooled, power, proportion, rank, rank_sum, series, spread, total, warm_up, welch,
};

/// Positive costs of two sides.
fn pairs() -> impl Strategy<Value = Vec<(f64, f64)>> {
    let cost = 1e-3_f64..1e12;
    prop::collection::vec((cost.clone(), cost), 2..30)
}

/// Whatever a damaged record might hold.
fn anything() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        Just(0.0),
        Just(-1.0),
        Just(1.0),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::MIN_POSITIVE),
        Just(f64::MAX),
    ]
}

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-9 * left.abs().max(right.abs())
}

proptest! {
    #[test]
    fn another_unit_leaves_the_comparison(pairs in pairs(), unit in 1e-6_f64..1e6) {
        let ours = LogRatios::of(&pairs).expect("positive");
        let scaled: Vec<(f64, f64)> = pairs.iter().map(|(left, right)| (left * unit, right * unit)).collect();
        let other = LogRatios::of(&scaled).expect("positive");
        prop_assert!(close(ours.ratio().expect("ratio"), other.ratio().expect("ratio")));
        prop_assert!(close(ours.p().expect("p"), other.p().expect("p")));
    }

    #[test]
    fn swapping_the_sides_gives_reciprocals(pairs in pairs()) {
        let swapped: Vec<(f64, f64)> = pairs.iter().map(|(left, right)| (*right, *left)).collect();
        let (ours, other) = (LogRatios::of(&pairs).expect("positive"), LogRatios::of(&swapped).expect("positive"));
        let (one, two) = (ours.interval(0.95), other.interval(0.95));
        prop_assert!(close(ours.ratio().expect("ratio") * other.ratio().expect("ratio"), 1.0));
        if let (Ok(one), Ok(two)) = (one, two) && two.low > 1e-290 && one.low > 1e-290 {
            prop_assert!(close(one.low, 1.0 / two.high) && close(one.high, 1.0 / two.low));
        }
        prop_assert!(close(ours.p().expect("p"), other.p().expect("p")));
    }

    #[test]
    fn the_order_of_rounds_does_not_matter(pairs in pairs()) {
        let mut turned = pairs.clone();
        turned.reverse();
        let (ours, other) = (LogRatios::of(&pairs).expect("positive"), LogRatios::of(&turned).expect("positive"));
        prop_assert!(close(ours.ratio().expect("ratio"), other.ratio().expect("ratio")));
        prop_assert!(close(ours.sd().expect("sd"), other.sd().expect("sd")));
        let (one, two) = (rank::signed_rank_p(ours.logs()), rank::signed_rank_p(other.logs()));
        prop_assert_eq!(one, two);
    }

    #[test]
    fn a_constant_shift_moves_the_estimate_by_itself(pairs in pairs(), factor in 0.01_f64..100.0) {
        let ours = LogRatios::of(&pairs).expect("positive");
        let shifted: Vec<(f64, f64)> = pairs.iter().map(|(left, right)| (left * factor, *right)).collect();
        let other = LogRatios::of(&shifted).expect("positive");
        prop_assert!((other.mean_log() - ours.mean_log() - factor.ln()).abs() < 1e-9);
    }

    #[test]
    fn intervals_contain_their_estimates(pairs in pairs()) {
        let ratios = LogRatios::of(&pairs).expect("positive");
        let ratio = ratios.ratio().expect("ratio");
        if let (Ok(wide), Ok(narrow)) = (ratios.interval(0.95), ratios.interval(0.90)) {
            prop_assert!(wide.low <= narrow.low && narrow.low <= ratio && ratio <= narrow.high && narrow.high <= wide.high);
        }
        if let Ok(shift) = rank::hodges_lehmann(ratios.logs(), 0.95) {
            prop_assert!(shift.low <= shift.estimate && shift.estimate <= shift.high);
        }
        let total = total::total_ratio(&pairs, 0.95).expect("a total");
        if let Ok(interval) = total.interval {
            prop_assert!(interval.low <= total.ratio && total.ratio <= interval.high);
        }
    }

    #[test]
    fn no_input_makes_a_nan_or_a_panic(left in prop::collection::vec(anything(), 0..12), right in prop::collection::vec(anything(), 0..12), level in anything()) {
        let pairs: Vec<(f64, f64)> = left.iter().copied().zip(right.iter().copied()).collect();
        let mut found: Vec<Result<f64, Absence>> = vec![
            describe::mean(&left), describe::sd(&left), describe::geometric_mean(&left), describe::cv(&left),
            describe::quantile(&left, level), describe::autocorrelation(&left), effect::hedges_g(&left, &right),
            rank::signed_rank_p(&left), rank::hodges_lehmann(&left, level).map(|h| h.estimate + h.low + h.high),
            welch::welch(&left, &right, level).map(|w| w.ratio + w.p + w.interval.low + w.interval.high),
            total::total_ratio(&pairs, level).map(|t| t.ratio + t.interval.map_or(0.0, |i| i.low + i.high)),
            multiple::holm(&left).map(|p| p.iter().sum()), multiple::benjamini_hochberg(&left).map(|p| p.iter().sum()),
            power::detectable_ratio(left.len(), level), power::rounds_for(level, 0.05).map(|n| n as f64),
            power::paired(left.len(), level, 0.05),
            proportion::wilson(left.len() as u64, right.len() as u64, level).map(|i| i.low + i.high),
        ];
        if let Ok(ratios) = LogRatios::of(&pairs) {
            found.extend([ratios.ratio(), ratios.sd(), ratios.p(), ratios.p_equivalence(level), ratios.interval(level).map(|i| i.low + i.high)]);
            found.push(pooled::geometric_mean(&[ratios.clone(), ratios.clone(), ratios], level).map(|p| p.ratio));
        }
        for figure in found {
            prop_assert!(!figure.is_ok_and(f64::is_nan));
        }
        let _ = (describe::outliers(&left), warm_up::judge(&left));
    }

    #[test]
    fn no_input_makes_a_nan_or_a_panic_of_the_further_tests(left in prop::collection::vec(anything(), 0..14), right in prop::collection::vec(anything(), 0..14), level in anything()) {
        let pairs: Vec<(f64, f64)> = left.iter().copied().zip(right.iter().copied()).collect();
        let sides = [left.as_slice(), right.as_slice()];
        let blocks: Vec<Vec<f64>> = pairs.iter().map(|(one, other)| vec![*one, *other, level]).collect();
        let watched: Vec<Watched> = pairs.iter().map(|(time, other)| Watched { time: *time, reached: *other > 0.0 }).collect();
        let found: Vec<Result<f64, Absence>> = vec![
            rank_sum::mann_whitney(&left, &right).map(|found| found.above + found.p.unwrap_or_default()),
            rank_sum::brunner_munzel(&left, &right, level).map(|found| found.p + found.interval.low),
            permutation::sign_flips(&left, 99, 1).map(|found| found.p),
            permutation::exchanged_sides(&left, &right, 99, 1).map(|found| found.p),
            multiple::benjamini_yekutieli(&left).map(|p| p.iter().sum()),
            spread::sd_interval(&left, level).map(|found| found.low + found.high),
            spread::pitman_morgan(&pairs, level).map(|found| found.ratio + found.interval.high + found.p),
            spread::brown_forsythe(&sides),
            order::harrell_davis(&left, level), order::quantile_interval(&left, 0.5, level).map(|found| found.low),
            factors::one_way(&sides).map(|found| found.p + found.omega_squared),
            factors::components(&sides).map(|found| found.sd_run + found.sd_configuration + found.p_too_even),
            many::friedman(&blocks).map(|found| found.p), many::tukey(&sides).map(|found| found[1][0]),
            many::tukey_in_blocks(&blocks).map(|found| found[1][0]), many::dunnett_in_blocks(&blocks).map(|found| found[0]),
            change_points::change_points(&left).map(|found| found.len() as f64),
            aggregate::interquartile_mean(&left), aggregate::optimality_gap(&left, 1.0),
            cross_validation::corrected_t(&left, level),
            survival::median_time(&watched), survival::log_rank(&watched, &watched),
            series::effective_n(&left), series::stretch_length(&left),
            series::confidence_sequence(&left, level, 20).map(|found| found.low + found.high),
            bootstrap::studentised_totals(std::slice::from_ref(&pairs), level, (49, 1)).remove(0).map(|found| found.low + found.high),
            bootstrap::ratio_of_totals(&[pairs.clone(), pairs], level, (49, 1)).map(|found| found.low + found.high),
        ];
        for (place, figure) in found.into_iter().enumerate() {
            prop_assert!(!figure.is_ok_and(f64::is_nan), "number {}", place);
        }
    }

    #[test]
    fn a_pairwise_mean_is_found_as_by_sorting_all_of_them(values in prop::collection::vec(-1e3_f64..1e3, 6..40)) {
        let mut means: Vec<f64> = (0..values.len())
            .flat_map(|first| values[first..].iter().map(|second| f64::midpoint(values[first], *second)).collect::<Vec<f64>>())
            .collect();
        means.sort_by(f64::total_cmp);
        let (low, high) = (means[(means.len() - 1) / 2], means[means.len() / 2]);
        let found = rank::hodges_lehmann(&values, 0.95).expect("an estimate");
        prop_assert!((found.estimate - (low + 0.5 * (high - low))).abs() < 1e-12);
        prop_assert!(means.contains(&found.low) && means.contains(&found.high));
    }

    #[test]
    fn every_comparison_has_exactly_one_verdict_with_a_reason(evidence in evidence()) {
        let decision = decide(&evidence);
        prop_assert!(!decision.because.is_empty() && !decision.because.contains("NaN"));
        prop_assert_eq!(&decision, &decide(&evidence));
    }
}

fn evidence() -> impl Strategy<Value = Evidence> {
    let side =
        (0_usize..20, 0_usize..20).prop_map(|(attempted, failed)| Side { name: "a".to_owned(), attempted, failed });
    let parity = prop::sample::select(vec![
        ParityVerdict::Identical,
        ParityVerdict::WithinTolerance,
        ParityVerdict::SameQuality,
        ParityVerdict::Unchecked,
        ParityVerdict::Different,
    ]);
    let positive = 1e-3_f64..1e3;
    let estimate = (positive.clone(), positive.clone(), positive.clone(), prop::option::of(0.0_f64..=1.0)).prop_map(
        |(ratio, wide, narrow, p_adjusted)| {
            let interval = |factor: f64| {
                let factor = factor.max(1.0 / factor);
                Interval { low: ratio / factor, high: ratio * factor }
            };
            Ok(Estimate {
                ratio,
                interval: interval(wide.max(narrow)),
                interval_90: interval(wide.min(narrow)),
                p_adjusted,
            })
        },
    );
    let estimate = prop_oneof![8 => estimate, 1 => Just(Err(Absence::NotPositive))];
    let gate = prop_oneof![Just(Gate::Itself), Just(Gate::Unknown), (1.0_f64..2.0).prop_map(Gate::Resolution)];
    let planning = (prop::option::of(1.0_f64..10.0), prop::option::of(2_usize..1000));
    (side.clone(), side, any::<(bool, bool)>(), parity, 0_usize..40, estimate, gate, 1.001_f64..2.0, planning).prop_map(
        |(
            left,
            right,
            (measures, server_clock),
            parity,
            n,
            estimate,
            gate,
            margin,
            (detectable, rounds_for_margin),
        )| {
            Evidence {
                left,
                right,
                measures,
                parity,
                server_clock,
                n,
                estimate,
                gate,
                margin,
                detectable,
                rounds_for_margin,
            }
        },
    )
}
