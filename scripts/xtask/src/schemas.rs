//! config/schema/<document>.schema.json: what the documents are, for editors and for other languages.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context;
use schema::registry::DOCUMENTS;

use crate::Generated;

const FOLDER: &str = "config/schema";

pub(crate) fn files(_root: &Path) -> anyhow::Result<Vec<Generated>> {
    DOCUMENTS
        .iter()
        .map(|document| {
            let mut text = serde_json::to_string_pretty(&(document.schema)())?;
            text.push('\n');
            Ok(Generated { path: path_of(document.name), text })
        })
        .collect()
}

/// Schemas of documents that no longer exist.
pub(crate) fn surplus(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let known: BTreeSet<PathBuf> = DOCUMENTS.iter().map(|document| path_of(document.name)).collect();
    let folder = root.join(FOLDER);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut surplus = Vec::new();
    for entry in folder.read_dir().with_context(|| format!("cannot list {FOLDER}"))? {
        let path = Path::new(FOLDER).join(entry?.file_name());
        if !known.contains(&path) {
            surplus.push(path);
        }
    }
    surplus.sort();
    Ok(surplus)
}

fn path_of(name: &str) -> PathBuf {
    Path::new(FOLDER).join(format!("{name}.schema.json"))
}
