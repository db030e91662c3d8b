//! The algorithms' hyperparameters: types, ranges and defaults, which are scikit-learn's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hyperparameters of `random_forest_classification`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClassificationForest {
    /// Trees of the forest.
    #[schemars(range(min = 1, max = 100_000))]
    pub n_estimators: u32,
    /// Most splits above a leaf; null for none.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_depth: Option<u32>,
    /// Columns that each split is chosen from: the square root of their number, or all.
    pub max_features: MaxFeatures,
    /// Distinct rows that each side of a split has to have.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub min_samples_leaf: u32,
    /// Whether each tree is grown on as many rows drawn with replacement, or on all as they are.
    pub bootstrap: bool,
}

/// Hyperparameters of `random_forest_regression`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RegressionForest {
    /// Trees of the forest.
    #[schemars(range(min = 1, max = 100_000))]
    pub n_estimators: u32,
    /// Most splits above a leaf; null for none.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_depth: Option<u32>,
    /// Columns that each split is chosen from: the square root of their number, or all.
    pub max_features: MaxFeatures,
    /// Distinct rows that each side of a split has to have.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub min_samples_leaf: u32,
    /// Whether each tree is grown on as many rows drawn with replacement, or on all as they are.
    pub bootstrap: bool,
}

/// Hyperparameters of `hist_gradient_boosting_classification` and `hist_gradient_boosting_regression`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HistGradientBoosting {
    /// Trees one after another; of three classes and more one a class each time.
    #[schemars(range(min = 1, max = 100_000))]
    pub max_iter: u32,
    /// What share of a leaf's step is made.
    #[schemars(range(min = 1e-9, max = 1e3))]
    pub learning_rate: f64,
    /// Leaves of a tree; null for no limit.
    #[schemars(range(min = 2, max = 1_000_000))]
    pub max_leaf_nodes: Option<u32>,
    /// Most splits above a leaf; null for no limit.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_depth: Option<u32>,
    /// Rows that each side of a split has to have.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub min_samples_leaf: u32,
    /// Added to what a leaf's step is divided by.
    #[schemars(range(min = 0.0, max = 1e9))]
    pub l2_regularization: f64,
    /// Bins that a column's values are put into.
    #[schemars(range(min = 2, max = 255))]
    pub max_bins: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum MaxFeatures {
    Sqrt,
    All,
}

impl MaxFeatures {
    pub fn of(self, columns: usize) -> usize {
        match self {
            Self::Sqrt => columns.isqrt().max(1),
            Self::All => columns,
        }
    }
}

impl Default for ClassificationForest {
    fn default() -> Self {
        Self {
            n_estimators: 100,
            max_depth: None,
            max_features: MaxFeatures::Sqrt,
            min_samples_leaf: 1,
            bootstrap: true,
        }
    }
}

impl Default for RegressionForest {
    fn default() -> Self {
        Self {
            n_estimators: 100,
            max_depth: None,
            max_features: MaxFeatures::All,
            min_samples_leaf: 1,
            bootstrap: true,
        }
    }
}

impl Default for HistGradientBoosting {
    fn default() -> Self {
        Self {
            max_iter: 100,
            learning_rate: 0.1,
            max_leaf_nodes: Some(31),
            max_depth: None,
            min_samples_leaf: 20,
            l2_regularization: 0.0,
            max_bins: 255,
        }
    }
}

impl From<RegressionForest> for ClassificationForest {
    /// The same forest; only the defaults differ.
    fn from(given: RegressionForest) -> Self {
        let RegressionForest { n_estimators, max_depth, max_features, min_samples_leaf, bootstrap } = given;
        Self { n_estimators, max_depth, max_features, min_samples_leaf, bootstrap }
    }
}
