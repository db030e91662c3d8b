//! epsilon-SVR.

use std::num::NonZeroUsize;

use super::Unfit;
use super::kernel::Kernel;
use super::machine::Machine;
use super::panels::Points;
use super::solver::{self, Dual, Effort};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    pub kernel: Kernel,
    /// The price of an error beyond `epsilon`.
    pub c: f64,
    /// Errors up to this cost nothing.
    pub epsilon: f64,
    /// The largest violation of the optimality conditions that is left, as libsvm's `eps`.
    pub tolerance: f64,
    pub cache_bytes: usize,
}

#[derive(Clone, Debug)]
pub struct Regressor {
    machine: Machine,
    pub steps: usize,
    pub converged: bool,
}

/// Fits row-major data with one target a row.
pub fn fit(x: &[f64], y: &[f64], columns: usize, options: &Options, threads: NonZeroUsize) -> Result<Regressor, Unfit> {
    super::check(x, y.len(), columns)?;
    let points = Points { x, columns };
    let members: Vec<u32> = (0..y.len() as u32).collect();
    let dual = Dual {
        points,
        members: &members,
        kernel: options.kernel,
        target: y.to_vec(),
        floor: vec![-options.c; y.len()],
        ceiling: vec![options.c; y.len()],
        tube: options.epsilon,
        start: vec![0.0; y.len()],
        second_group: y.len(),
    };
    let effort = Effort { tolerance: options.tolerance, cache_bytes: options.cache_bytes, threads };
    let solved = solver::solve(&dual, effort);
    if !solved.coefficients.iter().chain(&solved.offsets[..1]).all(|value| value.is_finite()) {
        return Err(Unfit::NotFinite);
    }
    let machine = Machine::of(points, options.kernel, &[(&members, &solved.coefficients, solved.offsets[0])]);
    Ok(Regressor { machine, steps: solved.steps, converged: solved.converged })
}

impl Regressor {
    pub fn support_vectors(&self) -> usize {
        self.machine.support_vectors()
    }

    pub fn predict(&self, x: &[f64], threads: NonZeroUsize) -> Vec<f64> {
        self.machine.decide(x, threads)
    }
}
