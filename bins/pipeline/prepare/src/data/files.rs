//! Data that are a tree of files.

use std::path::Path;

use anyhow::Result;
use datasets::manifest::MANIFEST;
use datasets::table::Dataset;
use datasets::tree::{self, Made};
use schema::data::{DataManifest, Source};
use schema::selection::DatasetRequest;
use schema::{SCHEMA_VERSION, document};

/// What tasks call it.
const NAME: &str = "corpus";

/// The files and, last, the manifest.
pub(super) fn fill(partial: &Path, request: &DatasetRequest, dataset: &Dataset, files: &[Made]) -> Result<()> {
    let source = Source {
        origin: "made by Ferrobench from a seed".to_owned(),
        licence: dataset.licence.to_owned(),
        notes: dataset.notes.iter().map(|note| (*note).to_owned()).collect(),
        ..Source::default()
    };
    let manifest = DataManifest {
        schema_version: SCHEMA_VERSION.to_owned(),
        dataset: request.dataset.clone(),
        choice: request.choice.clone(),
        inputs: Vec::new(),
        splits: Vec::new(),
        tree: Some(tree::write(partial, NAME, files)?),
        weights: None,
        rows: 0,
        columns: 0,
        source,
    };
    document::write(&partial.join(MANIFEST), &manifest)?;
    Ok(())
}
