//! `ferrobench verify`: refuses a result folder in which anything is not what it says it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use schema::analysis::{Analysis, Assessment};
use schema::document;
use schema::fault::Fault;
use schema::id::Id;
use schema::manifest::{MANIFEST, Manifest};
use schema::plan::Plan;
use schema::record::{Record, Status, split_counted};
use schema::selection::Selection;

pub(crate) fn run(results: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    let verified = look(results)?;
    for problem in &verified.problems {
        writeln!(out, "{problem}")?;
    }
    let (files, records) = (verified.manifest.files.len(), verified.records.len());
    if verified.problems.is_empty() {
        writeln!(out, "verified: {files} files, {records} records, nothing amiss")?;
        Ok(ExitCode::SUCCESS)
    } else {
        let problems = verified.problems.len();
        writeln!(out, "not verified: {problems} problem(s) in {files} files and {records} records")?;
        Ok(ExitCode::FAILURE)
    }
}

/// A result folder, and everything that is amiss with it.
pub(crate) struct Verified {
    pub(crate) manifest: Manifest,
    pub(crate) records: Vec<Record>,
    pub(crate) problems: Vec<Fault>,
}

pub(crate) fn look(results: &Path) -> Result<Verified> {
    let manifest: Manifest = document::read(&results.join(MANIFEST))?;
    let mut problems = files(results, &manifest);
    let records = records(results, &manifest, &mut problems);
    problems.extend(runs(&records));
    problems.extend(documents(results, &records));
    Ok(Verified { manifest, records, problems })
}

/// Every named file has the named size and digest, and no file is there that is not named.
fn files(results: &Path, manifest: &Manifest) -> Vec<Fault> {
    let mut problems = manifest.damage(results);
    let named: BTreeSet<&str> =
        std::iter::once(MANIFEST).chain(manifest.files.iter().map(|file| file.path.as_str())).collect();
    for path in walk(results, results) {
        if !named.contains(path.as_str()) {
            problems.push(Fault::new(results.join(&path).display().to_string(), "not named by the manifest"));
        }
    }
    problems
}

/// The files below `folder`, relative to `base`, with `/` between parts.
pub(crate) fn walk(base: &Path, folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(walk(base, &path));
        } else if let Ok(relative) = path.strip_prefix(base) {
            let parts: Vec<String> = relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            found.push(parts.join("/"));
        }
    }
    found.sort();
    found
}

fn records(results: &Path, manifest: &Manifest, problems: &mut Vec<Fault>) -> Vec<Record> {
    let mut records = Vec::new();
    for file in manifest.files.iter().filter(|file| file.path.ends_with("records.jsonl")) {
        match document::read_lines::<Record>(&results.join(&file.path)) {
            Ok(read) => records.extend(read),
            Err(faults) => problems.extend(faults.0),
        }
    }
    records
}

/// Each run once, or as often as its round was run again; none beside another, every mark inside its
/// process's life.
fn runs(records: &[Record]) -> Vec<Fault> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for record in records {
        let identity = &record.identity;
        if !seen.insert((&identity.block_id, &identity.arm, identity.round, identity.repeat)) {
            problems.push(Fault::new(&identity.run_id, "this arm and round of the block is recorded twice"));
        }
        for mark in record.outcome.iter().flat_map(|outcome| &outcome.marks) {
            let inside = mark.start_ns >= record.timing.spawn_ns && mark.end_ns <= record.timing.exit_ns;
            if matches!(record.status, Status::Ok) && (!inside || mark.end_ns < mark.start_ns) {
                problems.push(Fault::new(&identity.run_id, "a mark lies outside the life of its process"));
                break;
            }
        }
    }
    problems.extend(overlaps(records));
    problems
}

/// Monotonic clocks can only be compared within one boot of one machine: neighbours in wall-clock
/// time that are closer than their monotonic times allow would overlap.
fn overlaps(records: &[Record]) -> Vec<Fault> {
    let mut order: Vec<&Record> = records.iter().collect();
    order.sort_by_key(|record| (record.identity.block_id.clone(), record.timing.spawn_ns));
    order
        .windows(2)
        .filter(|pair| {
            pair[0].identity.block_id == pair[1].identity.block_id && pair[0].timing.exit_ns > pair[1].timing.spawn_ns
        })
        .map(|pair| Fault::new(&pair[1].identity.run_id, format!("began before {} had ended", pair[0].identity.run_id)))
        .collect()
}

/// The documents are valid, and their counts are the records' counts.
fn documents(results: &Path, records: &[Record]) -> Vec<Fault> {
    let mut problems = Vec::new();
    problems.extend(
        document::read::<Selection>(&results.join("selection.json")).err().into_iter().flat_map(|faults| faults.0),
    );
    problems.extend(document::read::<Plan>(&results.join("plan.json")).err().into_iter().flat_map(|faults| faults.0));
    problems.extend(
        document::read::<Assessment>(&results.join("assessment.json")).err().into_iter().flat_map(|faults| faults.0),
    );
    match document::read::<Analysis>(&results.join("analysis/analysis.json")) {
        Err(faults) => problems.extend(faults.0),
        Ok(analysis) => {
            let there = counted(records);
            let told = (u64::from(analysis.runs.attempted), u64::from(analysis.runs.ok));
            if told != there {
                let what =
                    format!("counts {} runs, {} ok; the records are {}, {} ok", told.0, told.1, there.0, there.1);
                problems.push(Fault::new("analysis/analysis.json", what));
            }
        }
    }
    problems
}

/// The runs that count, and those of them that ended well.
fn counted(records: &[Record]) -> (u64, u64) {
    let mut blocks: BTreeMap<&Id, Vec<&Record>> = BTreeMap::new();
    for record in records {
        blocks.entry(&record.identity.block_id).or_default().push(record);
    }
    let counted = |records| split_counted(records, |record: &&Record| record.round_and_repeat()).0;
    let counted: Vec<&Record> = blocks.into_values().flat_map(counted).collect();
    let ok = counted.iter().filter(|record| matches!(record.status, Status::Ok)).count();
    (counted.len() as u64, ok as u64)
}
