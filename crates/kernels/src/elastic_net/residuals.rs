//! Steps on the residuals: `XᵀX` would be larger than the data.

use super::descent::Point;
use crate::design::{Design, add_scaled, dot};

pub(super) struct Residuals {
    /// The centred columns, one after another.
    columns: Vec<f64>,
    squares: Vec<f64>,
    target: Vec<f64>,
    #[allow(clippy::struct_field_names, reason = "the descent is named after them")]
    residuals: Vec<f64>,
    coefficients: Vec<f64>,
}

impl Residuals {
    pub(super) fn of(design: Design<'_>, means: &[f64]) -> Self {
        let columns = design.columns_about(means);
        let squares = columns.chunks_exact(design.y.len()).map(|column| dot(column, column)).collect();
        let target: Vec<f64> = design.y.iter().map(|y| y - means[design.columns]).collect();
        Self { columns, squares, residuals: target.clone(), target, coefficients: vec![0.0; design.columns] }
    }

    fn column(&self, column: usize) -> &[f64] {
        let rows = self.target.len();
        &self.columns[column * rows..][..rows]
    }
}

impl Point for Residuals {
    fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    fn square(&self, column: usize) -> f64 {
        self.squares[column]
    }

    fn slope(&self, column: usize) -> f64 {
        dot(self.column(column), &self.residuals)
    }

    fn slopes(&self) -> Vec<f64> {
        (0..self.coefficients.len()).map(|column| self.slope(column)).collect()
    }

    fn set(&mut self, column: usize, coefficient: f64) {
        let step = self.coefficients[column] - coefficient;
        let rows = self.target.len();
        add_scaled(&mut self.residuals, step, &self.columns[column * rows..][..rows]);
        self.coefficients[column] = coefficient;
    }

    fn target_square(&self) -> f64 {
        dot(&self.target, &self.target)
    }

    fn residual_products(&self) -> (f64, f64) {
        (dot(&self.residuals, &self.residuals), dot(&self.residuals, &self.target))
    }
}
