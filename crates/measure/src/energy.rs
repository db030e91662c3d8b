//! Energy of the processor packages through RAPL, where the kernel lets this user read it.

use std::path::PathBuf;

use schema::record::{EnergySource, Resources};

use crate::pseudo_files::{entries, number, text};

#[derive(Clone, Debug)]
struct Package {
    folder: PathBuf,
    microjoules: u64,
    /// Where the counter starts over.
    range: u64,
}

/// The counters when a run began.
#[derive(Clone, Debug)]
pub struct Meter {
    packages: Vec<Package>,
}

impl Meter {
    pub fn start() -> Self {
        Self::start_in("/sys/class/powercap")
    }

    fn start_in(folder: &str) -> Self {
        let packages = entries(folder, "intel-rapl:").into_iter().filter_map(|folder| {
            // Subdomains (core, dram) stand beside the packages that hold them.
            text(folder.join("name")).filter(|name| name.starts_with("package"))?;
            let microjoules = number(folder.join("energy_uj"))?;
            let range = number(folder.join("max_energy_range_uj"))?;
            Some(Package { folder, microjoules, range })
        });
        Self { packages: packages.collect() }
    }

    /// RAPL is a running sum of the hardware's own, whoever used the energy.
    pub fn tell(&self, microjoules: Option<u64>, resources: &mut Resources) {
        resources.cpu_energy_microjoules = microjoules;
        resources.cpu_energy_by = microjoules.map(|_| EnergySource::Counter);
        if microjoules.is_none() {
            let reason = match self.packages.len() {
                0 => "no counter of energy (RAPL) can be read by this user here",
                _ => "the counter of energy (RAPL) could not be read again",
            };
            resources.absent.insert("cpu_energy_microjoules".to_owned(), reason.to_owned());
        }
    }

    /// Since the start, of all packages; `None` without a readable counter.
    pub fn microjoules(&self) -> Option<u64> {
        if self.packages.is_empty() {
            return None;
        }
        self.packages.iter().try_fold(0, |sum, package| {
            let now: u64 = number(package.folder.join("energy_uj"))?;
            let wrapped = if now < package.microjoules { package.range } else { 0 };
            Some(sum + (now + wrapped).saturating_sub(package.microjoules))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn packages_are_summed_and_a_counter_that_started_over_is_carried_on() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let set = |entry: &str, name: &str, energy: &str| {
            let path = folder.path().join(entry);
            fs::create_dir_all(&path).expect("created");
            for (file, value) in [("name", name), ("energy_uj", energy), ("max_energy_range_uj", "1000")] {
                fs::write(path.join(file), value).expect("written");
            }
        };
        set("intel-rapl:0", "package-0", "100");
        set("intel-rapl:1", "package-1", "900");
        set("intel-rapl:0:0", "core", "5");
        let meter = Meter::start_in(folder.path().to_str().expect("a path"));
        set("intel-rapl:0", "package-0", "150");
        set("intel-rapl:1", "package-1", "20");
        set("intel-rapl:0:0", "core", "500");
        assert_eq!(meter.microjoules(), Some(50 + 120));
        let mut resources = Resources::default();
        meter.tell(meter.microjoules(), &mut resources);
        assert_eq!(resources.cpu_energy_by, Some(EnergySource::Counter));
    }

    #[test]
    fn without_a_counter_there_is_no_energy() {
        let meter = Meter::start_in("/nowhere");
        assert_eq!(meter.microjoules(), None);
        let mut resources = Resources::default();
        meter.tell(None, &mut resources);
        assert_eq!((resources.cpu_energy_microjoules, resources.cpu_energy_by), (None, None));
        assert!(resources.absent["cpu_energy_microjoules"].contains("no counter"));
    }
}
