//! Verdicts as sentences. The verdict words are those of the method (docs/measuring.md) and no
//! others; each ratio has its absolute values, its n and its interval beside it.

use schema::analysis::{CellAnalysis, Comparison, Role, Verdict};
use schema::evaluation::{ParityVerdict, RuleResult};
use schema::implementation::Class;

use crate::number::{self, Scale};
use crate::orient::{self, Oriented, metric_name, named};

pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotComparable => "not comparable",
        Verdict::DecidedByServer => "decided by server",
        Verdict::TooFewRuns => "too few runs",
        Verdict::MateriallyFaster => "materially faster",
        Verdict::MateriallySlower => "materially slower",
        Verdict::WithinMargin => "difference within margin",
        Verdict::Faster => "faster",
        Verdict::Slower => "slower",
        Verdict::Equivalent => "equivalent",
        Verdict::NoDifferenceShown => "no difference shown",
    }
}

/// The verdict with whom it is about, for a table: `materially faster: regression_linfa`.
pub fn verdict_with_winner(comparison: &Comparison) -> String {
    match (comparison.verdict, orient::winner(comparison)) {
        (Verdict::MateriallyFaster | Verdict::MateriallySlower, Some(winner)) => {
            format!("materially {}: {winner}", better(comparison))
        }
        (_, Some(winner)) => format!("{}: {winner}", better(comparison)),
        (other, None) => verdict(other).to_owned(),
    }
}

/// What less of the metric is called.
fn better(comparison: &Comparison) -> &'static str {
    if comparison.unit == "ns" { "faster" } else { "less" }
}

pub fn parity(parity: ParityVerdict) -> &'static str {
    match parity {
        ParityVerdict::Identical => "✓ identical",
        ParityVerdict::WithinTolerance => "✓ within tolerance",
        ParityVerdict::SameQuality => "✓ same quality",
        ParityVerdict::Unchecked => "? unchecked",
        ParityVerdict::Different => "✗ different",
    }
}

pub fn class(class: Class) -> &'static str {
    match class {
        Class::Library => "library",
        Class::Tuned => "tuned",
    }
}

pub fn role(role: Role) -> &'static str {
    match role {
        Role::Library => "library against library",
        Role::Tuned => "tuned against tuned",
        Role::Across => "tuned against library",
        Role::Calibration => "calibration",
    }
}

/// `3.12× (2.96–3.29)`, from the cheaper side; empty where there is none.
pub fn factor(comparison: &Comparison) -> String {
    orient::orient(comparison).map_or_else(String::new, |oriented| {
        let interval = oriented.interval.map(|i| format!(" ({})", number::interval(i))).unwrap_or_default();
        format!("{}×{interval}", number::ratio(oriented.factor, oriented.interval))
    })
}

/// `12.3 ms against 38.4 ms`, in the order of `first`, `second`.
pub fn absolute(unit: &str, first: Option<f64>, second: Option<f64>) -> String {
    let scale = Scale::of(unit, first.into_iter().chain(second));
    let show = |value: Option<f64>| value.map_or_else(|| "no value".to_owned(), |value| scale.show(value));
    format!("{} against {}", show(first), show(second))
}

/// The whole sentence of one comparison, fit to stand alone.
pub fn sentence(cell: &CellAnalysis, comparison: &Comparison) -> String {
    match comparison.verdict {
        Verdict::NotComparable => not_comparable(cell, comparison),
        Verdict::TooFewRuns => too_few_runs(cell, comparison),
        Verdict::DecidedByServer => {
            format!("{}: decided by server, so it is no figure of either side's language.", pair(cell, comparison))
        }
        Verdict::NoDifferenceShown => no_difference(cell, comparison),
        Verdict::Equivalent => equivalent(cell, comparison),
        Verdict::WithinMargin => with_ratio(
            cell,
            comparison,
            &format!(" A difference within the margin of {}×: measurable, not material.", comparison.margin),
        ),
        Verdict::MateriallyFaster | Verdict::MateriallySlower => with_ratio(
            cell,
            comparison,
            &format!(" Material: the whole interval lies beyond the margin of {}×.", comparison.margin),
        ),
        Verdict::Faster | Verdict::Slower => with_ratio(cell, comparison, ""),
    }
}

