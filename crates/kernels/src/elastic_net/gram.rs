//! Steps on `XᵀX`: each costs a row of it, however many rows the data have.

use super::descent::Point;
use crate::centred::Centred;
use crate::design::{add_scaled, dot};

pub(super) struct Gram<'a> {
    centred: &'a Centred,
    coefficients: Vec<f64>,
    /// `XᵀXw`.
    product: Vec<f64>,
}

impl<'a> Gram<'a> {
    pub(super) fn of(centred: &'a Centred) -> Self {
        let nothing = vec![0.0; centred.columns];
        Self { centred, coefficients: nothing.clone(), product: nothing }
    }
}

impl Point for Gram<'_> {
    fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    fn square(&self, column: usize) -> f64 {
        self.centred.square(column)
    }

    fn slope(&self, column: usize) -> f64 {
        self.centred.right[column] - self.product[column]
    }

    fn slopes(&self) -> Vec<f64> {
        self.centred.right.iter().zip(&self.product).map(|(right, product)| right - product).collect()
    }

    fn set(&mut self, column: usize, coefficient: f64) {
        let columns = self.centred.columns;
        let row = &self.centred.gram[column * columns..][..columns];
        add_scaled(&mut self.product, coefficient - self.coefficients[column], row);
        self.coefficients[column] = coefficient;
    }

    fn target_square(&self) -> f64 {
        self.centred.target_square
    }

    fn residual_products(&self) -> (f64, f64) {
        let square = self.centred.target_square;
        let explained = dot(&self.coefficients, &self.centred.right);
        (square + dot(&self.coefficients, &self.product) - 2.0 * explained, square - explained)
    }
}
