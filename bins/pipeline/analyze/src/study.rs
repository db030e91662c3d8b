//! The whole study: cell by cell, then what the cells say together.

use std::collections::BTreeSet;

use rayon::prelude::*;
use schema::SCHEMA_VERSION;
use schema::analysis::{Analysis, CellAnalysis, NotRead, RunCounts};
use schema::id::Id;
use schema::selection::LeftOut;

use crate::compare::{self, Compared, Draft};
use crate::finished::FinishedBlock;
use crate::input::Input;
use crate::metric;
use crate::pool::{self, Resolutions};
use crate::used::Missing;
use crate::{arms, beside, claims, parity, power, sensitivity, success, variation};

/// The profile whose programs are never a basis for a figure.
const UNMEASURED_PROFILE: &str = "ci";

pub(crate) fn analyze(input: &Input) -> (Analysis, Vec<Compared<'_>>) {
    let drafts: Vec<Draft<'_>> =
        input.blocks.par_iter().flat_map_iter(|finished| compare::drafts(input, finished)).collect();
    let resolutions = Resolutions::of(&drafts);
    let mut pooled = pool::pool(&drafts);
    let sensitivity = sensitivity::analyze(&drafts);
    let adjusted = claims::adjust(&drafts, &input.selection.study.claims);
    let totals_resampled = beside::totals_resampled(&drafts);
    let compared: Vec<Compared<'_>> = drafts
        .into_par_iter()
        .zip(adjusted)
        .zip(totals_resampled)
        .filter_map(|((draft, p_adjusted), total_resampled)| {
            let (gate, doubt) = (resolutions.gate(&draft), resolutions.doubt(&draft));
            draft.finish(p_adjusted, gate, doubt, total_resampled)
        })
        .collect();
    pool::count_verdicts(&mut pooled, &compared);
    let cells: Vec<CellAnalysis> = input.blocks.par_iter().map(|finished| cell(input, finished, &compared)).collect();
    let metrics = input
        .blocks
        .iter()
        .flat_map(|finished| finished.metrics().map(|metric| (finished.block.domain.clone(), metric::place(metric))));
    let metrics: BTreeSet<(Id, usize)> = metrics.collect();
    let build_profile = build_profile(input);
    let analysis = Analysis {
        schema_version: SCHEMA_VERSION.to_owned(),
        study: input.plan.study.clone(),
        title: input.plan.title.clone(),
        measures: measures(input),
        measured_build: build_profile != UNMEASURED_PROFILE,
        build_profile,
        fingerprint: input.fingerprint.clone(),
        cells_planned: input.plan.blocks.len() as u32,
        runs: counts(&cells),
        cells,
        resolution: if measures(input) { resolutions.listed(&metrics) } else { Vec::new() },
        pooled,
        left_out: left_out(input),
        variation: if measures(input) { variation::analyze(input) } else { Vec::new() },
        success: success::analyze(input),
        sensitivity,
        not_read: not_read(input),
        power_analysis: power::answer(input),
    };
    (analysis, compared)
}

pub(crate) fn measures(input: &Input) -> bool {
    input.plan.measures && input.selection.study.measures
}

fn cell(input: &Input, finished: &FinishedBlock, compared: &[Compared<'_>]) -> CellAnalysis {
    let block = &finished.block;
    let ours = compared.iter().filter(|compared| compared.finished.block.block_id == block.block_id);
    CellAnalysis {
        block_id: block.block_id.clone(),
        domain: block.domain.clone(),
        cell: block.cell.clone(),
        arms: arms::analyze(finished),
        comparisons: ours.map(|compared| compared.comparison.clone()).collect(),
        parity: parity::of_block(finished, &input.smoke_parity),
    }
}

fn not_read(input: &Input) -> Vec<NotRead> {
    let mut missing = Missing::default();
    for finished in &input.blocks {
        missing.merge(&finished.missing);
    }
    missing.listed()
}

/// One block that is not built for measuring is enough to say so of all.
fn build_profile(input: &Input) -> String {
    let mut profiles = input.blocks.iter().map(|finished| &finished.block.build_profile);
    let planned = &input.selection.options.build_profile;
    profiles.find(|profile| *profile == UNMEASURED_PROFILE).unwrap_or(planned).clone()
}

fn counts(cells: &[CellAnalysis]) -> RunCounts {
    let mut counts = RunCounts::default();
    for arm in cells.iter().flat_map(|cell| &cell.arms) {
        counts.attempted += arm.attempted;
        counts.ok += arm.ok;
        counts.skipped += arm.skipped;
        counts.failed += arm.failed;
        counts.disturbed += arm.disturbed;
        // What a task announces it skips, with its reason; every failure is unexpected.
        counts.unexpected += arm.failed;
    }
    counts
}

fn left_out(input: &Input) -> Vec<LeftOut> {
    let all: BTreeSet<&LeftOut> = input.selection.left_out.iter().chain(&input.plan.left_out).collect();
    all.into_iter().cloned().collect()
}
