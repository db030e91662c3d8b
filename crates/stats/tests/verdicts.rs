//! Each verdict by its own rule, the order in which the rules are asked, and what the words say;
//! then the two judgements beside it: of this machine, and of a run's iterations.

use schema::analysis::Verdict;
use schema::evaluation::ParityVerdict;
use stats::paired::LogRatios;
use stats::resolution::{AaBlock, Measured};
use stats::verdict::{Decision, Estimate, Evidence, Gate, Side, decide};
use stats::warm_up::{WarmUp, judge};
use stats::{Absence, Interval};

/// A difference of 20 % that everything speaks for; each test spoils one thing.
fn evidence() -> Evidence {
    let side = |name: &str| Side { name: name.to_owned(), attempted: 20, failed: 0 };
    Evidence {
        left: side("svm_linfa"),
        right: side("svm_sklearn"),
        measures: true,
        parity: ParityVerdict::WithinTolerance,
        server_clock: false,
        n: 20,
        estimate: Ok(estimate(0.80, 0.78, 0.82)),
        gate: Gate::Resolution(1.01),
        margin: 1.05,
        detectable: Some(1.034),
        rounds_for_margin: Some(11),
    }
}

fn estimate(ratio: f64, low: f64, high: f64) -> Estimate {
    let interval = Interval { low, high };
    // A little narrower, as 90 % intervals are.
    let interval_90 = Interval { low: low + 0.1 * (ratio - low), high: high - 0.1 * (high - ratio) };
    Estimate { ratio, interval, interval_90, p_adjusted: Some(0.001) }
}

fn decided(ratio: f64, low: f64, high: f64) -> Decision {
    decide(&Evidence { estimate: Ok(estimate(ratio, low, high)), ..evidence() })
}

#[test]
fn where_the_interval_lies_decides() {
    assert_eq!(decided(0.80, 0.78, 0.82).verdict, Verdict::MateriallyFaster);
    assert_eq!(decided(1.25, 1.20, 1.30).verdict, Verdict::MateriallySlower);
    assert_eq!(decided(1.03, 1.02, 1.04).verdict, Verdict::WithinMargin);
    assert_eq!(decided(0.94, 0.92, 0.97).verdict, Verdict::Faster);
    assert_eq!(decided(1.06, 1.04, 1.08).verdict, Verdict::Slower);
    assert_eq!(decided(1.00, 0.98, 1.02).verdict, Verdict::Equivalent);
    assert_eq!(decided(1.02, 0.95, 1.10).verdict, Verdict::NoDifferenceShown);
}

#[test]
fn a_difference_says_its_numbers() {
    let because = decided(0.80, 0.78, 0.82).because;
    for part in
        ["svm_linfa over svm_sklearn", "ratio 0.8,", "0.78–0.82", "n = 20", "margin of 5 %", "adjusted p = 0.001"]
    {
        assert!(because.contains(part), "`{part}` is not in: {because}");
    }
}

#[test]
fn a_difference_that_is_not_shown_says_what_could_have_been() {
    let because = decided(1.02, 0.95, 1.10).because;
    for part in ["includes 1", "could have shown ≥ 3.4 % (80 % power)", "11 rounds would show the margin of 5 %"] {
        assert!(because.contains(part), "`{part}` is not in: {because}");
    }
}

#[test]
fn correction_resolution_and_its_absence_each_stop_a_claim_and_say_so() {
    let wide = Ok(estimate(0.90, 0.82, 0.98));
    let corrected = Ok(Estimate { p_adjusted: Some(0.08), ..estimate(0.90, 0.82, 0.98) });
    let cases = [
        (Evidence { estimate: corrected, ..evidence() }, "after correction for the number of comparisons p = 0.08"),
        (Evidence { estimate: wide, gate: Gate::Resolution(1.15), ..evidence() }, "ratios below 1.15 from 1"),
        (Evidence { estimate: wide, gate: Gate::Unknown, ..evidence() }, "aa: one_a_domain"),
    ];
    for (evidence, words) in cases {
        let decision = decide(&evidence);
        assert_eq!(decision.verdict, Verdict::NoDifferenceShown, "{decision:?}");
        assert!(decision.because.contains(words), "`{words}` is not in: {}", decision.because);
    }
    let itself = Evidence { estimate: wide, gate: Gate::Itself, ..evidence() };
    assert_eq!(decide(&itself).verdict, Verdict::Faster);
}

#[test]
fn rounds_without_spread_are_no_test() {
    let constant = Estimate { p_adjusted: None, ..estimate(0.5, 0.5, 0.5) };
    let decision =
        decide(&Evidence { estimate: Ok(constant), detectable: None, rounds_for_margin: None, ..evidence() });
    assert_eq!(decision.verdict, Verdict::NoDifferenceShown);
    assert!(decision.because.contains("every round gave the same ratio"), "{}", decision.because);
}

