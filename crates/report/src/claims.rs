//! The study's claims, judged cell by cell by the interval, not by the point estimate.

use schema::analysis::{Analysis, CellAnalysis, ClaimResult, ClaimVerdict, Comparison, Role};
use schema::config::{Claim, ClaimSide};
use schema::id::{ArmId, Variant};

use crate::number;
use crate::orient;

pub fn judge(analysis: &Analysis, claims: &[Claim]) -> Vec<ClaimResult> {
    claims.iter().map(|claim| judge_one(analysis, claim)).collect()
}

fn judge_one(analysis: &Analysis, claim: &Claim) -> ClaimResult {
    let (result, because) = if !analysis.measures {
        (ClaimVerdict::NotDecidableHere, "this study measures nothing".to_owned())
    } else if !analysis.measured_build {
        let because = format!("profile `{}` is no build for measuring", analysis.build_profile);
        (ClaimVerdict::NotDecidableHere, because)
    } else {
        let cells: Vec<(ClaimVerdict, String)> = analysis
            .cells
            .iter()
            .filter(|cell| cell.cell.task == claim.task)
            .map(|cell| judge_cell(cell, claim))
            .filter(|(verdict, because)| *verdict != ClaimVerdict::NotDecidableHere || !because.is_empty())
            .collect();
        (together(&cells), reasons(&cells))
    };
    ClaimResult { id: claim.id.clone(), statement: claim.statement.clone(), result, because }
}

/// A claim is about every cell of its task: one cell contradicts it, all of them confirm it.
fn together(cells: &[(ClaimVerdict, String)]) -> ClaimVerdict {
    if cells.iter().any(|(verdict, _)| *verdict == ClaimVerdict::Contradicted) {
        ClaimVerdict::Contradicted
    } else if !cells.is_empty() && cells.iter().all(|(verdict, _)| *verdict == ClaimVerdict::Confirmed) {
        ClaimVerdict::Confirmed
    } else {
        ClaimVerdict::NotDecidableHere
    }
}

/// A sentence about a thousand cells is read by nobody.
const SHOWN_MAX: usize = 6;

fn reasons(cells: &[(ClaimVerdict, String)]) -> String {
    if cells.is_empty() {
        return "no cell of this study measures it".to_owned();
    }
    // What contradicts it comes first.
    let mut sorted: Vec<&(ClaimVerdict, String)> = cells.iter().collect();
    sorted.sort_by_key(|(verdict, _)| match verdict {
        ClaimVerdict::Contradicted => 0,
        ClaimVerdict::NotDecidableHere => 1,
        ClaimVerdict::Confirmed => 2,
    });
    let mut text = sorted.iter().take(SHOWN_MAX).map(|(_, because)| because.as_str()).collect::<Vec<_>>().join("; ");
    if cells.len() > SHOWN_MAX {
        let more = number::count((cells.len() - SHOWN_MAX) as u32, "cell", "cells");
        text = format!("{text}; and {more} more");
    }
    text
}

/// An empty reason: the cell does not measure what the claim is about.
fn judge_cell(cell: &CellAnalysis, claim: &Claim) -> (ClaimVerdict, String) {
    let undecided = |because: String| (ClaimVerdict::NotDecidableHere, because);
    let (Some(better), Some(than)) = (side(cell, claim, &claim.better), side(cell, claim, &claim.than)) else {
        return undecided(String::new());
    };
    let Some(comparison) = comparison(cell, claim, &better, &than) else {
        return undecided(format!("{}: {better} and {than} were not compared", cell.cell.label));
    };
    if !orient::shows_ratio(comparison) || orient::depends_on_assumptions(comparison) {
        return undecided(format!("{}: {}", cell.cell.label, crate::words::sentence(cell, comparison)));
    }
    let Some((gain, Some(interval))) = orient::gain_of(comparison, &better) else {
        return undecided(format!("{}: no interval", cell.cell.label));
    };
    // The verdict has the last word: it also knows the machine's resolution and the adjusted p.
    let shown = orient::winner(comparison) == Some(&better);
    let verdict = if interval.low >= claim.ratio && shown {
        ClaimVerdict::Confirmed
    } else if interval.high < claim.ratio {
        ClaimVerdict::Contradicted
    } else {
        ClaimVerdict::NotDecidableHere
    };
    // The best of several looks better than it is (rule 15).
    let best = [&claim.better, &claim.than].into_iter().any(|side| matches!(side, ClaimSide::Best { .. }));
    let chosen = if best { "; the best was chosen on the same runs" } else { "" };
    let because = format!(
        "{}: {than} costs {}× as much as {better} (95 % t interval {}, n = {}; claimed {}× or more{chosen})",
        cell.cell.label,
        number::ratio(gain, Some(interval)),
        number::interval(interval),
        number::count(comparison.n, "pair", "pairs"),
        claim.ratio
    );
    (verdict, because)
}

