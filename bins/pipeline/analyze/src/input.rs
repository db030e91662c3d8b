//! Everything that the analysis reads, checked to belong together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use schema::document;
use schema::evaluation::Parity;
use schema::fault::{Fault, Faults};
use schema::files::cannot;
use schema::fingerprint::Fingerprint;
use schema::id::Id;
use schema::plan::{Plan, PlannedBlock};
use schema::selection::Selection;

use crate::finished::FinishedBlock;
use crate::run::Run;
use crate::timeline;

pub(crate) struct Sources<'a> {
    pub(crate) selection: &'a Path,
    pub(crate) plan: &'a Path,
    pub(crate) blocks: &'a Path,
    pub(crate) evaluations: &'a Path,
    pub(crate) parity: &'a Path,
}

#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) selection: Selection,
    pub(crate) plan: Plan,
    /// In the plan's order; a planned block that is not finished is not among them.
    pub(crate) blocks: Vec<FinishedBlock>,
    pub(crate) smoke_parity: Vec<Parity>,
    /// The machine that all records are from.
    pub(crate) fingerprint: Fingerprint,
}

impl Input {
    /// One input, or one for each machine where `split` allows more than one.
    pub(crate) fn read(sources: &Sources<'_>, split: bool) -> Result<Vec<Self>, Faults> {
        let selection: Selection = document::read(sources.selection)?;
        let plan: Plan = document::read(sources.plan)?;
        let smoke_parity = read_smoke_parity(sources.parity)?;
        check_documents(sources, &selection, &plan).into_result()?;
        let blocks = read_blocks(sources, &plan)?;
        check_across(&blocks, &selection).into_result()?;
        let machines = by_machine(blocks, &selection)?;
        if let [(_, one), (_, other), ..] = machines.as_slice()
            && !split
        {
            return Err(other_machine(one, other).into());
        }
        let input = |(fingerprint, blocks)| Self {
            selection: selection.clone(),
            plan: plan.clone(),
            blocks,
            smoke_parity: smoke_parity.clone(),
            fingerprint,
        };
        Ok(machines.into_iter().map(input).collect())
    }
}

