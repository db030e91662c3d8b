//! The algorithms' hyperparameters: types, ranges and defaults, which are scikit-learn's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hyperparameters of both algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Neighbors {
    /// How many neighbours are asked; at most as many as there are training rows.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub n_neighbors: u32,
    /// How much each counts: all the same, or as the inverse of its distance.
    pub weights: Weights,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Weights {
    Uniform,
    Distance,
}

impl Default for Neighbors {
    fn default() -> Self {
        Self { n_neighbors: 5, weights: Weights::Uniform }
    }
}
