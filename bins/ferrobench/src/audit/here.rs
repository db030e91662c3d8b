//! What a study's results say of a claim.

use super::report::{AuditClaim, Here};
use schema::analysis::{Analysis, CellAnalysis, Comparison, Role};
use schema::id::ArmId;
use schema::implementation::Language;

pub(super) const CONFIRMED: &str = "confirmed";
pub(super) const CONTRADICTED: &str = "contradicted";
pub(super) const NOT_DECIDABLE: &str = "not decidable here";

pub(super) enum Found {
    Confirmed(String),
    Contradicted(String),
    NotDecidable(String),
}

impl Found {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Confirmed(_) => CONFIRMED,
            Self::Contradicted(_) => CONTRADICTED,
            Self::NotDecidable(_) => NOT_DECIDABLE,
        }
    }

    pub(super) fn because(&self) -> &str {
        match self {
            Self::Confirmed(why) | Self::Contradicted(why) | Self::NotDecidable(why) => why,
        }
    }
}

pub(super) fn look(claim: &AuditClaim, analysis: &Analysis) -> Found {
    let open = |why: &str| Found::NotDecidable(why.to_owned());
    let Some(here) = &claim.here else {
        return open(claim.not_here.as_deref().unwrap_or("it is about the report's own figures alone"));
    };
    if !analysis.measures || !analysis.measured_build {
        return open("these results measure nothing");
    }
    let intervals: Vec<(f64, f64)> =
        analysis.cells.iter().filter(|cell| cell.cell.task == here.task).filter_map(|cell| of(cell, here)).collect();
    if intervals.is_empty() {
        let (task, metric) = (&here.task, &here.metric);
        return open(&format!("no cell of `{task}` has an interval of `{metric}` for a library of each language"));
    }
    let low = intervals.iter().map(|interval| interval.0).fold(f64::INFINITY, f64::min);
    let high = intervals.iter().map(|interval| interval.1).fold(0.0, f64::max);
    judge(claim, low, high, intervals.len())
}

/// Rust's cost over Python's in one cell, library against library: the 95 % interval.
fn of(cell: &CellAnalysis, here: &Here) -> Option<(f64, f64)> {
    let language = |arm: &ArmId| cell.arms.iter().find(|known| known.facts.arm == *arm).map(|arm| arm.facts.language);
    let wanted = |comparison: &&Comparison| comparison.metric == here.metric && comparison.role == Role::Library;
    cell.comparisons.iter().filter(wanted).filter(|comparison| comparison.parity.comparable()).find_map(|comparison| {
        let interval = comparison.interval?;
        match (language(&comparison.left)?, language(&comparison.right)?) {
            (Language::Rust, Language::Python) => Some((interval.low, interval.high)),
            (Language::Python, Language::Rust) => Some((1.0 / interval.high, 1.0 / interval.low)),
            _ => None,
        }
    })
}

/// The claim says that Rust costs so many per cent less. The widest interval over the cells is held against it.
fn judge(claim: &AuditClaim, low: f64, high: f64, cells: usize) -> Found {
    let claimed = 1.0 - claim.value / 100.0;
    let percent = |ratio: f64| format!("{:.0}", 100.0 * (1.0 - ratio));
    let said = format!("over {cells} cells {} to {} % less, claimed {} %", percent(high), percent(low), claim.value);
    if low > claimed {
        Found::Contradicted(said)
    } else if high <= claimed {
        Found::Confirmed(format!("{said}: here it is at least that"))
    } else if high < 1.0 {
        Found::Confirmed(format!("{said}: inside what was found"))
    } else {
        Found::NotDecidable(format!("{said}: too wide to say"))
    }
}

#[cfg(test)]
mod tests {
    use schema::id::Id;

    use super::*;

    #[test]
    fn an_interval_confirms_contradicts_or_leaves_open() {
        let claim = AuditClaim {
            id: Id::new("memory").expect("an id"),
            claim: String::new(),
            stands: String::new(),
            value: 67.0,
            unit: "%".to_owned(),
            decimals: 0,
            sense: super::super::report::Sense::Equals,
            from: None,
            remark: None,
            here: None,
            not_here: None,
        };
        for (low, high, word) in [
            (0.10, 0.12, CONFIRMED),
            (0.30, 0.36, CONFIRMED),
            (0.50, 0.60, CONTRADICTED),
            (1.10, 1.30, CONTRADICTED),
            (0.20, 1.30, NOT_DECIDABLE),
        ] {
            assert_eq!(judge(&claim, low, high, 1).word(), word, "{low} to {high}");
        }
    }
}
