//! What a pass over the rows leaves of them, about the means that the components had.

use crate::cluster::mixture::Covariance;
use crate::cluster::mixture::gaussians::Gaussians;

pub(super) struct Sums {
    /// The weights of each component.
    pub(super) weights: Vec<f64>,
    /// Each component's weighted rows, less its mean.
    pub(super) firsts: Vec<f64>,
    /// Their weighted squares: columns × columns of each component for `Full`, of which the upper triangle is
    /// kept, columns for `Diagonal` and `Spherical`; none for `Tied`, whose scatter stays the same.
    pub(super) squares: Vec<f64>,
}

impl Sums {
    pub(super) fn new(gaussians: &Gaussians) -> Self {
        let (components, columns) = (gaussians.components(), gaussians.columns);
        let squares = match gaussians.covariance {
            Covariance::Full => columns * columns,
            Covariance::Tied => 0,
            Covariance::Diagonal | Covariance::Spherical => columns,
        };
        Self {
            weights: vec![0.0; components],
            firsts: vec![0.0; components * columns],
            squares: vec![0.0; components * squares],
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        let add = |to: &mut [f64], from: &[f64]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        add(&mut self.weights, &other.weights);
        add(&mut self.firsts, &other.firsts);
        add(&mut self.squares, &other.squares);
    }
}
