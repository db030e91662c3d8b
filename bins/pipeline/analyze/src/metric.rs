//! What a run costs: the closed table of the metrics that are compared, and how each is taken from
//! a record, or from what `evaluate` made of the run's outputs. One value a run: iterations are averaged
//! inside it.

use schema::config::Margins;
use schema::evaluation::Evaluation;
use schema::id::Id;
use schema::params::Mode;
use schema::record::{Record, Status};

pub(crate) struct Metric {
    pub(crate) id: &'static str,
    pub(crate) unit: &'static str,
    of: Of,
    pub(crate) margin: fn(&Margins) -> f64,
    /// The modes in which a headline may rest on it, and in which it is pooled over cells: each of
    /// its averages is over cold cells alone or over warm ones alone.
    pub(crate) headline: &'static [Mode],
    /// A server's own clock: shown, and no verdict on who asked it.
    pub(crate) server_clock: bool,
}

enum Of {
    Record(fn(&Record, Option<&[f64]>) -> Option<f64>),
    /// The quality metric of the same id, in tasks that have it.
    Evaluation,
}

/// How the others are, each with what makes it another one.
const PLAIN: Metric = Metric {
    id: "",
    unit: "ns",
    of: Of::Evaluation,
    margin: |margins| margins.time,
    headline: &[],
    server_clock: false,
};

pub(crate) const METRICS: [Metric; 8] = [
    Metric { id: "work_ns", of: Of::Record(work_ns), headline: &[Mode::Warm], ..PLAIN },
    Metric { id: "wall_ns", of: Of::Record(wall_ns), headline: &[Mode::Cold], ..PLAIN },
    Metric { id: "cpu_ns", of: Of::Record(cpu_ns), ..PLAIN },
    Metric {
        id: "rss_peak_bytes",
        unit: "bytes",
        of: Of::Record(rss_peak_bytes),
        margin: |margins| margins.memory,
        headline: &[Mode::Warm, Mode::Cold],
        ..PLAIN
    },
    Metric { id: "startup_ns", of: Of::Record(startup_ns), ..PLAIN },
    Metric { id: "ttft", unit: "ms", ..PLAIN },
    Metric { id: "client_time", unit: "ms", ..PLAIN },
    Metric { id: "token_time", unit: "ms", server_clock: true, ..PLAIN },
];

/// The metric's value where the run ended well; `iterations_ns` is what [`iterations_ns`] gave.
pub(crate) fn value(metric: &Metric, record: &Record, iterations_ns: Option<&[f64]>) -> Option<f64> {
    match metric.of {
        Of::Record(of) if record.status == Status::Ok => of(record, iterations_ns),
        _ => None,
    }
}

/// None for a metric that is taken from the record.
pub(crate) fn evaluated(metric: &Metric, evaluation: &Evaluation) -> Option<f64> {
    match metric.of {
        Of::Evaluation => evaluation.metrics.iter().find(|(id, _)| id.as_str() == metric.id)?.1.value,
        Of::Record(_) => None,
    }
}

impl Metric {
    pub(crate) fn name(&self) -> Id {
        Id::new(self.id).expect("the table's names are ids")
    }

    /// Whether every task has it.
    pub(crate) fn is_general(&self) -> bool {
        matches!(self.of, Of::Record(_))
    }
}

/// Its place in [`METRICS`].
pub(crate) fn place(metric: &Metric) -> usize {
    METRICS.iter().position(|known| known.id == metric.id).unwrap_or_default()
}

/// The marked work of each counted iteration, in ns; none where an iteration has no such mark.
pub(crate) fn iterations_ns(record: &Record) -> Option<Vec<f64>> {
    let (marks, cell) = (&record.outcome.as_ref()?.marks, &record.cell);
    if marks.len() < cell.iterations as usize {
        return None;
    }
    let mut totals = vec![None; cell.iterations as usize];
    for mark in marks.iter().filter(|mark| cell.work.contains(&mark.name)) {
        let counted = mark.iteration.checked_sub(cell.warmup).and_then(|place| totals.get_mut(place as usize));
        if let Some(total) = counted {
            *total = Some(total.unwrap_or(0.0) + mark.duration_ns() as f64);
        }
    }
    totals.into_iter().collect()
}

fn work_ns(_: &Record, iterations_ns: Option<&[f64]>) -> Option<f64> {
    stats::describe::mean(iterations_ns?).ok()
}

// Options, though these two are always there: the table holds one kind of function.
#[allow(clippy::unnecessary_wraps)]
fn wall_ns(record: &Record, _: Option<&[f64]>) -> Option<f64> {
    Some(record.timing.wall_ns as f64)
}

#[allow(clippy::unnecessary_wraps)]
fn cpu_ns(record: &Record, _: Option<&[f64]>) -> Option<f64> {
    Some((record.resources.cpu_user_ns + record.resources.cpu_system_ns) as f64)
}

/// 0 is what a run leaves whose memory could not be read.
fn rss_peak_bytes(record: &Record, _: Option<&[f64]>) -> Option<f64> {
    Some(record.resources.rss_peak_bytes as f64).filter(|bytes| *bytes > 0.0)
}

/// From the start of the process to its first mark: what comes before any work.
fn startup_ns(record: &Record, _: Option<&[f64]>) -> Option<f64> {
    let first = record.outcome.as_ref()?.marks.iter().map(|mark| mark.start_ns).min()?;
    first.checked_sub(record.timing.spawn_ns).map(|ns| ns as f64)
}
