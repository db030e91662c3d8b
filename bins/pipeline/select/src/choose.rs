//! Which implementations run, which are left out, and why.

use std::collections::BTreeSet;
use std::path::Path;

use schema::config::{Cells, Frameworks, PythonGroup, Study};
use schema::id::Id;
use schema::run_options::RunOptions;
use schema::selection::{Availability, Chosen, FrameworkScore, LeftOut, SelectedTask};

use crate::apply::words;
use crate::availability::Probe;
use crate::catalog::{Catalog, Entry, Source};
use crate::frameworks;

pub(crate) struct Choice {
    pub(crate) tasks: Vec<SelectedTask>,
    pub(crate) chosen: Vec<Chosen>,
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) availability: Vec<Availability>,
    pub(crate) frameworks: Vec<FrameworkScore>,
}

pub(crate) fn choose(
    root: &Path,
    study: &Study,
    options: &RunOptions,
    catalog: &Catalog,
    frameworks: &Frameworks,
) -> Choice {
    let tasks = tasks(study, options, catalog);
    let candidates = || catalog.implementations.iter().filter(|(_, entry)| tasks.contains(&entry.task));
    let probe = Probe::new(root);
    let ids: Vec<Id> = candidates().map(|(id, _)| id.clone()).collect();
    let mut choice = Choice {
        tasks: Vec::new(),
        chosen: Vec::new(),
        left_out: Vec::new(),
        availability: candidates().map(|(id, entry)| probe.of(id, entry)).collect(),
        frameworks: frameworks::scores(frameworks, &ids),
    };
    for ((id, entry), available) in candidates().zip(&choice.availability) {
        let (score, because) = frameworks::of(&choice.frameworks, id);
        let reason = why_not(id, &entry.task, study, options)
            .or_else(|| too_low(score, study))
            .or_else(|| not_here(entry, available));
        if let Some(reason) = reason {
            choice.left_out.push(LeftOut { what: id.to_string(), phase: 1, reason });
            continue;
        }
        let (implementation, task, language) = (id.clone(), entry.task.clone(), entry.language());
        choice.chosen.push(Chosen { implementation, task, language, score, because });
    }
    for task in tasks {
        let own: Vec<&Id> = choice.chosen.iter().filter(|c| c.task == task).map(|c| &c.implementation).collect();
        let usual = &catalog.references[&task];
        // Something has to stand twice in the A/A block, also where the usual one does not run.
        let reference = if own.contains(&usual) { Some(usual) } else { own.first().copied() };
        if let (Some(spec), Some(reference)) = (catalog.specs.get(&task), reference) {
            choice.tasks.push(SelectedTask { spec: spec.clone(), reference: reference.clone() });
        }
    }
    choice
}

/// The tasks of the study's cells; a smoke study has every task's, or those of `--tasks`.
fn tasks(study: &Study, options: &RunOptions, catalog: &Catalog) -> BTreeSet<Id> {
    match &study.cells {
        Cells::Grids(grids) => {
            let known = grids.iter().filter(|grid| catalog.references.contains_key(&grid.task));
            known.map(|grid| grid.task.clone()).collect()
        }
        Cells::Smoke(_) => {
            let named: Option<Vec<&str>> = options.tasks.as_deref().map(|list| words(list).collect());
            let wanted = |task: &&Id| named.as_ref().is_none_or(|named| named.contains(&task.as_str()));
            catalog.references.keys().filter(wanted).cloned().collect()
        }
    }
}

/// Only where the study asks for it; a framework that nobody scored is not below any score.
fn too_low(score: Option<f64>, study: &Study) -> Option<String> {
    let (score, least) = (score?, study.min_score?);
    (score < least).then(|| format!("its framework scores {score:.1}; the study's min_score is {least}"))
}

/// The core Python packages are made by every run; their absence is a fault of its own.
fn not_here(entry: &Entry, available: &Availability) -> Option<String> {
    if available.available || matches!(entry.source, Source::Python { group: PythonGroup::Core, .. }) {
        return None;
    }
    let remedy = available.remedy.as_deref().map_or(String::new(), |remedy| format!("; {remedy}"));
    Some(format!("it needs {}: {}{remedy}", available.needs, available.found))
}

fn why_not(id: &Id, task: &Id, study: &Study, options: &RunOptions) -> Option<String> {
    let listed = |list: &str| words(list).any(|word| word == id.as_str());
    if options.implementations.as_deref().is_some_and(|list| !listed(list)) {
        return Some("not among --implementations".to_owned());
    }
    let Cells::Grids(grids) = &study.cells else { return None };
    let in_a_cell = grids
        .iter()
        .filter(|grid| grid.task == *task)
        .any(|grid| grid.implementations.as_ref().is_none_or(|listed| listed.contains(id)));
    (!in_a_cell).then(|| "no cell of the study asks for it".to_owned())
}
