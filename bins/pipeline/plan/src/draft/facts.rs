//! What a plan needs to know of a dataset: its first split, its lengths, its size.

use std::collections::BTreeMap;

use datasets::{size, split};
use schema::config::DatasetChoice;
use schema::data::DataManifest;
use schema::id::Id;

/// Of prepared data everything is known; of others what their parameters say.
pub(crate) struct DataFacts {
    /// The split that runs use.
    pub(crate) split: Option<Id>,
    /// All inputs together.
    pub(crate) bytes: Option<u64>,
    /// By the letters of an output's shape: `n`, `d`, `n_test`.
    lengths: BTreeMap<String, u64>,
}

impl DataFacts {
    pub(crate) fn of(manifest: &DataManifest) -> Self {
        let mut lengths = BTreeMap::from([("n".to_owned(), manifest.rows), ("d".to_owned(), manifest.columns)]);
        for part in manifest.splits.iter().flat_map(|split| &split.parts) {
            let length = lengths.entry(format!("n_{}", part.name)).or_default();
            *length = (*length).max(part.shape.iter().product());
        }
        Self {
            split: manifest.splits.first().map(|split| split.name.clone()),
            bytes: Some(manifest.inputs.iter().map(|file| file.bytes).sum()),
            lengths,
        }
    }

    /// Of data that will be made.
    pub(crate) fn expected(choice: &DatasetChoice) -> Self {
        let size = size::expected(choice);
        let lengths = size.iter().flat_map(|size| [("n", size.rows), ("d", size.columns)]);
        Self {
            split: Id::new(split::HOLDOUT).ok(),
            bytes: size.map(|size| size.bytes),
            lengths: lengths.map(|(name, length)| (name.to_owned(), length)).collect(),
        }
    }

    /// The length that a letter of an output's shape stands for, where the data alone say it.
    pub(crate) fn length(&self, letter: &str) -> Option<u64> {
        letter.parse().ok().or_else(|| self.lengths.get(letter).copied())
    }
}