fn with_ratio(cell: &CellAnalysis, comparison: &Comparison, end: &str) -> String {
    let Some(oriented) = orient::orient(comparison) else {
        return format!("{}: {}; there is no ratio.", pair(cell, comparison), verdict(comparison.verdict));
    };
    format!(
        "{} ({}; {}).{end}",
        claim(cell, comparison, &oriented),
        spread(comparison, &oriented),
        values(comparison, &oriented)
    )
}

/// `A (Rust) is 3.12× faster than B (Python)`.
fn claim(cell: &CellAnalysis, comparison: &Comparison, oriented: &Oriented<'_>) -> String {
    let factor = number::ratio(oriented.factor, oriented.interval);
    let (cheaper, dearer) = (named(cell, oriented.cheaper.arm), named(cell, oriented.dearer.arm));
    match comparison.unit.as_str() {
        "ns" if comparison.metric.as_str() == orient::primary_metric(cell) => {
            format!("{cheaper} is {factor}× faster than {dearer}")
        }
        "ns" => format!("{cheaper} is {factor}× faster than {dearer} in {}", metric_name(&comparison.metric)),
        "bytes" => format!("{dearer} uses {factor}× as much memory as {cheaper}"),
        _ => format!("{dearer} costs {factor}× as much as {cheaper} in {}", metric_name(&comparison.metric)),
    }
}

fn spread(comparison: &Comparison, oriented: &Oriented<'_>) -> String {
    let pairs = number::count(comparison.n, "pair", "pairs");
    match oriented.interval {
        Some(interval) => format!("95 % t interval {}, n = {pairs}", number::interval(interval)),
        None => format!("no interval, n = {pairs}"),
    }
}

fn values(comparison: &Comparison, oriented: &Oriented<'_>) -> String {
    format!("{}, less is better", absolute(&comparison.unit, oriented.cheaper.value, oriented.dearer.value))
}

fn pair(cell: &CellAnalysis, comparison: &Comparison) -> String {
    format!("{} and {}", named(cell, &comparison.left), named(cell, &comparison.right))
}

fn no_difference(cell: &CellAnalysis, comparison: &Comparison) -> String {
    let seen = orient::orient(comparison).map_or_else(String::new, |oriented| {
        format!(
            " Seen: {}× ({}; {}).",
            number::ratio(oriented.factor, oriented.interval),
            spread(comparison, &oriented),
            values(comparison, &oriented)
        )
    });
    format!(
        "No difference shown between {} in {}.{seen} {}",
        pair(cell, comparison),
        metric_name(&comparison.metric),
        detectable(comparison)
    )
}

/// What the runs could have shown, and what the margin would take: never left out of a "no
/// difference shown".
pub fn detectable(comparison: &Comparison) -> String {
    let could = match comparison.detectable_ratio {
        Some(ratio) => format!("This run could have shown a difference of {} (80 % power)", percent(ratio)),
        None => format!(
            "What this run could have shown cannot be computed from {}",
            number::count(comparison.n, "pair", "pairs")
        ),
    };
    match comparison.rounds_for_margin {
        Some(rounds) => format!("{could}; the margin of {}× takes {}.", comparison.margin, rounds_word(rounds)),
        None => format!("{could}; how many rounds the margin of {}× takes is not known.", comparison.margin),
    }
}

/// A ratio above 1 as per cent, from 2 on as a factor.
fn percent(ratio: f64) -> String {
    if ratio >= 2.0 {
        format!("{}×", number::significant(ratio, 2))
    } else {
        format!("{} %", number::significant((ratio - 1.0) * 100.0, 2))
    }
}

