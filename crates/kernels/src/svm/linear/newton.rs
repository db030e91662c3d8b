//! The squared loss by Newton's method (Keerthi and `DeCoste`, JMLR 6, 2005). Inside the margin the
//! objective is a quadratic, so a step ends at the optimum as soon as it changes no row's side of the
//! margin. The second moments of the rows inside are kept, and only the rows that change sides are
//! added or taken off; at the start, where the plane is 0, all rows are inside, for every class alike.

use std::num::NonZeroUsize;

use super::{Fitted, Loss, Options, Sides};
use crate::definite;
use crate::moments::{Moments, Rows};
use crate::svm::panels::Points;

/// With more columns the moments cost more than the descent.
const MOST_COLUMNS: usize = 600;
const MOST_HALVINGS: u32 = 40;
/// The share of the slope's promise that a step has to keep.
const SUFFICIENT_DECREASE: f64 = 1e-4;
/// What is left of the gradient, against its size at the start, counts as rounding.
const ROUNDING: f64 = 1e-12;

/// Σ z zᵀ over rows with z = (x, intercept's column), row after row, both triangles.
#[derive(Clone)]
pub(super) struct Squares {
    order: usize,
    values: Vec<f64>,
}

/// The moments of all rows; none where descent is the better way.
pub(super) fn everyone(points: Points<'_>, options: &Options, threads: NonZeroUsize) -> Option<Squares> {
    let rows = points.x.len() / points.columns;
    let fits = options.loss == Loss::SquaredHinge && points.columns <= MOST_COLUMNS && points.columns <= rows;
    fits.then(|| {
        let mut squares = Squares::new(points.columns + 1);
        squares.add(points.x, points.columns, options.intercept_scaling, 1.0, threads);
        squares
    })
}

impl Squares {
    fn new(order: usize) -> Self {
        Self { order, values: vec![0.0; order * order] }
    }

    /// Adds these rows' moments, `times` each.
    fn add(&mut self, rows: &[f64], columns: usize, intercept: f64, times: f64, threads: NonZeroUsize) {
        if rows.is_empty() {
            return;
        }
        let (target, shift) = (vec![0.0; rows.len() / columns], vec![0.0; columns + 1]);
        let moments = Moments::of(Rows { design: rows, target: &target, columns }, &shift, threads);
        // Behind the columns the moments have the target, which is 0 here, and the 1.
        let place = |entry: usize| if entry < columns { (entry, 1.0) } else { (columns + 1, intercept) };
        for i in 0..self.order {
            for j in i..self.order {
                let ((row, row_scale), (column, column_scale)) = (place(i), place(j));
                let value = times * row_scale * column_scale * moments.at(row, column);
                self.values[i * self.order + j] += value;
                if i < j {
                    self.values[j * self.order + i] += value;
                }
            }
        }
    }
}

/// None where the system is too near to singular for this way.
pub(super) fn solve(sides: &Sides<'_>, common: &Squares) -> Option<Fitted> {
    let mut state = State::new(sides, common);
    let start = norm(&state.gradient());
    for iteration in 1..=sides.options.max_iter {
        let direction = state.direction()?;
        let settled = state.advance(&direction);
        if settled || norm(&state.gradient()) <= ROUNDING * start {
            return Some(Fitted { weights: state.weights, iterations: iteration, converged: true });
        }
    }
    Some(Fitted { weights: state.weights, iterations: sides.options.max_iter, converged: false })
}

struct State<'a> {
    sides: &'a Sides<'a>,
    weights: Vec<f64>,
    /// y (w·x + b) of each row; below 1 it is inside the margin.
    margins: Vec<f64>,
    inside: Vec<bool>,
    squares: Squares,
}

impl<'a> State<'a> {
    fn new(sides: &'a Sides<'a>, common: &Squares) -> Self {
        let rows = sides.signs.len();
        Self {
            sides,
            weights: vec![0.0; common.order],
            margins: vec![0.0; rows],
            inside: vec![true; rows],
            squares: common.clone(),
        }
    }

