//! Datasets that are read from a file: a person's own tables, and the published datasets that
//! Ferrobench does not carry.

use std::collections::BTreeMap;
use std::path::Path;

use datasets::external;
use datasets::table::{self, FileForm, Origin};
use schema::config::{Cells, DatasetChoice, DatasetFile, Study};
use schema::fault::{Fault, Faults};
use schema::id::Id;
use schema::run_options::RunOptions;
use schema::selection::LeftOut;
use schema::yaml::Located;

use crate::catalog::Catalog;
use crate::{names, own_data};

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
    if let Some(own) = own_data::said(options, faults) {
        if let Err(told) = own_data::replace(root, &own, options, catalog, &mut found) {
            faults.0.extend(told.0);
        }
        return found;
    }
    let published = published(root, &study.value, options, faults);
    found.find_in_grids(root, bytes_max, &published, faults);
    found
}

/// The files of published datasets: the command line's, else the study's.
fn published(root: &Path, study: &Study, options: &RunOptions, faults: &mut Faults) -> BTreeMap<Id, DatasetFile> {
    let mut given: BTreeMap<String, (DatasetFile, String)> = study
        .dataset_files
        .iter()
        .map(|(name, file)| (name.to_string(), (file.clone(), format!("dataset_files: {name}"))))
        .collect();
    for (name, file) in options.dataset_file.as_deref().into_iter().flat_map(named_files) {
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
pub fn named_files(list: &str) -> Vec<(&str, &str)> {
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
                    match external::complete(root, choice.name(), &choice.parameters(), bytes_max, &place) {
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
}

fn keep(choice: DatasetChoice, file: DatasetFile, files: &mut BTreeMap<Id, DatasetFile>) -> Option<DatasetChoice> {
    // A choice that is faulty in itself is told by `check_study`, with its line.
    files.insert(table::dataset_id(&choice).ok()?, file);
    Some(choice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_taken_apart_at_commas_that_begin_a_name() {
        assert_eq!(
            named_files("california_housing=/a,b/c.csv,boston_housing=x=y,z.csv"),
            [("california_housing", "/a,b/c.csv"), ("boston_housing", "x=y,z.csv")]
        );
        assert_eq!(named_files("boston"), [("boston", "")]);
    }
}
