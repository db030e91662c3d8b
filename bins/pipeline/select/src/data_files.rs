//! Datasets that are read from a person's file: `--dataset` in the place of the study's own, and
//! the files of published datasets that Ferrobench does not carry.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use datasets::external;
use datasets::table::{self, FileForm, Origin};
use schema::config::{Cells, DatasetChoice, DatasetFile, Grid, Study};
use schema::digest;
use schema::fault::{Fault, Faults};
use schema::id::Id;
use schema::run_options::RunOptions;
use schema::selection::LeftOut;
use schema::task::TaskSpec;
use schema::yaml::Located;
use serde_json::{Map, Value};

use crate::apply::words;
use crate::catalog::Catalog;
use crate::names;

/// The study with every file found, and what was left out for want of one.
pub(crate) struct WithFiles {
    pub(crate) study: Located<Study>,
    /// By dataset id.
    pub(crate) files: BTreeMap<Id, DatasetFile>,
    pub(crate) left_out: Vec<LeftOut>,
}

pub(crate) fn find(
    root: &Path,
    study: &Located<Study>,
    options: &RunOptions,
    catalog: &Catalog,
    faults: &mut Faults,
) -> WithFiles {
    let mut found = WithFiles { study: study.clone(), files: BTreeMap::new(), left_out: Vec::new() };
    let bytes_max = options.dataset_bytes_max;
    if let Some(own) = own(options, faults) {
        match external::complete(root, &own, bytes_max, "--dataset") {
            Ok((choice, file)) => found.replace_datasets(&choice, file, catalog, faults),
            Err(told) => faults.0.extend(told.0),
        }
        return found;
    }
    let published = published(root, &study.value, options, faults);
    found.find_in_grids(root, bytes_max, &published, faults);
    found
}

