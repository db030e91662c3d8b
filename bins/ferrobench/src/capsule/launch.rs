//! How a capsule's study is started here: the study as it ran there, and those of its options that the
//! study's own file does not hold. What lay on the other machine's disk is named anew by the person.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use datasets::external;
use datasets::table::{self, FileForm, Origin};
use schema::config::{Cells, DatasetChoice, DatasetFile, Study};
use schema::digest;
use schema::fault::{Fault, Faults};
use schema::files::cannot;
use schema::id::Id;
use schema::run_options::RunOptions;
use schema::selection::{Selection, ServedBy};
use serde_json::{Map, Value};

use crate::parameters;

/// The longest name that, with the ending, is still an id.
const NAME_MAX: usize = 64 - "_replicated".len();

/// About what is measured and how it is built, and not about the other person's machine. Seed and
/// repetitions stand in the study.
const HANDED_ON: [&str; 9] = [
    "budget",
    "build_profile",
    "dataset_bytes_max",
    "device",
    "implementations",
    "model",
    "report_forms",
    "target_cpu",
    "tasks",
];

/// What only the study itself says; another answer would be another study.
const OF_THE_STUDY: [&str; 4] = ["study", "target", "target_is", "drop_columns"];

#[derive(Debug)]
pub(super) struct Launch {
    pub(super) study: Study,
    pub(super) parameters: Map<String, Value>,
}

impl Launch {
    /// `more` wins over what was said there; a file of the person's is linked in `folder`, under the name
    /// that it had there.
    pub(super) fn of(there: &Selection, more: &[String], folder: &Path) -> Result<Self, Faults> {
        let mut given: Map<String, Value> =
            parameters::read(more)?.into_iter().map(|(name, value)| (selection::option_name(&name), value)).collect();
        let mut faults = Faults::default();
        for option in OF_THE_STUDY.iter().filter(|option| given.contains_key(**option)) {
            faults.push(Fault::new(format!("--{option}"), "is what the capsule's study says, and cannot be another"));
        }
        let mut take = |option: &str| given.remove(option).and_then(|value| value.as_str().map(PathBuf::from));
        let (own, published) = (take("dataset"), take("dataset_file"));
        let mut study = there.study.clone();
        study.study = name(&study.study)?;
        // What was typed there names places on another disk.
        study.dataset_files.clear();
        own_file(&mut study, there, own.as_deref(), folder, &mut faults);
        published_files(&mut study, there, published.as_deref(), &mut faults);
        faults.into_result()?;
        for (option, value) in said(there) {
            given.entry(option).or_insert(value);
        }
        Ok(Self { study, parameters: given })
    }
}

/// Under a name of its own: neither a result nor a block of the same study here takes its place.
pub(super) fn name(study: &Id) -> Result<Id, Fault> {
    let mut name = study.to_string();
    name.truncate(NAME_MAX);
    Id::new(format!("{name}_replicated")).map_err(|error| Fault::new("", error.to_string()))
}

/// The options that were given there and that hold here too.
fn said(there: &Selection) -> Map<String, Value> {
    let fields = |options: &RunOptions| match serde_json::to_value(options) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let usual = fields(&RunOptions::default());
    let mut said = fields(&there.options);
    said.retain(|name, value| HANDED_ON.contains(&name.as_str()) && usual.get(name) != Some(value));
    // A server that was named alone had a model too; here it has to be the same one.
    let attached = there.services.iter().find_map(|service| match &service.how {
        ServedBy::Attached { model, .. } => Some(model.clone()),
        ServedBy::Embedded { .. } | ServedBy::Scripted { .. } => None,
    });
    said.extend(attached.map(|model| ("model".to_owned(), model.into())));
    said
}

/// A table of one's own: the file that the person names, if it is the very one.
fn own_file(study: &mut Study, there: &Selection, given: Option<&Path>, folder: &Path, faults: &mut Faults) {
    let own = there.datasets.iter().filter(|request| is_own(&request.choice));
    let mut asked = false;
    for (choice, file) in own.filter_map(|request| Some((&request.choice, request.file.as_ref()?))) {
        asked = true;
        match own_here(choice, file, given, folder) {
            Ok(place) => put(study, choice, &place),
            Err(fault) => faults.push(fault),
        }
    }
    if given.is_some() && !asked {
        faults.push(Fault::new("--dataset", "the capsule's study is on no table of its own"));
    }
}