    fn gradient(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.weights.len()];
        let columns = self.sides.points.columns;
        for ((row, sign), margin) in self.sides.rows().zip(&self.margins) {
            if *margin < 1.0 {
                let slack = sign * (1.0 - margin);
                crate::design::add_scaled(&mut sums[..columns], slack, row);
                sums[columns] += slack * self.sides.options.intercept_scaling;
            }
        }
        let c = self.sides.options.c;
        self.weights.iter().zip(&sums).map(|(weight, sum)| weight - 2.0 * c * sum).collect()
    }

    /// Newton's step from here: (1 + 2c Σ z zᵀ)⁻¹ times what is left of the gradient.
    fn direction(&self) -> Option<Vec<f64>> {
        let order = self.squares.order;
        let mut matrix: Vec<f64> = self.squares.values.iter().map(|value| 2.0 * self.sides.options.c * value).collect();
        matrix.iter_mut().step_by(order + 1).for_each(|entry| *entry += 1.0);
        let right: Vec<f64> = self.gradient().iter().map(|value| -value).collect();
        definite::solve(&matrix, &right).map(|solved| solved.solution)
    }

    /// As far along the direction as pays. Whether a whole step left every row on its side.
    fn advance(&mut self, direction: &[f64]) -> bool {
        let decide = |(row, sign): (&[f64], f64)| sign * self.sides.decision(row, direction);
        let changes: Vec<f64> = self.sides.rows().map(decide).collect();
        let slope = crate::design::dot(&self.gradient(), direction);
        let before = self.objective_at(direction, &changes, 0.0);
        let mut share = 1.0;
        for _ in 0..MOST_HALVINGS {
            if self.objective_at(direction, &changes, share) <= before + SUFFICIENT_DECREASE * share * slope {
                break;
            }
            share /= 2.0;
        }
        crate::design::add_scaled(&mut self.weights, share, direction);
        crate::design::add_scaled(&mut self.margins, share, &changes);
        self.change_sides() && share >= 1.0
    }

    fn objective_at(&self, direction: &[f64], changes: &[f64], share: f64) -> f64 {
        let moved = |(weight, step): (&f64, &f64)| (weight + share * step).powi(2);
        let penalty: f64 = self.weights.iter().zip(direction).map(moved).sum();
        let slack = |(margin, change): (&f64, &f64)| (1.0 - margin - share * change).max(0.0).powi(2);
        let loss: f64 = self.margins.iter().zip(changes).map(slack).sum();
        0.5 * penalty + self.sides.options.c * loss
    }

    /// Brings the moments to the rows that are inside now. Whether none changed sides.
    fn change_sides(&mut self) -> bool {
        let (columns, intercept) = (self.sides.points.columns, self.sides.options.intercept_scaling);
        let (mut entered, mut left, mut within) = (Vec::new(), Vec::new(), 0);
        for ((row, margin), inside) in
            self.sides.points.x.chunks_exact(columns).zip(&self.margins).zip(&mut self.inside)
        {
            let is_inside = *margin < 1.0;
            within += usize::from(is_inside);
            match (*inside, is_inside) {
                (false, true) => entered.extend_from_slice(row),
                (true, false) => left.extend_from_slice(row),
                _ => (),
            }
            *inside = is_inside;
        }
        if (entered.len() + left.len()) / columns > within {
            let rows = self.sides.points.x.chunks_exact(columns).zip(&self.inside);
            let inside: Vec<f64> = rows.filter(|(_, inside)| **inside).flat_map(|(row, _)| row).copied().collect();
            self.squares = Squares::new(self.squares.order);
            self.squares.add(&inside, columns, intercept, 1.0, self.sides.threads);
            return false;
        }
        self.squares.add(&entered, columns, intercept, 1.0, self.sides.threads);
        self.squares.add(&left, columns, intercept, -1.0, self.sides.threads);
        entered.is_empty() && left.is_empty()
    }
}

fn norm(values: &[f64]) -> f64 {
    crate::design::dot(values, values).sqrt()
}
