//! The closed table of quality metrics.

// Every entry of the table has one form, also where it is always defined.
#[allow(clippy::unnecessary_wraps)]
mod regression;
#[allow(clippy::unnecessary_wraps)]
mod residual;

use schema::evaluation::{Better, MetricValue};

/// What one metric is: `task.json` names it by `id`, the report shows unit and direction.
pub struct Metric {
    pub id: &'static str,
    /// `target` stands for the unit of the target, `1` for a number without one.
    pub unit: &'static str,
    pub better: Better,
    /// y: target, p: prediction, e = y − p, n: number of rows, ‾: mean.
    pub formula: &'static str,
    /// The function that gives the same number, with its version's documentation.
    pub reference: &'static str,
    compute: fn(&Compared<'_>) -> Result<f64, Undefined>,
}

/// Why a metric has no value for this input.
type Undefined = &'static str;

pub const METRICS: &[Metric] = &[
    Metric {
        id: "mse",
        unit: "target²",
        better: Better::Lower,
        formula: "mean of e²",
        reference: "sklearn.metrics.mean_squared_error",
        compute: regression::mse,
    },
    Metric {
        id: "rmse",
        unit: "target",
        better: Better::Lower,
        formula: "square root of the mean of e²",
        reference: "sklearn.metrics.root_mean_squared_error",
        compute: regression::rmse,
    },
    Metric {
        id: "mae",
        unit: "target",
        better: Better::Lower,
        formula: "mean of |e|",
        reference: "sklearn.metrics.mean_absolute_error",
        compute: regression::mae,
    },
    Metric {
        id: "r2",
        unit: "1",
        better: Better::Higher,
        formula: "1 − Σe² / Σ(y − ȳ)²; undefined for a constant target",
        reference: "sklearn.metrics.r2_score(force_finite=False)",
        compute: regression::r2,
    },
    Metric {
        id: "mape",
        unit: "1",
        better: Better::Lower,
        formula: "mean of |e| / max(|y|, ε), ε = 2⁻⁵²: a share, not per cent",
        reference: "sklearn.metrics.mean_absolute_percentage_error",
        compute: regression::mape,
    },
    Metric {
        id: "explained_variance",
        unit: "1",
        better: Better::Higher,
        formula: "1 − Σ(e − ē)² / Σ(y − ȳ)²; undefined for a constant target",
        reference: "sklearn.metrics.explained_variance_score(force_finite=False)",
        compute: regression::explained_variance,
    },
    Metric {
        id: "residual_std",
        unit: "target",
        better: Better::Lower,
        formula: "square root of the mean of (e − ē)²",
        reference: "numpy.std(e)",
        compute: residual::std,
    },
    Metric {
        id: "residual_skew",
        unit: "1",
        better: Better::Neither,
        formula: "m₃ / m₂^1.5, mₖ = mean of (e − ē)ᵏ; undefined for equal residuals",
        reference: "scipy.stats.skew(e)",
        compute: residual::skew,
    },
    Metric {
        id: "residual_kurtosis",
        unit: "1",
        better: Better::Neither,
        formula: "m₄ / m₂² − 3, mₖ = mean of (e − ē)ᵏ; undefined for equal residuals",
        reference: "scipy.stats.kurtosis(e)",
        compute: residual::kurtosis,
    },
];

pub fn find(id: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.id == id)
}

/// Finite, of equal length, and not empty: [`Metric::value`] sees to it.
struct Compared<'a> {
    target: &'a [f64],
    predicted: &'a [f64],
}

impl Compared<'_> {
    fn errors(&self) -> Vec<f64> {
        self.target.iter().zip(self.predicted).map(|(y, p)| y - p).collect()
    }
}

impl Metric {
    /// The metric, or null with the reason.
    pub fn value(&self, target: &[f64], predicted: &[f64]) -> MetricValue {
        match self.compute_checked(target, predicted) {
            Ok(value) => {
                MetricValue { value: Some(value), reason: None, unit: self.unit.to_owned(), better: self.better }
            }
            Err(reason) => self.absent(reason),
        }
    }

    pub fn absent(&self, reason: impl Into<String>) -> MetricValue {
        MetricValue { value: None, reason: Some(reason.into()), unit: self.unit.to_owned(), better: self.better }
    }

    fn compute_checked(&self, target: &[f64], predicted: &[f64]) -> Result<f64, String> {
        if target.len() != predicted.len() {
            return Err(format!("{} values where the target has {}", predicted.len(), target.len()));
        }
        if target.is_empty() {
            return Err("no rows".to_owned());
        }
        for (values, name) in [(target, "target"), (predicted, "output")] {
            if let Some(row) = values.iter().position(|value| !value.is_finite()) {
                return Err(format!("the {name} is not finite in row {row}: {}", values[row]));
            }
        }
        let value = (self.compute)(&Compared { target, predicted })?;
        if value.is_finite() { Ok(value) } else { Err("too large for a double".to_owned()) }
    }
}

/// Pairwise summation: its rounding error grows with log n, as numpy's does, not with n.
fn sum(values: &[f64]) -> f64 {
    const STRAIGHT: usize = 128;
    if values.len() <= STRAIGHT {
        return values.iter().sum();
    }
    let (left, right) = values.split_at(values.len() / 2);
    sum(left) + sum(right)
}

fn mean(values: &[f64]) -> f64 {
    sum(values) / values.len() as f64
}

fn mean_of(values: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    mean(&values.iter().map(|value| of(*value)).collect::<Vec<_>>())
}

/// Exactly constant: the sum of squares around a rounded mean need not be 0 then.
fn is_constant(values: &[f64]) -> bool {
    let bounds = values.iter().fold((values[0], values[0]), |(low, high), value| (low.min(*value), high.max(*value)));
    bounds.0 >= bounds.1
}

#[cfg(test)]
mod tests;
