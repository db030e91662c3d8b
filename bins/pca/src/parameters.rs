//! The algorithms' hyperparameters: types, ranges and defaults.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hyperparameters of `exact`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Exact {
    /// Components that are kept; at most as many as there are rows and as there are columns.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub n_components: u32,
}

impl Default for Exact {
    fn default() -> Self {
        Self { n_components: 2 }
    }
}

/// Hyperparameters of `randomised`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Randomised {
    /// Components that are kept; at most as many as there are rows and as there are columns.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub n_components: u32,
    /// Dimensions of the random subspace beside those of the components; the default is scikit-learn's.
    #[schemars(range(min = 0, max = 10_000))]
    pub n_oversamples: u32,
    /// Power iterations; scikit-learn's own choice is 4, and 7 for few components of many.
    #[schemars(range(min = 0, max = 1000))]
    pub n_iter: u32,
}

impl Default for Randomised {
    fn default() -> Self {
        Self { n_components: 2, n_oversamples: 10, n_iter: 4 }
    }
}
