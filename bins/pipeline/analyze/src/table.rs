//! The tables of runs and comparisons, before they become Parquet and CSV: one definition of each
//! column for both.

use schema::analysis::{Analysis, Interval};
use schema::detail::Beside;
use schema::record::Status;
use serde::Serialize;

use crate::compare::Compared;
use crate::finished::FinishedBlock;
use crate::metric::METRICS;
use crate::run::Run;
use crate::used::{self, SENSORS};

#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
}

#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) values: Values,
}

#[derive(Debug)]
pub(crate) enum Values {
    Text(Vec<Option<String>>),
    Whole(Vec<Option<i64>>),
    Number(Vec<Option<f64>>),
    Flag(Vec<bool>),
}

impl Values {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Whole(values) => values.len(),
            Self::Number(values) => values.len(),
            Self::Flag(values) => values.len(),
        }
    }
}

impl Table {
    pub(crate) fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }

    fn text<R>(&mut self, name: &'static str, rows: &[R], value: impl Fn(&R) -> Option<String>) {
        self.columns.push(Column { name, values: Values::Text(rows.iter().map(value).collect()) });
    }

    fn whole<R>(&mut self, name: &'static str, rows: &[R], value: impl Fn(&R) -> Option<u32>) {
        let values = rows.iter().map(|row| value(row).map(i64::from)).collect();
        self.columns.push(Column { name, values: Values::Whole(values) });
    }

    fn number<R>(&mut self, name: &'static str, rows: &[R], value: impl Fn(&R) -> Option<f64>) {
        self.columns.push(Column { name, values: Values::Number(rows.iter().map(value).collect()) });
    }

    fn flag<R>(&mut self, name: &'static str, rows: &[R], value: impl Fn(&R) -> bool) {
        self.columns.push(Column { name, values: Values::Flag(rows.iter().map(value).collect()) });
    }
}

/// One row a run of a block, in the order of rounds and places.
pub(crate) fn of_runs(finished: &FinishedBlock) -> Table {
    let (rows, block) = (&finished.runs, &finished.block);
    let cell = &block.cell;
    let facts = |run: &Run| block.arms.iter().map(|arm| &arm.facts).find(|facts| facts.arm == run.arm);
    let mut table = Table::default();
    table.text("run_id", rows, |run| Some(run.id.to_string()));
    table.text("study", rows, |_| Some(block.study.to_string()));
    table.text("block_id", rows, |_| Some(block.block_id.to_string()));
    table.text("cell_id", rows, |_| Some(cell.cell_id.to_string()));
    table.text("task", rows, |_| Some(cell.task.to_string()));
    table.text("algorithm", rows, |_| Some(cell.algorithm.to_string()));
    table.text("dataset", rows, |_| Some(cell.dataset.to_string()));
    table.text("arm", rows, |run| Some(run.arm.to_string()));
    table.text("implementation", rows, |run| Some(facts(run)?.implementation.to_string()));
    table.text("class", rows, |run| word(&facts(run)?.class));
    table.text("language", rows, |run| word(&facts(run)?.language));
    table.text("framework", rows, |run| Some(facts(run)?.framework.clone()));
    table.whole("threads", rows, |_| Some(cell.threads));
    table.text("mode", rows, |_| word(&cell.mode));
    table.whole("round", rows, |run| Some(run.round));
    table.whole("position", rows, |run| Some(run.position));
    table.whole("attempt", rows, |run| Some(run.attempt));
    table.text("status", rows, |run| Some(status(run).to_owned()));
    table.text("failure_class", rows, |run| match &run.status {
        Status::Failed { class, .. } => word(class),
        _ => None,
    });
    table.flag("disturbed", rows, |run| !run.disturbed.is_empty());
    for (place, metric) in METRICS.iter().enumerate() {
        table.number(metric.id, rows, |run| run.values[place]);
    }
    for (place, sensor) in SENSORS.iter().enumerate() {
        table.number(sensor.id, rows, |run| Some(used::of_run(run, place)?.value));
        if let Some(by) = sensor.source_column {
            table.text(by, rows, |run| used::of_run(run, place)?.by_word().map(str::to_owned));
        }
    }
    table
}

fn status(run: &Run) -> &'static str {
    match run.status {
        Status::Ok => "ok",
        Status::Skipped { .. } => "skipped",
        Status::Failed { .. } => "failed",
    }
}

