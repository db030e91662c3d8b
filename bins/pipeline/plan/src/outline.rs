//! The plan before anything is built or made: the same cells, arms and budget, from what is known.

use std::collections::BTreeMap;
use std::path::Path;

use schema::data::DataManifest;
use schema::document;
use schema::fault::Faults;
use schema::files::state_folder;
use schema::id::Id;
use schema::implementation::Implementation;
use schema::plan::{Plan, PlannedBlock};
use schema::selection::{DatasetRequest, Selection};

use crate::draft::{self, Ability, DataFacts, Draft};
use crate::estimate::{self, Estimates};
use crate::{budget, summary};

/// A plan without keys: a block's key needs the built executables. What an implementation can do is
/// taken from its last build here; one that was never built is taken to do all that its task has.
pub fn outline(root: &Path, selection: &Selection) -> Result<Plan, Faults> {
    let built: BTreeMap<Id, Implementation> = selection
        .chosen
        .iter()
        .filter_map(|chosen| Some((chosen.implementation.clone(), last_build(root, &chosen.implementation)?)))
        .collect();
    let ability = |id: &Id| {
        let describe = built.get(id).and_then(|implementation| implementation.describe.as_ref());
        Some(describe.map_or(Ability::Unasked, Ability::Of))
    };
    let facts = selection.datasets.iter().map(|request| (request.dataset.clone(), facts(root, request))).collect();
    let mut plan = summary::empty_plan(selection);
    let drafts = draft::drafts(selection, &facts, &ability, &mut plan.left_out)?;
    let estimates = Estimates::read(root, &selection.fingerprint, drafts.iter().map(Draft::cell_id));
    summary::something_to_run(&drafts, &plan.left_out)?;
    let drafts = budget::fit(drafts, selection, &estimates, &mut plan.left_out)?;
    plan.blocks = drafts.iter().map(|draft| planned(draft, selection, &estimates)).collect();
    summary::complete(&mut plan);
    Ok(plan)
}

/// What `prepare build` kept of it.
fn last_build(root: &Path, implementation: &Id) -> Option<Implementation> {
    document::read(&state_folder(root).join(format!("implementations/{implementation}.json"))).ok()
}

/// Of the dataset as it was prepared for the same request before, else of its parameters.
fn facts(root: &Path, request: &DatasetRequest) -> DataFacts {
    let prepared = std::fs::read_dir(state_folder(root).join("data")).into_iter().flatten().flatten();
    let own = prepared.filter(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name.rsplit_once('-').is_some_and(|(dataset, _)| dataset == request.dataset.as_str())
    });
    let manifests = own.filter_map(|entry| document::read::<DataManifest>(&entry.path().join("manifest.json")).ok());
    let same = manifests.into_iter().find(|manifest| manifest.choice == request.choice);
    same.map_or_else(|| DataFacts::expected(&request.choice), |manifest| DataFacts::of(&manifest))
}

fn planned(draft: &Draft<'_>, selection: &Selection, estimates: &Estimates) -> PlannedBlock {
    let cell = &draft.planned.cell;
    PlannedBlock {
        block_id: cell.cell_id.clone(),
        key: String::new(),
        cell_id: cell.cell_id.clone(),
        label: cell.label.clone(),
        domain: draft.planned.task.spec.domain.clone(),
        task: cell.task.clone(),
        arms: draft.arms.clone(),
        rounds: draft.planned.rounds,
        estimated_s: estimates.draft_s(draft, selection),
        measured_before: estimate::draft_runs(estimates, draft, selection).all(|run| run.measured),
    }
}
