//! What no estimator and no test takes: a value that is no number, and values without any spread.

use stats::paired::LogRatios;
use stats::random::Stream;
use stats::resolution::AaBlock;
use stats::survival::{self, Watched};
use stats::{
    Absence, aggregate, bootstrap, change_points, cross_validation, describe, effect, factors, many, multiple, order,
    permutation, rank, rank_sum, selection, series, spread, total, warm_up, welch,
};

type Figure = fn(&[f64]) -> Result<(), Absence>;

const DRAWS: (usize, u64) = (49, 1);

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Two halves of forty values, as pairs.
fn pairs(values: &[f64]) -> Vec<(f64, f64)> {
    let (left, right) = values.split_at(20);
    left.iter().copied().zip(right.iter().copied()).collect()
}

/// Four groups of ten.
fn groups(values: &[f64]) -> Vec<Vec<f64>> {
    values.chunks(10).map(<[f64]>::to_vec).collect()
}

fn slices(groups: &[Vec<f64>]) -> Vec<&[f64]> {
    groups.iter().map(Vec::as_slice).collect()
}

fn watched(values: &[f64]) -> Vec<Watched> {
    values.iter().map(|time| Watched { time: *time, reached: true }).collect()
}

/// Four cells of ten rounds.
fn cells(values: &[f64]) -> Vec<Vec<(f64, f64)>> {
    values.chunks(10).map(|cell| cell.iter().map(|value| (*value, 2.0 + value)).collect()).collect()
}

/// Whatever takes values as they come, by name: 40 of them.
const FIGURES: [(&str, Figure); 40] = [
    ("mean", |values| describe::mean(values).map(drop)),
    ("sd", |values| describe::sd(values).map(drop)),
    ("geometric mean", |values| describe::geometric_mean(values).map(drop)),
    ("cv", |values| describe::cv(values).map(drop)),
    ("quantile", |values| describe::quantile(values, 0.5).map(drop)),
    ("outliers", |values| describe::outliers(values).map(drop)),
    ("autocorrelation", |values| describe::autocorrelation(values).map(drop)),
    ("log ratios", |values| LogRatios::of(&pairs(values)).map(drop)),
    ("logs of ratios", |values| LogRatios::of_logs(values.to_vec()).map(drop)),
    ("welch", |values| welch::welch(&values[..20], &values[20..], 0.95).map(drop)),
    ("signed rank", |values| rank::signed_rank_p(values).map(drop)),
    ("Hodges and Lehmann", |values| rank::hodges_lehmann(values, 0.95).map(drop)),
    ("Mann and Whitney", |values| rank_sum::mann_whitney(&values[..20], &values[20..]).map(drop)),
    ("superiority", |values| rank_sum::superiority(&values[..20], &values[20..]).map(drop)),
    ("Brunner and Munzel", |values| rank_sum::brunner_munzel(&values[..20], &values[20..], 0.95).map(drop)),
    ("sign flips", |values| permutation::sign_flips(values, 49, 1).map(drop)),
    ("exchanged sides", |values| permutation::exchanged_sides(&values[..20], &values[20..], 49, 1).map(drop)),
    ("Hedges", |values| effect::hedges_g(&values[..20], &values[20..]).map(drop)),
    ("total", |values| total::total_ratio(&pairs(values), 0.95).map(drop)),
    ("studentised total", |values| bootstrap::studentised_totals(&[pairs(values)], 0.95, DRAWS).remove(0).map(drop)),
    ("totals of cells", |values| bootstrap::ratio_of_totals(&cells(values), 0.95, DRAWS).map(drop)),
    ("bootstrap", |values| bootstrap::interval(values, &mean, bootstrap::Method::Bca, 0.95, DRAWS).map(drop)),
    ("stratified", |values| bootstrap::stratified(&groups(values), &mean, 0.95, DRAWS).map(drop)),
    ("clustered", |values| {
        let requests: Vec<Vec<f64>> = values.chunks(2).map(<[f64]>::to_vec).collect();
        bootstrap::clustered(&requests, &mean, 0.95, DRAWS).map(drop)
    }),
    ("adjustment", |values| multiple::holm(values).map(drop)),
    ("sd's interval", |values| spread::sd_interval(values, 0.95).map(drop)),
    ("Pitman and Morgan", |values| spread::pitman_morgan(&pairs(values), 0.95).map(drop)),
    ("Brown and Forsythe", |values| spread::brown_forsythe(&slices(&groups(values))).map(drop)),
    ("Harrell and Davis", |values| order::harrell_davis(values, 0.5).map(drop)),
    ("quantile's interval", |values| order::quantile_interval(values, 0.5, 0.95).map(drop)),
    ("quantile with endless", |values| order::quantile_with_endless(values, 2, 0.5).map(drop)),
    ("components", |values| factors::components(&slices(&groups(values))).map(drop)),
    ("one factor", |values| factors::one_way(&slices(&groups(values))).map(drop)),
    ("Friedman", |values| many::friedman(&groups(values)).map(drop)),
    ("Tukey", |values| many::tukey_in_blocks(&groups(values)).map(drop)),
    ("change points", |values| change_points::change_points(values).map(drop)),
    ("IQM", |values| aggregate::interquartile_mean(values).map(drop)),
    ("corrected t", |values| cross_validation::corrected_t(values, 0.1).map(drop)),
    ("Kaplan and Meier", |values| survival::kaplan_meier(&watched(values)).map(drop)),
    ("sequence", |values| series::confidence_sequence(values, 0.95, 20).map(drop)),
];

