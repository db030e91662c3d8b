//! Every function against scipy and statsmodels: `scripts/reference/stats_golden.py` makes the files.

mod reference;

use reference::{each_case, near, near_interval, number, numbers};
use serde_json::Value;
use stats::paired::LogRatios;
use stats::{Absence, Interval, describe, effect, multiple, pooled, power, proportion, rank, student, total, welch};

fn pairs_of(case: &Value) -> Vec<(f64, f64)> {
    numbers(&case["left"]).into_iter().zip(numbers(&case["right"])).collect()
}

fn logs(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| value.ln()).collect()
}

#[test]
fn the_paired_comparison_agrees_with_scipy_and_statsmodels() {
    each_case("paired", |case| {
        let pairs = pairs_of(case);
        let ratios = LogRatios::of(&pairs).expect("positive pairs");
        near("ratio", ratios.ratio().expect("a ratio"), number(case, "ratio"), 1e-11);
        near("sd", ratios.sd().expect("an sd"), number(case, "sd"), 1e-8);
        near("p", ratios.p().expect("a p"), number(case, "p"), 1e-7);
        near_interval("95 %", ratios.interval(0.95).expect("an interval"), &case["interval_95"], 1e-9);
        near_interval("90 %", ratios.interval(0.90).expect("an interval"), &case["interval_90"], 1e-9);
        let equivalence = ratios.p_equivalence(number(case, "margin")).expect("a p");
        near("TOST", equivalence, number(case, "p_equivalence"), 1e-7);
        let (left, right) = (logs(&numbers(&case["left"])), logs(&numbers(&case["right"])));
        near("Hedges", effect::hedges_g(&left, &right).expect("g"), number(case, "hedges_g"), 1e-9);
        let total = total::total_ratio(&pairs, 0.95).expect("a total");
        near("total", total.ratio, number(&case["total"], "ratio"), 1e-11);
        match total.interval {
            Ok(interval) => near_interval("Fieller", interval, &case["total"]["interval"], 1e-6),
            Err(absence) => {
                assert_eq!(absence, Absence::Unbounded);
                assert!(case["total"]["interval"].is_null(), "the reference has bounds: {case}");
            }
        }
    });
}

#[test]
fn welch_agrees_with_scipy() {
    each_case("welch", |case| {
        let ours = welch::welch(&numbers(&case["left"]), &numbers(&case["right"]), 0.95).expect("a comparison");
        near("ratio", ours.ratio, number(case, "ratio"), 1e-11);
        near("df", ours.df, number(case, "df"), 1e-8);
        near("p", ours.p, number(case, "p"), 1e-7);
        near_interval("interval", ours.interval, &case["interval"], 1e-8);
    });
}

#[test]
fn ranks_agree_with_scipy_and_with_counting_every_sign() {
    each_case("rank", |case| {
        let values = numbers(&case["values"]);
        match case["p"].as_f64() {
            Some(p) => near("p", rank::signed_rank_p(&values).expect("a p"), p, 1e-9),
            None => assert_eq!(rank::signed_rank_p(&values), Err(Absence::NoSpread)),
        }
        let shift = rank::hodges_lehmann(&values, 0.95);
        if case["interval"].is_array() {
            let shift = shift.expect("an interval");
            let ours = Interval { low: shift.low, high: shift.high };
            near("estimate", shift.estimate, number(case, "estimate"), 1e-12);
            near_interval("Wilcoxon's inversion", ours, &case["interval"], 1e-12);
        } else if values.len() < 6 {
            assert_eq!(shift, Err(Absence::TooFew { n: values.len(), needed: 6 }));
        } else {
            near("estimate", shift.expect("an estimate").estimate, number(case, "estimate"), 1e-12);
        }
    });
}

#[test]
fn summaries_agree_with_numpy() {
    each_case("describe", |case| {
        let values = numbers(&case["values"]);
        near("mean", describe::mean(&values).expect("a mean"), number(case, "mean"), 1e-12);
        near("geometric", describe::geometric_mean(&values).expect("a mean"), number(case, "geometric_mean"), 1e-11);
        for quantile in case["quantiles"].as_array().expect("quantiles") {
            let pair = numbers(quantile);
            near("quantile", describe::quantile(&values, pair[0]).expect("a quantile"), pair[1], 1e-12);
        }
        if let Some(sd) = case["sd"].as_f64() {
            near("sd", describe::sd(&values).expect("an sd"), sd, 1e-9);
            near("cv", describe::cv(&values).expect("a cv"), number(case, "cv"), 1e-8);
        } else {
            assert_eq!(describe::sd(&values), Err(Absence::TooFew { n: 1, needed: 2 }));
        }
        if let Some(correlation) = case["autocorrelation"].as_f64() {
            let ours = describe::autocorrelation(&values).expect("a correlation");
            assert!((ours - correlation).abs() < 1e-9, "{ours} is not {correlation}");
        }
        if case["mild"].is_array() {
            let found = describe::outliers(&values).expect("fences");
            let places = |list: &[usize]| list.iter().map(|place| *place as f64).collect::<Vec<f64>>();
            assert_eq!(places(&found.mild), numbers(&case["mild"]));
            assert_eq!(places(&found.severe), numbers(&case["severe"]));
        }
    });
}

#[test]
fn corrections_agree_with_statsmodels() {
    each_case("multiple", |case| {
        let p = numbers(&case["p"]);
        let holm = multiple::holm(&p).expect("adjusted");
        let expected = numbers(&case["holm"]);
        holm.iter().zip(&expected).for_each(|(ours, reference)| near("Holm", *ours, *reference, 1e-12));
        let bh = multiple::benjamini_hochberg(&p).expect("adjusted");
        let expected = numbers(&case["benjamini_hochberg"]);
        bh.iter().zip(&expected).for_each(|(ours, reference)| near("BH", *ours, *reference, 1e-12));
    });
}

