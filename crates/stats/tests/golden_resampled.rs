//! Everything that is drawn at random, against the same draws made again in Python and handed to arch
//! and scipy: `scripts/reference/stats_golden_resampled.py` makes the files.

mod reference;

use reference::{each_case, lists, near, near_interval, numbers, same_interval, sides};
use serde_json::Value;
use stats::bootstrap::{self, Method};
use stats::paired::LogRatios;
use stats::random::Stream;
use stats::{Absence, aggregate, describe, permutation, series};

fn draws(case: &Value) -> (usize, u64) {
    let count = |key: &str| case[key].as_u64().expect("a count");
    (count("resamples") as usize, count("seed"))
}

#[test]
fn random_numbers_are_those_of_the_published_generator() {
    each_case("numbers", |case| {
        let count = |key: &str| case[key].as_u64().expect("a count");
        let stream = || Stream::new(count("seed"), count("stream"));
        let mut random = stream();
        for bits in case["bits"].as_array().expect("numbers") {
            assert_eq!(Some(random.bits().to_string().as_str()), bits.as_str());
        }
        let mut random = stream();
        for uniform in numbers(&case["uniform"]) {
            near("uniform", random.uniform(), uniform, 0.0);
        }
        let mut random = stream();
        let below = |random: &mut Stream| random.below(count("count") as usize) as f64;
        for place in numbers(&case["below"]) {
            near("below", below(&mut random), place, 0.0);
        }
        let mut random = stream();
        for normal in numbers(&case["normal"]) {
            near("normal", random.normal(), normal, 1e-12);
        }
        let mut order: Vec<f64> = (0..9).map(f64::from).collect();
        stream().shuffle(&mut order);
        assert_eq!(order, numbers(&case["shuffled"]));
    });
}

#[test]
fn totals_agree_with_arch() {
    each_case("totals", |case| {
        let cells: Vec<Vec<(f64, f64)>> =
            sides(&case["cells"]).into_iter().map(|(left, right)| left.into_iter().zip(right).collect()).collect();
        if let Some(expected) = case["studentised"].as_array() {
            let found = bootstrap::studentised_totals(&cells, 0.95, draws(case));
            assert_eq!(found.len(), expected.len());
            for (ours, other) in found.into_iter().zip(expected) {
                same_interval("studentised", ours, other, 1e-7);
            }
        }
        let found = bootstrap::ratio_of_totals(&cells, 0.95, draws(case));
        same_interval("together", found, &case["together"], 1e-9);
    });
}

#[test]
fn cells_like_these_agree_with_numpy() {
    each_case("generalising", |case| {
        let cells: Vec<LogRatios> =
            lists(&case["cells"]).into_iter().map(|logs| LogRatios::of_logs(logs).expect("logs")).collect();
        let found = bootstrap::cells_like_these(&cells, 0.95, draws(case));
        same_interval("cells like these", found, &case["interval"], 1e-9);
    });
}

#[test]
fn samples_tasks_and_requests_are_drawn_as_arch_does() {
    each_case("drawn", |case| {
        let values = numbers(&case["values"]);
        let sd = |values: &[f64]| describe::sd(values).expect("an sd");
        let of = |method| bootstrap::interval(&values, &sd, method, 0.95, draws(case));
        if describe::sd(&values).is_ok_and(|sd| sd > 0.0) {
            same_interval("percentile", of(Method::Percentile), &case["sd"]["percentile"], 1e-8);
        }
        same_interval("BCa", of(Method::Bca), &case["sd"]["bca"], 1e-6);
        let middle = |values: &[f64]| aggregate::interquartile_mean(values).expect("a mean");
        let found = bootstrap::stratified(&lists(&case["tasks"]), &middle, 0.95, draws(case)).expect("an interval");
        near_zero_too("IQM", found, &case["interquartile_mean"], &lists(&case["tasks"]));
        let found = aggregate::improvement_interval(&sides(&case["sides"]), 0.95, draws(case)).expect("an interval");
        near_interval("improvement", found, &case["improvement"], 1e-12);
        let p90 = |values: &[f64]| describe::quantile(values, 0.9).expect("a quantile");
        let requests = lists(&case["requests"]);
        let found = bootstrap::clustered(&requests, &p90, 0.95, draws(case)).expect("an interval");
        near_zero_too("p90 of tokens", found, &case["token_p90"], &requests);
    });
}

/// A bound that is near 0 beside the values keeps no more digits than they have.
#[track_caller]
fn near_zero_too(what: &str, ours: stats::Interval, reference: &Value, values: &[Vec<f64>]) {
    let largest = values.iter().flatten().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    for (ours, reference) in [ours.low, ours.high].into_iter().zip(numbers(reference)) {
        assert!((ours - reference).abs() <= 1e-11 * largest, "{what}: {ours} is not {reference}");
    }
}

#[test]
fn resembling_rounds_are_drawn_in_arch_s_stretches() {
    each_case("resembling", |case| {
        let ratios = LogRatios::of_logs(numbers(&case["logs"])).expect("logs");
        let found = series::interval_of_resembling(&ratios, 0.95, draws(case)).expect("an interval");
        near_interval("stationary bootstrap", found, &case["interval"], 1e-10);
    });
}

#[test]
fn a_sample_of_permutations_agrees_with_the_same_in_numpy() {
    each_case("shuffled", |case| {
        let count = |key: &str| case[key].as_u64().expect("a count");
        let (tried, seed) = (count("tried") as usize, count("seed"));
        let ours = permutation::sign_flips(&numbers(&case["differences"]), tried, seed);
        match case["sign_flips"].as_f64() {
            Some(p) => near("signs", ours.expect("a p").p, p, 1e-12),
            None => assert_eq!(ours, Err(Absence::NoSpread)),
        }
        let ours = permutation::exchanged_sides(&numbers(&case["left"]), &numbers(&case["right"]), tried, seed);
        near("sides", ours.expect("a p").p, case["exchanged"].as_f64().expect("a p"), 1e-12);
    });
}
