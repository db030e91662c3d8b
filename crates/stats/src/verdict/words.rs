//! The sentences of the verdicts. Each names its numbers and, where something could be done, what.

use schema::analysis::{Interval, Verdict};
use schema::evaluation::ParityVerdict;

use super::{Estimate, Evidence, Obstacle, Side};
use crate::absence::Absence;
use crate::{ALPHA, RUNS_TO_CLAIM};

pub(super) fn unequal_work(parity: ParityVerdict) -> String {
    match parity {
        ParityVerdict::Unchecked => {
            "it was not checked that both sides did the same work, so their costs are not compared".to_owned()
        }
        _ => "the two sides' results differ, so they did not do the same work and their costs are not compared"
            .to_owned(),
    }
}

pub(super) fn failures(side: &Side) -> String {
    format!(
        "{} of {} runs of {} failed or were skipped, more than 10 %, so the rest is no fair sample",
        side.failed, side.attempted, side.name
    )
}

pub(super) fn decided_by_server() -> String {
    "the figure is the server's own clock, which the client's language does not set".to_owned()
}

pub(super) fn measures_nothing(n: usize) -> String {
    format!("this study shows that everything works and measures nothing (n = {n}); run one that measures")
}

pub(super) fn no_estimate(evidence: &Evidence, absence: Absence) -> String {
    format!("no comparison of {} rounds: {absence}; at least {RUNS_TO_CLAIM} rounds are needed", evidence.n)
}

pub(super) fn too_few(evidence: &Evidence) -> String {
    let estimate = match &evidence.estimate {
        Ok(estimate) => format!(", ratio {} so far", number(estimate.ratio)),
        Err(_) => String::new(),
    };
    format!(
        "n = {}, and nothing is claimed below {RUNS_TO_CLAIM} rounds{estimate}; {}",
        evidence.n,
        remedy(evidence, RUNS_TO_CLAIM)
    )
}

pub(super) fn difference(evidence: &Evidence, estimate: &Estimate, verdict: Verdict) -> String {
    let where_it_lies = match verdict {
        Verdict::MateriallyFaster | Verdict::MateriallySlower => format!("wholly beyond the {}", margin(evidence)),
        Verdict::WithinMargin => format!("wholly inside the {}: measurable, not material", margin(evidence)),
        _ => format!("excludes 1, but reaches into the {}: how much it matters is open", margin(evidence)),
    };
    format!("{}, {where_it_lies}{}", figures(evidence, estimate), adjusted(estimate))
}

pub(super) fn equivalent(evidence: &Evidence, estimate: &Estimate) -> String {
    format!(
        "the 90 % interval {} of the ratio {} (n = {}) lies inside the {}",
        interval(estimate.interval_90),
        number(estimate.ratio),
        evidence.n,
        margin(evidence)
    )
}

pub(super) fn not_shown(evidence: &Evidence, estimate: &Estimate, obstacle: Obstacle) -> String {
    let figures = figures(evidence, estimate);
    match obstacle {
        Obstacle::Chance => format!("{figures}, which includes 1; {}", could_have_shown(evidence)),
        Obstacle::Correction { p } => format!(
            "{figures}, but after correction for the number of comparisons {}, not below {ALPHA}; {}",
            p_words(p),
            could_have_shown(evidence)
        ),
        Obstacle::Resolution { gate } => format!(
            "{figures}, but this machine does not tell ratios below {} from 1: an implementation differs that much \
             from itself; {}; a quieter machine would resolve more",
            number(gate),
            could_have_shown(evidence)
        ),
        Obstacle::NoResolution => format!(
            "{figures}, but no implementation was compared with itself, so what this machine can tell apart is not \
             known; {}; let the study have A/A blocks (`aa: one_a_domain`)",
            could_have_shown(evidence)
        ),
        Obstacle::NoSpread => format!(
            "{figures}: every round gave the same ratio, so that no test applies; look at how the values were taken"
        ),
    }
}

fn could_have_shown(evidence: &Evidence) -> String {
    match evidence.detectable {
        Some(detectable) => {
            let percent = 100.0 * (detectable - 1.0);
            format!("this run could have shown ≥ {} % (80 % power); {}", number(percent), remedy(evidence, 0))
        }
        None => "what it could have shown is not known, as its rounds have no spread".to_owned(),
    }
}

/// How many rounds would show the margin; never fewer than `at_least`.
fn remedy(evidence: &Evidence, at_least: usize) -> String {
    match evidence.rounds_for_margin {
        Some(rounds) => format!("{} rounds would show the {}", rounds.max(at_least), margin(evidence)),
        None if at_least > 0 => format!("take at least {at_least} rounds"),
        None => format!("no number of rounds that anyone would run shows the {}", margin(evidence)),
    }
}

fn figures(evidence: &Evidence, estimate: &Estimate) -> String {
    format!(
        "{} over {}: ratio {}, 95 % interval {} (n = {})",
        evidence.left.name,
        evidence.right.name,
        number(estimate.ratio),
        interval(estimate.interval),
        evidence.n
    )
}

fn adjusted(estimate: &Estimate) -> String {
    estimate.p_adjusted.map(|p| format!("; adjusted {}", p_words(p))).unwrap_or_default()
}

/// A p of 0 is never printed: it would claim what no test can.
fn p_words(p: f64) -> String {
    if p < 0.0001 { "p < 0.0001".to_owned() } else { format!("p = {}", number(p)) }
}

fn margin(evidence: &Evidence) -> String {
    format!("margin of {} %", number(100.0 * (evidence.margin - 1.0)))
}

fn interval(interval: Interval) -> String {
    format!("{}–{}", number(interval.low), number(interval.high))
}

/// Three significant digits, or four where the value is near 1 and the difference from 1 counts.
fn number(value: f64) -> String {
    if !value.is_finite() || value == 0.0 {
        return value.to_string();
    }
    let magnitude = value.abs().log10().floor() as i32;
    let digits = if (0.9..1.1).contains(&value) { 3 } else { (2 - magnitude).clamp(0, 12) };
    let text = format!("{value:.*}", digits as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
