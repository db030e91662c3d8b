//! What both steps write: the blocks, and the plan that lists them. The plan comes last, so that
//! whoever finds it finds its blocks.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use schema::block::Block;
use schema::fault::Fault;
use schema::files::{cannot, create_folder, state_folder};
use schema::id::Id;
use schema::plan::{Plan, PlannedBlock};
use schema::{digest, document};

use crate::estimate::Estimates;

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

/// Writes each block under its id, completes `plan` with what they come to, and writes it.
pub(crate) fn write(root: &Path, out: &Path, mut plan: Plan, blocks: &[Block]) -> Result<(), Fault> {
    let folder = out.join("blocks");
    create_folder(&folder)?;
    let estimates = Estimates::read(root, blocks.iter().map(|block| &block.cell.cell_id));
    let mut planned = Vec::with_capacity(blocks.len());
    for block in blocks {
        let path = folder.join(format!("{}.json", block.block_id));
        document::write(&path, block)?;
        planned.push(list(block, digest::of_file(&path)?, &estimates));
    }
    plan.runs = blocks.iter().map(runs).sum();
    plan.estimated_s = planned.iter().map(|block| block.estimated_s).sum();
    plan.already_measured = planned.iter().map(|block| u32::from(is_measured(root, &block.key))).sum();
    plan.blocks = planned;
    plan.left_out.sort();
    plan.left_out.dedup();
    document::write(&out.join("plan.json"), &plan)
}

fn list(block: &Block, key: String, estimates: &Estimates) -> PlannedBlock {
    PlannedBlock {
        block_id: block.block_id.clone(),
        key,
        cell_id: block.cell.cell_id.clone(),
        label: block.cell.label.clone(),
        domain: block.domain.clone(),
        task: block.cell.task.clone(),
        arms: block.arms.iter().map(|arm| arm.facts.arm.clone()).collect(),
        rounds: u32::try_from(block.rounds.len()).unwrap_or(u32::MAX),
        estimated_s: estimates.run_s(&block.cell, &block.limits.gate) * f64::from(runs(block)),
    }
}

fn runs(block: &Block) -> u32 {
    block.rounds.iter().map(|round| u32::try_from(round.len()).unwrap_or(u32::MAX)).sum()
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