fn is_own(choice: &DatasetChoice) -> bool {
    let origin = table::find(choice.name().as_str()).map(|dataset| &dataset.origin);
    matches!(origin, Some(Origin::File { form: FileForm::Own, .. }))
}

fn own_here(
    choice: &DatasetChoice,
    there: &DatasetFile,
    given: Option<&Path>,
    folder: &Path,
) -> Result<DatasetFile, Fault> {
    if there.url.is_some() && given.is_none() {
        return Ok(there.clone());
    }
    let Some(given) = given else { return Err(missing("--dataset", "--dataset FILE", there)) };
    let path = here(given)?;
    let sha256 = digest::of_file(&path)?;
    if there.sha256.as_ref() != Some(&sha256) {
        let what = format!("has sha256 {sha256}; the study was on {}", described(there));
        return Err(Fault::new(format!("--dataset: {}", path.display()), what));
    }
    // Cells are known by the file's name too, which may be another one here.
    let named = choice.parameters().get("file").and_then(Value::as_str).map(PathBuf::from);
    let link = folder.join(named.as_deref().and_then(Path::file_name).unwrap_or("data".as_ref()));
    if link.is_symlink() {
        fs::remove_file(&link).map_err(|error| cannot("replace", &link, &error))?;
    }
    std::os::unix::fs::symlink(&path, &link).map_err(|error| cannot("link", &link, &error))?;
    Ok(DatasetFile { path: Some(link.display().to_string()), url: None, sha256: Some(sha256) })
}

/// Every cell of that choice reads the file from there.
fn put(study: &mut Study, choice: &DatasetChoice, place: &DatasetFile) {
    let Cells::Grids(grids) = &mut study.cells else { return };
    for of_grid in grids.iter_mut().flat_map(|grid| &mut grid.datasets).filter(|of_grid| *of_grid == choice) {
        if let DatasetChoice::With(with) = of_grid {
            for (key, value) in [("file", &place.path), ("url", &place.url), ("sha256", &place.sha256)] {
                with.parameters.insert(key.to_owned(), value.clone().into());
            }
        }
    }
}

/// `NAME=FILE` for published datasets, which have to be the very ones too.
fn published_files(study: &mut Study, there: &Selection, given: Option<&Path>, faults: &mut Faults) {
    let given = given.map(|given| given.display().to_string()).unwrap_or_default();
    let mut given: BTreeMap<&str, &str> = selection::named_files(&given).into_iter().collect();
    given.remove("");
    for request in there.datasets.iter().filter(|request| !is_own(&request.choice)) {
        let (name, Some(file)) = (request.choice.name(), &request.file) else { continue };
        match published_here(name, file, given.remove(name.as_str())) {
            Ok(place) => {
                study.dataset_files.insert(name.clone(), place);
            }
            Err(fault) => faults.push(fault),
        }
    }
    for name in given.keys() {
        faults.push(Fault::new("--dataset_file", format!("the capsule's study reads no file for `{name}`")));
    }
}

fn published_here(name: &Id, there: &DatasetFile, given: Option<&str>) -> Result<DatasetFile, Fault> {
    let Some(given) = given.map(external::parse) else {
        let at_a_url = there.url.is_some().then(|| there.clone());
        return at_a_url.ok_or_else(|| missing("--dataset_file", &format!("--dataset_file {name}=FILE"), there));
    };
    let path = given.path.map(|path| here(Path::new(&path))).transpose()?;
    let path = path.map(|path| path.display().to_string());
    Ok(DatasetFile { path, url: given.url, sha256: there.sha256.clone() })
}

/// A path that a person typed starts where the person stands.
fn here(given: &Path) -> Result<PathBuf, Fault> {
    fs::canonicalize(given).map_err(|error| cannot("open", given, &error))
}

fn missing(option: &str, form: &str, there: &DatasetFile) -> Fault {
    let what = format!("the study was on {}, and a capsule holds no data", described(there));
    Fault::new(option, what).hint(format!("name your copy of it: {form}"))
}

/// `Own.csv (sha256 …)`: not the folder that it lay in.
fn described(file: &DatasetFile) -> String {
    let sha256 = file.sha256.as_deref().unwrap_or("not known");
    format!("{} (sha256 {sha256})", external::file_name(file))
}

#[cfg(test)]
mod tests;
