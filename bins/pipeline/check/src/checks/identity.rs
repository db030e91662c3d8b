//! What it is: its files, what it says of itself, how it was built.

use schema::implementation::{Describe, Language};
use schema::params::Device;
use schema::{PROTOCOL, digest, document, files};

use super::{Examined, Verdict};

pub(super) fn files(examined: &Examined<'_>) -> Verdict {
    let subject = examined.subject;
    for file in &subject.implementation.files {
        match digest::of_file(&files::from_root(&subject.case.root, &file.path)) {
            Err(fault) => return Ok(Err(fault.to_string())),
            Ok(sha256) if sha256 != file.sha256 => {
                return Ok(Err(format!("{} has sha256 {sha256} instead of {}", file.path, file.sha256)));
            }
            Ok(_) => {}
        }
    }
    Ok(Ok(()))
}

pub(super) fn describe(examined: &Examined<'_>) -> Verdict {
    let ended = examined.subject.ask("--describe")?;
    if ended.code() != Some(0) {
        return Ok(Err(ended.in_words()));
    }
    let describe: Describe = match document::parse(ended.stdout.as_bytes(), "--describe") {
        Ok(describe) => describe,
        Err(faults) => return Ok(Err(faults.to_string())),
    };
    let wrong = mismatches(&describe, examined);
    Ok(if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) })
}

fn mismatches(describe: &Describe, examined: &Examined<'_>) -> Vec<String> {
    let (case, implementation) = (examined.subject.case, examined.subject.implementation);
    let mut wrong = Vec::new();
    let mut same = |what: &str, found: &str, wanted: &str| {
        if found != wanted {
            wrong.push(format!("{what} `{found}` instead of `{wanted}`"));
        }
    };
    same("protocol", &describe.protocol, PROTOCOL);
    same("implementation", describe.implementation.as_str(), implementation.implementation.as_str());
    same("task", describe.task.as_str(), implementation.task.as_str());
    if Some(describe) != implementation.describe.as_ref() {
        wrong.push("says something else than when it was built".to_owned());
    }
    if describe.algorithms.is_empty() {
        wrong.push("no algorithm".to_owned());
    }
    let unknown = describe.algorithms.iter().filter(|algorithm| !case.task.algorithms.contains_key(*algorithm));
    wrong.extend(unknown.map(|algorithm| format!("algorithm `{algorithm}` is none of the task's")));
    if !describe.modes.contains(&case.task.smoke.mode) {
        wrong.push("not the mode of the smoke case".to_owned());
    }
    if !describe.devices.contains(&Device::Cpu) {
        wrong.push("not the device of the smoke case, cpu".to_owned());
    }
    if describe.framework_version.is_empty() {
        wrong.push("no framework_version".to_owned());
    }
    wrong
}

/// A feature of another implementation would change the code that is measured.
pub(super) fn build_facts(examined: &Examined<'_>) -> Verdict {
    let implementation = examined.subject.implementation;
    let Some(describe) = &implementation.describe else { return Ok(Ok(())) };
    let features: Vec<&str> = describe.build.features.iter().map(String::as_str).collect();
    if describe.language != Language::Rust || features == [implementation.implementation.as_str()] {
        return Ok(Ok(()));
    }
    Ok(Err(format!("features {features:?} instead of [\"{}\"]", implementation.implementation)))
}

pub(super) fn help(examined: &Examined<'_>) -> Verdict {
    let ended = examined.subject.ask("--help")?;
    if ended.code() != Some(0) {
        return Ok(Err(ended.in_words()));
    }
    let missing = ["--describe", "--params", "--data", "--out", "--seed"];
    let missing: Vec<&str> = missing.into_iter().filter(|flag| !ended.stdout.contains(flag)).collect();
    Ok(if missing.is_empty() { Ok(()) } else { Err(format!("does not speak of {}", missing.join(", "))) })
}
