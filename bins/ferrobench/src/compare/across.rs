//! Results of two machines: no cost of the one is held against one of the other, but each machine's own
//! ratios can be.

use std::io::Write;

use anyhow::Result;
use schema::analysis::{Analysis, CellAnalysis, Comparison, Role};
use schema::id::Id;
use stats::welch::welch;
use stats::{LEVEL, RUNS_TO_CLAIM};

pub(super) fn print(older: &Analysis, newer: &Analysis, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "Two machines: absolute costs are not comparable. How each machine's own ratios differ:")?;
    for line in differences(older, newer) {
        writeln!(out, "    {line}")?;
    }
    writeln!(out)?;
    let mut shown = 0;
    for cell in &older.cells {
        let Some(now) = newer.cells.iter().find(|now| now.cell.cell_id == cell.cell.cell_id) else { continue };
        for comparison in cell.comparisons.iter().filter(|one| one.role != Role::Calibration) {
            if let Some(line) = line(cell, now, comparison) {
                writeln!(out, "{line}")?;
                shown += 1;
            }
        }
    }
    writeln!(out, "\n{shown} ratios are in both; intervals are 95 %, each by itself, not corrected for their number")?;
    Ok(())
}

/// The fields in which the two machines differ.
fn differences(older: &Analysis, newer: &Analysis) -> Vec<String> {
    let fields = |analysis: &Analysis| match serde_json::to_value(&analysis.fingerprint) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let other = fields(newer);
    fields(older)
        .into_iter()
        .filter(|(name, value)| other.get(name) != Some(value))
        .map(|(name, value)| {
            format!("{name}: {value} in A, {} in B", other.get(&name).unwrap_or(&serde_json::Value::Null))
        })
        .collect()
}

/// B's ratio over A's, with Welch's interval over the rounds' own ratios.
fn line(cell: &CellAnalysis, now: &CellAnalysis, comparison: &Comparison) -> Option<String> {
    let (before, after) = (round_ratios(cell, comparison)?, round_ratios(now, comparison)?);
    let Comparison { left, right, metric, .. } = comparison;
    let what = format!("{}, {metric}: {left} over {right}", cell.cell.label);
    if before.len().min(after.len()) < RUNS_TO_CLAIM {
        return Some(format!("{what}: too few runs (n = {} and {})", before.len(), after.len()));
    }
    let found = welch(&after, &before, LEVEL).ok()?;
    let own = |ratios: &[f64]| stats::describe::geometric_mean(ratios).ok();
    Some(format!(
        "{what}: {:.3} in A, {:.3} in B; B's over A's {:.3} ({:.3}–{:.3}, n = {} and {})",
        own(&before)?,
        own(&after)?,
        found.ratio,
        found.interval.low,
        found.interval.high,
        before.len(),
        after.len()
    ))
}

fn round_ratios(cell: &CellAnalysis, comparison: &Comparison) -> Option<Vec<f64>> {
    let values = |arm: &schema::id::ArmId, metric: &Id| {
        let arm = cell.arms.iter().find(|candidate| candidate.facts.arm == *arm)?;
        Some(&arm.metrics.get(metric)?.values)
    };
    let left = values(&comparison.left, &comparison.metric)?;
    let right = values(&comparison.right, &comparison.metric)?;
    let ratios: Vec<f64> = left
        .iter()
        .zip(right)
        .filter_map(|(left, right)| Some((*left)? / (*right)?))
        .filter(|ratio| ratio.is_finite())
        .collect();
    (!ratios.is_empty()).then_some(ratios)
}
