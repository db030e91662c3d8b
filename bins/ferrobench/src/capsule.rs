//! A study as one capsule that others can check and repeat: a folder by RO-Crate 1.1 with everything
//! that was published of it, and the locks and settings that it was made with.
//! <https://www.researchobject.org/ro-crate/specification/1.1/>

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use schema::digest;
use schema::fault::{Fault, Faults};
use schema::files::{cannot, create_folder, write_whole};
use schema::manifest::{MANIFEST, ManifestFile};

use crate::verify::{self, Verified};

mod describe;
mod launch;
mod opened;
mod replicate;

pub(crate) use opened::import;
pub(crate) use replicate::replicate;

/// RO-Crate's name for the file that describes the others.
const METADATA: &str = "ro-crate-metadata.json";
/// What was published, in a capsule.
const RESULTS: &str = "results";
/// What it was made with, in a capsule.
const MADE_WITH: &str = "made-with";

pub(crate) fn export(root: &Path, results: &Path, capsule: Option<&Path>, out: &mut dyn Write) -> Result<ExitCode> {
    let verified = sound(results)?;
    let study = verified.manifest.id.clone();
    let capsule = capsule.map_or_else(|| PathBuf::from(format!("{study}.crate")), Path::to_path_buf);
    if fs::read_dir(&capsule).is_ok_and(|mut entries| entries.next().is_some()) || capsule.is_file() {
        let fault = Fault::new(capsule.display().to_string(), "is there already, and is not overwritten");
        return Err(fault.hint("delete it, or name another folder with --out").into());
    }
    let mut parts = Vec::new();
    let named = verified.manifest.files.iter().map(|file| file.path.as_str());
    for path in named.chain([MANIFEST]) {
        parts.push(copy(&results.join(path), &capsule, &format!("{RESULTS}/{path}"))?);
    }
    for path in made_with(root)? {
        parts.push(copy(&root.join(&path), &capsule, &format!("{MADE_WITH}/{path}"))?);
    }
    let commits = describe::Commits::of(root, &verified.records);
    let text = describe::crate_metadata(results, &verified, &commits, &parts)?;
    write_whole(&capsule.join(METADATA), text.as_bytes())?;
    if let Some(note) = commits.note() {
        writeln!(out, "note: {note}")?;
    }
    let bytes: u64 = parts.iter().map(|part| part.bytes).sum();
    writeln!(out, "{}: study {study}, {} files, {bytes} bytes", capsule.display(), parts.len() + 1)?;
    writeln!(out, "elsewhere: ferrobench replicate {}", capsule.display())?;
    Ok(ExitCode::SUCCESS)
}

/// A result folder in which nothing is amiss, or what is.
fn sound(results: &Path) -> Result<Verified> {
    let verified = verify::look(results)?;
    if verified.problems.is_empty() {
        return Ok(verified);
    }
    let mut faults = Faults(verified.problems);
    faults.push(Fault::new(results.display().to_string(), "is not what it says it is: see above"));
    Err(faults.into())
}

/// Locks, settings and studies of the checkout: what a measured program was built from and asked to do.
fn made_with(root: &Path) -> Result<Vec<String>> {
    let mut paths = vec!["Cargo.lock".to_owned(), "rust-toolchain.toml".to_owned(), "nextflow.config".to_owned()];
    for folder in ["config", "config/python", "config/studies"] {
        for entry in fs::read_dir(root.join(folder)).map_err(|error| cannot("read", &root.join(folder), &error))? {
            let entry = entry.map_err(|error| cannot("read", root, &error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kept = [".yaml", ".txt"].iter().any(|ending| name.ends_with(ending));
            if kept && entry.path().is_file() {
                paths.push(format!("{folder}/{name}"));
            }
        }
    }
    paths.retain(|path| root.join(path).is_file());
    paths.sort();
    Ok(paths)
}

/// Copies a file into the capsule and says what it is there.
fn copy(from: &Path, capsule: &Path, path: &str) -> Result<ManifestFile, Fault> {
    let to = capsule.join(path);
    if let Some(folder) = to.parent() {
        create_folder(folder)?;
    }
    let bytes = fs::copy(from, &to).map_err(|error| cannot("copy", from, &error))?;
    Ok(ManifestFile { path: path.to_owned(), bytes, sha256: digest::of_file(&to)? })
}
