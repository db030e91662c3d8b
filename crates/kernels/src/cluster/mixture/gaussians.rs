//! The components: weights, means, covariances, and what their densities are computed from.

use crate::cluster::Unclusterable;
use crate::cluster::mixture::Covariance;
use crate::cluster::mixture::sums::Sums;

pub(super) struct Gaussians {
    pub(super) columns: usize,
    pub(super) covariance: Covariance,
    /// All coordinates are about this point: far from the data their squares would cost digits.
    pub(super) origin: Vec<f64>,
    pub(super) weights: Vec<f64>,
    /// About the origin, one after another.
    pub(super) centres: Vec<f64>,
    pub(super) covariances: Vec<f64>,
    /// What turns a distance into standard deviations: the inverses of the covariances' lower Cholesky factors
    /// row by row for `Full` and `Tied`, the inverse deviations of each column for the others.
    pub(super) whitening: Vec<f64>,
    /// ln of weight · (2π)^(-columns/2) · |covariance|^(-1/2).
    pub(super) heights: Vec<f64>,
}

impl Gaussians {
    /// Components without a shape yet; the origin is the mean of the centres.
    pub(super) fn at(mut means: Vec<f64>, columns: usize, covariance: Covariance) -> Self {
        let components = means.len() / columns;
        let mut origin = vec![0.0; columns];
        for mean in means.chunks_exact(columns) {
            origin.iter_mut().zip(mean).for_each(|(sum, value)| *sum += value / components as f64);
        }
        for mean in means.chunks_exact_mut(columns) {
            mean.iter_mut().zip(&origin).for_each(|(value, origin)| *value -= origin);
        }
        Self {
            columns,
            covariance,
            origin,
            weights: vec![0.0; components],
            centres: means,
            covariances: Vec::new(),
            whitening: Vec::new(),
            heights: vec![0.0; components],
        }
    }

    pub(super) fn components(&self) -> usize {
        self.weights.len()
    }

    pub(super) fn means(&self) -> Vec<f64> {
        let rows = self.centres.chunks_exact(self.columns);
        rows.flat_map(|row| row.iter().zip(&self.origin).map(|(value, origin)| value + origin)).collect()
    }

    /// The components that fit the weights of `sums` best.
    pub(super) fn fitted(&self, sums: &Sums, scatter: &[f64], regularization: f64) -> Result<Self, Unclusterable> {
        let columns = self.columns;
        // A component without a row keeps a weight that can be divided by, as in scikit-learn.
        let counts: Vec<f64> = sums.weights.iter().map(|weight| weight + 10.0 * f64::EPSILON).collect();
        let total: f64 = counts.iter().sum();
        let firsts = sums.firsts.chunks_exact(columns).zip(self.centres.chunks_exact(columns));
        let centres: Vec<f64> = firsts
            .zip(sums.weights.iter().zip(&counts))
            .flat_map(|((firsts, centre), (weight, count))| {
                firsts.iter().zip(centre).map(move |(first, centre)| (centre * weight + first) / count)
            })
            .collect();
        let mut next = Self {
            columns,
            covariance: self.covariance,
            origin: self.origin.clone(),
            weights: counts.iter().map(|count| count / total).collect(),
            centres,
            covariances: Vec::new(),
            whitening: Vec::new(),
            heights: Vec::new(),
        };
        next.covariances = match self.covariance {
            Covariance::Full => self.full(&next, sums, &counts, regularization),
            Covariance::Tied => next.tied(scatter, &counts, regularization),
            Covariance::Diagonal => self.diagonal(&next, sums, &counts, regularization),
            Covariance::Spherical => {
                let diagonal = self.diagonal(&next, sums, &counts, regularization);
                diagonal.chunks_exact(columns).map(|variances| variances.iter().sum::<f64>() / columns as f64).collect()
            }
        };
        next.prepare()?;
        Ok(next)
    }

    /// Σ w (x − m)(x − m)ᵀ about the new means, from that about the old.
    fn full(&self, next: &Self, sums: &Sums, counts: &[f64], regularization: f64) -> Vec<f64> {
        let columns = self.columns;
        let mut covariances = sums.squares.clone();
        for (component, covariance) in covariances.chunks_exact_mut(columns * columns).enumerate() {
            let (firsts, moves) = self.moved(next, sums, component);
            for i in 0..columns {
                for j in i..columns {
                    let about =
                        firsts[i] * moves[j] + moves[i] * firsts[j] - sums.weights[component] * moves[i] * moves[j];
                    let value = (covariance[i * columns + j] - about) / counts[component];
                    covariance[i * columns + j] = value;
                    covariance[j * columns + i] = value;
                }
                let variance = &mut covariance[i * columns + i];
                *variance = unless_rounding(*variance, next.centres[component * columns + i]) + regularization;
            }
        }
        covariances
    }

