//! The study's cells, each with its arms, as blocks that `measure` needs nothing beside.

mod arms;
mod calibration;
mod cells;
mod data;
mod order;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use schema::block::{Block, Limits};
use schema::fault::{Fault, Faults};
use schema::id::{ArmId, Id};
use schema::implementation::{FileDigest, Implementation};
use schema::plan::Plan;
use schema::selection::{LeftOut, SelectedTask, Selection};
use schema::{SCHEMA_VERSION, document, executables};

use crate::{Expand, summary};
use cells::PlannedCell;
use data::PreparedData;

/// All outputs of one run together.
pub(crate) const OUTPUT_BYTES_MAX: u64 = 16 << 20;

/// What every block is made from.
struct Sources<'a> {
    selection: &'a Selection,
    implementations: BTreeMap<Id, Implementation>,
    datasets: BTreeMap<Id, PreparedData>,
    measure: FileDigest,
    launcher: FileDigest,
}

pub(crate) fn run(root: &Path, arguments: &Expand) -> Result<()> {
    let selection: Selection = document::read(&arguments.selection)?;
    let sources = Sources {
        implementations: implementations(&arguments.implementations)?,
        datasets: data::read(&arguments.datasets)?,
        measure: executables::store(root, &arguments.measure, "measure")?,
        launcher: executables::store(root, &arguments.launcher, "launch")?,
        selection: &selection,
    };
    let mut left_out = selection.left_out.clone();
    left_out.extend(arms::unavailable(&selection, &sources.implementations));
    let blocks = blocks(&sources, &mut left_out)?;
    summary::write(root, &arguments.out, empty_plan(&selection, left_out), &blocks)?;
    Ok(())
}

fn implementations(folder: &Path) -> Result<BTreeMap<Id, Implementation>, Faults> {
    let mut found = Vec::new();
    for path in summary::json_files(folder)? {
        let implementation: Implementation = document::read(&path)?;
        found.push((implementation.implementation.clone(), implementation));
    }
    Ok(summary::by_id(found, folder)?)
}

fn empty_plan(selection: &Selection, left_out: Vec<LeftOut>) -> Plan {
    Plan {
        schema_version: SCHEMA_VERSION.to_owned(),
        study: selection.study.study.clone(),
        title: selection.study.title.clone(),
        notes: selection.study.notes.clone(),
        measures: selection.study.measures,
        blocks: Vec::new(),
        runs: 0,
        estimated_s: 0.0,
        already_measured: 0,
        left_out,
    }
}

/// One block a cell that has an arm; every other is left out with its reason.
fn blocks(sources: &Sources, left_out: &mut Vec<LeftOut>) -> Result<Vec<Block>, Faults> {
    let mut drafts = Vec::new();
    for planned in cells::expand(sources.selection, &sources.datasets, left_out)? {
        let arms = arms::of(&planned, sources, left_out);
        if arms.is_empty() {
            left_out.push(LeftOut {
                what: planned.cell.label.clone(),
                phase: 2,
                reason: "no implementation can run it".to_owned(),
            });
        } else {
            drafts.push((planned, arms));
        }
    }
    calibration::add(&mut drafts, &sources.selection.study, left_out);
    drafts.into_iter().map(|(planned, arms)| block(planned, arms, sources).map_err(Faults::from)).collect()
}

fn block(planned: PlannedCell, arms: Vec<schema::block::Arm>, sources: &Sources) -> Result<Block, Fault> {
    let selection = sources.selection;
    let names: Vec<ArmId> = arms.iter().map(|arm| arm.facts.arm.clone()).collect();
    let data = sources
        .datasets
        .get(&planned.cell.dataset)
        .ok_or_else(|| Fault::new("", format!("dataset `{}` was not prepared", planned.cell.dataset)))?;
    let SelectedTask { spec, .. } = planned.task;
    Ok(Block {
        schema_version: SCHEMA_VERSION.to_owned(),
        block_id: planned.cell.cell_id.clone(),
        study: selection.study.study.clone(),
        domain: spec.domain.clone(),
        rounds: order::rounds(selection.study.seed, &planned.cell.cell_id, planned.rounds, &names),
        arms,
        data: data.for_block(),
        marks: spec.marks.clone(),
        outputs: spec.outputs.clone(),
        limits: Limits {
            timeout_s: planned.timeout_s,
            output_bytes: OUTPUT_BYTES_MAX,
            memory_bytes: selection.hardware.memory_bytes,
            gate: selection.hardware.gate.clone(),
        },
        fingerprint: selection.fingerprint.clone(),
        measure: sources.measure.clone(),
        launcher: sources.launcher.clone(),
        services: Vec::new(),
        build_profile: selection.options.build_profile.clone(),
        cell: planned.cell,
    })
}
