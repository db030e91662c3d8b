//! The prepared data: `manifest.json` and the npy files that it names, each verified as it is read.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use datasets::npy::{self, Array, Element};
use schema::data::{DataFile, DataManifest, Split};
use schema::digest;
use schema::fault::Fault;
use schema::files::cannot;
use schema::id::Id;

use crate::Stop;

/// The manifest of a dataset is small; anything larger is no manifest.
const MANIFEST_BYTES_MAX: u64 = 1 << 20;

pub(crate) struct Data {
    folder: PathBuf,
    manifest: DataManifest,
}

impl Data {
    pub(crate) fn open(folder: &Path) -> Result<Self, Stop> {
        let path = folder.join("manifest.json");
        let manifest = read_json(&path, MANIFEST_BYTES_MAX)?;
        Ok(Self { folder: folder.to_owned(), manifest })
    }

    pub(crate) fn manifest(&self) -> &DataManifest {
        &self.manifest
    }

    pub(crate) fn input<T: Element>(&self, name: &str) -> Result<Array<T>, Stop> {
        let file = self.manifest.inputs.iter().find(|file| file.name.as_str() == name);
        let file = file.ok_or_else(|| Fault::new(self.place(), format!("has no input `{name}`")))?;
        self.read(file)
    }

    pub(crate) fn split(&self, name: &Id) -> Result<&Split, Stop> {
        let found = self.manifest.splits.iter().find(|split| split.name == *name);
        Ok(found.ok_or_else(|| Fault::new(self.place(), format!("has no split `{name}`")))?)
    }

    pub(crate) fn part(&self, split: &Id, name: &str) -> Result<Array<i64>, Stop> {
        let part = self.split(split)?.parts.iter().find(|part| part.name.as_str() == name);
        let part = part.ok_or_else(|| Fault::new(self.place(), format!("split `{split}` has no part `{name}`")))?;
        self.read(part)
    }

    /// Verified by streaming and then read into place: the bytes are never in memory twice.
    fn read<T: Element>(&self, file: &DataFile) -> Result<Array<T>, Stop> {
        if file.path.contains('/') || file.path.starts_with('.') {
            return Err(Fault::new(self.place(), format!("`{}` is no plain file name", file.path)).into());
        }
        let path = self.folder.join(&file.path);
        let place = path.display().to_string();
        let bytes = std::fs::metadata(&path).map_err(|error| cannot("read", &path, &error))?.len();
        if bytes != file.bytes {
            return Err(Fault::new(place, format!("{bytes} bytes; the manifest says {}", file.bytes)).into());
        }
        let sha256 = digest::of_file(&path)?;
        if sha256 != file.sha256 {
            return Err(Fault::new(place, format!("sha256 {sha256}; the manifest says {}", file.sha256)).into());
        }
        let array: Array<T> = npy::read(&path, file.bytes)?;
        if array.shape != file.shape {
            let what = format!("shape {:?}; the manifest says {:?}", array.shape, file.shape);
            return Err(Fault::new(place, what).into());
        }
        if let Some(index) = array.values.iter().position(|value| !value.is_finite()) {
            return Err(Fault::new(place, format!("value {index} is not finite")).into());
        }
        Ok(array)
    }

    /// The folder of the tree, verified.
    pub(crate) fn tree(&self, name: &str) -> Result<PathBuf, Stop> {
        let tree = self.manifest.tree.as_ref().filter(|tree| tree.name.as_str() == name);
        let tree = tree.ok_or_else(|| Fault::new(self.place(), format!("has no tree `{name}`")))?;
        datasets::tree::verify(&self.folder, tree)?;
        Ok(self.folder.join(&tree.path))
    }

    fn place(&self) -> String {
        self.folder.join("manifest.json").display().to_string()
    }
}

/// Reads a document by its type alone: a measured program carries no schema validator.
pub(crate) fn read_json<T: serde::de::DeserializeOwned>(path: &Path, limit: u64) -> Result<T, Stop> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| cannot("read", path, &error))?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| cannot("read", path, &error))?;
    if bytes.len() as u64 > limit {
        return Err(Fault::new(path.display().to_string(), format!("larger than {limit} bytes")).into());
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        Fault::new(path.display().to_string(), error.to_string())
            .hint("the documents are described in bins/README.md and config/schema/")
            .into()
    })
}
