//! What each algorithm minimises, of the plane that an implementation found: the same sum for all of
//! them, so that two planes can be told apart by what they were fitted for.

use crate::{ElasticNet, Lasso, Linear, Ridge};

/// A fitted plane and the rows that it was fitted to, row-major.
#[derive(Clone, Copy, Debug)]
pub struct Plane<'a> {
    pub x: &'a [f64],
    pub y: &'a [f64],
    pub coefficients: &'a [f64],
    pub intercept: f64,
}

impl Plane<'_> {
    fn squared_errors(&self) -> f64 {
        let rows = self.x.chunks_exact(self.coefficients.len().max(1)).zip(self.y);
        rows.map(|(row, y)| (y - self.intercept - dot(row, self.coefficients)).powi(2)).sum()
    }

    fn squares(&self) -> f64 {
        dot(self.coefficients, self.coefficients)
    }

    fn absolutes(&self) -> f64 {
        self.coefficients.iter().map(|value| value.abs()).sum()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub trait Objective {
    fn objective(&self, plane: Plane<'_>) -> f64;
}

impl Objective for Linear {
    fn objective(&self, plane: Plane<'_>) -> f64 {
        plane.squared_errors()
    }
}

impl Objective for Ridge {
    fn objective(&self, plane: Plane<'_>) -> f64 {
        plane.squared_errors() + self.alpha * plane.squares()
    }
}

impl Objective for Lasso {
    fn objective(&self, plane: Plane<'_>) -> f64 {
        ElasticNet::from(*self).objective(plane)
    }
}

impl Objective for ElasticNet {
    fn objective(&self, plane: Plane<'_>) -> f64 {
        let Self { alpha, l1_ratio, .. } = *self;
        plane.squared_errors() / (2.0 * plane.y.len() as f64)
            + alpha * l1_ratio * plane.absolutes()
            + alpha * (1.0 - l1_ratio) * plane.squares() / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rows, of which the plane 1 + 2a − 3b misses the first by 1 and the second by −2.
    const PLANE: Plane<'_> =
        Plane { x: &[1.0, 1.0, 2.0, 1.0], y: &[1.0, 0.0], coefficients: &[2.0, -3.0], intercept: 1.0 };

    #[test]
    fn each_is_the_sum_that_the_readme_states() {
        let is = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        is(Linear::default().objective(PLANE), 1.0 + 4.0);
        is(Ridge { alpha: 0.5, ..Ridge::default() }.objective(PLANE), 5.0 + 0.5 * 13.0);
        is(Lasso { alpha: 0.5, ..Lasso::default() }.objective(PLANE), 5.0 / 4.0 + 0.5 * 5.0);
        let both = ElasticNet { alpha: 0.5, l1_ratio: 0.2, ..ElasticNet::default() };
        is(both.objective(PLANE), 1.25 + 0.5 * 0.2 * 5.0 + 0.5 * 0.8 * 13.0 / 2.0);
    }
}
