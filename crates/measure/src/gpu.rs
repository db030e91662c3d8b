//! GPUs through NVML, sampled in every run where there is one. Without a driver, everything is absent.

use std::collections::BTreeMap;

use nvml_wrapper::enums::device::UsedGpuMemory;
use nvml_wrapper::{Device, Nvml};
use schema::record::{EnergySource, Resources};

use crate::pseudo_files::entries;

const FIGURES: [&str; 4] = ["gpu_memory_peak_bytes", "gpu_memory_mean_bytes", "gpu_percent", "gpu_energy_microjoules"];

/// The library and its devices, opened once for all runs of a block.
#[derive(Debug)]
pub enum Gpus {
    Open(Box<Nvml>),
    /// Why there is none.
    Absent(String),
}

impl Gpus {
    pub fn open() -> Self {
        // The library's loader is not asked where no driver is: a missing library costs a search.
        if entries("/dev", "nvidia").is_empty() {
            return Self::Absent("no NVIDIA device here".to_owned());
        }
        match Nvml::init().and_then(|nvml| Ok((nvml.device_count()?, nvml))) {
            Ok((0, _)) => Self::Absent("NVML knows no device here".to_owned()),
            Ok((_, nvml)) => Self::Open(Box::new(nvml)),
            Err(error) => Self::Absent(format!("NVML: {error}")),
        }
    }

    pub fn watch(&self) -> Watch<'_> {
        let mut watch = Watch { gpus: self, totals: Totals::default() };
        if let Self::Open(nvml) = self {
            watch.totals.energy_start = energy_microjoules(nvml);
        }
        watch
    }
}

/// One run.
pub struct Watch<'a> {
    gpus: &'a Gpus,
    totals: Totals,
}

impl Watch<'_> {
    /// Memory of the given processes only; utilisation of the busiest device; power of all.
    pub fn sample(&mut self, now_ns: u64, pids: &[i32]) {
        let Gpus::Open(nvml) = self.gpus else { return };
        let mut sample = Sample { at_ns: now_ns, ..Sample::default() };
        for device in devices(nvml) {
            if let Ok(rates) = device.utilization_rates() {
                sample.percent = sample.percent.max(Some(rates.gpu));
            }
            if let Ok(milliwatts) = device.power_usage() {
                *sample.milliwatts.get_or_insert(0) += u64::from(milliwatts);
            }
            for process in device.running_compute_processes().unwrap_or_default() {
                if let (true, UsedGpuMemory::Used(bytes)) =
                    (pids.contains(&process.pid.cast_signed()), process.used_gpu_memory)
                {
                    *sample.memory.get_or_insert(0) += bytes;
                }
            }
        }
        self.totals.add(&sample);
    }

    /// Fills in the figures of the GPU, each of them or the reason why it is absent.
    pub fn finish(self, resources: &mut Resources) {
        let nvml = match self.gpus {
            Gpus::Open(nvml) => nvml,
            Gpus::Absent(reason) => {
                resources.absent.extend(FIGURES.map(|name| (name.to_owned(), reason.clone())));
                return;
            }
        };
        self.totals.tell(energy_microjoules(nvml), resources);
    }
}

fn devices(nvml: &Nvml) -> impl Iterator<Item = Device<'_>> {
    (0..nvml.device_count().unwrap_or(0)).filter_map(|index| nvml.device_by_index(index).ok())
}

/// The devices' own running sums, of those that keep one (Volta and later).
fn energy_microjoules(nvml: &Nvml) -> Option<u64> {
    let millijoules: Vec<u64> = devices(nvml).filter_map(|device| device.total_energy_consumption().ok()).collect();
    (!millijoules.is_empty()).then(|| millijoules.iter().sum::<u64>() * 1000)
}

#[derive(Clone, Copy, Debug, Default)]
struct Sample {
    at_ns: u64,
    memory: Option<u64>,
    percent: Option<u32>,
    milliwatts: Option<u64>,
}

/// What the samples of one run add up to.
#[derive(Debug, Default)]
struct Totals {
    /// Samples in which a process of the run had GPU memory.
    memory_samples: u64,
    memory_sum: u64,
    memory_peak: u64,
    percent_samples: u64,
    percent_sum: u64,
    energy_start: Option<u64>,
    last_power: Option<(u64, u64)>,
    power_microjoules: Option<u64>,
}

