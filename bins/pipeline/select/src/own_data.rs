//! A person's own table in the place of a study's datasets: what its target is taken for, and which
//! algorithms that leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use datasets::external;
use datasets::table::{self, Target};
use loaders::Ask;
use schema::config::{Cells, DatasetChoice, Grid, Study};
use schema::digest;
use schema::fault::{Fault, Faults};
use schema::id::Id;
use schema::run_options::RunOptions;
use schema::selection::LeftOut;
use schema::task::TaskSpec;
use serde_json::{Map, Value};

use crate::apply::words;
use crate::catalog::Catalog;
use crate::data_files::WithFiles;

/// What `--dataset`, `--target` and `--drop_columns` say.
pub(crate) fn said(options: &RunOptions, faults: &mut Faults) -> Option<Map<String, Value>> {
    let Some(dataset) = &options.dataset else {
        for (name, given) in
            [("target", &options.target), ("target_is", &options.target_is), ("drop_columns", &options.drop_columns)]
        {
            if given.is_some() {
                faults.push(Fault::new(format!("--{name}"), "is about --dataset, which is not given"));
            }
        }
        return None;
    };
    if options.target.is_none() {
        let fault = Fault::new("--target", "missing: which column of --dataset is to be predicted?");
        faults.push(fault.hint("name it: --target COLUMN; in an npy file columns are numbered from 0"));
    }
    let drop_columns = options.drop_columns.as_deref().into_iter().flat_map(words);
    Some(external::own(dataset, options.target.as_deref(), drop_columns))
}

/// What the target is taken for, and what says so.
struct Taken {
    target: Target,
    because: String,
}

impl Taken {
    fn words(&self) -> &'static str {
        match self.target {
            Target::Number => "numbers",
            Target::Classes => "classes",
        }
    }
}

/// Every cell on this table instead of the study's own; a study of its own by name, so that it never
/// takes the place of another's results.
pub(crate) fn replace(
    root: &Path,
    own: &Map<String, Value>,
    options: &RunOptions,
    catalog: &Catalog,
    found: &mut WithFiles,
) -> Result<(), Faults> {
    let study = &found.study.value;
    let tasks: Option<Vec<&str>> = options.tasks.as_deref().map(|list| words(list).collect());
    let wanted = |grid: &Grid| tasks.as_ref().is_none_or(|tasks| tasks.contains(&grid.task.as_str()));
    let grids: Vec<Grid> = match &study.cells {
        Cells::Grids(grids) => grids.iter().filter(|grid| wanted(grid)).cloned().collect(),
        Cells::Smoke(_) => catalog.specs.values().map(smoke_grid).filter(wanted).collect(),
    };
    let taken = taken(root, own, options, &grids, catalog)?;
    let name = &Id::new(table::own(taken.target).name).map_err(|error| Fault::new("", error.to_string()))?;
    let (choice, file) = external::complete(root, name, own, options.dataset_bytes_max, "--dataset")?;
    let (id, label) = (table::dataset_id(&choice)?, table::label(&choice)?);
    let (cells, left) = cells(&grids, &choice, catalog);
    // Tasks that are not there are told where `--tasks` is checked.
    if cells.is_empty() && !grids.is_empty() {
        return Err(nobody(study, &taken, &left, catalog).into());
    }
    found.left_out.extend(left_out(&cells, left, &taken, catalog));
    let sha256 = file.sha256.clone().unwrap_or_default();
    let study = &mut found.study.value;
    study.notes = vec![
        format!("The cells of study `{}`, each on {label}, sha256 {sha256}.", study.study),
        format!("The target is taken for {}: {}.", taken.words(), taken.because),
    ];
    study.title = format!("{}, on {label}", study.title);
    if let Ok(named) = Id::new(study_name(&study.study, &id)) {
        study.study = named;
    }
    study.cells = Cells::Grids(cells);
    found.files.insert(id, file);
    Ok(())
}

/// As the person says, or as the values say; a URL is fetched in phase 2, and holds numbers until then.
fn taken(
    root: &Path,
    own: &Map<String, Value>,
    options: &RunOptions,
    grids: &[Grid],
    catalog: &Catalog,
) -> Result<Taken, Faults> {
    if let Some(kind) = &options.target_is {
        let target = if kind == "classes" { Target::Classes } else { Target::Number };
        return Ok(Taken { target, because: "--target_is says so".to_owned() });
    }
    let mut file = external::parse(options.dataset.as_deref().unwrap_or_default());
    external::find(root, &mut file, options.dataset_bytes_max, "--dataset")?;
    let (Some(path), Some(target)) = (&file.path, &options.target) else {
        let because = "it lies at a URL, and --target_is does not say that it holds classes".to_owned();
        return Ok(Taken { target: Target::Number, because });
    };
    let dropped = own.get("drop_columns").and_then(Value::as_array).into_iter().flatten();
    let drop_columns = dropped.filter_map(|name| name.as_str().map(str::to_owned)).collect();
    let ask = Ask { target: Some(target.clone()), drop_columns, classes: true };
    let survey = loaders::survey(&root.join(path), path, &ask)?;
    let classified = grids.iter().any(|grid| {
        let spec = catalog.specs.get(&grid.task);
        grid.algorithms.iter().any(|algorithm| spec.is_some_and(|spec| takes(spec, algorithm, Target::Classes)))
    });
    if survey.suggests == Target::Classes && survey.numbers && !classified {
        let because = format!("{}, and no task that was asked for takes classes", survey.because);
        return Ok(Taken { target: Target::Number, because });
    }
    Ok(Taken { target: survey.suggests, because: survey.because })
}

fn takes(spec: &TaskSpec, algorithm: &Id, target: Target) -> bool {
    spec.datasets_of(algorithm).iter().any(|dataset| dataset.as_str() == table::own(target).name)
}

