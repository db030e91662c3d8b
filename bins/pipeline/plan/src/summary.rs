//! What both steps write: the blocks, and the plan that lists them. The plan comes last, so that
//! whoever finds it finds its blocks.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use schema::block::Block;
use schema::fault::Fault;
use schema::files::{cannot, create_folder, state_folder, write_whole};
use schema::id::{ArmId, Id};
use schema::plan::{Plan, PlannedBlock};
use schema::selection::{LeftOut, Selection};
use schema::{SCHEMA_VERSION, digest, document};

use crate::draft::Draft;
use crate::estimate::{self, Estimates, RunTime};
use crate::words::words;

/// The documents `<folder>/*.json`, by file name.
pub(crate) fn json_files(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let entries = fs::read_dir(folder).map_err(|error| cannot("read", folder, &error))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    Ok(paths)
}

/// A study of which every cell is left out ends here, with the reasons.
pub(crate) fn something_to_run(drafts: &[Draft<'_>], left_out: &[LeftOut]) -> Result<(), Fault> {
    const REASONS_MAX: usize = 10;
    if !drafts.is_empty() {
        return Ok(());
    }
    let mut reasons: Vec<String> =
        left_out.iter().take(REASONS_MAX).map(|left| format!("{}: {}", left.what, left.reason)).collect();
    if left_out.len() > REASONS_MAX {
        reasons.push(format!("and {} more", left_out.len() - REASONS_MAX));
    }
    Err(Fault::new("", "no cell of the study can be run").hint(reasons.join("; ")))
}

/// A plan of nothing yet, with what the selection says of it.
pub(crate) fn empty_plan(selection: &Selection) -> Plan {
    Plan {
        schema_version: SCHEMA_VERSION.to_owned(),
        study: selection.study.study.clone(),
        title: selection.study.title.clone(),
        notes: selection.study.notes.clone(),
        measures: selection.study.measures,
        blocks: Vec::new(),
        runs: 0,
        estimated_s: 0.0,
        estimated_from: String::new(),
        already_measured: 0,
        remaining_s: None,
        budget_s: selection.budget_s,
        left_out: selection.left_out.clone(),
        data: Vec::new(),
    }
}

/// What the listed blocks come to.
pub(crate) fn complete(plan: &mut Plan) {
    plan.runs = plan.blocks.iter().map(|block| block.rounds * u32::try_from(block.arms.len()).unwrap_or(0)).sum();
    plan.estimated_s = plan.blocks.iter().map(|block| block.estimated_s).sum();
    let measured = plan.blocks.iter().filter(|block| block.measured_before).count();
    plan.estimated_from = estimate::basis(measured, plan.blocks.len());
    plan.left_out.sort();
    plan.left_out.dedup();
}

/// Writes each block under its id, completes `plan` with what they come to, and writes it, with the
/// same in words beside it.
pub(crate) fn write(root: &Path, out: &Path, mut plan: Plan, blocks: &[Block]) -> Result<(), Fault> {
    let folder = out.join("blocks");
    create_folder(&folder)?;
    let cells = || blocks.iter().map(|block| &block.cell.cell_id);
    let machine = blocks.first().map(|block| &block.fingerprint);
    let estimates = machine.map(|machine| Estimates::read(root, machine, cells()));
    plan.blocks.clear();
    for (block, estimates) in blocks.iter().zip(estimates.iter().cycle()) {
        let path = folder.join(format!("{}.json", block.block_id));
        document::write(&path, block)?;
        plan.blocks.push(list(block, digest::of_file(&path)?, estimates));
    }
    complete(&mut plan);
    let measured = || plan.blocks.iter().filter(|block| is_measured(root, &block.key));
    plan.already_measured = u32::try_from(measured().count()).unwrap_or(u32::MAX);
    plan.remaining_s = Some(plan.estimated_s - measured().map(|block| block.estimated_s).sum::<f64>());
    let mut text = words(&plan).join("\n");
    text.push('\n');
    write_whole(&out.join("plan.txt"), text.as_bytes())?;
    document::write(&out.join("plan.json"), &plan)
}

fn list(block: &Block, key: String, estimates: &Estimates) -> PlannedBlock {
    let facts = |arm: &ArmId| block.arms.iter().find(|known| known.facts.arm == *arm).map(|arm| &arm.facts);
    let runs: Vec<RunTime> = block
        .rounds
        .iter()
        .flatten()
        .filter_map(|run| facts(&run.arm))
        .map(|facts| estimates.run(&block.cell, &facts.implementation, facts.language, &block.limits.gate))
        .collect();
    PlannedBlock {
        block_id: block.block_id.clone(),
        key,
        cell_id: block.cell.cell_id.clone(),
        label: block.cell.label.clone(),
        domain: block.domain.clone(),
        task: block.cell.task.clone(),
        arms: block.arms.iter().map(|arm| arm.facts.arm.clone()).collect(),
        rounds: u32::try_from(block.rounds.len()).unwrap_or(u32::MAX),
        estimated_s: runs.iter().map(|run| run.seconds).sum(),
        measured_before: runs.iter().all(|run| run.measured),
    }
}

/// Whether the store holds the block; whether it is undamaged, `measure` will see.
fn is_measured(root: &Path, key: &str) -> bool {
    state_folder(root).join("blocks").join(key).join(schema::manifest::MANIFEST).is_file()
}

/// Documents by the id that they carry; two of one id are a fault.
pub(crate) fn by_id<T>(documents: Vec<(Id, T)>, folder: &Path) -> Result<BTreeMap<Id, T>, Fault> {
    let mut found = BTreeMap::new();
    for (id, document) in documents {
        if found.insert(id.clone(), document).is_some() {
            return Err(Fault::new(folder.display().to_string(), format!("`{id}` is there twice")));
        }
    }
    Ok(found)
}
