//! config/audits/*.yaml: the claims of a published report, each with the figures that the report itself gives
//! for it, so that it can be computed again.

use schemars::JsonSchema;
use serde::Deserialize;

use schema::id::Id;

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_field_names, reason = "the key in the file")]
pub(crate) struct Audit {
    pub(crate) audit: Id,
    /// What was published, by whom it is called what, and when.
    pub(crate) title: String,
    /// What a reader should know of the report before its claims.
    #[serde(default)]
    pub(crate) notes: Vec<String>,
    #[schemars(length(min = 1))]
    pub(crate) claims: Vec<AuditClaim>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditClaim {
    pub(crate) id: Id,
    /// In this project's words.
    pub(crate) claim: String,
    /// The section of the report.
    pub(crate) stands: String,
    pub(crate) value: f64,
    pub(crate) unit: String,
    /// To so many decimals it was given; a value that rounds to it agrees.
    #[serde(default)]
    #[schemars(range(max = 12))]
    pub(crate) decimals: u8,
    #[serde(default)]
    pub(crate) sense: Sense,
    /// Absent where the report gives no figures to compute it from.
    #[serde(default)]
    pub(crate) from: Option<Recompute>,
    /// What the recomputed value means, or why there is none.
    #[serde(default)]
    pub(crate) remark: Option<String>,
    /// What of a study's results is set beside it.
    #[serde(default)]
    pub(crate) here: Option<Here>,
    /// Why no study here can decide it, where that is so.
    #[serde(default)]
    pub(crate) not_here: Option<String>,
}

/// How the claimed value stands to the recomputed one when the claim is right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sense {
    /// It is the value, rounded.
    #[default]
    Equals,
    /// The recomputed value is said to lie below it: a p-value.
    Below,
    /// The recomputed value is the most that is possible.
    AtMost,
}

/// From what a claim is computed again.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Recompute {
    /// Per cent by which `value` lies above `than`.
    PercentMore {
        value: f64,
        than: f64,
    },
    /// Per cent by which `value` lies below `than`.
    PercentLess {
        value: f64,
        than: f64,
    },
    /// `part` of `whole` in per cent.
    Share {
        part: f64,
        whole: f64,
    },
    Ratio {
        value: f64,
        to: f64,
    },
    Difference {
        value: f64,
        minus: f64,
    },
    Sum {
        terms: Vec<f64>,
    },
    Product {
        factors: Vec<f64>,
    },
    /// In per cent.
    CoefficientOfVariation {
        sd: f64,
        mean: f64,
    },
    /// Welch's t test, two-sided.
    WelchP {
        left: Sample,
        right: Sample,
    },
    /// Student's t test with a pooled variance, two-sided.
    PooledP {
        left: Sample,
        right: Sample,
    },
    /// The difference in units of the pooled standard deviation.
    CohensD {
        left: Sample,
        right: Sample,
    },
    /// Pearson's chi-square without a correction.
    ChiSquaredP {
        left: Count,
        right: Count,
    },
    /// Fisher's exact test, two-sided.
    FisherP {
        left: Count,
        right: Count,
    },
    /// The F test of two variances, two-sided; standard deviations in any common unit.
    SpreadP {
        left_sd: f64,
        left_n: u32,
        right_sd: f64,
        right_n: u32,
    },
    /// How many of `of` values can lie above `at`, when the quantile (type 7) of all of them does not.
    MostAboveQuantile {
        of: u32,
        quantile: f64,
        at: f64,
        threshold: f64,
    },
    /// How many values can lie below `threshold`, when the smallest of `of` is `least`.
    MostBelowLeast {
        of: u32,
        least: f64,
        threshold: f64,
    },
    /// What the report says of the same thing in another place.
    Elsewhere {
        value: f64,
        stands: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sample {
    pub(crate) mean: f64,
    pub(crate) sd: f64,
    #[schemars(range(min = 2))]
    pub(crate) n: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Count {
    pub(crate) hits: u64,
    pub(crate) tries: u64,
}

/// A claim of the kind "Rust costs so many per cent less than Python", and the metric that shows it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Here {
    pub(crate) task: Id,
    pub(crate) metric: Id,
}
