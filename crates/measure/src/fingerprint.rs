//! What the machine is: read from /proc, /sys and NVML. Absent facts stay absent.

use nix::sched::{CpuSet, sched_getaffinity};
use nix::unistd::Pid;
use nvml_wrapper::Nvml;
use schema::fingerprint::Fingerprint;

use crate::pseudo_files::{bytes_field, entries, field, number, text};

pub fn probe() -> Fingerprint {
    let cpuinfo = text("/proc/cpuinfo").unwrap_or_default();
    let (gpus, gpu_driver) = gpus();
    Fingerprint {
        cpu_model: cpu_model(&cpuinfo),
        microcode: field(&cpuinfo, "microcode").map(str::to_owned),
        cores: available_cpus().len() as u32,
        smt: number::<u8>("/sys/devices/system/cpu/smt/active").map(|active| active == 1),
        memory_gib: memory_gib(&text("/proc/meminfo").unwrap_or_default()),
        kernel: text("/proc/sys/kernel/osrelease").unwrap_or_else(|| "unknown".to_owned()),
        governor: governor(),
        turbo: turbo(),
        hypervisor: hypervisor(&cpuinfo),
        gpus,
        gpu_driver,
        container_image: container_image(),
    }
}

/// The CPUs that this process may use, in ascending order.
pub fn available_cpus() -> Vec<u32> {
    let Ok(set) = sched_getaffinity(Pid::from_raw(0)) else { return vec![0] };
    (0..CpuSet::count()).filter(|cpu| set.is_set(*cpu).unwrap_or(false)).map(|cpu| cpu as u32).collect()
}

pub fn governor() -> Option<String> {
    text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
}

/// x86 has a name; ARM has numbers of implementer and part.
fn cpu_model(cpuinfo: &str) -> String {
    if let Some(name) = field(cpuinfo, "model name") {
        return name.to_owned();
    }
    match (field(cpuinfo, "CPU implementer"), field(cpuinfo, "CPU part")) {
        (Some(implementer), Some(part)) => format!("{} {implementer} {part}", std::env::consts::ARCH),
        _ => std::env::consts::ARCH.to_owned(),
    }
}

fn memory_gib(meminfo: &str) -> u32 {
    const GIB: u64 = 1 << 30;
    (bytes_field(meminfo, "MemTotal").unwrap_or(0) + GIB / 2).div_euclid(GIB) as u32
}

pub fn turbo() -> Option<bool> {
    let off_on_intel = number::<u8>("/sys/devices/system/cpu/intel_pstate/no_turbo").map(|off| off == 0);
    off_on_intel.or_else(|| number::<u8>("/sys/devices/system/cpu/cpufreq/boost").map(|on| on == 1))
}

/// The product's name where the firmware tells it; else only that there is one.
fn hypervisor(cpuinfo: &str) -> Option<String> {
    if let Some(kind) = text("/sys/hypervisor/type") {
        return Some(kind);
    }
    let guest = field(cpuinfo, "flags")?.split(' ').any(|flag| flag == "hypervisor");
    guest.then(|| {
        let firmware = ["sys_vendor", "product_name"].map(|name| text(format!("/sys/class/dmi/id/{name}")));
        let named: Vec<String> = firmware.into_iter().flatten().collect();
        if named.is_empty() { "present".to_owned() } else { named.join(" ") }
    })
}

/// Names, and the driver's version; both empty where there is no GPU or no driver.
fn gpus() -> (Vec<String>, Option<String>) {
    // The library's loader is not asked where no driver is: a missing library costs a search.
    if entries("/dev", "nvidia").is_empty() {
        return (Vec::new(), None);
    }
    let Ok(nvml) = Nvml::init() else { return (Vec::new(), None) };
    let count = nvml.device_count().unwrap_or(0);
    let names = (0..count).filter_map(|index| nvml.device_by_index(index).ok()?.name().ok()).collect();
    (names, nvml.sys_driver_version().ok())
}

/// Apptainer and Podman tell the image, Docker only that it is there.
fn container_image() -> Option<String> {
    let apptainer = ["APPTAINER_CONTAINER", "SINGULARITY_CONTAINER"];
    if let Some(image) = apptainer.into_iter().find_map(|name| std::env::var(name).ok()) {
        return Some(image);
    }
    if let Some(facts) = text("/run/.containerenv") {
        let image = facts.lines().find_map(|line| line.strip_prefix("image="));
        return Some(image.map_or("podman", |name| name.trim_matches('"')).to_owned());
    }
    std::path::Path::new("/.dockerenv").exists().then(|| "docker".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_fingerprint_and_it_stays() {
        let first = probe();
        assert!(!first.cpu_model.is_empty());
        assert!(first.cores >= 1);
        assert!(first.memory_gib >= 1);
        assert_ne!(first.kernel, "unknown");
        assert_eq!(first, probe());
    }

    #[test]
    fn memory_is_rounded_to_the_nearest_gib() {
        assert_eq!(memory_gib("MemTotal:       24684084 kB"), 24);
        assert_eq!(memory_gib("MemTotal:       16252928 kB"), 16);
    }

    #[test]
    fn a_processor_without_a_name_is_told_by_its_numbers() {
        let cpuinfo = "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n";
        assert!(cpu_model(cpuinfo).ends_with("0x41 0xd0c"));
        assert_eq!(cpu_model("model name\t: AMD EPYC\n"), "AMD EPYC");
    }
}
