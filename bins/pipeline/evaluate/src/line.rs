//! What a finished block shows, for a person who is watching: one line a pair of implementations
//! of one class in two languages. No claim: the study's correction for many comparisons is `analyze`'s.

use schema::analysis::Interval;
use schema::block::ArmFacts;
use schema::evaluation::{Parity, ParityVerdict};
use schema::id::{ArmId, Variant};
use schema::implementation::{Class, Language};
use stats::paired::LogRatios;

use crate::finished::FinishedBlock;

pub(crate) fn lines(finished: &FinishedBlock, parity: &[Parity]) -> Vec<String> {
    let block = &finished.block;
    let label = &block.cell.label;
    let warning = if block.build_profile == "ci" { " (built for tests, not for measuring)" } else { "" };
    let pairs = pairs(block.arms.iter().map(|arm| &arm.facts).collect());
    if pairs.is_empty() {
        return vec![format!("{label}: no two languages to compare")];
    }
    let show = |(left, right): &(&ArmFacts, &ArmFacts)| {
        let ratios = ratios(finished, &left.arm, &right.arm);
        let parity = parity.iter().find(|pair| joins(pair, &left.arm, &right.arm));
        format!("{label}: {}{warning}", sentence(&left.arm, &right.arm, &ratios, parity))
    };
    pairs.iter().map(show).collect()
}

/// Library against library first, then tuned against tuned; the compiled language on the left.
fn pairs(arms: Vec<&ArmFacts>) -> Vec<(&ArmFacts, &ArmFacts)> {
    let order =
        |language: Language| [Language::Rust, Language::Other, Language::Python].iter().position(|l| *l == language);
    let plain: Vec<&ArmFacts> = arms.into_iter().filter(|facts| facts.arm.variant == Variant::Plain).collect();
    let mut pairs = Vec::new();
    for class in [Class::Library, Class::Tuned] {
        let of_class: Vec<&ArmFacts> = plain.iter().copied().filter(|facts| facts.class == class).collect();
        for left in &of_class {
            let rights = of_class.iter().filter(|right| order(left.language) < order(right.language));
            pairs.extend(rights.map(|right| (*left, *right)));
        }
    }
    pairs
}

fn joins(pair: &Parity, left: &ArmId, right: &ArmId) -> bool {
    (pair.left == *left && pair.right == *right) || (pair.left == *right && pair.right == *left)
}

/// The cost of left and right in each round in which both have one.
fn ratios(finished: &FinishedBlock, left: &ArmId, right: &ArmId) -> Vec<(f64, f64)> {
    let cost_of = |round, arm| finished.ok_record(round, arm)?.cost_ns();
    finished.rounds().filter_map(|round| Some((cost_of(round, left)?, cost_of(round, right)?))).collect()
}

fn sentence(left: &ArmId, right: &ArmId, costs: &[(f64, f64)], parity: Option<&Parity>) -> String {
    let results = match parity {
        None => return format!("{left} and {right}: results not checked: not comparable"),
        Some(parity) if parity.verdict == ParityVerdict::Different => {
            return format!("{left} and {right}: different results: not comparable");
        }
        Some(parity) if !parity.verdict.comparable() => {
            return format!("{left} and {right}: results not checked: not comparable");
        }
        Some(parity) => same(parity),
    };
    let n = costs.len();
    if n < stats::RUNS_TO_CLAIM {
        return format!("{left} and {right}: too few runs (n={n}), {results}");
    }
    let interval = LogRatios::of(costs).and_then(|ratios| Ok((ratios.ratio()?, ratios.interval(stats::LEVEL)?)));
    match interval {
        Err(absence) => format!("{left} and {right}: no ratio: {absence}, {results}"),
        Ok((ratio, interval)) => format!("{}, {results}", compared(left, right, ratio, interval, n)),
    }
}

/// `ratio` is left over right: above 1 the left arm takes longer.
fn compared(left: &ArmId, right: &ArmId, ratio: f64, interval: Interval, n: usize) -> String {
    let said = |fast: &ArmId, slow: &ArmId, times: f64, low: f64, high: f64| {
        format!("{fast} {}× faster than {slow} ({}–{}, n={n})", digits(times), digits(low), digits(high))
    };
    if interval.high < 1.0 {
        said(left, right, 1.0 / ratio, 1.0 / interval.high, 1.0 / interval.low)
    } else if interval.low > 1.0 {
        said(right, left, ratio, interval.low, interval.high)
    } else {
        let (low, high) = (digits(interval.low), digits(interval.high));
        format!("no difference shown between {left} and {right} ({low}–{high} times, n={n})")
    }
}

