//! The tables of a report. Page and Markdown show the same ones.

use schema::analysis::{Analysis, ArmAnalysis, CellAnalysis, ClaimResult, ClaimVerdict, Comparison, Role};
use schema::evaluation::MetricValue;

use crate::number::{Scale, p_value, significant};
use crate::orient::{self, metric_name};
use crate::table::{Cell, Table, choice, number, text};
use crate::words;

mod availability;
mod basis;
mod decision;
mod headline;
mod study_wide;
mod used;

pub use availability::availability;
pub use basis::{again, implementations, left_out, own_data, provenance, run_id};
pub use decision::{ecosystem, grounds, matrix, recommendation};
pub use headline::{disturbed, headline, pooled, records, resolution};
pub use study_wide::{companions, sensitivity, success, variation};
pub use used::{not_read, used};

const NONE: &str = "–";

/// Every comparison of one cell but the calibration's, on every metric.
pub fn comparisons(cell: &CellAnalysis) -> Table {
    let caption = "Every comparison of this cell: how many times as much the dearer side costs, with its 95 % t interval over n pairs; p is adjusted for the number of comparisons";
    comparison_table([cell], caption, |role| role != Role::Calibration)
}

/// Arms against themselves, plain or slowed by a known amount.
pub fn calibration(analysis: &Analysis) -> Table {
    let caption =
        "Calibration: an implementation against itself (@a2), or against itself slowed by a known share (@slow)";
    comparison_table(&analysis.cells, caption, |role| role == Role::Calibration)
}

fn comparison_table<'a>(
    cells: impl IntoIterator<Item = &'a CellAnalysis>,
    caption: &str,
    of: impl Fn(Role) -> bool,
) -> Table {
    let columns = vec![
        text("cell"),
        text("compared"),
        choice("metric"),
        number("ratio"),
        number("n"),
        text("absolute, less is better"),
        choice("verdict"),
        choice("classes"),
        text("same results"),
        number("p"),
    ];
    let mut table = Table::new(caption, columns);
    for cell in cells {
        let found = cell.comparisons.iter().filter(|comparison| of(comparison.role));
        table.rows.extend(found.map(|comparison| comparison_row(cell, comparison)));
    }
    table
}

fn comparison_row(cell: &CellAnalysis, comparison: &Comparison) -> Vec<Cell> {
    let (first, second) = orient::sides(comparison);
    vec![
        Cell::text(&cell.cell.label).link(anchor(cell)),
        Cell::text(format!("{} against {}", first.arm, second.arm)),
        Cell::text(metric_name(&comparison.metric)),
        headline::ratio_cell(comparison),
        Cell::count(comparison.n),
        Cell::text(words::absolute(&comparison.unit, first.value, second.value)),
        Cell::text(words::verdict_with_winner(comparison)),
        Cell::text(words::role(comparison.role)),
        Cell::text(words::parity(comparison.parity)),
        Cell::number(comparison.p_adjusted.map_or_else(|| NONE.to_owned(), p_value), comparison.p_adjusted),
    ]
}

fn or_none(text: String) -> String {
    if text.is_empty() { NONE.to_owned() } else { text }
}

/// The place of a cell's own part inside the page.
pub fn anchor(cell: &CellAnalysis) -> String {
    format!("#cell_{}", cell.block_id)
}

/// The place of a task's part inside the page.
pub fn task_anchor(task: &schema::id::Id) -> String {
    format!("#task_{task}")
}

/// Who ran, how often, and with which quality.
pub fn arms(cell: &CellAnalysis) -> Table {
    let columns = vec![
        text("implementation"),
        text("class"),
        text("language"),
        text("framework"),
        text("runs ok"),
        text("disturbed, kept"),
        text("failures"),
        text("quality"),
    ];
    let mut table = Table::new("Who ran", columns);
    table.rows = cell.arms.iter().map(arm_row).collect();
    table
}

fn arm_row(arm: &ArmAnalysis) -> Vec<Cell> {
    let facts = &arm.facts;
    let failures = arm.failures.iter().map(|(class, number)| format!("{} {number}", snake(class))).collect::<Vec<_>>();
    let skipped = (arm.skipped > 0).then(|| format!("skipped {}", arm.skipped));
    let quality = arm.quality.iter().map(|(id, value)| format!("{id} {}", quality(value))).collect::<Vec<_>>();
    vec![
        Cell::text(facts.arm.to_string()),
        Cell::text(words::class(facts.class)),
        Cell::text(orient::language_name(facts.language)),
        Cell::text(format!("{} {}", facts.framework, facts.framework_version)),
        Cell::text(format!("{} of {}", arm.ok, arm.attempted)),
        Cell::count(arm.disturbed),
        Cell::text(or_none(failures.into_iter().chain(skipped).collect::<Vec<_>>().join(", "))),
        Cell::text(or_none(quality.join(", "))),
    ]
}

/// A closed enum's own name in the documents, in words.
fn snake(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(|name| name.replace('_', " ")))
        .unwrap_or_default()
}

fn quality(value: &MetricValue) -> String {
    match value.value {
        Some(number) => {
            let unit = if value.unit == "1" { String::new() } else { format!(" {}", value.unit) };
            format!("{}{unit} ({} is better)", significant(number, 4), snake(&value.better))
        }
        None => format!("no value ({})", value.reason.as_deref().unwrap_or("no reason given")),
    }
}