impl Totals {
    fn add(&mut self, sample: &Sample) {
        if let Some(memory) = sample.memory {
            self.memory_samples += 1;
            self.memory_sum += memory;
            self.memory_peak = self.memory_peak.max(memory);
        }
        if let Some(percent) = sample.percent {
            self.percent_samples += 1;
            self.percent_sum += u64::from(percent);
        }
        if let Some(milliwatts) = sample.milliwatts {
            if let Some((at_ns, earlier)) = self.last_power {
                // The trapezium between two samples; a milliwatt times a nanosecond is a picojoule.
                let picojoules = u64::midpoint(earlier, milliwatts) * sample.at_ns.saturating_sub(at_ns);
                *self.power_microjoules.get_or_insert(0) += picojoules / 1_000_000;
            }
            self.last_power = Some((sample.at_ns, milliwatts));
        }
    }

    fn tell(&self, energy_end: Option<u64>, resources: &mut Resources) {
        resources.gpu_memory_peak_bytes = (self.memory_samples > 0).then_some(self.memory_peak);
        resources.gpu_memory_mean_bytes = self.memory_sum.checked_div(self.memory_samples);
        resources.gpu_percent =
            (self.percent_samples > 0).then(|| self.percent_sum as f64 / self.percent_samples as f64);
        let counted = self.energy_start.zip(energy_end).map(|(start, end)| end.saturating_sub(start));
        (resources.gpu_energy_microjoules, resources.gpu_energy_by) = match (counted, self.power_microjoules) {
            (Some(counted), _) => (Some(counted), Some(EnergySource::Counter)),
            (None, Some(estimated)) => (Some(estimated), Some(EnergySource::Estimate)),
            (None, None) => (None, None),
        };
        resources.absent.extend(absent(resources));
    }
}

fn absent(resources: &Resources) -> BTreeMap<String, String> {
    let none_used = "NVML saw no process of the run on a GPU; in a container it may not know them";
    let reasons = [none_used, none_used, "no sample while the run lasted", "the device tells no energy and no power"];
    let there = [
        resources.gpu_memory_peak_bytes.is_some(),
        resources.gpu_memory_mean_bytes.is_some(),
        resources.gpu_percent.is_some(),
        resources.gpu_energy_microjoules.is_some(),
    ];
    let missing = FIGURES.iter().zip(reasons).zip(there).filter(|(_, there)| !there);
    missing.map(|((name, reason), _)| ((*name).to_owned(), reason.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(totals: &Totals, energy_end: Option<u64>) -> Resources {
        let mut resources = Resources::default();
        totals.tell(energy_end, &mut resources);
        resources
    }

    #[test]
    fn samples_make_a_peak_and_means() {
        let mut totals = Totals { energy_start: Some(5), ..Totals::default() };
        for (memory, percent) in [(100, 20), (300, 40)] {
            totals.add(&Sample { memory: Some(memory), percent: Some(percent), ..Sample::default() });
        }
        let figures = told(&totals, Some(12));
        assert_eq!((figures.gpu_memory_peak_bytes, figures.gpu_memory_mean_bytes), (Some(300), Some(200)));
        assert_eq!((figures.gpu_percent, figures.gpu_energy_microjoules), (Some(30.0), Some(7)));
        assert_eq!(figures.gpu_energy_by, Some(EnergySource::Counter));
        assert!(figures.absent.is_empty());
    }

    #[test]
    fn without_a_counter_energy_is_estimated_from_power() {
        let mut totals = Totals::default();
        for (at_ns, milliwatts) in [(0, 100_000), (1_000_000_000, 300_000), (2_000_000_000, 300_000)] {
            totals.add(&Sample { at_ns, milliwatts: Some(milliwatts), ..Sample::default() });
        }
        let figures = told(&totals, None);
        assert_eq!(figures.gpu_energy_microjoules, Some(500_000_000), "200 W and 300 W for a second each");
        assert_eq!(figures.gpu_energy_by, Some(EnergySource::Estimate));
    }

    #[test]
    fn what_was_not_seen_is_absent_with_its_reason_and_never_zero() {
        let figures = told(&Totals::default(), None);
        assert_eq!(figures.absent.len(), 4);
        assert_eq!((figures.gpu_memory_peak_bytes, figures.gpu_energy_microjoules), (None, None));
        let mut resources = Resources::default();
        Gpus::Absent("no NVIDIA device here".to_owned()).watch().finish(&mut resources);
        assert_eq!(resources.absent["gpu_percent"], "no NVIDIA device here");
    }
}