/// Each cell once, and the algorithms of each task that cannot be given the table.
fn cells(grids: &[Grid], choice: &DatasetChoice, catalog: &Catalog) -> (Vec<Grid>, BTreeSet<(Id, Id)>) {
    let mut cells: Vec<Grid> = Vec::new();
    let mut left = BTreeSet::new();
    for cell in grids.iter().flat_map(|grid| single(grid, choice)) {
        let algorithm = &cell.algorithms[0];
        let spec = catalog.specs.get(&cell.task);
        if !spec.is_some_and(|spec| spec.datasets_of(algorithm).contains(choice.name())) {
            left.insert((cell.task.clone(), algorithm.clone()));
            continue;
        }
        match cells.iter_mut().find(|earlier| same_cell(earlier, &cell)) {
            Some(earlier) => {
                earlier.implementations = either(earlier.implementations.take(), cell.implementations);
            }
            None => cells.push(cell),
        }
    }
    (cells, left)
}

/// Algorithms that are left out, with the reason; a task of which none is left stands for its own.
fn left_out(cells: &[Grid], left: BTreeSet<(Id, Id)>, taken: &Taken, catalog: &Catalog) -> Vec<LeftOut> {
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    for (task, algorithm) in left {
        let reason = reason(&task, &algorithm, taken, catalog);
        let whole = cells.iter().all(|cell| cell.task != task);
        let what = if whole { task.to_string() } else { format!("{algorithm} of {task}") };
        told.entry(what).or_insert(reason);
    }
    told.into_iter().map(|(what, reason)| LeftOut { what, phase: 1, reason }).collect()
}

fn reason(task: &Id, algorithm: &Id, taken: &Taken, catalog: &Catalog) -> String {
    let (other, predicts) = match taken.target {
        Target::Number => (Target::Classes, "classes"),
        Target::Classes => (Target::Number, "numbers"),
    };
    if catalog.specs.get(task).is_some_and(|spec| takes(spec, algorithm, other)) {
        return format!("predicts {predicts}; the target is taken for {}: {}", taken.words(), taken.because);
    }
    "takes no table of one's own".to_owned()
}

fn nobody(study: &Study, taken: &Taken, left: &BTreeSet<(Id, Id)>, catalog: &Catalog) -> Fault {
    let reasons: BTreeSet<String> =
        left.iter().map(|(task, algorithm)| reason(task, algorithm, taken, catalog)).collect();
    let reasons: Vec<String> = reasons.into_iter().collect();
    let what = format!("no task of study `{}` takes this table: {}", study.study, reasons.join("; "));
    let fault = Fault::new("--dataset", what);
    let other = reasons.iter().any(|reason| reason.starts_with("predicts"));
    if other { fault.hint("another --target, or --target_is numbers or classes, may fit these tasks") } else { fault }
}

/// `default_own_my_1a2b3c4d`, with as much of the study's name as an id has room for.
fn study_name(study: &Id, dataset: &Id) -> String {
    let room = 63_usize.saturating_sub(dataset.as_str().len());
    let short: String = study.as_str().chars().take(room).collect();
    format!("{short}_{dataset}")
}

fn smoke_grid(spec: &TaskSpec) -> Grid {
    let case = &spec.smoke;
    Grid {
        task: spec.task.clone(),
        algorithms: spec.algorithms.keys().cloned().collect(),
        datasets: Vec::new(),
        hyperparameters: BTreeMap::new(),
        threads: vec![1],
        modes: vec![case.mode],
        devices: vec![schema::params::Device::Cpu],
        split: None,
        warmup: case.warmup,
        iterations: case.iterations,
        implementations: None,
        rounds: None,
    }
}

/// A grid a combination of algorithm, threads, mode and device, so that what grids of other
/// datasets have in common can be run once.
fn single(grid: &Grid, choice: &DatasetChoice) -> Vec<Grid> {
    let mut cells = Vec::new();
    for algorithm in &grid.algorithms {
        for threads in &grid.threads {
            for mode in &grid.modes {
                for device in &grid.devices {
                    cells.push(Grid {
                        algorithms: vec![algorithm.clone()],
                        datasets: vec![choice.clone()],
                        threads: vec![*threads],
                        modes: vec![*mode],
                        devices: vec![*device],
                        ..grid.clone()
                    });
                }
            }
        }
    }
    cells
}

/// All but how often and by whom it is run.
fn same_cell(one: &Grid, other: &Grid) -> bool {
    let what = |grid: &Grid| {
        digest::of_document(&Grid { warmup: 0, iterations: 1, implementations: None, rounds: None, ..grid.clone() })
    };
    what(one) == what(other)
}

/// The implementations of either list; none is all.
fn either(one: Option<Vec<Id>>, other: Option<Vec<Id>>) -> Option<Vec<Id>> {
    let mut all = [one?, other?].concat();
    all.sort();
    all.dedup();
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_become_one_are_run_by_the_implementations_of_all() {
        let ids = |list: &[&str]| Some(list.iter().map(|name| Id::new(*name).expect("an id")).collect::<Vec<_>>());
        assert_eq!(either(ids(&["b", "a"]), ids(&["a", "c"])), ids(&["a", "b", "c"]));
        assert_eq!(either(ids(&["a"]), None), None);
    }

    #[test]
    fn a_study_on_own_data_has_a_name_of_its_own() {
        let id = |text: &str| Id::new(text).expect("an id");
        assert_eq!(study_name(&id("default"), &id("own_my_1a2b3c4d")), "default_own_my_1a2b3c4d");
        let long = study_name(&id(&"s".repeat(64)), &id(&"d".repeat(53)));
        assert_eq!(long.len(), 64);
    }
}