/// Each metric of each arm, over its runs.
pub fn metrics(cell: &CellAnalysis) -> Table {
    let columns = vec![
        text("implementation"),
        text("metric"),
        number("n"),
        number("geometric mean"),
        number("median"),
        text("quartiles"),
        text("smallest to largest"),
        number("variation"),
        text("outliers"),
    ];
    let mut table = Table::new(
        "What was measured, over runs (one value a run; variation is the standard deviation of the logarithms)",
        columns,
    );
    for arm in &cell.arms {
        for (metric, summary) in &arm.metrics {
            let scale =
                Scale::of(&summary.unit, [summary.max, summary.geometric_mean, summary.median].into_iter().flatten());
            let one =
                |value: Option<f64>| Cell::number(value.map_or_else(|| NONE.to_owned(), |v| scale.show(v)), value);
            let two = |low: Option<f64>, high: Option<f64>| match (low, high) {
                (Some(low), Some(high)) => Cell::text(format!("{} to {}", scale.show(low), scale.show(high))),
                _ => Cell::text(NONE),
            };
            let variation =
                summary.cv.map_or_else(|| NONE.to_owned(), |cv| format!("{} %", significant(cv * 100.0, 2)));
            table.rows.push(vec![
                Cell::text(arm.facts.arm.to_string()),
                Cell::text(metric_name(metric)),
                Cell::count(summary.n),
                one(summary.geometric_mean),
                one(summary.median),
                two(summary.q1, summary.q3),
                two(summary.min, summary.max),
                Cell::number(variation, summary.cv),
                Cell::text(outliers(&summary.outliers_mild, &summary.outliers_severe)),
            ]);
        }
    }
    table
}

fn outliers(mild: &[u32], severe: &[u32]) -> String {
    let rounds = |name: &str, rounds: &[u32]| {
        (!rounds.is_empty()).then(|| {
            let list = rounds.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
            format!("{name}: {} {list}", if rounds.len() == 1 { "round" } else { "rounds" })
        })
    };
    or_none([rounds("mild", mild), rounds("severe", severe)].into_iter().flatten().collect::<Vec<_>>().join("; "))
}

/// The runs themselves, for who cannot see the plot: rounds down, arms across, in one unit.
pub fn runs(cell: &CellAnalysis) -> Option<Table> {
    let metric = orient::primary_metric(cell);
    let mut columns = vec![text("implementation")];
    columns.push(text("runs, in the order of their rounds"));
    let summaries: Vec<_> = cell
        .arms
        .iter()
        .filter_map(|arm| Some((arm, arm.metrics.iter().find(|(id, _)| id.as_str() == metric)?.1)))
        .collect();
    let scale = Scale::of(&summaries.first()?.1.unit, summaries.iter().filter_map(|(_, summary)| summary.max));
    let mut table = Table::new(format!("{}, each run, in {}", metric.trim_end_matches("_ns"), scale.unit), columns);
    for (arm, summary) in summaries {
        let values = summary
            .values
            .iter()
            .map(|value| value.map_or_else(|| NONE.to_owned(), |v| significant(scale.apply(v), 4)));
        table.rows.push(vec![Cell::text(arm.facts.arm.to_string()), Cell::text(values.collect::<Vec<_>>().join("  "))]);
    }
    Some(table)
}

/// Whether the pairs did the same work, rule by rule, with the largest differences.
pub fn parity(cell: &CellAnalysis) -> Table {
    let mut table =
        Table::new("Whether both sides did the same work", vec![text("pair"), text("result"), text("rules")]);
    for parity in &cell.parity {
        let rules =
            parity.rules.iter().map(|rule| format!("{}: {}", words::parity(rule.verdict), words::rule_words(rule)));
        table.rows.push(vec![
            Cell::text(format!("{} and {}", parity.left, parity.right)),
            Cell::text(words::parity(parity.verdict)),
            Cell::text(or_none(rules.collect::<Vec<_>>().join("; "))),
        ]);
    }
    table
}

pub fn claims(claims: &[ClaimResult]) -> Table {
    let mut table =
        Table::new("The study's claims, fixed before the data", vec![text("claim"), text("result"), text("because")]);
    for claim in claims {
        let result = match claim.result {
            ClaimVerdict::Confirmed => "confirmed",
            ClaimVerdict::Contradicted => "contradicted",
            ClaimVerdict::NotDecidableHere => "not decidable here",
        };
        table.rows.push(vec![Cell::text(&claim.statement), Cell::text(result), Cell::text(&claim.because)]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn calibration_stands_apart() {
        let analysis = fixture::rust_faster();
        let calibration = calibration(&analysis);
        assert_eq!(calibration.rows.len(), 1);
        assert!(comparisons(&analysis.cells[0]).rows.iter().all(|row| !row[1].shown.contains("@a2")));
    }

    #[test]
    fn failures_are_counted_beside_the_runs() {
        let analysis = fixture::all_failed();
        let table = arms(&analysis.cells[0]);
        assert_eq!((table.rows[0][4].shown.as_str(), table.rows[0][6].shown.as_str()), ("0 of 20", "crashed 20"));
    }

    #[test]
    fn rows_are_as_wide_as_their_headings() {
        for analysis in fixture::all() {
            let mut tables = vec![
                calibration(&analysis),
                pooled(&analysis),
                resolution(&analysis),
                disturbed(&analysis.cells),
                variation(&analysis),
                success(&analysis),
                sensitivity(&analysis),
                not_read(&analysis),
            ];
            for cell in &analysis.cells {
                tables.extend([
                    arms(cell),
                    metrics(cell),
                    parity(cell),
                    comparisons(cell),
                    companions(cell),
                    used(cell),
                    headline(&[cell], &cell.cell.task),
                ]);
                tables.extend(runs(cell));
            }
            for table in tables {
                assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.caption);
            }
        }
    }
}
