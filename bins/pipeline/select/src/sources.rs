//! What a build or a dataset is made from, as one digest of names and contents: times of files
//! never matter, and a file that cannot change the result is not in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use datasets::table::Origin;
use schema::config::{Executable, PythonGroup};
use schema::digest;
use schema::fault::Fault;
use schema::files::cannot;

pub(crate) use workspace::Workspace;

mod workspace;

/// The Python side of the task protocol, on every Python implementation's path.
pub(crate) const PYTHON_TWIN: &str = "crates/task/python/ferrobench_task.py";

/// sha256 of a group's lock; the environment's folder is named by its first 16 digits.
pub(crate) fn environment_digest(root: &Path, group: PythonGroup) -> Result<String, Fault> {
    digest::of_file(&root.join(lock(group)))
}

fn lock(group: PythonGroup) -> PathBuf {
    PathBuf::from(format!("config/python/{}.txt", group.name()))
}

/// Digests by name, relative to the root.
pub(crate) struct Sources<'r> {
    root: &'r Path,
    parts: BTreeMap<String, String>,
}

impl<'r> Sources<'r> {
    pub(crate) fn new(root: &'r Path) -> Self {
        Self { root, parts: BTreeMap::new() }
    }

    /// A fact that is no file: a profile, a flag.
    pub(crate) fn say(&mut self, name: &str, value: &str) {
        self.parts.insert(format!("={name}"), value.to_owned());
    }

    pub(crate) fn file(&mut self, path: &Path) -> Result<(), Fault> {
        let sha256 = digest::of_file(&self.root.join(path))?;
        self.parts.insert(path.display().to_string(), sha256);
        Ok(())
    }

    pub(crate) fn file_if_there(&mut self, path: &str) -> Result<(), Fault> {
        if self.root.join(path).is_file() { self.file(Path::new(path)) } else { Ok(()) }
    }

    /// Every file under `folder` (relative to the root) that `takes` lets in.
    pub(crate) fn folder(&mut self, folder: &Path, takes: &dyn Fn(&Path) -> bool) -> Result<(), Fault> {
        let absolute = self.root.join(folder);
        let entries = fs::read_dir(&absolute).map_err(|error| cannot("read", &absolute, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| cannot("read", &absolute, &error))?;
            let path = folder.join(entry.file_name());
            let kind = entry.file_type().map_err(|error| cannot("read", &entry.path(), &error))?;
            if entry.file_name().to_string_lossy().starts_with('.') || !takes(&path) {
                continue;
            }
            if kind.is_dir() {
                self.folder(&path, takes)?;
            } else if self.root.join(&path).is_file() {
                self.file(&path)?;
            }
        }
        Ok(())
    }

    pub(crate) fn digest(&self) -> String {
        digest::of_document(&self.parts)
    }
}

/// Source of a Rust library: what `scripts/source-digest` leaves out cannot change a build either.
fn is_rust_source(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let extension = path.extension().map(|extension| extension.to_string_lossy()).unwrap_or_default();
    !matches!(&*name, "tests" | "benches" | "examples" | "target" | "python" | "__pycache__")
        && !matches!(&*extension, "md" | "py" | "pyc" | "partial")
}

/// Synthetic data come from crates/datasets; exported ones also from the library that carries them,
/// and a person's file through crates/loaders.
pub(crate) fn of_dataset(root: &Path, origin: Option<&Origin>) -> Result<String, Fault> {
    let mut sources = Sources::new(root);
    sources.folder(Path::new("crates/datasets"), &is_rust_source)?;
    if matches!(origin, Some(Origin::File { .. })) {
        sources.folder(Path::new("crates/loaders"), &is_rust_source)?;
    }
    if matches!(origin, Some(Origin::Sklearn { .. })) {
        sources.file(&lock(PythonGroup::Core))?;
        let scripts = |path: &Path| path.extension().is_some_and(|extension| extension == "py");
        sources.folder(Path::new("bins/pipeline/prepare"), &scripts)?;
    }
    Ok(sources.digest())
}

/// A user's own executable: its words, and every file and folder that it is built from. Those are
/// what its commands name, the folders of the files that its build command names, and `sources`.
pub(crate) fn of_executable(root: &Path, executable: &Executable) -> Result<String, Fault> {
    let mut sources = Sources::new(root);
    sources.say("command", &digest::of_document(executable));
    let program = Path::new(executable.argv.first().map_or("", String::as_str));
    // What the build makes is no source of it.
    let is_source = |path: &Path| executable.build.is_none() || path != program;
    let mut named: BTreeSet<&Path> = executable.argv.iter().chain(&executable.sources).map(Path::new).collect();
    for word in executable.build.iter().flatten().map(Path::new) {
        named.insert(word);
        let folder = word.parent().filter(|folder| !folder.as_os_str().is_empty());
        named.extend(folder.filter(|_| root.join(word).is_file()));
    }
    for path in named.into_iter().filter(|path| is_source(path)) {
        if root.join(path).is_file() {
            sources.file(path)?;
        } else if is_inside(path) && root.join(path).is_dir() {
            sources.folder(path, &is_source)?;
        }
    }
    Ok(sources.digest())
}

/// A folder of the checkout below its root, and not of what is made there: a build command's `.` or
/// `/usr/bin` is where it works, not what it is built from.
fn is_inside(folder: &Path) -> bool {
    let mut parts = folder.components();
    let first = parts.next();
    let plain = |part: &Component| matches!(part, Component::Normal(name) if !name.to_string_lossy().starts_with('.'));
    first.as_ref().is_some_and(plain) && parts.all(|part| matches!(part, Component::Normal(_)))
}
