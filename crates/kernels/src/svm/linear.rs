//! Linear machines in the columns' own space, one class against the rest, as scikit-learn's `LinearSVC`
//! puts them: minimise ½ ‖w‖² + c Σ loss(1 − y (w·x + b)), where b stands for one more coefficient of
//! a column that is `intercept_scaling` everywhere, and so is penalised too.
//!
//! The optimum is unique. The squared loss is solved by Newton's steps on the second moments of the rows
//! inside the margin, which ends at the optimum itself; the plain loss, and more columns than rows, by
//! descent on the dual's coordinates.

use std::num::NonZeroUsize;

use rayon::prelude::*;

use super::Unfit;
use super::panels::Points;

mod descent;
mod newton;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    Hinge,
    SquaredHinge,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    pub c: f64,
    pub loss: Loss,
    /// The largest violation that descent leaves, as liblinear's `eps`.
    pub tolerance: f64,
    pub max_iter: u32,
    pub intercept_scaling: f64,
    /// Of the order in which descent takes the rows.
    pub seed: u32,
}

#[derive(Clone, Debug)]
pub struct LinearClassifier {
    classes: Vec<i64>,
    /// For each class against the rest; with two classes that of the second alone.
    planes: Vec<Plane>,
    columns: usize,
    pub iterations: u32,
    pub converged: bool,
    /// The sum of what is minimised for each plane.
    pub objective: f64,
}

#[derive(Clone, Debug)]
struct Plane {
    coefficients: Vec<f64>,
    intercept: f64,
}

/// One class against the rest: 1 for its rows, −1 for the others.
struct Sides<'a> {
    points: Points<'a>,
    signs: Vec<f64>,
    options: &'a Options,
    threads: NonZeroUsize,
}

struct Fitted {
    /// The last is the intercept's.
    weights: Vec<f64>,
    iterations: u32,
    converged: bool,
}

/// Fits row-major data with one class a row, the classes side by side.
pub fn fit(
    x: &[f64],
    classes: &[i64],
    columns: usize,
    options: &Options,
    threads: NonZeroUsize,
) -> Result<LinearClassifier, Unfit> {
    super::check(x, classes.len(), columns)?;
    let mut known = classes.to_vec();
    known.sort_unstable();
    known.dedup();
    let positives = match known.len() {
        1 => return Err(Unfit::SingleClass),
        2 => &known[1..],
        _ => &known[..],
    };
    let points = Points { x, columns };
    let side_by_side = threads.get() > 1 && positives.len() > 1;
    let sides = |class: &i64| Sides {
        points,
        signs: classes.iter().map(|other| if other == class { 1.0 } else { -1.0 }).collect(),
        options,
        threads: if side_by_side { NonZeroUsize::MIN } else { threads },
    };
    let common = newton::everyone(points, options, threads);
    let solve = |class: &i64| {
        let sides = sides(class);
        let fitted = match &common {
            Some(common) => newton::solve(&sides, common),
            None => None,
        };
        let fitted = fitted.unwrap_or_else(|| descent::solve(&sides));
        (sides.objective(&fitted.weights), fitted)
    };
    let fitted: Vec<(f64, Fitted)> = if side_by_side {
        positives.par_iter().with_max_len(1).map(solve).collect()
    } else {
        positives.iter().map(solve).collect()
    };
    if !fitted.iter().flat_map(|(_, fitted)| &fitted.weights).all(|weight| weight.is_finite()) {
        return Err(Unfit::NotFinite);
    }
    Ok(LinearClassifier {
        columns,
        iterations: fitted.iter().map(|(_, fitted)| fitted.iterations).max().unwrap_or(0),
        converged: fitted.iter().all(|(_, fitted)| fitted.converged),
        objective: fitted.iter().map(|(objective, _)| objective).sum(),
        planes: fitted.into_iter().map(|(_, fitted)| Plane::of(fitted.weights, options)).collect(),
        classes: known,
    })
}

impl Sides<'_> {
    fn rows(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.points.x.chunks_exact(self.points.columns).zip(self.signs.iter().copied())
    }

    /// w·x + b of one row.
    fn decision(&self, row: &[f64], weights: &[f64]) -> f64 {
        let (of_columns, of_intercept) = weights.split_at(row.len());
        crate::design::dot(row, of_columns) + of_intercept[0] * self.options.intercept_scaling
    }

    fn objective(&self, weights: &[f64]) -> f64 {
        let loss = |(row, sign): (&[f64], f64)| {
            let slack = (1.0 - sign * self.decision(row, weights)).max(0.0);
            if self.options.loss == Loss::Hinge { slack } else { slack * slack }
        };
        0.5 * crate::design::dot(weights, weights) + self.options.c * self.rows().map(loss).sum::<f64>()
    }
}

impl Plane {
    fn of(mut weights: Vec<f64>, options: &Options) -> Self {
        let intercept = weights.pop().unwrap_or(0.0) * options.intercept_scaling;
        Self { coefficients: weights, intercept }
    }
}

impl LinearClassifier {
    pub fn classes(&self) -> &[i64] {
        &self.classes
    }

    fn decisions<'a>(&'a self, row: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        self.planes.iter().map(|plane| crate::design::dot(row, &plane.coefficients) + plane.intercept)
    }

    /// For each row the class of the largest score, the first of equals.
    pub fn predict(&self, x: &[f64]) -> Vec<i64> {
        let of_row = |row: &[f64]| {
            if self.classes.len() == 2 {
                let decision = self.decisions(row).next().unwrap_or(0.0);
                return self.classes[usize::from(decision > 0.0)];
            }
            let mut best = (0, f64::NEG_INFINITY);
            for (class, decision) in self.decisions(row).enumerate() {
                if decision > best.1 {
                    best = (class, decision);
                }
            }
            self.classes[best.0]
        };
        x.chunks_exact(self.columns).map(of_row).collect()
    }

    /// One score a class for each row: its decision; with two classes that of the second and its negative.
    pub fn scores(&self, x: &[f64]) -> Vec<f64> {
        let of_row = |row| {
            let decisions: Vec<f64> = self.decisions(row).collect();
            if let [decision] = *decisions { vec![-decision, decision] } else { decisions }
        };
        x.chunks_exact(self.columns).flat_map(of_row).collect()
    }
}
