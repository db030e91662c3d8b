//! The study as it will run: command-line options applied.

use schema::config::{Cells, Study};
use schema::fault::{Fault, Faults};
use schema::id::Id;
use schema::params::Device;
use schema::run_options::RunOptions;
use schema::yaml::Located;

use crate::catalog::Catalog;
use crate::names;

/// None where an option leaves nothing to run; the faults say why.
pub(crate) fn options(
    study: &Located<Study>,
    options: &RunOptions,
    catalog: &Catalog,
    faults: &mut Faults,
) -> Option<Study> {
    let mut applied = study.value.clone();
    if let Some(seed) = options.seed {
        applied.seed = seed;
    }
    if let Some(rounds) = options.repetitions {
        applied.rounds = rounds;
        applied.adaptive = None;
    }
    check_implementations(options, catalog, faults);
    let tasks = wanted_tasks(options, catalog, faults);
    let Cells::Grids(grids) = &mut applied.cells else { return Some(applied) };
    if options.repetitions.is_some() {
        for grid in grids.iter_mut() {
            grid.rounds = None;
        }
    }
    if let Some(device) = device(options) {
        for grid in grids.iter_mut() {
            grid.devices = vec![device];
        }
    }
    if let Some(tasks) = tasks {
        let had: Vec<String> = grids.iter().map(|grid| grid.task.to_string()).collect();
        grids.retain(|grid| tasks.contains(&grid.task));
        applied.claims.retain(|claim| tasks.contains(&claim.task));
        if grids.is_empty() {
            let what = format!("study `{}` has no cell of these tasks; it has {}", applied.study, had.join(", "));
            faults.push(Fault::new("--tasks", what));
            return None;
        }
    }
    Some(applied)
}

/// What `--device` asks for.
pub(crate) fn device(options: &RunOptions) -> Option<Device> {
    options.device.as_ref().map(|name| if name == "cuda" { Device::Cuda } else { Device::Cpu })
}

/// The tasks that `--tasks` names; None where it is not given or names nothing known.
pub(crate) fn wanted_tasks(options: &RunOptions, catalog: &Catalog, faults: &mut Faults) -> Option<Vec<Id>> {
    let given = options.tasks.as_ref()?;
    let mut wanted = Vec::new();
    for name in words(given) {
        match catalog.references.keys().find(|task| task.as_str() == name) {
            Some(task) => wanted.push(task.clone()),
            None => faults.push(names::unknown("--tasks".to_owned(), "task", name, catalog.task_names())),
        }
    }
    names_nothing("--tasks", given, faults);
    (!wanted.is_empty()).then_some(wanted)
}

fn check_implementations(options: &RunOptions, catalog: &Catalog, faults: &mut Faults) {
    let Some(given) = &options.implementations else { return };
    names_nothing("--implementations", given, faults);
    for name in words(given) {
        if catalog.listed.keys().all(|id| id.as_str() != name) {
            let known = catalog.listed.keys().map(Id::as_str);
            faults.push(names::unknown("--implementations".to_owned(), "implementation", name, known));
        }
    }
}

fn names_nothing(option: &str, given: &str, faults: &mut Faults) {
    if words(given).next().is_none() {
        faults.push(Fault::new(option, "names nothing").hint("give names, separated by commas"));
    }
}

/// The names of a list that is separated by commas.
pub(crate) fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|word| !word.is_empty())
}