/// One row a comparison, in the order of the analysis.
pub(crate) fn of_comparisons(analysis: &Analysis, rows: &[Compared<'_>]) -> Table {
    let mut table = Table::default();
    comparison_ids(&mut table, analysis, rows);
    comparison_figures(&mut table, rows);
    table.text("parity", rows, |row| word(&row.comparison.parity));
    table.text("verdict", rows, |row| word(&row.comparison.verdict));
    table.text("because", rows, |row| Some(row.comparison.because.clone()));
    table.text("warnings", rows, |row| Some(row.comparison.warnings.join("; ")));
    table
}

fn comparison_ids(table: &mut Table, analysis: &Analysis, rows: &[Compared<'_>]) {
    table.text("study", rows, |_| Some(analysis.study.to_string()));
    table.text("block_id", rows, |row| Some(row.finished.block.block_id.to_string()));
    table.text("cell_id", rows, |row| Some(row.finished.block.cell.cell_id.to_string()));
    table.text("domain", rows, |row| Some(row.finished.block.domain.to_string()));
    table.text("task", rows, |row| Some(row.finished.block.cell.task.to_string()));
    table.text("algorithm", rows, |row| Some(row.finished.block.cell.algorithm.to_string()));
    table.text("dataset", rows, |row| Some(row.finished.block.cell.dataset.to_string()));
    table.whole("threads", rows, |row| Some(row.finished.block.cell.threads));
    table.text("mode", rows, |row| word(&row.finished.block.cell.mode));
    table.text("left", rows, |row| Some(row.comparison.left.to_string()));
    table.text("right", rows, |row| Some(row.comparison.right.to_string()));
    table.text("role", rows, |row| word(&row.comparison.role));
    table.text("metric", rows, |row| Some(row.comparison.metric.to_string()));
    table.text("unit", rows, |row| Some(row.comparison.unit.clone()));
}

fn comparison_figures(table: &mut Table, rows: &[Compared<'_>]) {
    table.whole("n", rows, |row| Some(row.comparison.n));
    table.number("left_value", rows, |row| row.comparison.left_value);
    table.number("right_value", rows, |row| row.comparison.right_value);
    table.number("ratio", rows, |row| row.comparison.ratio);
    table.number("ratio_low_95", rows, |row| low(row.comparison.interval));
    table.number("ratio_high_95", rows, |row| high(row.comparison.interval));
    table.number("ratio_low_90", rows, |row| low(row.comparison.interval_90));
    table.number("ratio_high_90", rows, |row| high(row.comparison.interval_90));
    table.number("p", rows, |row| row.comparison.p);
    table.number("p_adjusted", rows, |row| row.comparison.p_adjusted);
    table.number("p_equivalence", rows, |row| beside(row)?.p_equivalence);
    table.number("p_companion", rows, |row| row.comparison.p_companion);
    table.number("companion_ratio", rows, |row| Some(beside(row)?.hodges_lehmann?.value));
    table.number("companion_low_95", rows, |row| low(beside(row)?.hodges_lehmann?.interval));
    table.number("companion_high_95", rows, |row| high(beside(row)?.hodges_lehmann?.interval));
    table.number("total_ratio", rows, |row| Some(beside(row)?.total?.value));
    table.number("total_low_95", rows, |row| low(beside(row)?.total?.interval));
    table.number("total_high_95", rows, |row| high(beside(row)?.total?.interval));
    table.number("total_low_95_resampled", rows, |row| low(beside(row)?.total_resampled));
    table.number("total_high_95_resampled", rows, |row| high(beside(row)?.total_resampled));
    table.number("spread_ratio", rows, |row| Some(beside(row)?.spread?.ratio));
    table.number("spread_low_95", rows, |row| Some(beside(row)?.spread?.interval.low));
    table.number("spread_high_95", rows, |row| Some(beside(row)?.spread?.interval.high));
    table.number("p_spread", rows, |row| Some(beside(row)?.spread?.p));
    table.number("effective_n", rows, |row| beside(row)?.effective_n);
    table.number("sd_log_ratio", rows, |row| row.comparison.sd_log_ratio);
    table.number("hedges_g", rows, |row| row.comparison.hedges_g);
    table.number("autocorrelation", rows, |row| row.comparison.autocorrelation);
    table.number("detectable_ratio", rows, |row| row.comparison.detectable_ratio);
    table.whole("rounds_for_margin", rows, |row| row.comparison.rounds_for_margin);
    table.number("margin", rows, |row| Some(row.comparison.margin));
}

fn beside<'a>(row: &'a Compared<'_>) -> Option<&'a Beside> {
    row.comparison.beside.as_ref()
}

fn low(interval: Option<Interval>) -> Option<f64> {
    interval.map(|interval| interval.low)
}

fn high(interval: Option<Interval>) -> Option<f64> {
    interval.map(|interval| interval.high)
}

/// A unit variant as it stands in the documents.
fn word(value: &impl Serialize) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_owned)
}
