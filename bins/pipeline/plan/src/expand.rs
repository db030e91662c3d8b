//! The study's cells, each with its arms, as blocks that `measure` needs nothing beside.

mod arms;
mod data;
mod order;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use schema::block::{Block, Limits, Sampling, Service, Until};
use schema::config::Study;
use schema::fault::{Fault, Faults};
use schema::id::Id;
use schema::implementation::{FileDigest, Implementation};
use schema::selection::{SelectedTask, Selection, ServedBy, ServiceRequest};
use schema::{SCHEMA_VERSION, document, executables};
use serde_json::Value;

use crate::draft::{self, Ability, DataFacts, Draft, OUTPUT_BYTES_MAX};
use crate::estimate::Estimates;
use crate::{budget, summary};
use data::PreparedData;

/// What every block is made from.
struct Sources<'a> {
    selection: &'a Selection,
    implementations: BTreeMap<Id, Implementation>,
    datasets: BTreeMap<Id, PreparedData>,
    measure: FileDigest,
    launcher: FileDigest,
    services: BTreeMap<Id, Service>,
}

#[derive(clap::Args)]
pub struct Expand {
    /// `select`'s document.
    #[arg(long)]
    selection: PathBuf,
    /// The folder of `<implementation>.json`.
    #[arg(long)]
    implementations: PathBuf,
    /// The folder of `<dataset>.json`.
    #[arg(long)]
    datasets: PathBuf,
    /// The folder of `<service>.json`; it need not be there where no task needs one.
    #[arg(long)]
    services: PathBuf,
    /// The executable that will measure the blocks.
    #[arg(long)]
    measure: PathBuf,
    /// The small executable that each run is started through.
    #[arg(long)]
    launcher: PathBuf,
    /// The folder for what is written.
    #[arg(long)]
    out: PathBuf,
}