#[test]
fn proportions_agree_with_scipy_and_statsmodels() {
    each_case("proportion", |case| {
        let hits = case["hits"].as_u64().expect("hits");
        let tries = case["tries"].as_u64().expect("tries");
        let level = number(case, "level");
        // statsmodels leaves rounding where the bound is 0 or 1 exactly.
        let ours = proportion::wilson(hits, tries, level).expect("an interval");
        let reference = numbers(&case["wilson"]);
        assert!((ours.low - reference[0]).abs() < 1e-12 && (ours.high - reference[1]).abs() < 1e-12, "{case}");
        let ours = proportion::clopper_pearson(hits, tries, level).expect("an interval");
        near_interval("Clopper-Pearson", ours, &case["clopper_pearson"], 1e-9);
    });
}

#[test]
fn power_agrees_with_scipys_noncentral_t() {
    each_case("power", |case| {
        let n = case["n"].as_u64().expect("n") as usize;
        let (effect, alpha) = (number(case, "effect"), number(case, "alpha"));
        if let Some(paired) = case["paired"].as_f64() {
            near("paired", power::paired(n, effect, alpha).expect("a power"), paired, 1e-8);
        }
        if let Some(two_sample) = case["two_sample"].as_f64() {
            near("two-sample", power::two_sample(n, effect, alpha).expect("a power"), two_sample, 1e-8);
        }
    });
}

#[test]
fn planned_numbers_agree_with_statsmodels_search() {
    each_case("planning", |case| {
        let effect = number(case, "effect");
        let search = |power_of: fn(usize, f64, f64) -> Result<f64, Absence>| {
            power::smallest_n(0.8, |n| power_of(n, effect, 0.05)).expect("a number") as f64
        };
        assert!((search(power::paired) - number(case, "pairs").ceil()).abs() < 0.5, "pairs for {effect}");
        assert!((search(power::two_sample) - number(case, "runs_a_side").ceil()).abs() < 0.5, "runs for {effect}");
        let n = case["n"].as_u64().expect("n") as usize;
        let detectable = power::detectable_ratio(n, number(case, "sd")).expect("a ratio");
        near("detectable ratio", detectable, number(case, "detectable_ratio"), 1e-6);
    });
}

#[test]
fn students_t_agrees_with_scipy() {
    each_case("student", |case| {
        let df = number(case, "df");
        let p = student::p_two_sided(number(case, "t"), df).expect("a p");
        near("p", p, number(case, "p_two_sided"), 1e-8);
        let probability = number(case, "probability");
        let quantile = student::quantile(probability, df).expect("a quantile");
        assert!((quantile - number(case, "quantile")).abs() <= 1e-9 * quantile.abs().max(1.0), "{case}: {quantile}");
        let normal = student::normal_quantile(probability).expect("a quantile");
        assert!((normal - number(case, "normal_quantile")).abs() < 1e-11, "{case}: {normal}");
    });
}

#[test]
fn the_pooled_ratio_agrees_with_the_formula_in_numpy() {
    each_case("pooled", |case| {
        let cells: Vec<LogRatios> = case["cells"]
            .as_array()
            .expect("cells")
            .iter()
            .map(|cell| LogRatios::of_logs(numbers(cell)).expect("logs"))
            .collect();
        let ours = pooled::geometric_mean(&cells, 0.95).expect("pooled");
        near("ratio", ours.ratio, number(case, "ratio"), 1e-11);
        near_interval("interval", ours.interval, &case["interval"], 1e-9);
    });
}

#[test]
fn the_known_sample_sizes_come_out() {
    // STATS 0.3: d = 0.5 takes 64 runs a side or 34 pairs; 30 a side have power 0.478.
    let sizes = |power_of: fn(usize, f64, f64) -> Result<f64, Absence>| {
        power::smallest_n(0.8, |n| power_of(n, 0.5, 0.05)).expect("a number")
    };
    assert_eq!((sizes(power::two_sample), sizes(power::paired)), (64, 34));
    near("power(30)", power::two_sample(30, 0.5, 0.05).expect("a power"), 0.478, 0.001);
}

#[test]
fn the_table_of_detectable_differences_comes_out() {
    // STATS 2.8, in per cent; its last digit is not always rounded.
    let counts = [5, 6, 10, 20, 30, 60, 100];
    let table = [
        (0.01, [1.7, 1.4, 1.0, 0.7, 0.5, 0.4, 0.3]),
        (0.02, [3.4, 2.9, 2.0, 1.3, 1.1, 0.7, 0.6]),
        (0.05, [8.7, 7.4, 5.1, 3.4, 2.7, 1.9, 1.4]),
        (0.10, [18.0, 15.0, 10.0, 6.8, 5.4, 3.8, 2.9]),
        (0.20, [39.0, 33.0, 22.0, 14.0, 11.0, 7.6, 5.8]),
    ];
    for (sd, row) in table {
        for (n, percent) in counts.into_iter().zip(row) {
            let ours = 100.0 * (power::detectable_ratio(n, sd).expect("a ratio") - 1.0);
            let last_digit = if percent < 10.0 { 0.1 } else { 1.0 };
            assert!((ours - percent).abs() < last_digit, "sd {sd}, n {n}: {ours} is not {percent}");
        }
    }
}
