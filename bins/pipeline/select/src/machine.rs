//! What the machine has, and how it is set. Nothing that changes from minute to minute: two equal
//! launches make equal selections.

use std::path::{Path, PathBuf};

use datasets::size;
use datasets::table::{self, Origin};
use schema::config::{Cells, Hardware, PythonGroup, Study};
use schema::fault::Fault;
use schema::files::state_folder;
use schema::fingerprint::Fingerprint;
use schema::implementation::Language;
use schema::params::Device;
use schema::selection::{DatasetRequest, LeftOut};

use crate::choose::Choice;
use crate::sources::environment_digest;

/// Below this the operating system and the harness share the measured run's cores.
const CORES_FEW: u32 = 4;

pub(crate) fn findings(fingerprint: &Fingerprint) -> Vec<String> {
    let mut findings = Vec::new();
    match fingerprint.governor.as_deref() {
        Some("performance") => {}
        Some(other) => findings.push(format!("governor is {other}, not performance: the frequency follows the load")),
        None => findings.push("the frequency governor cannot be read here".to_owned()),
    }
    if fingerprint.cores < CORES_FEW {
        let cores = fingerprint.cores;
        findings.push(format!("{cores} cores: the harness and the system share them with the measured run"));
    }
    if fingerprint.turbo == Some(true) {
        findings.push("turbo is on: the frequency depends on temperature and on the other cores".to_owned());
    }
    if fingerprint.smt == Some(true) {
        findings.push("simultaneous multithreading is on: two threads may share one core".to_owned());
    }
    if let Some(hypervisor) = &fingerprint.hypervisor {
        let name = if hypervisor == "present" { String::new() } else { format!(" ({hypervisor})") };
        findings.push(format!("a virtual machine{name}: its neighbours cannot be seen"));
    }
    if let Some(image) = &fingerprint.container_image {
        findings.push(format!("inside a container ({image})"));
    }
    findings
}

/// Why a device that was asked for by name cannot be had; which of the study's cells can run on it is
/// known in phase 2, when the programs say it of themselves.
pub(crate) fn no_device(
    asked: Option<Device>,
    study: &Study,
    hardware: &Hardware,
    fingerprint: &Fingerprint,
) -> Option<Fault> {
    let asked = asked?;
    let name = |device: Device| format!("{device:?}").to_lowercase();
    let allowed = |device: &Device| hardware.devices.as_ref().is_none_or(|list| list.contains(device));
    let smallest = matches!(study.cells, Cells::Smoke(_));
    let here = |device: &Device| *device == Device::Cpu || !(fingerprint.gpus.is_empty() || smallest);
    let why = if !allowed(&asked) {
        "config/hardware.yaml does not allow it"
    } else if here(&asked) {
        return None;
    } else if fingerprint.gpus.is_empty() {
        "there is no GPU that NVML knows"
    } else {
        "the smallest cases of all tasks run on cpu"
    };
    let usable = [Device::Cpu, Device::Cuda].into_iter().filter(|device| allowed(device) && here(device));
    let usable = usable.map(name).collect::<Vec<_>>().join(", ");
    Some(Fault::new("--device", format!("`{}`: {why}; allowed here: {usable}", name(asked))))
}

/// Takes datasets out of the grids that the disk has no room for, each named once.
pub(crate) fn without_room(root: &Path, study: &mut Study, disk_free_bytes_min: u64) -> Vec<LeftOut> {
    let (Some(free), Cells::Grids(grids)) = (measure::disk::free_bytes(root), &mut study.cells) else {
        return Vec::new();
    };
    let room = free.saturating_sub(disk_free_bytes_min);
    let gib = |bytes: u64| format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30));
    let mut left_out = Vec::new();
    for grid in grids {
        grid.datasets.retain(|choice| {
            let Some(bytes) = size::expected(choice).map(|size| size.bytes).filter(|bytes| *bytes > room) else {
                return true;
            };
            let what = table::label(choice).unwrap_or_else(|_| choice.name().to_string());
            let reason = format!(
                "needs {} of disk; {} are free, of which config/hardware.yaml keeps {}",
                gib(bytes),
                gib(free),
                gib(disk_free_bytes_min)
            );
            left_out.push(LeftOut { what, phase: 1, reason });
            false
        });
    }
    left_out.dedup();
    left_out
}

/// Phase 2 needs the core Python environment for Python implementations and for exported datasets.
pub(crate) fn missing_python(root: &Path, choice: &Choice, datasets: &[DatasetRequest]) -> Option<Fault> {
    let implementations = choice.chosen.iter().filter(|chosen| chosen.language == Language::Python);
    let exported = datasets.iter().filter(|request| {
        table::find(request.choice.name().as_str())
            .is_some_and(|dataset| matches!(dataset.origin, Origin::Sklearn { .. }))
    });
    let mut needed_by: Vec<String> = implementations.map(|chosen| chosen.implementation.to_string()).collect();
    needed_by.extend(exported.map(|request| format!("dataset {}", request.dataset)));
    if needed_by.is_empty() {
        return None;
    }
    match environment_python(root, PythonGroup::Core) {
        Ok(python) if python.is_file() => None,
        Ok(python) => {
            let shown = python.strip_prefix(root).unwrap_or(&python).display().to_string();
            let what = format!("the Python environment is not there; needed by {}", needed_by.join(", "));
            Some(Fault::new(shown, what).hint("run scripts/setup"))
        }
        Err(fault) => Some(fault),
    }
}

/// The interpreter of a group's environment, whether or not it is there.
pub(crate) fn environment_python(root: &Path, group: PythonGroup) -> Result<PathBuf, Fault> {
    let digest = environment_digest(root, group)?;
    Ok(state_folder(root).join("env").join(&digest[..16]).join("bin").join("python"))
}
