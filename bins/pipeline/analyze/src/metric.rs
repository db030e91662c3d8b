//! What a run costs: the closed table of the metrics that are compared, and how each is taken from
//! a record. One value a run: iterations are averaged inside it.

use schema::config::Margins;
use schema::params::Mode;
use schema::record::{Record, Status};

pub(crate) struct Metric {
    pub(crate) id: &'static str,
    pub(crate) unit: &'static str,
    of: fn(&Record, Option<&[f64]>) -> Option<f64>,
    pub(crate) margin: fn(&Margins) -> f64,
    /// The modes in which a headline may rest on it, and in which it is pooled over cells: each of
    /// its averages is over cold cells alone or over warm ones alone.
    pub(crate) headline: &'static [Mode],
}

pub(crate) const METRICS: [Metric; 5] = [
    Metric { id: "work_ns", unit: "ns", of: work_ns, margin: |margins| margins.time, headline: &[Mode::Warm] },
    Metric { id: "wall_ns", unit: "ns", of: wall_ns, margin: |margins| margins.time, headline: &[Mode::Cold] },
    Metric { id: "cpu_ns", unit: "ns", of: cpu_ns, margin: |margins| margins.time, headline: &[] },
    Metric {
        id: "rss_peak_bytes",
        unit: "bytes",
        of: rss_peak_bytes,
        margin: |margins| margins.memory,
        headline: &[Mode::Warm, Mode::Cold],
    },
    Metric { id: "startup_ns", unit: "ns", of: startup_ns, margin: |margins| margins.time, headline: &[] },
];

/// The metric's value where the run ended well; `iterations_ns` is what [`iterations_ns`] gave.
pub(crate) fn value(metric: &Metric, record: &Record, iterations_ns: Option<&[f64]>) -> Option<f64> {
    if record.status == Status::Ok { (metric.of)(record, iterations_ns) } else { None }
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
