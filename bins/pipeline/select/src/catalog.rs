//! What there is to choose from: each task's own description, each implementation's file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schema::config::{Benchmarks, Executable, PythonGroup};
use schema::document;
use schema::fault::{Fault, Faults};
use schema::id::Id;
use schema::implementation::Language;
use schema::task::TaskSpec;
use schema::yaml::Located;

use crate::{Tasks, names};

pub(crate) struct Catalog {
    /// By task; a task whose description is missing or faulty is not here.
    pub(crate) specs: BTreeMap<Id, TaskSpec>,
    pub(crate) references: BTreeMap<Id, Id>,
    /// Every name that benchmarks.yaml gives, with its task, whether or not there is a file: a
    /// missing file is one fault, not one in each place that names it.
    pub(crate) listed: BTreeMap<Id, Id>,
    pub(crate) implementations: BTreeMap<Id, Entry>,
}

pub(crate) struct Entry {
    pub(crate) task: Id,
    pub(crate) source: Source,
}

pub(crate) enum Source {
    Rust,
    Python {
        /// Relative to the root.
        script: PathBuf,
        group: PythonGroup,
    },
    Command(Executable),
}

impl Entry {
    pub(crate) fn language(&self) -> Language {
        match self.source {
            Source::Rust => Language::Rust,
            Source::Python { .. } => Language::Python,
            Source::Command(_) => Language::Other,
        }
    }
}

impl Catalog {
    pub(crate) fn task_names(&self) -> impl Iterator<Item = &str> {
        self.references.keys().map(Id::as_str)
    }

    pub(crate) fn names_of(&self, task: &Id) -> impl Iterator<Item = &str> {
        self.listed.iter().filter(move |(_, of)| *of == task).map(|(id, _)| id.as_str())
    }
}

pub(crate) fn build(root: &Path, benchmarks: &Located<Benchmarks>, tasks: Tasks<'_>, faults: &mut Faults) -> Catalog {
    let Located { value, lines } = benchmarks;
    let mut catalog = Catalog {
        specs: BTreeMap::new(),
        references: BTreeMap::new(),
        listed: BTreeMap::new(),
        implementations: BTreeMap::new(),
    };
    for (task, entry) in &value.tasks {
        catalog.references.insert(task.clone(), entry.reference.clone());
        if let Some(spec) = spec(&tasks.path(root, task), task, &lines.place(&format!("/tasks/{task}")), faults) {
            catalog.specs.insert(task.clone(), spec);
        }
        for (index, id) in entry.implementations.iter().enumerate() {
            let place = lines.place(&format!("/tasks/{task}/implementations/{index}"));
            if !list(&mut catalog, id, task, &place, faults) {
                continue;
            }
            if let Some(source) = source(root, task, id, entry.environment, &place, faults) {
                catalog.implementations.insert(id.clone(), Entry { task: task.clone(), source });
            }
        }
    }
    for (id, executable) in &value.executables {
        let place = lines.place(&format!("/executables/{id}"));
        let task = &executable.task;
        if !value.tasks.contains_key(task) {
            let place = lines.place(&format!("/executables/{id}/task"));
            faults.push(names::unknown(place, "task", task.as_str(), value.tasks.keys().map(Id::as_str)));
        }
        if list(&mut catalog, id, task, &place, faults) {
            check_program(root, id, executable, &place, faults);
            let source = Source::Command(executable.clone());
            catalog.implementations.insert(id.clone(), Entry { task: task.clone(), source });
        }
    }
    catalog
}

/// False where the name is taken.
fn list(catalog: &mut Catalog, id: &Id, task: &Id, place: &str, faults: &mut Faults) -> bool {
    let taken = catalog.listed.contains_key(id);
    if taken {
        faults.push(Fault::new(place, format!("implementation `{id}` is listed twice")));
    } else {
        catalog.listed.insert(id.clone(), task.clone());
    }
    !taken
}

/// A program with a path and no build command has to be there; one without a path is looked for
/// when it is started.
fn check_program(root: &Path, id: &Id, executable: &Executable, place: &str, faults: &mut Faults) {
    let Some(program) = executable.argv.first() else { return };
    if program.contains('/') && executable.build.is_none() && !root.join(program).is_file() {
        let fault = Fault::new(place, format!("executable `{id}`: there is no file `{program}`"));
        faults.push(fault.hint("build it first, or give its `build` command"));
    }
}

/// What the task's own executable printed of it.
fn spec(path: &Path, task: &Id, place: &str, faults: &mut Faults) -> Option<TaskSpec> {
    if !path.is_file() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let what =
            format!("task `{task}` has no description ({name}): no bins/{task}/src/bin/{task}_task.rs was built");
        faults.push(Fault::new(place, what).hint("add that executable, or take the task's line away"));
        return None;
    }
    match document::read::<TaskSpec>(path) {
        Ok(spec) if spec.task == *task => Some(spec),
        Ok(spec) => {
            faults
                .push(Fault::new(path.display().to_string(), format!("describes task `{}`, not `{task}`", spec.task)));
            None
        }
        Err(found) => {
            faults.0.extend(found.0);
            None
        }
    }
}

/// The language follows from the file that is there.
fn source(root: &Path, task: &Id, id: &Id, group: PythonGroup, place: &str, faults: &mut Faults) -> Option<Source> {
    let folder = names::task_folder(root, task).join("src/bin");
    let rust = folder.join(format!("{id}.rs"));
    let python = folder.join(format!("{id}.py"));
    match (root.join(&rust).is_file(), root.join(&python).is_file()) {
        (true, false) => Some(Source::Rust),
        (false, true) => Some(Source::Python { script: python, group }),
        (true, true) => {
            let what = format!("implementation `{id}` has two files, {} and {}", rust.display(), python.display());
            faults.push(Fault::new(place, what).hint("one id names one file: rename one"));
            None
        }
        (false, false) => {
            let what =
                format!("implementation `{id}` has no file: neither {} nor {}", rust.display(), python.display());
            let stems = stems(&root.join(&folder));
            let known = stems.iter().map(String::as_str);
            let fault = Fault::new(place, what);
            faults.push(match schema::fault::nearest(id.as_str(), known) {
                Some(meant) => fault.hint(format!("did you mean `{meant}`?")),
                None => fault,
            });
            None
        }
    }
}

fn stems(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| Some(entry.path().file_stem()?.to_str()?.to_owned())).collect()
}
