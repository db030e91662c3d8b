//! The data manifest: `manifest.json` in a prepared dataset's folder. Both languages read the same
//! bytes, without conversion, and split them by the same index files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::DatasetChoice;
use crate::id::Id;
use crate::task::Dtype;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataManifest {
    pub schema_version: String,
    /// The dataset's id inside a study: name and parameters in one word.
    pub dataset: Id,
    /// What was asked for.
    pub choice: DatasetChoice,
    pub inputs: Vec<DataFile>,
    pub splits: Vec<Split>,
    /// A tree of files, for tasks that read one; then there may be no inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<DataTree>,
    /// Forged or loaded weights; null where the task has none.
    pub weights: Option<DataFile>,
    pub rows: u64,
    pub columns: u64,
    /// Where the values come from, by whose licence, and what a reader should know about them.
    pub source: Source,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    pub name: Id,
    /// Relative to the manifest's folder; a plain file name.
    pub path: String,
    pub format: DataFormat,
    pub dtype: Dtype,
    pub shape: Vec<u64>,
    pub bytes: u64,
    pub sha256: String,
}

/// A folder with whatever is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataTree {
    pub name: Id,
    /// Relative to the manifest's folder; a plain name.
    pub path: String,
    pub files: u64,
    pub bytes: u64,
    /// Of one line a file, `<sha256>  <path>`, in the order of the paths' bytes.
    pub sha256: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DataFormat {
    Npy,
    Safetensors,
}

/// A named way of splitting the rows: for `holdout` the index files `train` and `test`, for `cv5` the
/// rows that each fold judges, `fold_0` to `fold_4`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Split {
    pub name: Id,
    /// `shuffle_chacha8`: Fisher-Yates over 0..n by `ChaCha8` seeded with `seed`, first part train.
    pub algorithm: Id,
    pub seed: u64,
    /// Each part's row numbers, as i64 npy files.
    pub parts: Vec<DataFile>,
}

impl Split {
    /// Whether each part judges in turn while the others train.
    pub fn is_folds(&self) -> bool {
        self.parts.iter().all(|part| part.name.as_str().starts_with("fold_"))
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub origin: String,
    pub licence: String,
    #[serde(default)]
    pub notes: Vec<String>,
    /// The file that the values were read from, where a person gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<SourceFile>,
    /// What was done to the file's values and columns, in order; nothing else was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transformations: Vec<String>,
}

/// What a person's file was. Where it lies is not told: the same bytes elsewhere are the same data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    /// Its name without the folder.
    pub name: String,
    /// `CSV`, `Parquet`, `npy`, or the form of a published dataset.
    pub format: String,
    pub bytes: u64,
    pub sha256: String,
    /// Where it was fetched from, without the query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The column that is predicted.
    pub target: String,
    /// The columns that it is predicted from, in the order of `x`.
    pub features: Vec<String>,
    /// What the file calls the classes 0, 1, …; empty where the target is numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
}
