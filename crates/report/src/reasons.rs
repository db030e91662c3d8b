//! How sure the answer is, why it came out so, and what this machine could not show: a line each.

use std::collections::BTreeMap;

use schema::analysis::{Analysis, ArmAnalysis, CellAnalysis, Comparison, Role};
use schema::id::Id;
use schema::params::Mode;

use crate::assessment::compared;
use crate::number::{self, Scale, count};
use crate::orient;
use crate::tally::InCell;

/// n, kind of interval, correction and equal work, over the comparisons that the answer rests on.
pub fn how_sure(analysis: &Analysis) -> Option<String> {
    let found = answering(analysis);
    let (least, most) = (found.iter().map(|(_, c)| c.n).min()?, found.iter().map(|(_, c)| c.n).max()?);
    let n = if least == most { count(most, "pair", "pairs") } else { format!("{least} to {most} pairs") };
    let equal = found.iter().filter(|(_, comparison)| comparison.parity.comparable()).count();
    let open = found.iter().filter(|(_, comparison)| orient::depends_on_assumptions(comparison)).count();
    let doubt = match open {
        0 => String::new(),
        open => {
            format!(" {} on assumptions and are no headline.", count(open as u32, "result depends", "results depend"))
        }
    };
    Some(format!(
        "Each ratio is of n = {n} of runs in shuffled rounds, with its 95 % t interval; p is adjusted for many \
         comparisons. {equal} of {} were shown to do the same work.{doubt}",
        count(found.len() as u32, "pair of implementations", "pairs of implementations")
    ))
}

fn answering(analysis: &Analysis) -> Vec<InCell<'_>> {
    let cells: Vec<&CellAnalysis> = analysis.cells.iter().collect();
    [Role::Library, Role::Tuned].into_iter().flat_map(|role| compared(&cells, role)).collect()
}

/// Where the time goes in the cell of whole processes in which the sides are furthest apart: the one
/// cause that every task's marks show.
pub fn why(analysis: &Analysis) -> Option<String> {
    let cells: Vec<&CellAnalysis> = analysis.cells.iter().filter(|cell| cell.cell.mode == Mode::Cold).collect();
    let apart = |comparison: &Comparison| orient::orient(comparison).map_or(1.0, |oriented| oriented.factor);
    let (cell, comparison) = compared(&cells, Role::Library)
        .into_iter()
        .filter(|(_, comparison)| orient::shows_ratio(comparison))
        .max_by(|(_, a), (_, b)| apart(a).total_cmp(&apart(b)))?;
    let (left, right) = (orient::arm(cell, &comparison.left)?, orient::arm(cell, &comparison.right)?);
    Some(format!(
        "Start and imports, before the first mark, take {}; {} ({}). Warm cells leave them and the reading of the data \
         out. What else causes a difference is not measured.",
        start_up(left)?,
        start_up(right)?,
        cell.cell.label
    ))
}

fn start_up(arm: &ArmAnalysis) -> Option<String> {
    let mean =
        |metric: &str| arm.metrics.iter().find(|(id, _)| id.as_str() == metric).and_then(|(_, s)| Some((s.mean?, s.n)));
    let ((start, n), (wall, _)) = (mean("startup_ns")?, mean("wall_ns")?);
    let scale = Scale::of("ns", [wall]);
    Some(format!("{} of {} in {} (means, n = {n})", scale.show(start), scale.show(wall), arm.facts.arm))
}

/// One sentence for the first screen: the coarsest resolution of the times that answers are about.
pub fn resolution(analysis: &Analysis) -> String {
    let mut worst: BTreeMap<&Id, f64> = BTreeMap::new();
    for resolution in analysis.resolution.iter().filter(|r| ["work_ns", "wall_ns"].contains(&r.metric.as_str())) {
        if let Some(ratio) = resolution.ratio.filter(|ratio| ratio.is_finite()) {
            let seen = worst.entry(&resolution.domain).or_insert(ratio);
            *seen = seen.max(ratio);
        }
    }
    if worst.is_empty() {
        return "No A/A block was measured, so the smallest difference that this machine can show is not known."
            .to_owned();
    }
    let each: Vec<String> = worst
        .iter()
        .map(|(domain, ratio)| format!("{} % ({domain})", number::significant((ratio - 1.0) * 100.0, 2)))
        .collect();
    format!("On this machine today no difference in time below {} is claimed; see its A/A blocks.", each.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn the_first_screen_says_how_sure_and_what_could_not_be_shown() {
        let analysis = fixture::rust_faster();
        let sure = how_sure(&analysis).expect("pairs");
        assert!(
            sure.contains("n = 20 pairs") && sure.contains("95 % t interval") && sure.contains("4 of 4 pairs"),
            "{sure}"
        );
        assert!(resolution(&analysis).contains("below 2.1 % (classical)"), "{}", resolution(&analysis));
        assert!(resolution(&fixture::nothing_measured()).contains("not known"));
        assert!(how_sure(&fixture::nothing_measured()).is_none());
    }

    #[test]
    fn why_needs_start_up_times_and_comparable_work() {
        assert!(why(&fixture::rust_faster()).expect("a cold cell").contains("in regression_linfa (means, n = 20)"));
        let mut unequal = fixture::rust_faster();
        for comparison in unequal.cells.iter_mut().flat_map(|cell| &mut cell.comparisons) {
            comparison.parity = schema::evaluation::ParityVerdict::Different;
        }
        assert!(why(&unequal).is_none());
    }
}
