//! The duality gap: how far the objective is above its minimum, at most.

use super::descent::{Penalty, Point};
use crate::design::dot;

pub(super) struct Gap {
    /// Against half the sum of the squared errors, without the division by n.
    pub(super) value: f64,
    /// `XᵀR` less what the squared penalty takes of it.
    pub(super) slopes: Vec<f64>,
    pub(super) largest_slope: f64,
}

impl Gap {
    pub(super) fn at(point: &impl Point, penalty: Penalty) -> Self {
        let coefficients = point.coefficients();
        let (residual_square, residual_target) = point.residual_products();
        let slopes = point.slopes();
        if penalty.l1 == 0.0 {
            return Self::without_l1(coefficients, penalty.l2, slopes, residual_square, residual_target);
        }
        let slopes: Vec<f64> = slopes.iter().zip(coefficients).map(|(slope, w)| slope - penalty.l2 * w).collect();
        let largest_slope = slopes.iter().fold(0.0_f64, |largest, slope| largest.max(slope.abs()));
        let absolute: f64 = coefficients.iter().map(|w| w.abs()).sum();
        // With the squared penalty as more rows of the data, √l2 · I with the target 0.
        let errors = residual_square + penalty.l2 * dot(coefficients, coefficients);
        // The residuals, shrunk until no slope is above the penalty, are a feasible dual point.
        let scale = if largest_slope > penalty.l1 { penalty.l1 / largest_slope } else { 1.0 };
        let primal = 0.5 * errors + penalty.l1 * absolute;
        let dual = -0.5 * scale * scale * errors + scale * residual_target;
        Self { value: primal - dual, slopes, largest_slope }
    }

    /// Ridge has a dual without bounds (Dünner et al., ICML 2016); plain least squares has none that
    /// helps, and is judged by its gradient.
    fn without_l1(coefficients: &[f64], l2: f64, slopes: Vec<f64>, residual_square: f64, residual_target: f64) -> Self {
        let gradient = dot(&slopes, &slopes);
        let value = if l2 == 0.0 {
            gradient
        } else {
            let (penalty, conjugate) = (0.5 * l2 * dot(coefficients, coefficients), gradient / (2.0 * l2));
            residual_square - residual_target + penalty + conjugate
        };
        Self { value, slopes, largest_slope: gradient }
    }
}
