//! `ferrobench verify`: refuses a result folder in which anything is not what it says it is.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use schema::analysis::{Analysis, Assessment};
use schema::document;
use schema::fault::Fault;
use schema::manifest::{MANIFEST, Manifest};
use schema::plan::Plan;
use schema::record::{Record, Status};
use schema::selection::Selection;

pub(crate) fn run(results: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    let manifest: Manifest = document::read(&results.join(MANIFEST))?;
    let mut problems = Vec::new();
    problems.extend(files(results, &manifest));
    let records = records(results, &manifest, &mut problems);
    problems.extend(runs(&records));
    problems.extend(documents(results, &records));
    for problem in &problems {
        writeln!(out, "{problem}")?;
    }
    let files = manifest.files.len();
    if problems.is_empty() {
        writeln!(out, "verified: {files} files, {} records, nothing amiss", records.len())?;
        Ok(ExitCode::SUCCESS)
    } else {
        writeln!(out, "not verified: {} problem(s) in {files} files and {} records", problems.len(), records.len())?;
        Ok(ExitCode::FAILURE)
    }
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
fn walk(base: &Path, folder: &Path) -> Vec<String> {
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

/// Each run once, none beside another, every mark inside its process's life.
fn runs(records: &[Record]) -> Vec<Fault> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for record in records {
        let identity = &record.identity;
        if !seen.insert((identity.block_id.clone(), identity.arm.clone(), identity.round)) {
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
            let ok = records.iter().filter(|record| matches!(record.status, Status::Ok)).count() as u64;
            let told = (u64::from(analysis.runs.attempted), u64::from(analysis.runs.ok));
            if told != (records.len() as u64, ok) {
                problems.push(Fault::new(
                    "analysis/analysis.json",
                    format!("counts {} runs, {} ok; the records are {}, {ok} ok", told.0, told.1, records.len()),
                ));
            }
        }
    }
    problems
}
