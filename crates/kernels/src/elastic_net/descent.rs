//! The sweeps, whatever a step works on.

use super::gap::Gap;

/// Weights against half the sum of the squared errors.
#[derive(Clone, Copy)]
pub(super) struct Penalty {
    pub(super) l1: f64,
    pub(super) l2: f64,
}

/// Where the descent stands: the coefficients and what follows from them. R = y − Xw.
pub(super) trait Point {
    fn coefficients(&self) -> &[f64];
    /// ‖Xⱼ‖².
    fn square(&self, column: usize) -> f64;
    /// `XⱼᵀR`.
    fn slope(&self, column: usize) -> f64;
    /// `XᵀR`.
    fn slopes(&self) -> Vec<f64>;
    fn set(&mut self, column: usize, coefficient: f64);
    /// yᵀy.
    fn target_square(&self) -> f64;
    /// `RᵀR` and Rᵀy.
    fn residual_products(&self) -> (f64, f64);
}

pub(super) struct Stopped {
    pub(super) coefficients: Vec<f64>,
    pub(super) sweeps: u32,
    pub(super) converged: bool,
}

pub(super) fn descend(mut point: impl Point, penalty: Penalty, max_iter: u32, tolerance: f64) -> Stopped {
    let enough = tolerance * point.target_square();
    let gap = Gap::at(&point, penalty);
    // Rounding may make a gap negative where the columns are collinear: that proves nothing yet.
    if (0.0..=enough).contains(&gap.value) {
        return Stopped { coefficients: point.coefficients().to_vec(), sweeps: 0, converged: true };
    }
    let mut active: Vec<usize> = (0..point.coefficients().len()).filter(|&column| point.square(column) > 0.0).collect();
    screen(&mut active, &mut point, penalty, &gap);
    for sweep in 1..=max_iter {
        let still = sweep_once(&mut point, penalty, &active, tolerance);
        if still || sweep == max_iter {
            let gap = Gap::at(&point, penalty);
            if gap.value <= enough {
                return Stopped { coefficients: point.coefficients().to_vec(), sweeps: sweep, converged: true };
            }
            screen(&mut active, &mut point, penalty, &gap);
        }
    }
    Stopped { coefficients: point.coefficients().to_vec(), sweeps: max_iter, converged: false }
}

/// Whether the largest step was small against the largest coefficient.
fn sweep_once(point: &mut impl Point, penalty: Penalty, active: &[usize], tolerance: f64) -> bool {
    let (mut largest_step, mut largest) = (0.0_f64, 0.0_f64);
    for &column in active {
        let before = point.coefficients()[column];
        let square = point.square(column);
        let slope = point.slope(column) + before * square;
        let after = slope.signum() * (slope.abs() - penalty.l1).max(0.0) / (square + penalty.l2);
        let step = (after - before).abs();
        if step > 0.0 {
            point.set(column, after);
        }
        largest_step = largest_step.max(step);
        largest = largest.max(after.abs());
    }
    largest == 0.0 || largest_step / largest <= tolerance
}

/// Leaves out the columns that the gap proves to have the coefficient 0.
fn screen(active: &mut Vec<usize>, point: &mut impl Point, penalty: Penalty, gap: &Gap) {
    if penalty.l1 == 0.0 {
        return;
    }
    let radius = (2.0 * gap.value.abs()).sqrt() / penalty.l1;
    let bound = penalty.l1.max(gap.largest_slope);
    active.retain(|&column| {
        let distance = (1.0 - gap.slopes[column].abs() / bound) / (point.square(column) + penalty.l2).sqrt();
        let kept = distance <= radius;
        if !kept && point.coefficients()[column] != 0.0 {
            point.set(column, 0.0);
        }
        kept
    });
}
