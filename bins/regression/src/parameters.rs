//! The algorithms' hyperparameters: types, ranges and defaults, which are scikit-learn's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hyperparameters of `linear`: ordinary least squares.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Linear {
    /// Whether the model has an intercept; without one the fitted plane goes through the origin.
    pub fit_intercept: bool,
    /// Which directions of the data count as none: those whose singular value, of the centred data,
    /// is at or below this share of the largest. The default is scikit-learn's.
    #[schemars(range(min = 1e-14, max = 0.1))]
    pub tol: f64,
}

impl Default for Linear {
    fn default() -> Self {
        Self { fit_intercept: true, tol: 1e-6 }
    }
}

/// Hyperparameters of `ridge`: minimises ‖y − Xw − b‖² + alpha ‖w‖².
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ridge {
    /// Weight of the squared coefficients against the sum, not the mean, of the squared errors.
    #[schemars(range(min = 0.0, max = 1e12))]
    pub alpha: f64,
    /// Whether the model has an intercept, which is not penalised.
    pub fit_intercept: bool,
    /// Most iterations, of solvers that iterate.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_iter: u32,
    /// When solvers that iterate may stop.
    #[schemars(range(min = 1e-14, max = 0.1))]
    pub tol: f64,
}

impl Default for Ridge {
    fn default() -> Self {
        Self { alpha: 1.0, fit_intercept: true, max_iter: 1000, tol: 1e-4 }
    }
}

/// Hyperparameters of `lasso`: minimises ‖y − Xw − b‖² / 2n + alpha ‖w‖₁.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Lasso {
    /// Weight of the coefficients' absolute values against half the mean squared error.
    #[schemars(range(min = 0.0, max = 1e12))]
    pub alpha: f64,
    /// Whether the model has an intercept, which is not penalised.
    pub fit_intercept: bool,
    /// Most sweeps over the coefficients; where they end the descent is a fact of the run.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_iter: u32,
    /// The descent ends once the duality gap is at most this share of the centred target's sum of squares.
    #[schemars(range(min = 1e-14, max = 0.1))]
    pub tol: f64,
}

impl Default for Lasso {
    fn default() -> Self {
        Self { alpha: 1.0, fit_intercept: true, max_iter: 1000, tol: 1e-4 }
    }
}

/// Hyperparameters of `elastic_net`: minimises
/// ‖y − Xw − b‖² / 2n + alpha `l1_ratio` ‖w‖₁ + alpha (1 − `l1_ratio`) ‖w‖² / 2.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ElasticNet {
    /// Weight of both penalties against half the mean squared error.
    #[schemars(range(min = 0.0, max = 1e12))]
    pub alpha: f64,
    /// Which share of the penalty is on absolute values; the rest is on squares.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub l1_ratio: f64,
    /// Whether the model has an intercept, which is not penalised.
    pub fit_intercept: bool,
    /// Most sweeps over the coefficients; where they end the descent is a fact of the run.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_iter: u32,
    /// The descent ends once the duality gap is at most this share of the centred target's sum of squares.
    #[schemars(range(min = 1e-14, max = 0.1))]
    pub tol: f64,
}

impl Default for ElasticNet {
    fn default() -> Self {
        Self { alpha: 1.0, l1_ratio: 0.5, fit_intercept: true, max_iter: 1000, tol: 1e-4 }
    }
}

/// Lasso is the elastic net whose whole penalty is on absolute values.
impl From<Lasso> for ElasticNet {
    fn from(Lasso { alpha, fit_intercept, max_iter, tol }: Lasso) -> Self {
        Self { alpha, l1_ratio: 1.0, fit_intercept, max_iter, tol }
    }
}
