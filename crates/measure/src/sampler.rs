//! When the run's tree is looked at, and what the looks add up to.

use std::time::Duration;

use nix::unistd::{SysconfVar, sysconf};
use schema::record::Resources;

use crate::clock;
use crate::conditions::During;
use crate::gpu;
use crate::sensors;
use crate::tree;

/// 20 looks a second.
const INTERVAL_NS: u64 = 50_000_000;
/// The first look comes early, so that a short run has one.
const FIRST_NS: u64 = 10_000_000;
/// A look at a large tree costs more; the interval grows so that looking takes at most 1/200 of the time.
const COST_SHARE: u64 = 200;
/// Frequencies and GPUs are looked at less often: reading them costs more.
const SENSORS_NS: u64 = 250_000_000;

pub struct Sampler<'a> {
    launcher: i32,
    page_bytes: u64,
    pids: Vec<i32>,
    gpus: gpu::Watch<'a>,
    frequencies: Frequencies,
    begun: bool,
    next_ns: u64,
    next_sensors_ns: u64,
    interval_ns: u64,
    rss_sum: u64,
    found: Resources,
}

impl<'a> Sampler<'a> {
    /// Samples the descendants of `launcher`, and the frequency of `cpus`.
    pub fn new(launcher: i32, cpus: &[u32], gpus: gpu::Watch<'a>) -> Self {
        let page_bytes = sysconf(SysconfVar::PAGE_SIZE).ok().flatten().map_or(4096, |bytes| bytes as u64);
        Self {
            launcher,
            page_bytes,
            pids: Vec::new(),
            gpus,
            frequencies: Frequencies::new(cpus),
            begun: false,
            next_ns: 0,
            next_sensors_ns: 0,
            interval_ns: INTERVAL_NS,
            rss_sum: 0,
            found: Resources::default(),
        }
    }

    pub fn begin(&mut self) {
        self.begun = true;
        let now_ns = clock::monotonic_ns();
        self.next_ns = now_ns + FIRST_NS;
        self.next_sensors_ns = now_ns + SENSORS_NS;
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
        let cost_ns = clock::monotonic_ns() - start_ns;
        self.interval_ns = INTERVAL_NS.max(cost_ns * COST_SHARE);
        self.next_ns = start_ns + self.interval_ns;
        if start_ns >= self.next_sensors_ns {
            self.sample_sensors(start_ns);
        }
    }

    fn sample_sensors(&mut self, start_ns: u64) {
        self.frequencies.sample();
        self.gpus.sample(start_ns, &self.pids);
        let cost_ns = clock::monotonic_ns() - start_ns;
        self.next_sensors_ns = start_ns + SENSORS_NS.max(cost_ns * COST_SHARE);
    }

    /// Only the fields that sampling fills, and each core's frequency.
    pub fn finish(self) -> (Resources, Vec<During>) {
        let mut resources = Resources {
            rss_mean_bytes: self.rss_sum.checked_div(u64::from(self.found.samples)),
            sample_interval_ns: self.interval_ns,
            ..self.found
        };
        if resources.samples == 0 {
            let names = ["rss_tree_peak_bytes", "rss_mean_bytes", "threads_peak", "processes_peak"];
            let reason = "the run was over before the first look at it";
            resources.absent.extend(names.map(|name| (name.to_owned(), reason.to_owned())));
        }
        self.gpus.finish(&mut resources);
        (resources, self.frequencies.finish())
    }
}

/// The samples of each core.
struct Frequencies {
    cpus: Vec<u32>,
    samples: Vec<Vec<f64>>,
}

impl Frequencies {
    fn new(cpus: &[u32]) -> Self {
        Self { cpus: cpus.to_vec(), samples: vec![Vec::new(); cpus.len()] }
    }

    fn sample(&mut self) {
        for (samples, found) in self.samples.iter_mut().zip(sensors::frequencies_mhz(&self.cpus)) {
            samples.extend(found);
        }
    }

    fn finish(self) -> Vec<During> {
        let of_core = |samples: Vec<f64>| During {
            mean: (!samples.is_empty()).then(|| samples.iter().sum::<f64>() / samples.len() as f64),
            min: samples.into_iter().reduce(f64::min),
        };
        self.samples.into_iter().map(of_core).collect()
    }
}
