//! Ranks, permutations, tables, spreads, many groups, series and resampling against scipy,
//! statsmodels, arch and ruptures: `scripts/reference/stats_golden_tests.py` makes the files.

mod reference;

use reference::{close, each_case, lists, near, near_interval, number, numbers, sides};
use serde_json::Value;
use stats::bootstrap::{self, Distribution, Method};
use stats::contingency::{self, TwoSides};
use stats::paired::LogRatios;
use stats::random::Stream;
use stats::survival::{self, Watched};
use stats::{
    Absence, Interval, aggregate, change_points, cross_validation, describe, factors, many, multiple, order,
    permutation, rank_sum, series, spread,
};

fn slices(lists: &[Vec<f64>]) -> Vec<&[f64]> {
    lists.iter().map(Vec::as_slice).collect()
}

#[track_caller]
fn close_pairs(what: &str, ours: &[Vec<f64>], reference: &Value, distance: f64) {
    let reference = lists(reference);
    assert_eq!(ours.len(), reference.len());
    for (ours, reference) in ours.iter().flatten().zip(reference.iter().flatten()) {
        close(what, *ours, *reference, distance);
    }
}

#[test]
fn rank_sums_agree_with_scipy_and_with_counting_every_choice() {
    each_case("rank_sum", |case| {
        let (left, right) = (numbers(&case["left"]), numbers(&case["right"]));
        let ours = rank_sum::mann_whitney(&left, &right).expect("values");
        near("U", ours.above, number(case, "above"), 1e-12);
        close("delta", ours.delta, 2.0 * ours.above / (left.len() * right.len()) as f64 - 1.0, 1e-12);
        match &case["p"] {
            Value::Null => assert_eq!(ours.p, Err(Absence::NoSpread)),
            Value::String(_) => assert!(ours.p.is_ok()),
            p => near("p", ours.p.expect("a p"), p.as_f64().expect("a p"), 1e-9),
        }
        match case["p_brunner_munzel"].as_f64() {
            Some(p) => {
                let ours = rank_sum::brunner_munzel(&left, &right, 0.95).expect("a p");
                near("Brunner-Munzel", ours.p, p, 1e-6);
                assert!(ours.interval.low <= ours.superiority && ours.superiority <= ours.interval.high);
            }
            None => assert_eq!(rank_sum::brunner_munzel(&left, &right, 0.95), Err(Absence::NoSpread)),
        }
    });
}

#[test]
fn permutations_agree_with_scipy() {
    each_case("permutation", |case| {
        let ours = permutation::sign_flips(&numbers(&case["differences"]), 999, 1);
        match case["sign_flips"].as_f64() {
            Some(p) => near("signs", ours.expect("a p").p, p, 1e-12),
            None => assert_eq!(ours, Err(Absence::NoSpread)),
        }
        let ours = permutation::exchanged_sides(&numbers(&case["left"]), &numbers(&case["right"]), 999, 1);
        match case["exchanged"].as_f64() {
            Some(p) => near("sides", ours.expect("a p").p, p, 1e-12),
            None => assert_eq!(ours, Err(Absence::NoSpread)),
        }
    });
}

#[test]
fn a_sample_of_permutations_agrees_with_all_of_them_and_is_never_0() {
    let values: Vec<f64> = (0..16).map(|n| f64::from(n) - 4.0).collect();
    let all = permutation::sign_flips(&values, 0, 1).expect("a p");
    assert!(all.exact && all.tried == 1 << 16);
    let more: Vec<f64> = values.iter().copied().chain([0.0]).collect();
    let sample = permutation::sign_flips(&more, 9_999, 1).expect("a p");
    assert!(!sample.exact);
    close("sample", sample.p, all.p, 0.01);
    let far = permutation::sign_flips(&[1.0; 40], 999, 1).expect("a p");
    near("least", far.p, 0.001, 1e-12);
}

#[test]
fn yekutielis_correction_agrees_with_statsmodels() {
    each_case("yekutieli", |case| {
        let ours = multiple::benjamini_yekutieli(&numbers(&case["p"])).expect("adjusted");
        for (ours, reference) in ours.iter().zip(numbers(&case["benjamini_yekutieli"])) {
            near("BY", *ours, reference, 1e-12);
        }
    });
}

