//! The tables of the answer: each cell's own question by task, what pools over cells, what the
//! machine can show, and which runs were disturbed.

use schema::analysis::{Analysis, CellAnalysis, Comparison, DisturbedRun, Pooled, Resolution, Role, Verdict};
use schema::id::Id;

use super::{NONE, anchor, or_none};
use crate::number::{Scale, interval, ratio, significant};
use crate::orient::{self, metric_name};
use crate::table::{Cell, Table, choice, number, text};
use crate::words;

/// What each cell of a task came to: library against library, then tuned against tuned.
pub fn headline(cells: &[&CellAnalysis], task: &Id) -> Table {
    let columns = vec![
        text("cell"),
        text("compared"),
        choice("classes"),
        number("ratio"),
        number("n"),
        text("absolute, less is better"),
        choice("verdict"),
        text("peak memory"),
        choice("same results"),
    ];
    let caption = format!(
        "{task}: time of the work in warm cells, of the whole process in cold ones. The ratio is how many times as long \
         the slower side takes, with its 95 % t interval over n pairs; n leads to the records"
    );
    let mut table = Table::new(caption, columns);
    for cell in cells {
        for role in [Role::Library, Role::Tuned] {
            table.rows.extend(orient::primary(cell, role).map(|comparison| row(cell, comparison)));
        }
    }
    table
}

fn row(cell: &CellAnalysis, comparison: &Comparison) -> Vec<Cell> {
    let (first, second) = orient::sides(comparison);
    vec![
        Cell::text(&cell.cell.label).link(anchor(cell)),
        Cell::text(format!("{} against {}", first.arm, second.arm)),
        Cell::text(words::role(comparison.role)),
        ratio_cell(comparison),
        Cell::count(comparison.n).link(records(cell)),
        Cell::text(words::absolute(&comparison.unit, first.value, second.value)),
        Cell::text(words::verdict_with_winner(comparison)),
        Cell::text(memory(cell, first.arm, second.arm)),
        Cell::text(words::parity(comparison.parity)),
    ]
}

/// A ratio between unequal work says nothing: its sides are shown, it is not.
pub(super) fn ratio_cell(comparison: &Comparison) -> Cell {
    let shown = if comparison.verdict == Verdict::NotComparable { String::new() } else { words::factor(comparison) };
    let value = orient::orient(comparison).map(|oriented| oriented.factor).filter(|_| !shown.is_empty());
    Cell::number(or_none(shown), value)
}

fn memory(cell: &CellAnalysis, first: &schema::id::ArmId, second: &schema::id::ArmId) -> String {
    let of = |arm| {
        let metrics = &orient::arm(cell, arm)?.metrics;
        metrics.iter().find(|(id, _)| id.as_str() == "rss_peak_bytes")?.1.geometric_mean
    };
    match (of(first), of(second)) {
        (None, None) => NONE.to_owned(),
        (first, second) => words::absolute("bytes", first, second),
    }
}

/// The file with every run of a cell, beside the page.
pub fn records(cell: &CellAnalysis) -> String {
    format!("records/{}/records.jsonl", cell.block_id)
}

/// Over the cells of a domain: the geometric mean of the ratios and the ratio of the totals, together.
pub fn pooled(analysis: &Analysis) -> Table {
    let columns = vec![
        text("domain"),
        text("first over second"),
        text("metric"),
        number("cells"),
        number("geometric mean of ratios"),
        number("ratio of the totals"),
        number("not comparable, left out"),
    ];
    let mut table = Table::new(
        "Over all cells of a domain, warm and cold apart: below 1 the first costs less; 95 % interval over these cells",
        columns,
    );
    table.rows =
        analysis.pooled.iter().filter(|pooled| pooled.geometric_mean_ratio.is_some()).map(pooled_row).collect();
    table
}