/// The blocks of each machine, in the order in which the plan meets them; a study of which nothing was
/// measured is of the machine that it was selected for.
fn by_machine(
    blocks: Vec<FinishedBlock>,
    selection: &Selection,
) -> Result<Vec<(Fingerprint, Vec<FinishedBlock>)>, Faults> {
    let mut machines: Vec<(Fingerprint, Vec<FinishedBlock>)> = Vec::new();
    let mut faults = Faults::default();
    for finished in blocks {
        let fingerprint = match machine_of(&finished) {
            Ok(measured) => measured.unwrap_or(&selection.fingerprint).clone(),
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        match machines.iter_mut().find(|(known, _)| *known == fingerprint) {
            Some((_, blocks)) => blocks.push(finished),
            None => machines.push((fingerprint, vec![finished])),
        }
    }
    faults.into_result()?;
    if machines.is_empty() {
        machines.push((selection.fingerprint.clone(), Vec::new()));
    }
    Ok(machines)
}

/// The machine that measured the block; none where no run got that far.
fn machine_of(finished: &FinishedBlock) -> Result<Option<&Fingerprint>, Fault> {
    let mut runs = measured(finished);
    let Some(first) = runs.next() else { return Ok(None) };
    match runs.find(|run| !Arc::ptr_eq(&run.machine, &first.machine) && run.machine != first.machine) {
        Some(other) => Err(Fault::new(place_of(finished, other), is_elsewhere(first, other))
            .hint("one block's runs are pairs only on one machine: measure it again with --fresh")),
        None => Ok(Some(&first.machine)),
    }
}

fn other_machine(one: &[FinishedBlock], other: &[FinishedBlock]) -> Fault {
    fn first(blocks: &[FinishedBlock]) -> Option<(&FinishedBlock, &Run)> {
        let finished = blocks.first()?;
        Some((finished, measured(finished).next()?))
    }
    let (Some((_, one)), Some((finished, other))) = (first(one), first(other)) else {
        return Fault::new("blocks", "are of two machines");
    };
    Fault::new(place_of(finished, other), is_elsewhere(one, other)).hint(
        "timings of two machines are never compared: measure all blocks on one, or have each machine's blocks \
         analysed apart with --split-machines",
    )
}

fn place_of(finished: &FinishedBlock, run: &Run) -> String {
    format!("block {}, run {}", finished.block.block_id, run.id)
}

fn is_elsewhere(first: &Run, other: &Run) -> String {
    let found = differences(&first.machine, &other.machine);
    format!("is from another machine than run {}: {}", first.id, found.join(", "))
}

/// The folder's own parity.jsonl and those of its subfolders, one a task.
fn read_smoke_parity(folder: &Path) -> Result<Vec<Parity>, Faults> {
    let subfolders = folders_in(folder)?;
    let files: Vec<PathBuf> = std::iter::once(folder)
        .chain(subfolders.values().map(PathBuf::as_path))
        .map(|folder| folder.join("parity.jsonl"))
        .filter(|path| path.is_file())
        .collect();
    if files.is_empty() {
        return Err(
            Fault::new(folder.display().to_string(), "holds no parity.jsonl, and no subfolder of it does").into()
        );
    }
    let mut parities = Vec::new();
    for path in files {
        parities.extend(document::read_lines(&path)?);
    }
    Ok(parities)
}

fn check_documents(sources: &Sources<'_>, selection: &Selection, plan: &Plan) -> Faults {
    let mut faults = Faults::default();
    if plan.study != selection.study.study {
        let what = format!("plans study {}, but the selection is of {}", plan.study, selection.study.study);
        faults.push(Fault::new(sources.plan.display().to_string(), what));
    }
    faults
}

fn read_blocks(sources: &Sources<'_>, plan: &Plan) -> Result<Vec<FinishedBlock>, Faults> {
    let folders = folders_in(sources.blocks)?;
    let mut faults = Faults::default();
    let mut blocks = Vec::new();
    for name in folders.keys().filter(|name| !plan.blocks.iter().any(|block| block.block_id.as_str() == *name)) {
        faults.push(Fault::new(sources.blocks.display().to_string(), format!("block {name} is not in the plan")));
    }
    let there: Vec<(&PlannedBlock, &PathBuf)> =
        plan.blocks.iter().filter_map(|planned| Some((planned, folders.get(planned.block_id.as_str())?))).collect();
    let stretches_max = timeline::stretches_max(plan.blocks.len());
    let read: Vec<Result<FinishedBlock, Faults>> = there
        .par_iter()
        .map(|(planned, folder)| {
            FinishedBlock::read(folder, &sources.evaluations.join(planned.block_id.as_str()), stretches_max)
        })
        .collect();
    for ((planned, folder), read) in there.into_iter().zip(read) {
        match read {
            Ok(read) if read.block.block_id == planned.block_id => blocks.push(read),
            Ok(read) => {
                let what = format!("holds block {}", read.block.block_id);
                faults.push(Fault::new(folder.display().to_string(), what));
            }
            Err(found) => faults.0.extend(found.0),
        }
    }
    faults.into_result()?;
    Ok(blocks)
}

/// The folders in `folder` by name; hidden ones are nobody's result.
fn folders_in(folder: &Path) -> Result<BTreeMap<String, PathBuf>, Fault> {
    let mut folders = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(|error| cannot("read", folder, &error))? {
        let path = entry.map_err(|error| cannot("read", folder, &error))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() && !name.starts_with('.') {
            folders.insert(name, path);
        }
    }
    Ok(folders)
}

/// What holds between blocks: one study, and no run twice.
fn check_across(blocks: &[FinishedBlock], selection: &Selection) -> Faults {
    let mut faults = Faults::default();
    let mut seen: BTreeMap<&str, &Id> = BTreeMap::new();
    let study = &selection.study.study;
    for finished in blocks {
        let block = &finished.block;
        if block.study != *study {
            let what = format!("is of study {}, not of {study}", block.study);
            faults.push(Fault::new(format!("block {}", block.block_id), what));
        }
        for run in &finished.runs {
            if let Some(other) = seen.insert(&run.id, &block.block_id) {
                faults.push(Fault::new(place_of(finished, run), format!("also a run of block {other}")));
            }
        }
    }
    faults
}

fn measured(finished: &FinishedBlock) -> impl Iterator<Item = &Run> {
    finished.runs.iter().filter(|run| run.was_measured())
}

fn differences(one: &Fingerprint, two: &Fingerprint) -> Vec<String> {
    let fields = |fingerprint: &Fingerprint| match serde_json::to_value(fingerprint) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let other = fields(two);
    fields(one)
        .into_iter()
        .filter_map(|(name, value)| {
            let against = other.get(&name)?;
            (value != *against).then(|| format!("{name} is {against}, not {value}"))
        })
        .collect()
}