#[test]
fn tables_of_outcomes_agree_with_scipy_and_statsmodels() {
    each_case("contingency", |case| {
        let counts: Vec<u64> = numbers(&case["counts"]).into_iter().map(|count| count as u64).collect();
        let [left_hits, left_tries, right_hits, right_tries] = counts[..] else { panic!("four counts") };
        let table = TwoSides { left_hits, left_tries, right_hits, right_tries };
        near("Fisher", table.fisher().expect("a p"), number(case, "fisher"), 1e-9);
        if let Some(p) = case["boschloo"].as_f64() {
            // The reference's search of the worst share is random and stops early.
            close("Boschloo", table.boschloo().expect("a p"), p, 2e-3);
        }
        let (_, interval) = table.difference(0.95).expect("an interval");
        let reference = numbers(&case["newcombe"]);
        close("Newcombe", interval.low, reference[0], 1e-9);
        close("Newcombe", interval.high, reference[1], 1e-9);
        match case["chi_squared"].as_f64() {
            Some(p) => {
                let (ours, expected) = table.chi_squared().expect("a p");
                near("chi squared", ours, p, 1e-8);
                near("expected", expected, number(case, "expected_min"), 1e-12);
            }
            None => assert_eq!(table.chi_squared(), Err(Absence::NoSpread)),
        }
        let unequal = numbers(&case["unequal"]);
        match case["mcnemar"].as_f64() {
            Some(p) => {
                near("McNemar", contingency::mcnemar(unequal[0] as u64, unequal[1] as u64).expect("a p"), p, 1e-9);
            }
            None => assert_eq!(contingency::mcnemar(0, 0), Err(Absence::NoSpread)),
        }
    });
}

#[test]
fn the_known_numbers_of_queries_come_out() {
    // MLPerf's early stopping: p90 takes 64, 81 and 97 queries with 1, 2 and 3 over, p99 662, 838, 1001.
    for (percentile, known) in [(0.90, [64, 81, 97]), (0.99, [662, 838, 1001])] {
        for (over, queries) in (1..).zip(known) {
            assert_eq!(contingency::queries_for_percentile(percentile, over, 0.99), Ok(queries));
        }
    }
    // STATS 2.10: a two-sided bound exists from here on.
    for (probability, n) in [(0.5, 6), (0.90, 36), (0.95, 72), (0.99, 368), (0.999, 3_688)] {
        assert_eq!(order::values_for_interval(probability, 0.95), Ok(n));
    }
}

#[test]
fn spreads_agree_with_scipy() {
    each_case("spread", |case| {
        let (left, right) = (numbers(&case["left"]), numbers(&case["right"]));
        let pairs: Vec<(f64, f64)> = left.iter().copied().zip(right.iter().copied()).collect();
        let ours = spread::pitman_morgan(&pairs, 0.95).expect("spreads");
        near("ratio", ours.ratio, number(case, "ratio"), 1e-10);
        near("Pitman-Morgan", ours.p, number(case, "pitman_morgan"), 1e-6);
        near_interval("interval", ours.interval, &case["interval"], 1e-6);
        near_interval("sd", spread::sd_interval(&left, 0.95).expect("an interval"), &case["sd_interval"], 1e-8);
        let groups = lists(&case["groups"]);
        near("B-F", spread::brown_forsythe(&slices(&groups)).expect("a p"), number(case, "brown_forsythe"), 1e-8);
    });
}

#[test]
fn quantiles_agree_with_scipy() {
    each_case("order", |case| {
        let values = numbers(&case["values"]);
        let probability = number(case, "probability");
        let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let ours = order::harrell_davis(&values, probability).expect("a quantile");
        close("Harrell-Davis", ours, number(case, "harrell_davis"), 1e-9 * largest);
        let ours = order::quantile_interval(&values, probability, 0.95);
        if case["interval"].is_array() {
            near_interval("interval", ours.expect("an interval"), &case["interval"], 1e-12);
        } else {
            assert!(matches!(ours, Err(Absence::TooFew { .. })), "{ours:?}");
        }
    });
}

