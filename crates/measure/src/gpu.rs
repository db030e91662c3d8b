//! GPUs through NVML, sampled for runs that use one. Without a driver, everything is absent.

use nvml_wrapper::enums::device::UsedGpuMemory;
use nvml_wrapper::{Device, Nvml};

/// What the samples of one run add up to.
#[derive(Debug, Default)]
pub struct Totals {
    samples: u64,
    memory_sum: u64,
    memory_peak: u64,
    percent_sum: f64,
    energy_start: Option<u64>,
}

pub struct Gpus {
    nvml: Nvml,
    totals: Totals,
}

impl Gpus {
    /// `None` where there is no GPU, no driver or no library.
    pub fn start() -> Option<Self> {
        let nvml = Nvml::init().ok()?;
        if nvml.device_count().ok()? == 0 {
            return None;
        }
        let mut gpus = Self { nvml, totals: Totals::default() };
        gpus.totals.energy_start = gpus.energy_microjoules();
        Some(gpus)
    }

    /// Memory of the given processes only; utilisation of the busiest device.
    pub fn sample(&mut self, pids: &[i32]) {
        let (mut memory, mut percent) = (0, 0_u32);
        for device in self.devices() {
            percent = percent.max(device.utilization_rates().map_or(0, |rates| rates.gpu));
            for process in device.running_compute_processes().unwrap_or_default() {
                if let (true, UsedGpuMemory::Used(bytes)) =
                    (pids.contains(&process.pid.cast_signed()), process.used_gpu_memory)
                {
                    memory += bytes;
                }
            }
        }
        self.totals.add(memory, percent);
    }

    pub fn finish(self) -> Figures {
        let energy = self.totals.energy_start.zip(self.energy_microjoules());
        self.totals.figures(energy.map(|(start, end)| end.saturating_sub(start)))
    }

    fn devices(&self) -> Vec<Device<'_>> {
        let count = self.nvml.device_count().unwrap_or(0);
        (0..count).filter_map(|index| self.nvml.device_by_index(index).ok()).collect()
    }

    fn energy_microjoules(&self) -> Option<u64> {
        let millijoules: Vec<u64> =
            self.devices().iter().filter_map(|device| device.total_energy_consumption().ok()).collect();
        (!millijoules.is_empty()).then(|| millijoules.iter().sum::<u64>() * 1000)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    pub memory_peak_bytes: Option<u64>,
    pub memory_mean_bytes: Option<u64>,
    pub percent: Option<f64>,
    pub energy_microjoules: Option<u64>,
}

impl Totals {
    fn add(&mut self, memory: u64, percent: u32) {
        self.samples += 1;
        self.memory_sum += memory;
        self.memory_peak = self.memory_peak.max(memory);
        self.percent_sum += f64::from(percent);
    }

    fn figures(&self, energy_microjoules: Option<u64>) -> Figures {
        let sampled = self.samples > 0;
        Figures {
            memory_peak_bytes: sampled.then_some(self.memory_peak),
            memory_mean_bytes: self.memory_sum.checked_div(self.samples),
            percent: sampled.then(|| self.percent_sum / self.samples as f64),
            energy_microjoules,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_make_a_peak_and_means_and_none_make_nothing() {
        let mut totals = Totals::default();
        assert_eq!(totals.figures(None), Figures::default());
        totals.add(100, 20);
        totals.add(300, 40);
        let figures = totals.figures(Some(7));
        assert_eq!((figures.memory_peak_bytes, figures.memory_mean_bytes), (Some(300), Some(200)));
        assert_eq!((figures.percent, figures.energy_microjoules), (Some(30.0), Some(7)));
    }
}
