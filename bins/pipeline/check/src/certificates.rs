//! Certificates: made once for everything that they rest on, and found again while that is the same.
//! One that says no is not kept: what failed in passing is tried again.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use schema::certificate::{Certificate, Check};
use schema::fault::Fault;
use schema::files::{self, cannot};
use schema::id::Id;
use schema::implementation::Implementation;
use schema::outcome::Outcome;
use schema::{SCHEMA_VERSION, digest, document};
use serde_json::json;

use crate::checks::Examined;
use crate::smoke_case::SmokeCase;
use crate::subject::{Ran, Subject};

pub(crate) fn certify(case: &SmokeCase, implementation: &Implementation, out: &Path) -> Result<()> {
    let key = key(case, implementation)?;
    let store = files::state_folder(&case.root).join("certificates");
    let stored = store.join(&key);
    let name = &implementation.implementation;
    if is_whole(&stored, name, &key) {
        return hand_out(&stored, name, out);
    }
    files::create_folder(&store)?;
    let work = tempfile::Builder::new().prefix(".partial-").tempdir_in(&store)?;
    let folder = work.path().join("certificate");
    files::create_folder(&folder)?;
    let certificate = examine(case, implementation, &key, &folder, work.path())?;
    document::write(&folder.join(format!("{name}.json")), &certificate)?;
    hand_out(&folder, name, out)?;
    if certificate.conforms { keep(&folder, &stored) } else { Ok(()) }
}

/// Everything that a certificate rests on, the suite itself included.
fn key(case: &SmokeCase, implementation: &Implementation) -> Result<String> {
    let suite = digest::of_file(&std::env::current_exe()?)?;
    Ok(digest::of_document(&json!({
        "argv": implementation.argv, "env": implementation.env, "files": implementation.files,
        "env_digest": implementation.env_digest, "describe": implementation.describe, "task": case.task,
        "data": case.data_sha256(), "suite": suite,
    })))
}

fn examine(
    case: &SmokeCase,
    implementation: &Implementation,
    key: &str,
    folder: &Path,
    scratch: &Path,
) -> Result<Certificate> {
    let checks = if let Some(check) = not_available(implementation)? {
        vec![check]
    } else {
        let subject = Subject::new(case, implementation, scratch);
        let examined = Examined::new(&subject)?;
        keep_outputs(&examined, &folder.join(implementation.implementation.as_str()))?;
        examined.checks()?
    };
    Ok(Certificate {
        schema_version: SCHEMA_VERSION.to_owned(),
        implementation: implementation.implementation.clone(),
        task: case.task.task.clone(),
        key: key.to_owned(),
        conforms: checks.iter().all(|check| check.passed),
        checks,
    })
}

/// What could not be built or did not describe itself cannot be examined either.
fn not_available(implementation: &Implementation) -> Result<Option<Check>> {
    let found = match (&implementation.problem, &implementation.describe) {
        (Some(problem), _) => problem.clone(),
        (None, None) => "it did not describe itself".to_owned(),
        (None, Some(_)) => return Ok(None),
    };
    let demands = "it was built and describes itself".to_owned();
    Ok(Some(Check { id: Id::new("available")?, demands, passed: false, found }))
}

/// The outputs of each algorithm's smoke run, for parity.
fn keep_outputs(examined: &Examined<'_>, folder: &Path) -> Result<()> {
    for (algorithm, ran) in &examined.runs {
        if ran.done().is_ok() {
            copy_run(ran, &folder.join(algorithm.as_str()))?;
        }
    }
    Ok(())
}

fn copy_run(ran: &Ran, to: &Path) -> Result<()> {
    for name in ran.left() {
        copy(&ran.out.join(&name), &to.join(&name))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        files::create_folder(folder)?;
    }
    let mut source = fs::File::open(from).map_err(|error| cannot("read", from, &error))?;
    Ok(files::write_whole_with(to, |target| std::io::copy(&mut source, target).map(drop))?)
}

/// Whether the store has this certificate with every output that its runs' outcomes name.
fn is_whole(stored: &Path, name: &Id, key: &str) -> bool {
    let certificate = document::read::<Certificate>(&stored.join(format!("{name}.json")));
    let says_yes = certificate.is_ok_and(|certificate| certificate.conforms && certificate.key == key);
    says_yes && runs(&stored.join(name.as_str())).iter().all(|run| outputs_are_whole(run))
}

fn runs(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn outputs_are_whole(run: &Path) -> bool {
    document::read::<Outcome>(&run.join("outcome.json")).is_ok_and(|outcome| {
        outcome.artifacts.iter().all(|artifact| {
            let path = artifact.path.as_ref().map(|path| run.join(path));
            path.is_some_and(|path| digest::of_file(&path).is_ok_and(|sha256| sha256 == artifact.sha256))
        })
    })
}

/// Outputs first, the certificate last: who sees it may rely on them.
fn hand_out(folder: &Path, name: &Id, out: &Path) -> Result<()> {
    let target = out.join(name.as_str());
    if target.exists() {
        fs::remove_dir_all(&target).map_err(|error| cannot("remove", &target, &error))?;
    }
    files::create_folder(&target)?;
    for run in runs(&folder.join(name.as_str())) {
        let algorithm = run.file_name().context("a folder's entry has a name")?;
        copy_tree(&run, &target.join(algorithm))?;
    }
    let certificate = format!("{name}.json");
    copy(&folder.join(&certificate), &out.join(&certificate))
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).map_err(|error| cannot("read", from, &error))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            copy(&entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Another `check` may have stored the same meanwhile; a damaged one gives way.
fn keep(folder: &Path, stored: &Path) -> Result<()> {
    if stored.exists() {
        fs::remove_dir_all(stored).map_err(|error| cannot("remove", stored, &error))?;
    }
    match fs::rename(folder, stored) {
        Err(error) if !stored.exists() => Err(cannot("write", stored, &error).into()),
        _ => Ok(stored.parent().map_or(Ok::<(), Fault>(()), files::sync_folder)?),
    }
}
