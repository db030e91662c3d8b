//! The prepared datasets, as phase 2 left their manifests.

use std::collections::BTreeMap;
use std::path::Path;

use schema::block::BlockData;
use schema::data::DataManifest;
use schema::fault::Faults;
use schema::id::Id;
use schema::plan::PlannedData;
use schema::{digest, document};

use crate::summary;

pub(super) struct PreparedData {
    pub manifest: DataManifest,
    sha256: String,
}

impl PreparedData {
    /// The folder is named by the manifest's digest, as `prepare data` names it.
    pub(super) fn for_block(&self) -> BlockData {
        let dataset = &self.manifest.dataset;
        let parts = self.manifest.splits.iter().flat_map(|split| {
            split.parts.iter().map(|part| (format!("{}_{}", split.name, part.name), part.sha256.clone()))
        });
        let inputs = self.manifest.inputs.iter().chain(&self.manifest.weights);
        let tree = self.manifest.tree.iter().map(|tree| (tree.name.to_string(), tree.sha256.clone()));
        BlockData {
            dataset: dataset.clone(),
            folder: format!(".ferrobench/data/{dataset}-{}", &self.sha256[..16]),
            manifest_sha256: self.sha256.clone(),
            inputs: inputs.map(|file| (file.name.to_string(), file.sha256.clone())).chain(tree).chain(parts).collect(),
        }
    }

    pub(super) fn facts(&self) -> PlannedData {
        let DataManifest { dataset, rows, columns, source, .. } = self.manifest.clone();
        PlannedData { dataset, manifest_sha256: self.sha256.clone(), rows, columns, source }
    }

    /// What a reader has to know before the figures: a person's file, what was done to it, and what
    /// is wrong with a dataset in itself.
    pub(super) fn notes(&self) -> Vec<String> {
        let DataManifest { dataset, rows, columns, source, .. } = &self.manifest;
        let Some(file) = &source.file else { return source.notes.clone() };
        let what =
            format!("{dataset} is {}: {rows} rows, {columns} features, target `{}`.", source.origin, file.target);
        let done: Vec<String> = source.transformations.iter().map(|done| format!(" Done to it: {done}.")).collect();
        let note = what + &done.concat();
        [vec![note], source.notes.clone()].concat()
    }
}

pub(super) fn read(folder: &Path) -> Result<BTreeMap<Id, PreparedData>, Faults> {
    let mut found = Vec::new();
    for path in summary::json_files(folder)? {
        let manifest: DataManifest = document::read(&path)?;
        let sha256 = digest::of_file(&path)?;
        found.push((manifest.dataset.clone(), PreparedData { manifest, sha256 }));
    }
    Ok(summary::by_id(found, folder)?)
}
