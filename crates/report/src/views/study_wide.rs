//! What the whole study says beyond single comparisons: how steady each implementation is, whose runs
//! ended well, what the ratio depends on; and, cell by cell, the companions of each verdict.

use schema::analysis::{Analysis, CellAnalysis, Comparison, Interval, Role};
use schema::detail::{Beside, Estimated, Sensitivity, Share, SuccessDifference, Variation};

use super::{NONE, or_none};
use crate::number::{self, p_value, significant};
use crate::orient::metric_name;
use crate::table::{Cell, Table, choice, number, text};

pub fn variation(analysis: &Analysis) -> Table {
    let columns = vec![
        choice("task"),
        text("implementation"),
        choice("metric"),
        number("cells"),
        number("runs"),
        number("from run to run"),
        number("from cell to cell"),
        text("remark"),
    ];
    let caption = "How steady each implementation is: coefficient of variation (standard deviation of the logarithms) \
                   from run to run of one cell, and from cell to cell with the runs' own variation taken out";
    let mut table = Table::new(caption, columns);
    table.rows = analysis.variation.iter().map(variation_row).collect();
    table
}

fn variation_row(one: &Variation) -> Vec<Cell> {
    vec![
        Cell::text(one.task.as_str()),
        Cell::text(one.implementation.as_str()),
        Cell::text(metric_name(&one.metric)),
        Cell::count(one.cells),
        Cell::count(one.runs),
        Cell::number(percent(one.sd_run), Some(one.sd_run)),
        Cell::number(percent(one.sd_cell), Some(one.sd_cell)),
        Cell::text(one.remark.as_deref().unwrap_or(NONE)),
    ]
}

fn percent(share: f64) -> String {
    format!("{} %", significant(100.0 * share, 2))
}

/// Only pairs of which a run failed: that all runs ended well is said in one line elsewhere.
pub fn success(analysis: &Analysis) -> Table {
    let columns = vec![
        text("first"),
        text("second"),
        number("first ended well"),
        number("second ended well"),
        number("difference"),
        number("p over runs"),
        number("cells that only one could do"),
        number("p over cells"),
    ];
    let caption = "Runs that ended well, over the cells that both have: shares with Wilson's 95 % interval, their difference \
                   with Newcombe's, Fisher's exact test over runs and McNemar's over cells";
    let mut table = Table::new(caption, columns);
    let failed = |one: &&SuccessDifference| one.left_share.share < 1.0 || one.right_share.share < 1.0;
    table.rows = analysis.success.iter().filter(failed).map(success_row).collect();
    table
}

fn success_row(one: &SuccessDifference) -> Vec<Cell> {
    let p = |p: Option<f64>| Cell::number(p.map_or_else(|| NONE.to_owned(), p_value), p);
    let points = |value: f64| significant(100.0 * value, 2);
    let difference = one
        .difference
        .interval
        .map_or_else(String::new, |interval| format!(" ({} to {})", points(interval.low), points(interval.high)));
    vec![
        Cell::text(one.left.as_str()),
        Cell::text(one.right.as_str()),
        share(&one.left_share),
        share(&one.right_share),
        Cell::number(format!("{} points{difference}", points(one.difference.value)), Some(one.difference.value)),
        p(Some(one.p)),
        Cell::text(format!(
            "{} only first, {} only second, of {}",
            one.cells_left_only, one.cells_right_only, one.cells
        )),
        p(one.p_cells),
    ]
}

fn share(share: &Share) -> Cell {
    let Share { hits, tries, interval, .. } = share;
    let (low, high) = (significant(100.0 * interval.low, 2), significant(100.0 * interval.high, 2));
    Cell::number(format!("{hits} of {tries} ({low} to {high} %)"), Some(share.share))
}

/// A row a level.
pub fn sensitivity(analysis: &Analysis) -> Table {
    let columns = vec![
        choice("task"),
        text("first over second"),
        choice("metric"),
        choice("parameter"),
        text("level"),
        number("cells"),
        number("n"),
        number("ratio"),
        number("explains"),
        number("p"),
    ];
    let caption = "What the ratio depends on: its geometric mean at each level of each parameter with its 95 % interval (below 1 \
                   the first costs less), the share of the variation that the parameter explains (ω²), and p of “the ratio is \
                   the same at every level”, adjusted by Holm; no p where the levels also differ in other parameters";
    let mut table = Table::new(caption, columns);
    for one in &analysis.sensitivity {
        table.rows.extend(one.levels.iter().map(|level| sensitivity_row(one, level)));
    }
    table
}