/// The arm that a side means in this cell; the best one is the one with the smallest geometric
/// mean, chosen on the same runs.
fn side(cell: &CellAnalysis, claim: &Claim, side: &ClaimSide) -> Option<ArmId> {
    match side {
        ClaimSide::Arm(arm) => {
            orient::arm(cell, arm).filter(|found| found.metrics.contains_key(&claim.metric)).map(|_| arm.clone())
        }
        ClaimSide::Best { language, class } => cell
            .arms
            .iter()
            .filter(|arm| arm.facts.arm.variant == Variant::Plain && arm.facts.language == *language)
            .filter(|arm| class.is_none_or(|class| arm.facts.class == class))
            .filter_map(|arm| Some((arm.metrics.get(&claim.metric)?.geometric_mean?, &arm.facts.arm)))
            .min_by(|(a, _), (b, _)| a.total_cmp(b))
            .map(|(_, arm)| arm.clone()),
    }
}

fn comparison<'a>(cell: &'a CellAnalysis, claim: &Claim, better: &ArmId, than: &ArmId) -> Option<&'a Comparison> {
    cell.comparisons.iter().find(|comparison| {
        comparison.role != Role::Calibration
            && comparison.metric == claim.metric
            && ((comparison.left == *better && comparison.right == *than)
                || (comparison.left == *than && comparison.right == *better))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn results(analysis: &Analysis) -> Vec<ClaimVerdict> {
        judge(analysis, &fixture::selection(analysis).study.claims).into_iter().map(|claim| claim.result).collect()
    }

    #[test]
    fn the_interval_decides() {
        use ClaimVerdict::{Confirmed, Contradicted, NotDecidableHere};
        // 2.96–3.29 in the one warm cell: at least 2 is confirmed, at least 10 is contradicted.
        assert_eq!(results(&fixture::rust_faster()), [Confirmed, Contradicted]);
        assert_eq!(results(&fixture::python_faster()), [Contradicted, Contradicted]);
        assert_eq!(results(&fixture::too_few_runs()), [NotDecidableHere; 2]);
        assert_eq!(results(&fixture::different()), [NotDecidableHere; 2]);
        assert_eq!(results(&fixture::smoke()), [NotDecidableHere; 2]);
        assert_eq!(results(&fixture::nothing_measured()), [NotDecidableHere; 2]);
    }

    #[test]
    fn a_claim_inside_the_interval_is_open() {
        let analysis = fixture::rust_faster();
        let mut claims = fixture::selection(&analysis).study.claims;
        claims[0].ratio = 3.1;
        let judged = &judge(&analysis, &claims)[0];
        assert_eq!(judged.result, ClaimVerdict::NotDecidableHere);
        assert!(judged.because.contains("2.96–3.29"), "{}", judged.because);
    }

    #[test]
    fn a_claim_holds_whichever_side_stands_left() {
        let mut analysis = fixture::rust_faster();
        let comparison = &mut analysis.cells[0].comparisons[0];
        std::mem::swap(&mut comparison.left, &mut comparison.right);
        comparison.ratio = comparison.ratio.map(|ratio| 1.0 / ratio);
        comparison.interval = comparison.interval.and_then(orient::inverse);
        comparison.verdict = schema::analysis::Verdict::MateriallySlower;
        assert_eq!(results(&analysis)[0], ClaimVerdict::Confirmed);
    }
}