fn pooled_row(pooled: &Pooled) -> Vec<Cell> {
    let names = |ids: &[Id]| ids.iter().map(Id::as_str).collect::<Vec<_>>().join(", ");
    let mean = pooled.geometric_mean_ratio;
    let spread = pooled.interval.map_or_else(|| " (no interval)".to_owned(), |i| format!(" ({})", interval(i)));
    vec![
        Cell::text(pooled.domain.as_str()),
        Cell::text(format!("{} over {}", names(&pooled.left), names(&pooled.right))),
        Cell::text(metric_name(&pooled.metric)),
        Cell::count(pooled.cells),
        Cell::number(
            mean.map_or_else(|| NONE.to_owned(), |mean| format!("{}{spread}", ratio(mean, pooled.interval))),
            mean,
        ),
        Cell::number(pooled.total_ratio.map_or_else(|| NONE.to_owned(), |r| significant(r, 3)), pooled.total_ratio),
        Cell::count(pooled.cells_not_comparable),
    ]
}

/// What this machine can show today, metric by metric.
pub fn resolution(analysis: &Analysis) -> Table {
    let columns = vec![
        text("domain"),
        text("metric"),
        number("smallest ratio that is claimed"),
        number("A/A blocks"),
        number("called different"),
        text("remark"),
    ];
    let mut table = Table::new(
        "What this machine can show today: the largest difference inside the 95 % intervals of its A/A blocks",
        columns,
    );
    table.rows = analysis.resolution.iter().map(resolution_row).collect();
    table
}

fn resolution_row(resolution: &Resolution) -> Vec<Cell> {
    vec![
        Cell::text(resolution.domain.as_str()),
        Cell::text(metric_name(&resolution.metric)),
        Cell::number(resolution.ratio.map_or_else(|| "not known".to_owned(), |r| significant(r, 4)), resolution.ratio),
        Cell::count(resolution.aa_blocks),
        Cell::count(resolution.aa_called_different),
        Cell::text(&resolution.remark),
    ]
}

fn disturbance(run: &DisturbedRun) -> String {
    let because =
        if run.because.is_empty() { "another run of its round was".to_owned() } else { run.because.join("; ") };
    let again = if run.run_again { "; its round was run again, and the later run counts" } else { "" };
    format!("{because}{again}")
}

/// Each disturbed run with what disturbed it.
pub fn disturbed<'a>(cells: impl IntoIterator<Item = &'a CellAnalysis>) -> Table {
    let columns = vec![text("cell"), text("implementation"), text("run"), number("its time"), text("disturbed by")];
    let mut table = Table::new("Runs that were disturbed; they are kept", columns);
    for cell in cells {
        let metric = orient::primary_metric(cell);
        for arm in &cell.arms {
            let summary = arm.metrics.iter().find(|(id, _)| id.as_str() == metric).map(|(_, summary)| summary);
            for run in &arm.disturbed_runs {
                let value = summary.and_then(|s| s.values.get(run.round as usize).copied().flatten());
                let shown = value.map_or_else(|| NONE.to_owned(), |v| Scale::of("ns", [v]).show(v));
                table.rows.push(vec![
                    Cell::text(&cell.cell.label).link(anchor(cell)),
                    Cell::text(arm.facts.arm.to_string()),
                    Cell::text(&run.run_id).link(records(cell)),
                    Cell::number(shown, value),
                    Cell::text(disturbance(run)),
                ]);
            }
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn of(analysis: &Analysis) -> Table {
        headline(&analysis.cells.iter().collect::<Vec<_>>(), &fixture::id("regression"))
    }

    #[test]
    fn a_row_has_ratio_absolute_values_memory_and_the_way_to_its_records() {
        let table = of(&fixture::rust_faster());
        let shown: Vec<&str> = table.rows[0].iter().map(|cell| cell.shown.as_str()).collect();
        assert_eq!(shown[3], "3.12× (2.96–3.29)");
        assert_eq!(shown[5], "12.3 ms against 38.4 ms");
        assert_eq!(shown[7], "9.44 MiB against 89.8 MiB");
        assert_eq!(table.rows[0][4].link.as_deref(), Some("records/b1/records.jsonl"));
        assert_eq!(of(&fixture::different()).rows[0][3].shown, NONE, "no ratio between unequal work");
    }

    #[test]
    fn disturbed_runs_are_named_with_their_cause() {
        let table = disturbed(&fixture::rust_faster().cells);
        assert_eq!(table.rows.len(), 2);
        assert_eq!(table.rows[0][2].shown, "cell-r003-regression_sklearn");
        assert_eq!(table.rows[0][4].shown, "other processes used 31 % of the CPU");
    }
}