fn sensitivity_row(one: &Sensitivity, level: &schema::detail::Level) -> Vec<Cell> {
    let explained = one.omega_squared.map_or_else(|| NONE.to_owned(), percent);
    vec![
        Cell::text(one.task.as_str()),
        Cell::text(format!("{} over {}", one.left, one.right)),
        Cell::text(metric_name(&one.metric)),
        Cell::text(&one.parameter),
        Cell::text(&level.value),
        Cell::count(level.cells),
        Cell::count(level.n),
        ratio(level.ratio, level.interval),
        Cell::number(explained, one.omega_squared),
        Cell::number(one.p_adjusted.map_or_else(|| NONE.to_owned(), p_value), one.p_adjusted),
    ]
}

fn ratio(value: f64, interval: Option<Interval>) -> Cell {
    let spread = interval.map_or_else(|| " (no interval)".to_owned(), |i| format!(" ({})", number::interval(i)));
    Cell::number(format!("{}{spread}", number::ratio(value, interval)), Some(value))
}

/// The same question by other assumptions; none of it decides.
pub fn companions(cell: &CellAnalysis) -> Table {
    let columns = vec![
        text("first over second"),
        choice("metric"),
        number("t interval"),
        number("Hodges and Lehmann"),
        number("ratio of totals, Fieller"),
        text("totals, resampled"),
        number("p of a difference beyond the margin"),
        number("spread of first over second"),
        number("rounds worth"),
    ];
    let caption = "Beside each verdict, deciding nothing: the ratio by other assumptions with 95 % intervals (below 1 the first \
                   costs less); small p in the seventh column speak for equivalence; rounds worth is the number of independent \
                   rounds that neighbouring ones, which may resemble each other, amount to";
    let mut table = Table::new(caption, columns);
    let compared = cell.comparisons.iter().filter(|one| one.role != Role::Calibration);
    table.rows = compared.filter_map(|one| Some(companion_row(one, one.beside.as_ref()?))).collect();
    table
}

fn companion_row(one: &Comparison, beside: &Beside) -> Vec<Cell> {
    let estimated = |found: Option<Estimated>| found.map_or_else(|| Cell::text(NONE), |e| ratio(e.value, e.interval));
    let spread = beside.spread.map_or_else(
        || Cell::text(NONE),
        |s| Cell::number(format!("{}, p {}", ratio(s.ratio, Some(s.interval)).shown, p_value(s.p)), Some(s.ratio)),
    );
    vec![
        Cell::text(format!("{} over {}", one.left, one.right)),
        Cell::text(metric_name(&one.metric)),
        one.ratio.map_or_else(|| Cell::text(NONE), |value| ratio(value, one.interval)),
        estimated(beside.hodges_lehmann),
        estimated(beside.total),
        Cell::text(or_none(beside.total_resampled.map(number::interval).unwrap_or_default())),
        Cell::number(beside.p_equivalence.map_or_else(|| NONE.to_owned(), p_value), beside.p_equivalence),
        spread,
        Cell::number(beside.effective_n.map_or_else(|| NONE.to_owned(), |n| significant(n, 3)), beside.effective_n),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn every_newer_figure_has_its_place() {
        let analysis = fixture::detailed();
        let shown = |table: Table, row: usize| {
            assert!(table.rows.iter().all(|cells| cells.len() == table.columns.len()), "{}", table.caption);
            table.rows[row].iter().map(|cell| cell.shown.clone()).collect::<Vec<_>>().join(" | ")
        };
        assert!(shown(variation(&analysis), 0).contains("40 | 2.1 % | 38 %"));
        let success = success(&analysis);
        assert_eq!(success.rows.len(), 1, "pairs without a failed run are left out");
        assert!(shown(success, 0).contains("40 of 40 (91 to 100 %) | 37 of 40 (80 to 97 %) | 7.5 points (-2.6 to 20)"));
        let sensitivity = shown(sensitivity(&analysis), 1);
        assert!(sensitivity.contains("threads | 2 | 3 | 60 | 0.520 (0.490–0.550) | 61 % | 0.0021"), "{sensitivity}");
        let companions = shown(companions(&analysis.cells[0]), 0);
        assert!(companions.contains("0.322 (0.305–0.341) | 0.319 (0.300–0.337) | 0.299–0.338"), "{companions}");
    }
}