#[test]
fn a_value_that_is_no_number_is_refused_wherever_it_stands() {
    let mut random = Stream::new(20_260_601, 4);
    let mut ordinary = || (0..40).map(|_| 0.01 + 0.9 * random.uniform()).collect::<Vec<f64>>();
    let values = ordinary();
    for (name, figure) in FIGURES {
        assert_eq!(figure(&values), Ok(()), "{name} takes ordinary values");
    }
    let mut places = Stream::new(20_260_601, 9);
    for number in 0..210 {
        let mut values = ordinary();
        values[places.below(40)] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY][number % 3];
        for (name, figure) in FIGURES {
            assert_eq!(figure(&values), Err(Absence::NotFinite), "{name}: {values:?}");
        }
        let of_p = [multiple::benjamini_hochberg(&values), multiple::benjamini_yekutieli(&values)];
        assert!(of_p.iter().all(|adjusted| *adjusted == Err(Absence::NotFinite)));
        assert_eq!(warm_up::judge(&values), Err(Absence::NotFinite));
        assert_eq!(series::stretch_length(&values), Err(Absence::NotFinite));
        let sides = [(values.clone(), vec![1.0; 3])];
        assert_eq!(aggregate::improvement_interval(&sides, 0.95, DRAWS), Err(Absence::NotFinite));
    }
}

/// What a test divides by.
#[test]
fn values_without_spread_have_no_p_and_say_so() {
    let mut random = Stream::new(20_260_601, 5);
    for _ in 0..210 {
        let n = 2 + random.below(30);
        let alike = vec![10.0_f64.powf(9.0 * random.uniform() - 3.0); n];
        let twins: Vec<(f64, f64)> = alike.iter().map(|value| (2.0 * value, *value)).collect();
        let ratios = LogRatios::of(&twins).expect("positive");
        assert_eq!(ratios.p(), Err(Absence::NoSpread));
        assert_eq!(ratios.p_equivalence(1.05), Err(Absence::NoSpread));
        let interval = ratios.interval(0.95).expect("a point");
        assert!((interval.low - 2.0).abs() < 1e-12 && (interval.high - 2.0).abs() < 1e-12, "{interval:?}");
        assert!(AaBlock::of(&ratios).expect("a block").called_different);
        assert_eq!(welch::welch(&alike, &alike, 0.95).map(|found| found.p), Err(Absence::NoSpread));
        assert_eq!(effect::hedges_g(&alike, &alike), Err(Absence::NoSpread));
        assert_eq!(rank_sum::mann_whitney(&alike, &alike).expect("ranks").p, Err(Absence::NoSpread));
        assert_eq!(rank::signed_rank_p(&vec![0.0; n]), Err(Absence::NoSpread));
        assert_eq!(permutation::sign_flips(&vec![0.0; n], 49, 1).map(|found| found.p), Err(Absence::NoSpread));
        assert_eq!(spread::brown_forsythe(&[&alike, &alike]), Err(Absence::NoSpread));
        assert_eq!(factors::one_way(&[&alike, &alike]).map(|found| found.p), Err(Absence::NoSpread));
        assert_eq!(cross_validation::corrected_t(&alike, 0.1), Err(Absence::NoSpread));
        let chosen = selection::least(&[ratios.clone(), ratios], 0.95);
        assert!(n < 4 || chosen.expect("a choice").interval == interval);
    }
}

/// Found by `properties.rs`: the ratio of two infinite sums of squares.
#[test]
fn squares_beyond_all_numbers_are_said_to_be() {
    let far: [&[f64]; 2] = [&[f64::MIN_POSITIVE, 1.2e157], &[f64::MIN_POSITIVE]];
    assert_eq!(factors::one_way(&far).map(|found| found.p), Err(Absence::Overflow));
    assert_eq!(cross_validation::f_five_by_two(&[[1e200, -1e200]; 5]), Err(Absence::Overflow));
}