#[test]
fn factors_agree_with_statsmodels_and_with_the_likelihood_itself() {
    each_case("factors", |case| {
        let cells: Vec<Vec<Vec<f64>>> = case["cells"].as_array().expect("rows").iter().map(lists).collect();
        let ours = factors::two_way(&cells).expect("an analysis");
        for (name, ours) in [("rows", ours.rows), ("columns", ours.columns), ("interaction", ours.interaction)] {
            let reference = numbers(&case["two_way"][name]);
            near(name, ours.p, reference[0], 1e-6);
            close(name, ours.omega_squared, reference[1], 1e-9);
        }
        let levels = lists(&case["levels"]);
        match factors::one_way(&slices(&levels)) {
            Ok(ours) => near("one-way", ours.p, number(case, "one_way_p"), 1e-7),
            Err(absence) => assert_eq!(absence, Absence::NoSpread),
        }
        let flat: Vec<Vec<f64>> = cells.into_iter().flatten().collect();
        let ours = factors::components(&slices(&flat)).expect("components");
        let reference = &case["components"];
        let scale = number(reference, "scale");
        close("run", ours.sd_run / scale, number(reference, "sd_run") / scale, 1e-4);
        // Where it is 0, the likelihood's own search comes near, no more.
        close("configuration", ours.sd_configuration / scale, number(reference, "sd_configuration") / scale, 1e-3);
        near("too even", ours.p_too_even, number(reference, "p_too_even"), 1e-8);
    });
}

#[test]
fn many_implementations_agree_with_scipy() {
    each_case("many", |case| {
        let blocks = lists(&case["blocks"]);
        let ours = many::friedman(&blocks).expect("ranks");
        near("Friedman", ours.p, number(case, "friedman"), 1e-8);
        close_pairs("Nemenyi", &ours.pairs, &case["nemenyi"], 1e-6);
        near("critical", ours.critical_difference, number(case, "critical_difference"), 1e-6);
        let groups = lists(&case["groups"]);
        close_pairs("Tukey", &many::tukey(&slices(&groups)).expect("pairs"), &case["tukey"], 1e-6);
        if case["tukey_in_blocks"].is_array() {
            close_pairs("Tukey", &many::tukey_in_blocks(&blocks).expect("pairs"), &case["tukey_in_blocks"], 1e-6);
        } else {
            assert_eq!(many::tukey_in_blocks(&blocks), Err(Absence::NoSpread));
        }
        if case["dunnett_in_blocks"].is_array() {
            let ours = many::dunnett_in_blocks(&blocks).expect("comparisons");
            for (ours, reference) in ours.iter().zip(numbers(&case["dunnett_in_blocks"])) {
                // The reference integrates at random points.
                close("Dunnett", *ours, reference, 2e-3);
            }
        }
    });
}

#[test]
fn change_points_agree_with_ruptures() {
    each_case("change_points", |case| {
        let ours = change_points::change_points(&numbers(&case["values"])).expect("a segmentation");
        let ours: Vec<f64> = ours.into_iter().map(|place| place as f64).collect();
        assert_eq!(ours, numbers(&case["changes"]));
    });
}

#[test]
fn rewards_agree_with_scipy() {
    each_case("aggregate", |case| {
        let values = numbers(&case["values"]);
        let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let ours = aggregate::interquartile_mean(&values).expect("a mean");
        close("IQM", ours, number(case, "interquartile_mean"), 1e-12 * largest);
        let profile = aggregate::performance_profile(&values, &numbers(&case["thresholds"])).expect("a profile");
        assert_eq!(profile, numbers(&case["profile"]));
        let gap = aggregate::optimality_gap(&values, number(case, "wanted")).expect("a gap");
        close("gap", gap, number(case, "optimality_gap"), 1e-9 * largest.max(1.0));
        let tasks = sides(&case["tasks"]);
        let ours = aggregate::probability_of_improvement(&tasks).expect("a probability");
        near("improvement", ours, number(case, "probability_of_improvement"), 1e-12);
    });
}

#[test]
fn folds_agree_with_their_formulas_in_scipy() {
    each_case("folds", |case| {
        let mut differences = [[0.0; 2]; 5];
        for (ours, theirs) in differences.iter_mut().zip(lists(&case["differences"])) {
            *ours = [theirs[0], theirs[1]];
        }
        near("t", cross_validation::t_five_by_two(&differences).expect("a p"), number(case, "t"), 1e-8);
        near("F", cross_validation::f_five_by_two(&differences).expect("a p"), number(case, "f"), 1e-8);
        let ours = cross_validation::corrected_t(&numbers(&case["splits"]), number(case, "test_share"));
        near("corrected", ours.expect("a p"), number(case, "corrected_t"), 1e-8);
    });
}