    fn diagonal(&self, next: &Self, sums: &Sums, counts: &[f64], regularization: f64) -> Vec<f64> {
        let mut covariances = sums.squares.clone();
        for (component, variances) in covariances.chunks_exact_mut(self.columns).enumerate() {
            let (firsts, moves) = self.moved(next, sums, component);
            for (column, variance) in variances.iter_mut().enumerate() {
                let (first, moved) = (firsts[column], moves[column]);
                let about = 2.0 * first * moved - sums.weights[component] * moved * moved;
                let found = (*variance - about) / counts[component];
                let mean = next.centres[component * self.columns + column];
                *variance = unless_rounding(found, mean) + regularization;
            }
        }
        covariances
    }

    /// The first sums of a component, and how far its mean moved.
    fn moved<'b>(&self, next: &Self, sums: &'b Sums, component: usize) -> (&'b [f64], Vec<f64>) {
        let range = component * self.columns..(component + 1) * self.columns;
        let pairs = next.centres[range.clone()].iter().zip(&self.centres[range.clone()]);
        (&sums.firsts[range], pairs.map(|(after, before)| after - before).collect())
    }

    /// The scatter within the components is that of all rows less that of the means.
    fn tied(&self, scatter: &[f64], counts: &[f64], regularization: f64) -> Vec<f64> {
        let columns = self.columns;
        let mut covariance = scatter.to_vec();
        for i in 0..columns {
            for j in i..columns {
                let means = self.centres.chunks_exact(columns).zip(counts);
                let between: f64 = means.map(|(mean, count)| count * mean[i] * mean[j]).sum();
                let value = (scatter[i * columns + j] - between) / counts.iter().sum::<f64>();
                covariance[i * columns + j] = value;
                covariance[j * columns + i] = value;
            }
            covariance[i * columns + i] += regularization;
        }
        covariance
    }

    fn prepare(&mut self) -> Result<(), Unclusterable> {
        let columns = self.columns;
        let log_determinants: Vec<f64> = match self.covariance {
            Covariance::Full | Covariance::Tied => {
                let mut found = Vec::new();
                for covariance in self.covariances.chunks_exact(columns * columns) {
                    let inverse = inverse_factor(covariance, columns).ok_or(Unclusterable::IllDefined)?;
                    found.push((0..columns).map(|i| inverse[i * columns + i].ln()).sum());
                    self.whitening.extend(inverse);
                }
                found
            }
            Covariance::Diagonal | Covariance::Spherical => {
                if !self.covariances.iter().all(|variance| *variance > 0.0) {
                    return Err(Unclusterable::IllDefined);
                }
                let repeats = if self.covariance == Covariance::Spherical { columns } else { 1 };
                let inverse = |variance: &f64| variance.sqrt().recip();
                self.whitening =
                    self.covariances.iter().flat_map(|v| std::iter::repeat_n(inverse(v), repeats)).collect();
                self.whitening.chunks_exact(columns).map(|inverses| inverses.iter().map(|i| i.ln()).sum()).collect()
            }
        };
        let constant = columns as f64 / 2.0 * std::f64::consts::TAU.ln();
        let shapes = log_determinants.iter().cycle();
        self.heights = self.weights.iter().zip(shapes).map(|(weight, shape)| weight.ln() + shape - constant).collect();
        Ok(())
    }
}

/// A variance that the mean's rounding alone may have left is none: a collapsed component is to be told.
fn unless_rounding(variance: f64, mean: f64) -> f64 {
    let rounding = 32.0 * f64::EPSILON * mean;
    if variance <= rounding * rounding { 0.0 } else { variance }
}

/// The inverse of the lower Cholesky factor, row by row; nothing where the matrix is not positive definite.
fn inverse_factor(matrix: &[f64], order: usize) -> Option<Vec<f64>> {
    let mut factor = vec![0.0; order * order];
    for i in 0..order {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| factor[i * order + k] * factor[j * order + k]).sum();
            let rest = matrix[i * order + j] - known;
            if i > j {
                factor[i * order + j] = rest / factor[j * order + j];
            } else if rest > 0.0 {
                factor[i * order + i] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    let mut inverse = vec![0.0; order * order];
    for j in 0..order {
        inverse[j * order + j] = factor[j * order + j].recip();
        for i in j + 1..order {
            let known: f64 = (j..i).map(|k| factor[i * order + k] * inverse[k * order + j]).sum();
            inverse[i * order + j] = -known / factor[i * order + i];
        }
    }
    Some(inverse)
}
