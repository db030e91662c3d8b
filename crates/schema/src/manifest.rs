//! The manifest of a finished block or published study: written last, so a reader accepts only
//! what it names, with the size and digest that it names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::Id;

/// The name under which a manifest lies in its folder.
pub const MANIFEST: &str = "manifest.json";
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
