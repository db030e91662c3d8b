//! Descent on the dual's coordinates with shrinking (Hsieh, Chang, Lin, Keerthi and Sundararajan, ICML
//! 2008), as liblinear does it: one row after another, in random order, moves its coefficient to where
//! the dual is smallest along it.

use super::{Fitted, Loss, Sides};
use crate::svm::twister::Twister;

struct Dual<'a> {
    sides: &'a Sides<'a>,
    /// The most that a coefficient may be, and what the squared loss adds to the diagonal.
    bound: f64,
    ridge: f64,
    diagonal: Vec<f64>,
    coefficients: Vec<f64>,
    weights: Vec<f64>,
}

/// The projected gradients' extremes of one round.
#[derive(Clone, Copy)]
struct Violations {
    most: f64,
    least: f64,
}

const NOTHING_LEFT_OUT: Violations = Violations { most: f64::INFINITY, least: f64::NEG_INFINITY };

pub(super) fn solve(sides: &Sides<'_>) -> Fitted {
    let mut dual = Dual::new(sides);
    let mut twister = Twister::new(sides.options.seed);
    let everyone: Vec<u32> = (0..sides.signs.len() as u32).collect();
    let (mut active, mut bounds) = (everyone.clone(), NOTHING_LEFT_OUT);
    for iteration in 1..=sides.options.max_iter {
        shuffle(&mut active, &mut twister);
        let found = dual.round(&mut active, bounds);
        if found.most - found.least <= sides.options.tolerance {
            if active.len() == everyone.len() {
                return Fitted { weights: dual.weights, iterations: iteration, converged: true };
            }
            (active, bounds) = (everyone.clone(), NOTHING_LEFT_OUT);
            continue;
        }
        bounds = Violations {
            most: if found.most <= 0.0 { f64::INFINITY } else { found.most },
            least: if found.least >= 0.0 { f64::NEG_INFINITY } else { found.least },
        };
    }
    Fitted { weights: dual.weights, iterations: sides.options.max_iter, converged: false }
}

fn shuffle(rows: &mut [u32], twister: &mut Twister) {
    for place in 0..rows.len() {
        rows.swap(place, place + twister.below((rows.len() - place) as u32) as usize);
    }
}

impl<'a> Dual<'a> {
    fn new(sides: &'a Sides<'a>) -> Self {
        let (bound, ridge) = match sides.options.loss {
            Loss::Hinge => (sides.options.c, 0.0),
            Loss::SquaredHinge => (f64::INFINITY, 0.5 / sides.options.c),
        };
        let intercept = sides.options.intercept_scaling;
        let square = |(row, _): (&[f64], f64)| crate::design::dot(row, row) + intercept * intercept + ridge;
        Self {
            sides,
            bound,
            ridge,
            diagonal: sides.rows().map(square).collect(),
            coefficients: vec![0.0; sides.signs.len()],
            weights: vec![0.0; sides.points.columns + 1],
        }
    }

    /// Moves every active row once, and leaves out those whose coefficients stay at a bound by more
    /// than the last round's violations.
    fn round(&mut self, active: &mut Vec<u32>, bounds: Violations) -> Violations {
        let mut found = Violations { most: f64::NEG_INFINITY, least: f64::INFINITY };
        active.retain(|row| {
            let gradient = self.gradient(*row);
            let coefficient = self.coefficients[*row as usize];
            let (at_floor, at_ceiling) = (coefficient <= 0.0, coefficient >= self.bound);
            if at_floor && gradient > bounds.most || at_ceiling && gradient < bounds.least {
                return false;
            }
            let projected = match gradient {
                _ if at_floor => gradient.min(0.0),
                _ if at_ceiling => gradient.max(0.0),
                _ => gradient,
            };
            found.most = found.most.max(projected);
            found.least = found.least.min(projected);
            if projected != 0.0 {
                self.step(*row, gradient);
            }
            true
        });
        found
    }

    fn gradient(&self, row: u32) -> f64 {
        let place = row as usize;
        let decision = self.sides.decision(self.sides.points.row(row), &self.weights);
        self.sides.signs[place] * decision - 1.0 + self.ridge * self.coefficients[place]
    }

    fn step(&mut self, row: u32, gradient: f64) {
        let place = row as usize;
        let before = self.coefficients[place];
        let after = (before - gradient / self.diagonal[place]).clamp(0.0, self.bound);
        self.coefficients[place] = after;
        let change = (after - before) * self.sides.signs[place];
        let columns = self.sides.points.columns;
        crate::design::add_scaled(&mut self.weights[..columns], change, self.sides.points.row(row));
        self.weights[columns] += change * self.sides.options.intercept_scaling;
    }
}