/// Writes `plan.json` and the blocks.
pub fn expand(root: &Path, arguments: &Expand) -> Result<()> {
    let selection: Selection = document::read(&arguments.selection)?;
    let sources = Sources {
        implementations: implementations(&arguments.implementations)?,
        datasets: data::read(&arguments.datasets)?,
        services: services(&arguments.services)?,
        measure: executables::store(root, &arguments.measure, "measure")?,
        launcher: executables::store(root, &arguments.launcher, "launch")?,
        selection: &selection,
    };
    let mut left_out = selection.left_out.clone();
    left_out.extend(arms::unavailable(&selection, &sources.implementations));
    let described =
        |id: &Id| sources.implementations.get(id).filter(|found| found.problem.is_none())?.describe.as_ref();
    let facts = sources.datasets.iter().map(|(id, data)| (id.clone(), DataFacts::of(&data.manifest))).collect();
    let drafts = draft::drafts(&selection, &facts, &|id| described(id).map(Ability::Of), &mut left_out)?;
    let estimates = Estimates::read(root, &selection.fingerprint, drafts.iter().map(Draft::cell_id));
    summary::something_to_run(&drafts, &left_out)?;
    let drafts = budget::fit(drafts, &selection, &estimates, &mut left_out)?;
    let blocks: Vec<Block> =
        drafts.into_iter().map(|draft| block(draft, &sources).map_err(Faults::from)).collect::<Result<_, _>>()?;
    let mut plan = summary::empty_plan(&selection);
    plan.left_out = left_out;
    let used = |data: &&PreparedData| blocks.iter().any(|block| block.data.dataset == data.manifest.dataset);
    plan.notes.extend(selection.services.iter().map(ServiceRequest::in_words));
    plan.notes.extend(without_effect(&selection, &blocks));
    for data in sources.datasets.values().filter(used) {
        plan.notes.extend(data.notes());
        plan.data.push(data.facts());
    }
    summary::write(root, &arguments.out, plan, &blocks)?;
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

/// A setting that can change nothing on this server is called so, not left to be found in the figures.
fn without_effect(selection: &Selection, blocks: &[Block]) -> Option<String> {
    let asks = blocks.iter().any(|block| block.cell.hyperparameters.get("num_gpu").is_some_and(Value::is_number));
    let none = |request: &ServiceRequest| match &request.how {
        ServedBy::Embedded { .. } | ServedBy::Scripted { .. } => true,
        ServedBy::Attached { url, .. } => selection.fingerprint.gpus.is_empty() && url.starts_with("http://127."),
    };
    let has_none = selection.services.iter().any(none);
    (asks && has_none).then(|| {
        "`num_gpu` has no effect here: the server has no GPU. Cells that differ by it alone are the same work."
            .to_owned()
    })
}

fn services(folder: &Path) -> Result<BTreeMap<Id, Service>, Faults> {
    let mut found = Vec::new();
    let paths = if folder.is_dir() { summary::json_files(folder)? } else { Vec::new() };
    for path in paths {
        let service: Service = document::read(&path)?;
        found.push((service.name.clone(), service));
    }
    Ok(summary::by_id(found, folder)?)
}

fn block(draft: Draft, sources: &Sources) -> Result<Block, Fault> {
    let selection = sources.selection;
    let Draft { planned, arms: names } = draft;
    let arms = names.iter().map(|arm| arms::of(arm, &sources.implementations)).collect::<Result<_, _>>()?;
    let data = sources
        .datasets
        .get(&planned.cell.dataset)
        .ok_or_else(|| Fault::new("", format!("dataset `{}` was not prepared", planned.cell.dataset)))?;
    let SelectedTask { spec, .. } = planned.task;
    let not_ready = |name: &Id| Fault::new("", format!("service `{name}` of task `{}` is not ready", spec.task));
    let services = spec.services.iter().map(|name| sources.services.get(name).cloned().ok_or_else(|| not_ready(name)));
    Ok(Block {
        schema_version: SCHEMA_VERSION.to_owned(),
        block_id: planned.cell.cell_id.clone(),
        study: selection.study.study.clone(),
        domain: spec.domain.clone(),
        rounds: order::rounds(selection.study.seed, &planned.cell.cell_id, planned.rounds, &names),
        arms,
        data: data.for_block(),
        marks: spec.marks.clone(),
        outputs: spec.outputs_of(&planned.cell.algorithm).cloned().collect(),
        limits: Limits {
            timeout_s: planned.timeout_s,
            output_bytes: OUTPUT_BYTES_MAX,
            memory_bytes: selection.hardware.memory_bytes,
            gate: selection.hardware.gate.clone(),
        },
        sampling: sampling(&selection.study, planned.rounds),
        fingerprint: selection.fingerprint.clone(),
        measure: sources.measure.clone(),
        launcher: sources.launcher.clone(),
        services: services.collect::<Result<_, _>>()?,
        build_profile: selection.options.build_profile.clone(),
        cell: planned.cell,
    })
}

/// Rounds after which an adaptive block looks at its intervals (STATS 2.8).
const LOOKS: [u32; 6] = [10, 15, 20, 30, 45, 60];

/// A third of the rounds may be run again: where more were disturbed, the machine is busy all the time and
/// no further sample would be better. A study that measures nothing needs none.
fn sampling(study: &Study, rounds: u32) -> Sampling {
    let until = study.adaptive.as_ref().map(|adaptive| Until {
        half_width_percent: adaptive.half_width_percent,
        looks: LOOKS.into_iter().filter(|look| *look <= rounds).collect(),
    });
    Sampling { repeats_max: if study.measures { rounds.div_ceil(3) } else { 0 }, until }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn study(extra: &serde_json::Value) -> Study {
        let mut study = serde_json::json!({"study": "s", "title": "S", "rounds": 10, "seed": 1, "cells": "smoke",
            "margins": {"time": 1.05, "memory": 1.1}});
        study.as_object_mut().expect("keys").extend(extra.as_object().expect("keys").clone());
        serde_json::from_value(study).expect("a study")
    }

    #[test]
    fn a_study_that_measures_may_run_a_third_again_and_another_none() {
        assert_eq!(sampling(&study(&serde_json::json!({})), 10), Sampling { repeats_max: 4, until: None });
        assert_eq!(sampling(&study(&serde_json::json!({"measures": false})), 10), Sampling::default());
    }

    #[test]
    fn adaptive_rounds_are_looked_at_up_to_their_limit() {
        let adaptive = study(&serde_json::json!({"adaptive": {"rounds_max": 30}}));
        let until = sampling(&adaptive, 30).until.expect("looks");
        assert_eq!((until.half_width_percent, until.looks), (2.0, vec![10, 15, 20, 30]));
    }
}
