//! What runs used besides what is compared: described with its interval, and never judged.

use std::collections::BTreeMap;

use schema::analysis::{Interval, NotRead};
use schema::detail::Used;
use schema::record::{EnergySource, Record, Resources, Status};
use stats::{LEVEL, describe, student};

use crate::run::Run;

pub(crate) struct Sensor {
    pub(crate) id: &'static str,
    pub(crate) unit: &'static str,
    of: fn(&Resources) -> Option<f64>,
    by: fn(&Resources) -> Option<EnergySource>,
    /// The column that says where energy comes from.
    pub(crate) source_column: Option<&'static str>,
}

const NOT_ENERGY: fn(&Resources) -> Option<EnergySource> = |_| None;
const MICRO: f64 = 1e6;

pub(crate) const SENSORS: [Sensor; 8] = [
    Sensor {
        id: "rss_mean_bytes",
        unit: "bytes",
        of: |resources| resources.rss_mean_bytes.map(|bytes| bytes as f64),
        by: NOT_ENERGY,
        source_column: None,
    },
    Sensor {
        id: "rss_tree_peak_bytes",
        unit: "bytes",
        of: |resources| resources.rss_tree_peak_bytes.map(|bytes| bytes as f64),
        by: NOT_ENERGY,
        source_column: None,
    },
    Sensor { id: "cpu_percent", unit: "%", of: |resources| resources.cpu_percent, by: NOT_ENERGY, source_column: None },
    Sensor {
        id: "cpu_energy_joules",
        unit: "J",
        of: |resources| resources.cpu_energy_microjoules.map(|energy| energy as f64 / MICRO),
        by: |resources| resources.cpu_energy_by,
        source_column: Some("cpu_energy_by"),
    },
    Sensor {
        id: "gpu_memory_peak_bytes",
        unit: "bytes",
        of: |resources| resources.gpu_memory_peak_bytes.map(|bytes| bytes as f64),
        by: NOT_ENERGY,
        source_column: None,
    },
    Sensor {
        id: "gpu_memory_mean_bytes",
        unit: "bytes",
        of: |resources| resources.gpu_memory_mean_bytes.map(|bytes| bytes as f64),
        by: NOT_ENERGY,
        source_column: None,
    },
    Sensor { id: "gpu_percent", unit: "%", of: |resources| resources.gpu_percent, by: NOT_ENERGY, source_column: None },
    Sensor {
        id: "gpu_energy_joules",
        unit: "J",
        of: |resources| resources.gpu_energy_microjoules.map(|energy| energy as f64 / MICRO),
        by: |resources| resources.gpu_energy_by,
        source_column: Some("gpu_energy_by"),
    },
];

/// One sensor's figure of one run; most sensors of most machines have none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    sensor: u8,
    by: Option<EnergySource>,
    pub(crate) value: f64,
}

pub(crate) fn readings(record: &Record) -> Box<[Reading]> {
    if record.status != Status::Ok {
        return Box::default();
    }
    let one = |(place, sensor): (u8, &Sensor)| {
        let value = (sensor.of)(&record.resources).filter(|value| value.is_finite())?;
        Some(Reading { sensor: place, by: (sensor.by)(&record.resources), value })
    };
    (0_u8..).zip(&SENSORS).filter_map(one).collect()
}

/// The run's figure of the sensor number `place`.
pub(crate) fn of_run(run: &Run, place: usize) -> Option<Reading> {
    run.used.iter().copied().find(|reading| usize::from(reading.sensor) == place)
}

impl Reading {
    pub(crate) fn by_word(&self) -> Option<&'static str> {
        self.by.map(|by| match by {
            EnergySource::Counter => "counter",
            EnergySource::Estimate => "estimate",
        })
    }
}

/// None where no run of the arm has the figure.
pub(crate) fn summary(runs: &[&Run], place: usize) -> Option<Used> {
    let found: Vec<Reading> = runs.iter().filter_map(|run| of_run(run, place)).collect();
    let values: Vec<f64> = found.iter().map(|reading| reading.value).collect();
    let mean = describe::mean(&values).ok()?;
    let n = values.len() as f64;
    let half = student::quantile(f64::midpoint(1.0, LEVEL), n - 1.0).ok().zip(describe::sd(&values).ok());
    // One estimate among counters makes their mean an estimate.
    let estimated = found.iter().any(|reading| reading.by == Some(EnergySource::Estimate));
    let by = if estimated { Some(EnergySource::Estimate) } else { found.first()?.by };
    Some(Used {
        unit: SENSORS[place].unit.to_owned(),
        n: values.len() as u32,
        mean,
        interval: half.map(|(t, sd)| t * sd / n.sqrt()).map(|half| Interval { low: mean - half, high: mean + half }),
        max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        by,
    })
}

/// By figure and reason, the runs that lack it for that reason.
#[derive(Debug, Default)]
pub(crate) struct Missing(BTreeMap<String, BTreeMap<String, u32>>);

impl Missing {
    pub(crate) fn count(&mut self, record: &Record) {
        for (figure, reason) in &record.resources.absent {
            self.add(figure, reason, 1);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (figure, reasons) in &other.0 {
            for (reason, runs) in reasons {
                self.add(figure, reason, *runs);
            }
        }
    }

    fn add(&mut self, figure: &str, reason: &str, runs: u32) {
        // Looked up before anything is copied: most of a million records say the same.
        if let Some(known) = self.0.get_mut(figure).and_then(|reasons| reasons.get_mut(reason)) {
            *known += runs;
        } else {
            self.0.entry(figure.to_owned()).or_default().insert(reason.to_owned(), runs);
        }
    }

    pub(crate) fn listed(self) -> Vec<NotRead> {
        let of = |(figure, reasons): (String, BTreeMap<String, u32>)| {
            reasons.into_iter().map(move |(reason, runs)| NotRead { figure: figure.clone(), reason, runs })
        };
        self.0.into_iter().flat_map(of).collect()
    }
}
