//! The quality metrics: what each is, and how it is computed from a run's output and its target.

mod calls;
mod classes;
mod clusters;
mod concurrent;
mod ranking;
// Every entry of the table has one form, also where it is always defined.
#[allow(clippy::unnecessary_wraps)]
mod regression;
#[allow(clippy::unnecessary_wraps)]
mod residual;
mod table;

use schema::evaluation::{Better, MetricValue};

use classes::Confusion;
use clusters::Clusters;
pub use table::METRICS;

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
    compute: Compute,
}

/// From what a metric is computed.
#[derive(Clone, Copy)]
enum Compute {
    /// A number a row, and the target's.
    Numbers(fn(&Compared<'_>) -> Result<f64, Undefined>),
    /// A class a row, and the target's.
    Classes(fn(&Confusion) -> f64),
    /// A score a row and class, the higher the likelier, and the target's classes; of two classes the
    /// second one's score alone will do.
    Scores(ranking::Measure),
    /// A cluster's label a row, and the rows themselves.
    Clusters(fn(&Clusters<'_>) -> Result<f64, Undefined>),
    /// The output's JSON Lines, with no target.
    Lines(fn(&[u8]) -> Result<f64, String>),
    /// The output is the value.
    Own,
}

/// Row-major values.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    pub values: &'a [f64],
    pub columns: usize,
}

impl<'a> From<&'a [f64]> for Rows<'a> {
    fn from(values: &'a [f64]) -> Self {
        Self { values, columns: 1 }
    }
}

impl Rows<'_> {
    fn count(&self) -> usize {
        self.values.len() / self.columns.max(1)
    }
}

/// Why a metric has no value for this input.
type Undefined = &'static str;

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
    /// The metric of an output against its target, or null with the reason.
    pub fn value<'a>(&self, target: impl Into<Rows<'a>>, output: impl Into<Rows<'a>>) -> MetricValue {
        self.judged(self.compute_checked(target.into(), output.into()))
    }

    /// The metric that the output itself holds.
    pub fn own(&self, value: f64) -> MetricValue {
        self.judged(if self.is_own() { Ok(value) } else { Err("the task names no target for it".to_owned()) })
    }

    /// The metric of an output of JSON Lines; none where it is one of numbers.
    pub fn of_lines(&self, lines: &[u8]) -> Option<MetricValue> {
        match self.compute {
            Compute::Lines(compute) => Some(self.judged(compute(lines))),
            _ => None,
        }
    }

    /// Whether an output is its value, without a target.
    pub fn is_own(&self) -> bool {
        matches!(self.compute, Compute::Own)
    }

    pub fn absent(&self, reason: impl Into<String>) -> MetricValue {
        MetricValue { value: None, reason: Some(reason.into()), unit: self.unit.to_owned(), better: self.better }
    }

    fn judged(&self, computed: Result<f64, String>) -> MetricValue {
        match computed {
            Ok(value) if value.is_finite() => {
                MetricValue { value: Some(value), reason: None, unit: self.unit.to_owned(), better: self.better }
            }
            Ok(_) => self.absent("too large for a double"),
            Err(reason) => self.absent(reason),
        }
    }

    fn compute_checked(&self, target: Rows<'_>, output: Rows<'_>) -> Result<f64, String> {
        if target.count() != output.count() {
            return Err(format!("{} values where the target has {}", output.count(), target.count()));
        }
        if target.count() == 0 {
            return Err("no rows".to_owned());
        }
        for (rows, name) in [(target, "target"), (output, "output")] {
            if let Some(place) = rows.values.iter().position(|value| !value.is_finite()) {
                let row = place / rows.columns;
                return Err(format!("the {name} is not finite in row {row}: {}", rows.values[place]));
            }
        }
        let single = |rows: Rows<'_>, name: &str| match rows.columns {
            1 => Ok(()),
            columns => Err(format!("the {name} has {columns} columns where one is needed")),
        };
        if !matches!(self.compute, Compute::Clusters(_)) {
            single(target, "target")?;
        }
        if !matches!(self.compute, Compute::Scores(_)) {
            single(output, "output")?;
        }
        match self.compute {
            Compute::Numbers(compute) => Ok(compute(&Compared { target: target.values, predicted: output.values })?),
            Compute::Classes(compute) => {
                let (target, predicted) = (whole(target, "target")?, whole(output, "output")?);
                Ok(compute(&Confusion::of(&target, &predicted)))
            }
            Compute::Scores(compute) => ranking::over_classes(&whole(target, "target")?, output, compute),
            Compute::Clusters(compute) => Ok(compute(&Clusters::of(target, &whole(output, "output")?)?)?),
            Compute::Lines(_) => Err("it is computed from JSON Lines".to_owned()),
            Compute::Own => Err("it is an output of its own, and compared with no target".to_owned()),
        }
    }
}

/// Classes and labels are whole numbers.
fn whole(rows: Rows<'_>, name: &str) -> Result<Vec<i64>, String> {
    let class = |(row, value): (usize, &f64)| {
        let is_whole = value.fract() == 0.0 && value.abs() < 1e15;
        if is_whole {
            Ok(*value as i64)
        } else {
            Err(format!("the {name} holds {value} in row {row}, which is no class"))
        }
    };
    rows.values.iter().enumerate().map(class).collect()
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
