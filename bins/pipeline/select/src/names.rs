//! Unknown and repeated names, told alike everywhere.

use std::path::{Path, PathBuf};

use schema::fault::{Fault, nearest};
use schema::id::Id;

/// A task's folder, relative to the root: `bins/<task>`, or with hyphens, as Cargo's packages are called.
pub(crate) fn task_folder(root: &Path, task: &Id) -> PathBuf {
    let named = PathBuf::from(format!("bins/{task}"));
    let hyphened = PathBuf::from(format!("bins/{}", task.as_str().replace('_', "-")));
    if !root.join(&named).is_dir() && root.join(&hyphened).is_dir() { hyphened } else { named }
}

/// `unknown task `regresion`; known: regression, svm`, with the nearest guess.
pub(crate) fn unknown<'k>(place: String, kind: &str, given: &str, known: impl IntoIterator<Item = &'k str>) -> Fault {
    let known: Vec<&str> = known.into_iter().collect();
    let listed = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let fault = Fault::new(place, format!("unknown {kind} `{given}`; known: {listed}"));
    match nearest(given, known) {
        Some(meant) => fault.hint(format!("did you mean `{meant}`?")),
        None => fault,
    }
}

/// The positions of entries that an earlier entry equals.
pub(crate) fn repeated<T: PartialEq>(entries: &[T]) -> Vec<usize> {
    (0..entries.len()).filter(|&index| entries[..index].contains(&entries[index])).collect()
}