/// Two significant digits from 2 up, three below: 1.04× and 1.1× are different answers.
fn digits(times: f64) -> String {
    let decimals = if times < 2.0 { 2 } else { usize::from(times < 10.0) };
    format!("{times:.decimals$}")
}

fn same(parity: &Parity) -> String {
    let mut outputs: Vec<&str> = Vec::new();
    for rule in &parity.rules {
        if !outputs.contains(&rule.output.as_str()) {
            outputs.push(rule.output.as_str());
        }
    }
    format!("same {} ✓", outputs.join(", "))
}

#[cfg(test)]
mod tests {
    use schema::id::Id;

    use super::*;

    fn arm(name: &str) -> ArmId {
        ArmId::plain(Id::new(name).expect("an id"))
    }

    fn parity(verdict: ParityVerdict) -> Parity {
        let id = |name: &str| Id::new(name).expect("an id");
        let rule = |output: &str| schema::evaluation::RuleResult {
            output: id(output),
            rule: id("close"),
            rtol: 0.0,
            atol: 0.0,
            verdict,
            largest_absolute: None,
            largest_relative: None,
            compared_runs: 1,
            reason: None,
        };
        Parity {
            schema_version: schema::SCHEMA_VERSION.to_owned(),
            block_id: id("b"),
            cell_id: id("c"),
            algorithm: id("linear"),
            left: arm("r"),
            right: arm("p"),
            verdict,
            rules: vec![rule("predictions")],
        }
    }

    fn said(costs: &[(f64, f64)], verdict: ParityVerdict) -> String {
        sentence(&arm("r"), &arm("p"), costs, Some(&parity(verdict)))
    }

    #[test]
    fn the_faster_one_is_named_first_with_ratio_and_interval() {
        // Log ratios ln 2, ln 4 in turn: geometric mean √8 = 2.83; t₅ at 97.5 % is 2.5706, the
        // standard error ln 2 / √20, so the interval is 2.83 · e^(±0.3984).
        let costs: Vec<(f64, f64)> = (0..6).map(|round| (1.0, if round % 2 == 0 { 2.0 } else { 4.0 })).collect();
        let faster = "r 2.8× faster than p (1.90–4.2, n=6), same predictions ✓";
        assert_eq!(said(&costs, ParityVerdict::WithinTolerance), faster);
        let swapped: Vec<(f64, f64)> = costs.iter().map(|(left, right)| (*right, *left)).collect();
        let slower = "p 2.8× faster than r (1.90–4.2, n=6), same predictions ✓";
        assert_eq!(said(&swapped, ParityVerdict::Identical), slower);
    }

    #[test]
    fn an_interval_around_one_shows_no_difference() {
        let costs: Vec<(f64, f64)> = (0..6).map(|round| (1.0, if round % 2 == 0 { 0.8 } else { 1.25 })).collect();
        assert_eq!(
            said(&costs, ParityVerdict::Identical),
            "no difference shown between r and p (0.77–1.29 times, n=6), same predictions ✓"
        );
    }

    #[test]
    fn without_parity_or_runs_there_is_no_ratio() {
        let five = [(1.0, 2.0); 5];
        assert_eq!(said(&five, ParityVerdict::Identical), "r and p: too few runs (n=5), same predictions ✓");
        assert_eq!(said(&five, ParityVerdict::Different), "r and p: different results: not comparable");
        assert_eq!(said(&five, ParityVerdict::Unchecked), "r and p: results not checked: not comparable");
        assert!(sentence(&arm("r"), &arm("p"), &five, None).ends_with("results not checked: not comparable"));
    }

    #[test]
    fn only_plain_arms_of_one_class_in_two_languages_are_paired() {
        let facts = |name: &str, class, language| ArmFacts {
            arm: ArmId::try_from(name.to_owned()).expect("an arm"),
            implementation: Id::new("x").expect("an id"),
            class,
            language,
            framework: String::new(),
            framework_version: String::new(),
            slow_percent: 0,
        };
        let arms = [
            facts("t_py", Class::Tuned, Language::Python),
            facts("t_rs", Class::Tuned, Language::Rust),
            facts("l_py", Class::Library, Language::Python),
            facts("l_rs", Class::Library, Language::Rust),
            facts("l_rs@a2", Class::Library, Language::Rust),
            facts("t_cpp", Class::Tuned, Language::Other),
        ];
        let named: Vec<String> =
            pairs(arms.iter().collect()).iter().map(|(left, right)| format!("{} {}", left.arm, right.arm)).collect();
        assert_eq!(named, ["l_rs l_py", "t_rs t_py", "t_rs t_cpp", "t_cpp t_py"]);
    }
}