/// What `--dataset`, `--target` and `--drop_columns` say.
fn own(options: &RunOptions, faults: &mut Faults) -> Option<Map<String, Value>> {
    let Some(dataset) = &options.dataset else {
        for (name, given) in [("target", &options.target), ("drop_columns", &options.drop_columns)] {
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

/// The files of published datasets: the command line's, else the study's.
fn published(root: &Path, study: &Study, options: &RunOptions, faults: &mut Faults) -> BTreeMap<Id, DatasetFile> {
    let mut given: BTreeMap<String, (DatasetFile, String)> = study
        .dataset_files
        .iter()
        .map(|(name, file)| (name.to_string(), (file.clone(), format!("dataset_files: {name}"))))
        .collect();
    for (name, file) in options.dataset_file.as_deref().into_iter().flat_map(entries) {
        given.insert(name.to_owned(), (external::parse(file), format!("--dataset_file {name}")));
    }
    let known: Vec<&str> = table::DATASETS
        .iter()
        .filter(|dataset| matches!(dataset.origin, Origin::File { form, .. } if form != FileForm::Own))
        .map(|dataset| dataset.name)
        .collect();
    let mut files = BTreeMap::new();
    for (name, (mut file, place)) in given {
        if !known.contains(&name.as_str()) {
            faults.push(names::unknown(place, "dataset with a file", &name, known.iter().copied()));
            continue;
        }
        if let Err(told) = external::find(root, &mut file, options.dataset_bytes_max, &place) {
            faults.0.extend(told.0);
        }
        files.extend(Id::new(name).ok().map(|name| (name, file)));
    }
    files
}

/// `NAME=FILE,NAME=FILE`; a comma that no `NAME=` follows belongs to the file.
fn entries(list: &str) -> Vec<(&str, &str)> {
    let begins = |at: usize| {
        let rest = &list[at..];
        rest.split_once('=').is_some_and(|(name, _)| Id::new(name).is_ok())
    };
    let mut starts: Vec<usize> = vec![0];
    starts.extend(list.match_indices(',').map(|(at, _)| at + 1).filter(|&at| begins(at)));
    let ends = starts.iter().skip(1).map(|at| at - 1).chain([list.len()]);
    starts.iter().zip(ends).map(|(&from, to)| list[from..to].split_once('=').unwrap_or((&list[from..to], ""))).collect()
}

impl WithFiles {
    /// Own files of the study get their checksum; published datasets without a file leave.
    fn find_in_grids(
        &mut self,
        root: &Path,
        bytes_max: u64,
        published: &BTreeMap<Id, DatasetFile>,
        faults: &mut Faults,
    ) {
        let Cells::Grids(grids) = &mut self.study.value.cells else { return };
        for (index, grid) in grids.iter_mut().enumerate() {
            let mut kept = Vec::new();
            for (position, choice) in grid.datasets.iter().enumerate() {
                let place = self.study.lines.place(&format!("/cells/{index}/datasets/{position}"));
                let Some(Origin::File { form, give }) = table::find(choice.name().as_str()).map(|found| &found.origin)
                else {
                    kept.push(choice.clone());
                    continue;
                };
                if *form == FileForm::Own {
                    match external::complete(root, &choice.parameters(), bytes_max, &place) {
                        Ok((choice, file)) => kept.extend(keep(choice, file, &mut self.files)),
                        Err(told) => faults.0.extend(told.0),
                    }
                } else if let Some(file) = published.get(choice.name()) {
                    kept.extend(keep(choice.clone(), file.clone(), &mut self.files));
                } else {
                    let what = format!("{} on {}", grid.task, choice.name());
                    let reason = format!("its file is not carried here, and none was given; this gives it: {give}");
                    self.left_out.push(LeftOut { what, phase: 1, reason });
                }
            }
            grid.datasets = kept;
        }
        let had = grids.len();
        grids.retain(|grid| !grid.datasets.is_empty());
        self.left_out.dedup();
        if grids.is_empty() && had > 0 {
            let reasons: Vec<String> =
                self.left_out.iter().map(|left| format!("{}: {}", left.what, left.reason)).collect();
            faults.push(Fault::new("--study", format!("no cell is left to run; {}", reasons.join("; "))));
        }
    }

    /// Every cell on this dataset instead of the study's own; a study of its own by name, so that
    /// it never takes the place of another's results.
    fn replace_datasets(&mut self, choice: &DatasetChoice, file: DatasetFile, catalog: &Catalog, faults: &mut Faults) {
        let (id, label) = match (table::dataset_id(choice), table::label(choice)) {
            (Ok(id), Ok(label)) => (id, label),
            (Err(told), _) | (_, Err(told)) => return faults.0.extend(told.0),
        };
        let study = &mut self.study.value;
        let grids = match &study.cells {
            Cells::Grids(grids) => grids.clone(),
            Cells::Smoke(_) => catalog.specs.values().map(smoke_grid).collect(),
        };
        let takes_tables = |task: &Id, algorithm: &Id| {
            let spec = catalog.specs.get(task);
            spec.is_some_and(|spec| spec.datasets_of(algorithm).contains(choice.name()))
        };
        let mut cells: Vec<Grid> = Vec::new();
        let mut left = BTreeSet::new();
        for grid in &grids {
            for cell in single(grid, choice) {
                if !takes_tables(&cell.task, &cell.algorithms[0]) {
                    left.insert((cell.task.clone(), cell.algorithms[0].clone()));
                    continue;
                }
                match cells.iter_mut().find(|earlier| same_cell(earlier, &cell)) {
                    Some(earlier) => {
                        earlier.implementations = either(earlier.implementations.take(), cell.implementations);
                    }
                    None => cells.push(cell),
                }
            }
        }
        for (task, algorithm) in left {
            let named = cells.iter().any(|cell| cell.task == task);
            let what = if named { format!("{algorithm} of {task}") } else { task.to_string() };
            let left = LeftOut { what, phase: 1, reason: "takes no table of one's own".to_owned() };
            if !self.left_out.contains(&left) {
                self.left_out.push(left);
            }
        }
        if cells.is_empty() {
            let what = format!("no task of study `{}` takes a table of one's own", study.study);
            return faults.push(Fault::new("--dataset", what));
        }
        let sha256 = file.sha256.clone().unwrap_or_default();
        study.notes = vec![format!("The cells of study `{}`, each on {label}, sha256 {sha256}.", study.study)];
        study.title = format!("{}, on {label}", study.title);
        if let Ok(named) = Id::new(study_name(&study.study, &id)) {
            study.study = named;
        }
        study.cells = Cells::Grids(cells);
        self.files.insert(id, file);
    }
}

fn keep(choice: DatasetChoice, file: DatasetFile, files: &mut BTreeMap<Id, DatasetFile>) -> Option<DatasetChoice> {
    // A choice that is faulty in itself is told by `check_study`, with its line.
    files.insert(table::dataset_id(&choice).ok()?, file);
    Some(choice)
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
    fn files_are_taken_apart_at_commas_that_begin_a_name() {
        assert_eq!(
            entries("california_housing=/a,b/c.csv,boston_housing=x=y,z.csv"),
            [("california_housing", "/a,b/c.csv"), ("boston_housing", "x=y,z.csv")]
        );
        assert_eq!(entries("boston"), [("boston", "")]);
    }

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