fn rounds_word(rounds: u32) -> String {
    number::count(rounds, "round", "rounds")
}

fn equivalent(cell: &CellAnalysis, comparison: &Comparison) -> String {
    let interval = comparison
        .interval_90
        .map(|interval| format!("90 % t interval of the ratio {}, ", number::interval(interval)))
        .unwrap_or_default();
    format!(
        "{} are equivalent within {}× in {} ({interval}n = {}; {}, less is better).",
        pair(cell, comparison),
        comparison.margin,
        metric_name(&comparison.metric),
        number::count(comparison.n, "pair", "pairs"),
        absolute(&comparison.unit, comparison.left_value, comparison.right_value)
    )
}

/// Pairs below which nothing is claimed (STATS 2.4).
pub(crate) const PAIRS_MIN: u32 = 6;

fn too_few_runs(cell: &CellAnalysis, comparison: &Comparison) -> String {
    let estimate = match orient::orient(comparison) {
        Some(oriented) => format!(
            " The point estimate, which claims nothing: {} ({}).",
            claim(cell, comparison, &oriented).replace(" is ", " was "),
            values(comparison, &oriented)
        ),
        None => String::new(),
    };
    let rounds = comparison.rounds_for_margin.unwrap_or(PAIRS_MIN).max(PAIRS_MIN);
    let known = if comparison.rounds_for_margin.is_some() {
        format!("{} would show the margin of {}×", rounds_word(rounds), comparison.margin)
    } else {
        format!("a verdict takes {rounds} pairs or more")
    };
    format!(
        "Too few runs to compare {}: n = {}; {known} (`--repetitions {rounds}`).{estimate}",
        pair(cell, comparison),
        number::count(comparison.n, "pair", "pairs")
    )
}

fn not_comparable(cell: &CellAnalysis, comparison: &Comparison) -> String {
    let because = comparison.because.trim().trim_end_matches('.');
    let reason = match failed_rule(cell, comparison) {
        Some(rule) => format!("they did not do the same work: {}", rule_words(rule)),
        None if because.is_empty() => format!("parity is {}", plain_parity(comparison.parity)),
        None => because.to_owned(),
    };
    format!("{} are not comparable here: {reason}.", pair(cell, comparison))
}

fn plain_parity(verdict: ParityVerdict) -> &'static str {
    parity(verdict).trim_start_matches(['✓', '?', '✗', ' '])
}

/// The first rule of the pair that is broken or could not be checked.
fn failed_rule<'a>(cell: &'a CellAnalysis, comparison: &Comparison) -> Option<&'a RuleResult> {
    cell.parity
        .iter()
        .filter(|parity| {
            (parity.left == comparison.left && parity.right == comparison.right)
                || (parity.left == comparison.right && parity.right == comparison.left)
        })
        .flat_map(|parity| &parity.rules)
        .find(|rule| !rule.verdict.comparable())
}

/// A parity rule with its numbers: `output predictions, rule close (rtol 1e-6, atol 0): …`.
pub fn rule_words(rule: &RuleResult) -> String {
    let largest = match (rule.largest_absolute, rule.largest_relative) {
        (Some(absolute), Some(relative)) => format!(
            "largest difference {} absolute, {} relative",
            number::significant(absolute, 2),
            number::significant(relative, 2)
        ),
        (Some(absolute), None) => format!("largest difference {} absolute", number::significant(absolute, 2)),
        (None, Some(relative)) => format!("largest difference {} relative", number::significant(relative, 2)),
        (None, None) => "no difference could be computed".to_owned(),
    };
    let reason = rule.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    format!(
        "output {}, rule {} (rtol {:e}, atol {:e}): {largest} over {}{reason}",
        rule.output,
        rule.rule,
        rule.rtol,
        rule.atol,
        number::count(rule.compared_runs, "compared run", "compared runs")
    )
}

#[cfg(test)]
mod tests;