#[test]
fn the_rules_are_asked_in_their_order() {
    let mut spoiled = Evidence { n: 5, server_clock: true, parity: ParityVerdict::Different, ..evidence() };
    assert_eq!(decide(&spoiled).verdict, Verdict::NotComparable);
    spoiled.parity = ParityVerdict::Unchecked;
    assert_eq!(decide(&spoiled).verdict, Verdict::NotComparable);
    spoiled.parity = ParityVerdict::Identical;
    spoiled.right.failed = 3;
    assert_eq!(decide(&spoiled).verdict, Verdict::NotComparable);
    spoiled.right.failed = 2;
    assert_eq!(decide(&spoiled).verdict, Verdict::DecidedByServer);
    spoiled.server_clock = false;
    assert_eq!(decide(&spoiled).verdict, Verdict::TooFewRuns);
    assert!(decide(&spoiled).because.contains("11 rounds would show the margin"));
    spoiled.n = 6;
    assert_eq!(decide(&spoiled).verdict, Verdict::MateriallyFaster);
    spoiled.measures = false;
    assert_eq!(decide(&spoiled).verdict, Verdict::TooFewRuns);
    spoiled.measures = true;
    spoiled.estimate = Err(Absence::NotPositive);
    assert!(decide(&spoiled).because.contains("no logarithm"));
}

/// Rounds whose log ratios alternate about a mean.
fn block(mean: f64, spread: f64) -> AaBlock {
    let logs = (0..10).map(|round| mean + if round % 2 == 0 { spread } else { -spread }).collect();
    AaBlock::of(&LogRatios::of_logs(logs).expect("finite")).expect("a block")
}

#[test]
fn the_resolution_is_the_median_reach_of_the_a_a_intervals() {
    let blocks = [block(0.0, 0.01), block(0.0, 0.02), block(0.0, 0.10)];
    let measured = Measured::of(&blocks).expect("measured");
    // t(0.975, 9) = 2.262157 times the standard error 0.02 * √(10/9) / √10.
    let reach: f64 = 2.262_157_16 * 0.02 * (10.0_f64 / 9.0).sqrt() / 10.0_f64.sqrt();
    assert!((measured.ratio.ln() - reach).abs() < 1e-8, "{measured:?}");
    assert_eq!((measured.blocks, measured.called_different, measured.doubtful), (3, 0, false));
    assert!((measured.gate() - measured.ratio).abs() < 1e-15);
    assert!(measured.remark.contains("0 of 3") && measured.remark.contains("too few to judge"), "{measured:?}");
    assert_eq!(Measured::of(&[]), Err(Absence::NoValues));
}

#[test]
fn a_machine_that_differs_from_itself_doubles_its_resolution() {
    let measured = Measured::of(&[block(0.0, 0.01), block(0.1, 0.01)]).expect("measured");
    assert_eq!((measured.called_different, measured.doubtful), (1, true));
    assert!((measured.gate().ln() - 2.0 * measured.ratio.ln()).abs() < 1e-12);
    assert!(measured.remark.contains("99 % interval of 1 misses 1"), "{}", measured.remark);
    // 4 of 20 called different: Clopper and Pearson's lower bound is 5.7 %.
    let often: Vec<AaBlock> = (0..20).map(|n| block(if n < 4 { 0.0085 } else { 0.0 }, 0.01)).collect();
    let measured = Measured::of(&often).expect("measured");
    assert_eq!(measured.called_different, 4);
    assert!(measured.doubtful && measured.remark.contains("too often"), "{}", measured.remark);
}

#[test]
fn a_run_is_judged_by_its_halves_from_30_to_99_iterations() {
    let steady: Vec<f64> = (0..60).map(|n| 1e6 + f64::from(n % 7) * 1e4).collect();
    assert_eq!(judge(&steady[..29]), Ok(WarmUp::Declared));
    assert_eq!(judge(&steady[..56]), Ok(WarmUp::Steady));
    let mut slow_start = steady[..56].to_vec();
    slow_start[0] = 2e6;
    let falling: Vec<f64> = (0..60).map(|n| 2e6 - f64::from(n) * 1e4).collect();
    for (durations, words) in [(slow_start, "first iteration"), (falling, "mean")] {
        let Ok(WarmUp::NotSteady(faults)) = judge(&durations) else { panic!("{words}: not seen") };
        assert!(faults.iter().any(|fault| fault.contains(words)), "{words}: {faults:?}");
    }
    assert_eq!(judge(&[1.0; 100]), Ok(WarmUp::Steady));
    let level =
        |n: usize, from: usize, before: f64| if n < from { before } else { 1.0 } + 0.01 * (n as f64 * 12.9).sin();
    for (from, before, words) in [(40, 2.0, "faster until iteration 40"), (40, 0.5, "slower"), (185, 2.0, "no steady")]
    {
        let durations: Vec<f64> = (0..200).map(|n| level(n, from, before)).collect();
        let Ok(WarmUp::NotSteady(faults)) = judge(&durations) else { panic!("{words}: not seen") };
        assert!(faults[0].contains(words), "{words}: {faults:?}");
    }
    assert_eq!(judge(&[]), Err(Absence::NoValues));
}
