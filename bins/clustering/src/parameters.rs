//! The algorithms' hyperparameters: types, ranges and defaults, which are scikit-learn's but for the
//! number of a mixture's components, which there is 1.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which distance two clusters have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "lowercase")]
pub enum Linkage {
    Ward,
    Complete,
    Average,
}

/// What the components' covariances have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "lowercase")]
pub enum Covariance {
    Full,
    Tied,
    Diag,
    Spherical,
}

/// Hyperparameters of `kmeans`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KMeans {
    /// How many clusters; no more than there are rows.
    #[schemars(range(min = 1, max = 100_000))]
    pub n_clusters: u32,
    /// Most iterations.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_iter: u32,
    /// The iterations end once the centres' squared moves sum to at most this share of the columns' mean variance.
    #[schemars(range(min = 1e-14, max = 1.0))]
    pub tol: f64,
}

impl Default for KMeans {
    fn default() -> Self {
        Self { n_clusters: 8, max_iter: 300, tol: 1e-4 }
    }
}

/// Hyperparameters of `kmeans_plus_plus`. `n_init` is what scikit-learn took for long, and what its
/// documentation tells to raise where one start is not stable enough: two libraries draw other centres,
/// and only the best of several is nearly the same.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KMeansPlusPlus {
    /// How many clusters; no more than there are rows.
    #[schemars(range(min = 1, max = 100_000))]
    pub n_clusters: u32,
    /// How often centres are drawn and moved; the clusters of least inertia are the answer.
    #[schemars(range(min = 1, max = 1000))]
    pub n_init: u32,
    /// Most iterations from each draw.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_iter: u32,
    /// The iterations end once the centres' squared moves sum to at most this share of the columns' mean variance.
    #[schemars(range(min = 1e-14, max = 1.0))]
    pub tol: f64,
}

impl Default for KMeansPlusPlus {
    fn default() -> Self {
        let KMeans { n_clusters, max_iter, tol } = KMeans::default();
        Self { n_clusters, n_init: 10, max_iter, tol }
    }
}

/// Hyperparameters of `dbscan`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Dbscan {
    /// Rows at most this far apart are neighbours.
    #[schemars(range(min = 1e-9, max = 1e9))]
    pub eps: f64,
    /// A row with so many neighbours, itself among them, is a core of a cluster.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub min_samples: u32,
}

impl Default for Dbscan {
    fn default() -> Self {
        Self { eps: 0.5, min_samples: 5 }
    }
}

/// Hyperparameters of `agglomerative`, which takes at most 20,000 rows: the distances of all pairs are kept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Agglomerative {
    /// How many clusters are left; no more than there are rows.
    #[schemars(range(min = 1, max = 100_000))]
    pub n_clusters: u32,
    /// The distance of two clusters: `ward`, by how much merging them raises the squared distances to the
    /// centres; `complete`, the largest between their rows; `average`, the mean of these.
    pub linkage: Linkage,
}

impl Default for Agglomerative {
    fn default() -> Self {
        Self { n_clusters: 2, linkage: Linkage::Ward }
    }
}

/// Hyperparameters of `gaussian_mixture`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GaussianMixture {
    /// How many components; no more than there are rows.
    #[schemars(range(min = 1, max = 100_000))]
    pub n_clusters: u32,
    /// What is estimated: a covariance matrix of each component (`full`), one for all (`tied`), a variance of
    /// each component's columns (`diag`), one of each component (`spherical`).
    pub covariance_type: Covariance,
    /// Most iterations.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_iter: u32,
    /// The iterations end once the mean log-likelihood of a row changes by less than this.
    #[schemars(range(min = 1e-14, max = 1.0))]
    pub tol: f64,
    /// Added to the variances, so that no component collapses.
    #[schemars(range(min = 0.0, max = 1e12))]
    pub reg_covar: f64,
}

impl Default for GaussianMixture {
    fn default() -> Self {
        Self { n_clusters: 3, covariance_type: Covariance::Full, max_iter: 100, tol: 1e-3, reg_covar: 1e-6 }
    }
}
