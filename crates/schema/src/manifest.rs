//! The manifest of a finished block or published study: written last, so a reader accepts only
//! what it names, with the size and digest that it names.

use std::fs;
use std::path::{Component, Path};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::{Fault, Faults};
use crate::files::cannot;
use crate::id::Id;
use crate::{digest, document};

/// The name under which a manifest lies in its folder.
pub const MANIFEST: &str = "manifest.json";
/// A finished block's block file.
pub const BLOCK: &str = "block.json";
/// The records of a finished block, one JSON document a line.
pub const RECORDS: &str = "records.jsonl";

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub schema_version: String,
    pub kind: ManifestKind,
    /// The block's or study's id.
    pub id: Id,
    /// The block's key in the store; absent for a study.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// For a block the attempt that finished it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    pub files: Vec<ManifestFile>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ManifestKind {
    Block,
    Study,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// Relative to the manifest's folder, `/` between parts, no `..`.
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
}

impl Manifest {
    /// The manifest in a finished block's folder, after every file that it names was found whole,
    /// the block file and the records among them.
    pub fn of_finished_block(folder: &Path) -> Result<Self, Faults> {
        let path = folder.join(MANIFEST);
        let manifest: Self = document::read(&path)?;
        let place = path.display().to_string();
        let mut faults = Faults::default();
        if manifest.kind != ManifestKind::Block {
            faults.push(Fault::new(&place, "is no block's manifest"));
        }
        for name in [BLOCK, RECORDS] {
            if !manifest.files.iter().any(|file| file.path == name) {
                faults.push(Fault::new(&place, format!("does not name `{name}`")));
            }
        }
        let damaged = manifest.damage(folder).into_iter();
        faults.0.extend(damaged.map(|fault| fault.hint("the block is damaged: measure it again with --fresh")));
        faults.into_result()?;
        Ok(manifest)
    }

    /// What is not as the manifest says, a fault a file.
    pub fn damage(&self, folder: &Path) -> Vec<Fault> {
        self.files.iter().filter_map(|file| file.verify(folder).err()).collect()
    }
}

impl ManifestFile {
    /// The file lies inside `folder`, is no link, and has this size and digest.
    pub fn verify(&self, folder: &Path) -> Result<(), Fault> {
        let path = folder.join(&self.path);
        let fault = |what: String| Err(Fault::new(path.display().to_string(), what));
        if !Path::new(&self.path).components().all(|part| matches!(part, Component::Normal(_))) {
            return fault("a manifest may only name files inside its folder".to_owned());
        }
        let metadata = fs::symlink_metadata(&path).map_err(|error| cannot("read", &path, &error))?;
        if !metadata.is_file() {
            return fault("is no regular file".to_owned());
        }
        if metadata.len() != self.bytes {
            return fault(format!("{} bytes; the manifest says {}", metadata.len(), self.bytes));
        }
        let sha256 = digest::of_file(&path)?;
        if sha256 != self.sha256 {
            return fault(format!("sha256 {sha256}; the manifest says {}", self.sha256));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &Path, path: &str, bytes: &[u8]) -> ManifestFile {
        fs::write(folder.join(path), bytes).expect("written");
        ManifestFile { path: path.to_owned(), bytes: bytes.len() as u64, sha256: digest::of_bytes(bytes) }
    }

    #[test]
    fn a_file_is_what_its_manifest_says_or_the_difference_is_told() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let folder = folder.path();
        let whole = file(folder, "a", b"abc");
        assert_eq!(whole.verify(folder), Ok(()));
        let told = |file: &ManifestFile| file.verify(folder).expect_err("refused").what;
        assert_eq!(told(&ManifestFile { bytes: 4, ..whole.clone() }), "3 bytes; the manifest says 4");
        assert!(told(&ManifestFile { sha256: "0".repeat(64), ..whole.clone() }).ends_with(&"0".repeat(64)));
        for path in ["../a", "/etc/passwd", "x/../a"] {
            assert!(told(&ManifestFile { path: path.to_owned(), ..whole.clone() }).contains("inside its folder"));
        }
        std::os::unix::fs::symlink("a", folder.join("link")).expect("linked");
        assert_eq!(told(&ManifestFile { path: "link".to_owned(), ..whole.clone() }), "is no regular file");
        assert!(told(&ManifestFile { path: "none".to_owned(), ..whole }).contains("cannot read"));
    }

    #[test]
    fn a_finished_block_has_its_block_file_and_its_records() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let folder = folder.path();
        let write = |kind: ManifestKind, files: Vec<ManifestFile>| {
            let id = Id::new("b").expect("an id");
            let schema_version = crate::SCHEMA_VERSION.to_owned();
            let manifest = Manifest { schema_version, kind, id, key: None, attempt: None, files };
            document::write(&folder.join(MANIFEST), &manifest).expect("written");
            Manifest::of_finished_block(folder).map_err(|faults| faults.to_string())
        };
        let files = vec![file(folder, BLOCK, b"{}"), file(folder, RECORDS, b"")];
        assert!(write(ManifestKind::Block, files.clone()).is_ok());
        assert!(write(ManifestKind::Study, files.clone()).expect_err("refused").contains("is no block's manifest"));
        let told = write(ManifestKind::Block, files[..1].to_vec()).expect_err("refused");
        assert!(told.contains("does not name `records.jsonl`"), "{told}");
        fs::write(folder.join(BLOCK), "{ }").expect("damaged");
        assert!(write(ManifestKind::Block, files).expect_err("refused").contains("measure it again with --fresh"));
    }
}
