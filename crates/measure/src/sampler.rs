//! When the run's tree is looked at, and what the looks add up to.

use std::time::Duration;

use nix::unistd::{SysconfVar, sysconf};
use schema::record::Resources;

use crate::clock;
use crate::gpu::Gpus;
use crate::tree;

/// 20 looks a second.
const INTERVAL_NS: u64 = 50_000_000;
/// The first look comes early, so that a short run has one.
const FIRST_NS: u64 = 10_000_000;
/// A look at a large tree costs more; the interval grows so that looking takes at most 1/200 of the time.
const COST_SHARE: u64 = 200;

pub struct Sampler {
    launcher: i32,
    page_bytes: u64,
    pids: Vec<i32>,
    gpus: Option<Gpus>,
    begun: bool,
    next_ns: u64,
    interval_ns: u64,
    rss_sum: u64,
    found: Resources,
}

impl Sampler {
    /// Samples the descendants of `launcher`.
    pub fn new(launcher: i32, uses_gpu: bool) -> Self {
        let page_bytes = sysconf(SysconfVar::PAGE_SIZE).ok().flatten().map_or(4096, |bytes| bytes as u64);
        Self {
            launcher,
            page_bytes,
            pids: Vec::new(),
            gpus: if uses_gpu { Gpus::start() } else { None },
            begun: false,
            next_ns: 0,
            interval_ns: INTERVAL_NS,
            rss_sum: 0,
            found: Resources::default(),
        }
    }

    pub fn begin(&mut self) {
        self.begun = true;
        self.next_ns = clock::monotonic_ns() + FIRST_NS;
    }

    pub fn until_next(&self) -> Duration {
        if self.begun {
            Duration::from_nanos(self.next_ns.saturating_sub(clock::monotonic_ns()))
        } else {
            Duration::from_nanos(INTERVAL_NS)
        }
    }

    pub fn sample_if_due(&mut self) {
        let start_ns = clock::monotonic_ns();
        if start_ns < self.next_ns {
            return;
        }
        if let Some(sample) = tree::sample(self.launcher, self.page_bytes, &mut self.pids) {
            self.found.samples += 1;
            self.rss_sum += sample.rss_bytes;
            self.found.rss_tree_peak_bytes = self.found.rss_tree_peak_bytes.max(Some(sample.rss_bytes));
            self.found.threads_peak = self.found.threads_peak.max(Some(sample.threads));
            self.found.processes_peak = self.found.processes_peak.max(Some(sample.processes));
        }
        if let Some(gpus) = &mut self.gpus {
            gpus.sample(&self.pids);
        }
        let cost_ns = clock::monotonic_ns() - start_ns;
        self.interval_ns = INTERVAL_NS.max(cost_ns * COST_SHARE);
        self.next_ns = start_ns + self.interval_ns;
    }

    /// Only the fields that sampling fills.
    pub fn finish(self) -> Resources {
        let gpu = self.gpus.map(Gpus::finish).unwrap_or_default();
        Resources {
            rss_mean_bytes: self.rss_sum.checked_div(u64::from(self.found.samples)),
            sample_interval_ns: self.interval_ns,
            gpu_memory_peak_bytes: gpu.memory_peak_bytes,
            gpu_memory_mean_bytes: gpu.memory_mean_bytes,
            gpu_percent: gpu.percent,
            gpu_energy_microjoules: gpu.energy_microjoules,
            ..self.found
        }
    }
}