#[test]
fn survival_agrees_with_statsmodels() {
    each_case("survival", |case| {
        let side = |name: &str| -> Vec<Watched> {
            let runs = case[name].as_array().expect("runs").iter();
            runs.map(|run| Watched { time: run[0].as_f64().expect("a time"), reached: run[1] == true }).collect()
        };
        let (left, right) = (side("left"), side("right"));
        let curve = survival::kaplan_meier(&left).expect("a curve");
        let (times, shares) = (numbers(&case["times"]), numbers(&case["shares"]));
        for (time, share) in curve {
            let place = times.iter().position(|other| (other - time).abs() < 1e-12).expect("the same time");
            close("share", share, shares[place], 1e-12);
        }
        match case["median"].as_f64() {
            Some(median) => close("median", survival::median_time(&left).expect("a time"), median, 1e-12),
            None => assert!(survival::median_time(&left).is_err()),
        }
        match case["log_rank"].as_f64() {
            Some(p) => near("log-rank", survival::log_rank(&left, &right).expect("a p"), p, 1e-8),
            None => assert_eq!(survival::log_rank(&left, &right), Err(Absence::NoSpread)),
        }
    });
}

#[test]
fn stretches_agree_with_arch() {
    each_case("series", |case| {
        let ours = series::stretch_length(&numbers(&case["values"])).expect("a length");
        near("length", ours, number(case, "stretch").max(1.0), 1e-8);
    });
}

#[test]
fn resampling_agrees_with_scipy() {
    each_case("bootstrap", |case| {
        let values = numbers(&case["values"]);
        let mean = |values: &[f64]| describe::mean(values).expect("a mean");
        let mut resampled = numbers(&case["resampled"]);
        let distribution = Distribution::of(&mut resampled).expect("values");
        let jackknife = bootstrap::leave_one_out(&values, &mean);
        let ours = distribution.bca(mean(&values), &jackknife, 0.95).expect("an interval");
        near_interval("BCa", ours, &case["bca"], 1e-9);
        if case["whole"].is_object() {
            let geometric = |values: &[f64]| describe::geometric_mean(values).expect("a mean");
            for (name, method) in [("percentile", Method::Percentile), ("bca", Method::Bca)] {
                let ours = bootstrap::interval(&values, &geometric, method, 0.95, (9_999, 7)).expect("an interval");
                let reference = numbers(&case["whole"][name]);
                let width = reference[1] - reference[0];
                // Each end of two bootstraps of 9,999 differs by some 1.5 % of the width.
                close(name, ours.low, reference[0], 0.06 * width);
                close(name, ours.high, reference[1], 0.06 * width);
            }
        }
    });
}

#[test]
fn one_thread_and_sixteen_draw_the_same() {
    let pairs: Vec<(f64, f64)> =
        (0..40).map(|n| (1.0 + 0.1 * f64::from(n).sin(), 2.0 + 0.1 * f64::from(n).cos())).collect();
    let with = |threads: usize| -> (Interval, Interval) {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| {
            let cells = vec![pairs.clone(); 4];
            let one = bootstrap::studentised_totals(&cells, 0.95, (999, 3)).remove(0).expect("an interval");
            (one, bootstrap::ratio_of_totals(&cells, 0.95, (999, 3)).expect("an interval"))
        })
    };
    assert_eq!(with(1), with(16));
}

#[test]
fn cells_that_share_their_draws_do_not_move_together_in_a_total() {
    let mut random = Stream::new(5, 1);
    let mut cost = || 1.0 + 0.1 * random.normal();
    let cells: Vec<Vec<(f64, f64)>> = (0..30).map(|_| (0..25).map(|_| (cost(), cost())).collect()).collect();
    let found = bootstrap::ratio_of_totals(&cells, 0.95, (9_999, 3)).expect("an interval");
    // Each cell's mean has a variance of 0.01 / 25 a side: by the delta method 0.00207 for the ratio.
    let expected = 2.0 * 1.96 * (2.0 * 0.01 / 25.0 / 30.0_f64).sqrt();
    close("width", found.high - found.low, expected, 0.1 * expected);
    let logs = |cell: &Vec<(f64, f64)>| LogRatios::of(cell).expect("positive pairs");
    let ratios: Vec<LogRatios> = cells.iter().map(logs).collect();
    let found = bootstrap::cells_like_these(&ratios, 0.95, (9_999, 3)).expect("an interval");
    // The cells differ by their rounds' noise alone, and their being drawn anew counts it once more.
    let expected = expected * 2.0_f64.sqrt();
    close("width over cells like these", found.high - found.low, expected, 0.2 * expected);
}
