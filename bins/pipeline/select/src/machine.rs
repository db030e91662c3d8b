//! What the machine has, and how it is set. Nothing that changes from minute to minute: two equal
//! launches make equal selections.

use std::path::{Path, PathBuf};

use datasets::table::{self, Origin};
use schema::config::PythonGroup;
use schema::fault::Fault;
use schema::files::state_folder;
use schema::fingerprint::Fingerprint;
use schema::implementation::Language;
use schema::selection::DatasetRequest;

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
        findings.push(format!("a virtual machine ({hypervisor}): its neighbours cannot be seen"));
    }
    if let Some(image) = &fingerprint.container_image {
        findings.push(format!("inside a container ({image})"));
    }
    findings
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
