//! The algorithms' hyperparameters: types, ranges and defaults, which are scikit-learn's.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Hyperparameters of `svc`: classes one against one, slack at the price `c`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Svc {
    /// The price of a row's slack: the smaller, the wider the margin.
    #[schemars(range(min = 1e-9, max = 1e9))]
    pub c: f64,
    /// What stands for the inner product of two rows a and b: exp(−gamma ‖a − b‖²) is `rbf`, a·b `linear`
    /// and (gamma a·b + coef0)^degree `poly`.
    pub kernel: KernelName,
    /// How wide `rbf` is and by how much `poly` scales: a number, `auto`, which is 1 / columns, or
    /// `scale`, which is 1 / (columns · variance of all values that train).
    pub gamma: Gamma,
    /// The power of `poly`; other kernels ignore it.
    #[schemars(range(min = 1, max = 30))]
    pub degree: u32,
    /// What `poly` adds before the power; other kernels ignore it.
    #[schemars(range(min = -1e6, max = 1e6))]
    pub coef0: f64,
    /// Whether the scores are probabilities, calibrated on five folds, which takes six times as long.
    pub probability: bool,
    /// The largest violation of the optimality conditions that is left.
    #[schemars(range(min = 1e-12, max = 1.0))]
    pub tol: f64,
}

impl Default for Svc {
    fn default() -> Self {
        let Kernel { kernel, gamma, degree, coef0 } = Kernel::default();
        Self { c: 1.0, kernel, gamma, degree, coef0, probability: false, tol: 1e-3 }
    }
}

/// Hyperparameters of `nusvc`: classes one against one, the share of support vectors given.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NuSvc {
    /// At least this share of the rows are support vectors and at most this share lie inside the margin.
    /// With classes of unequal size not every share is feasible.
    #[schemars(range(min = 1e-6, max = 1.0))]
    pub nu: f64,
    /// What stands for the inner product of two rows a and b: exp(−gamma ‖a − b‖²) is `rbf`, a·b `linear`
    /// and (gamma a·b + coef0)^degree `poly`.
    pub kernel: KernelName,
    /// How wide `rbf` is and by how much `poly` scales: a number, `auto`, which is 1 / columns, or
    /// `scale`, which is 1 / (columns · variance of all values that train).
    pub gamma: Gamma,
    /// The power of `poly`; other kernels ignore it.
    #[schemars(range(min = 1, max = 30))]
    pub degree: u32,
    /// What `poly` adds before the power; other kernels ignore it.
    #[schemars(range(min = -1e6, max = 1e6))]
    pub coef0: f64,
    /// Whether the scores are probabilities, calibrated on five folds, which takes six times as long.
    pub probability: bool,
    /// The largest violation of the optimality conditions that is left.
    #[schemars(range(min = 1e-12, max = 1.0))]
    pub tol: f64,
}

impl Default for NuSvc {
    fn default() -> Self {
        let Kernel { kernel, gamma, degree, coef0 } = Kernel::default();
        Self { nu: 0.5, kernel, gamma, degree, coef0, probability: false, tol: 1e-3 }
    }
}

/// Hyperparameters of `linearsvc`: one class against the rest, ½ (‖w‖² + b²) + c Σ loss, where b is the
/// coefficient of a column of `intercept_scaling`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LinearSvc {
    /// The price of a row's loss.
    #[schemars(range(min = 1e-9, max = 1e9))]
    pub c: f64,
    /// The slack itself, or its square.
    pub loss: Loss,
    /// The value of the column that stands for the intercept; the larger, the less that is penalised.
    #[schemars(range(min = 1e-6, max = 1e6))]
    pub intercept_scaling: f64,
    /// When solvers that iterate may stop.
    #[schemars(range(min = 1e-12, max = 1.0))]
    pub tol: f64,
    /// Most iterations.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_iter: u32,
}

impl Default for LinearSvc {
    fn default() -> Self {
        Self { c: 1.0, loss: Loss::SquaredHinge, intercept_scaling: 1.0, tol: 1e-4, max_iter: 1000 }
    }
}

/// Hyperparameters of `svr`: errors beyond `epsilon` at the price `c`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Svr {
    /// The price of an error beyond `epsilon`.
    #[schemars(range(min = 1e-9, max = 1e9))]
    pub c: f64,
    /// Errors up to this, in the target's unit, cost nothing.
    #[schemars(range(min = 0.0, max = 1e9))]
    pub epsilon: f64,
    /// What stands for the inner product of two rows a and b: exp(−gamma ‖a − b‖²) is `rbf`, a·b `linear`
    /// and (gamma a·b + coef0)^degree `poly`.
    pub kernel: KernelName,
    /// How wide `rbf` is and by how much `poly` scales: a number, `auto`, which is 1 / columns, or
    /// `scale`, which is 1 / (columns · variance of all values that train).
    pub gamma: Gamma,
    /// The power of `poly`; other kernels ignore it.
    #[schemars(range(min = 1, max = 30))]
    pub degree: u32,
    /// What `poly` adds before the power; other kernels ignore it.
    #[schemars(range(min = -1e6, max = 1e6))]
    pub coef0: f64,
    /// The largest violation of the optimality conditions that is left.
    #[schemars(range(min = 1e-12, max = 1.0))]
    pub tol: f64,
}

impl Default for Svr {
    fn default() -> Self {
        let Kernel { kernel, gamma, degree, coef0 } = Kernel::default();
        Self { c: 1.0, epsilon: 0.1, kernel, gamma, degree, coef0, tol: 1e-3 }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "lowercase")]
pub enum KernelName {
    Linear,
    Poly,
    Rbf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    Hinge,
    SquaredHinge,
}

/// A number above 0, or a rule by name.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "GivenGamma", into = "GivenGamma")]
pub enum Gamma {
    Auto,
    Scale,
    Value(f64),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum GivenGamma {
    Value(f64),
    Name(String),
}

impl TryFrom<GivenGamma> for Gamma {
    type Error = String;

    fn try_from(given: GivenGamma) -> Result<Self, String> {
        match given {
            GivenGamma::Value(value) => Ok(Self::Value(value)),
            GivenGamma::Name(name) => match name.as_str() {
                "auto" => Ok(Self::Auto),
                "scale" => Ok(Self::Scale),
                _ => Err(format!("unknown gamma `{name}`, expected `auto`, `scale` or a number")),
            },
        }
    }
}

impl From<Gamma> for GivenGamma {
    fn from(gamma: Gamma) -> Self {
        match gamma {
            Gamma::Auto => Self::Name("auto".to_owned()),
            Gamma::Scale => Self::Name("scale".to_owned()),
            Gamma::Value(value) => Self::Value(value),
        }
    }
}

impl JsonSchema for Gamma {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Gamma".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["number", "string"], "minimum": 1e-12, "maximum": 1e12, "pattern": "^(auto|scale)$"})
    }
}

/// What `svc`, `nusvc` and `svr` have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kernel {
    pub kernel: KernelName,
    pub gamma: Gamma,
    pub degree: u32,
    pub coef0: f64,
}

impl Default for Kernel {
    fn default() -> Self {
        Self { kernel: KernelName::Rbf, gamma: Gamma::Scale, degree: 3, coef0: 0.0 }
    }
}
