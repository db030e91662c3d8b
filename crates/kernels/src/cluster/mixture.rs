//! Gaussian mixtures by expectation and maximisation, from the clusters that k-means finds.
//!
//! One pass over the rows does both steps: a block of rows lies in the first-level cache while its
//! densities are computed, and its weighted squares are summed about the old means, from which the
//! new covariances follow without a second look. No matrix of responsibilities is kept.

mod exponential;
mod gaussians;
mod pass;
mod sums;

use std::num::NonZeroUsize;
use std::ops::Range;

use crate::cluster::kmeans::{self, Start};
use crate::cluster::{Points, Unclusterable, parts};
use gaussians::Gaussians;
use pass::{Pass, Weights};
use sums::Sums;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covariance {
    /// Each component has its own.
    Full,
    /// All share one.
    Tied,
    /// Each has its own variance for each column.
    Diagonal,
    /// Each has one variance.
    Spherical,
}

#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    pub components: usize,
    pub covariance: Covariance,
    /// Where k-means begins, whose clusters are the first responsibilities.
    pub start: Start<'a>,
    pub max_iter: u32,
    /// The iterations end once the mean log-likelihood of a row changes by less.
    pub tolerance: f64,
    /// Added to the covariances' diagonals.
    pub regularization: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// The likeliest component of each row.
    pub labels: Vec<i64>,
    pub weights: Vec<f64>,
    /// One mean after another.
    pub means: Vec<f64>,
    /// Components × columns × columns, columns × columns, components × columns, or components.
    pub covariances: Vec<f64>,
    /// The mean log-likelihood of a row, as the last iteration found it before it moved the components.
    pub log_likelihood: f64,
    pub iterations: u32,
    pub converged: bool,
}

/// k-means' own defaults, which scikit-learn uses here.
const KMEANS_MAX_ITER: u32 = 300;
const KMEANS_TOLERANCE: f64 = 1e-4;

/// Fits the mixture on up to `threads` threads. The same number of threads gives the same bits.
pub fn fit(points: Points<'_>, options: Options<'_>, threads: NonZeroUsize) -> Result<Mixture, Unclusterable> {
    points.check(options.components)?;
    let first = kmeans::Options {
        clusters: options.components,
        start: options.start,
        max_iter: KMEANS_MAX_ITER,
        tolerance: KMEANS_TOLERANCE,
    };
    let clusters = kmeans::fit(points, first, threads)?;
    let mut em = Em::new(points, options, threads, clusters.centres);
    em.maximise(Weights::OfLabels(&clusters.labels))?;
    drop(clusters.labels);
    let (mut log_likelihood, mut iterations, mut converged) = (f64::NEG_INFINITY, 0, false);
    while iterations < options.max_iter && !converged {
        iterations += 1;
        let before = log_likelihood;
        log_likelihood = em.maximise(Weights::OfDensities)?;
        converged = (log_likelihood - before).abs() < options.tolerance;
    }
    Ok(em.finish(log_likelihood, iterations, converged))
}

struct Em<'a> {
    points: Points<'a>,
    options: Options<'a>,
    ranges: Vec<Range<usize>>,
    gaussians: Gaussians,
    /// The scatter of all rows about the first mean, which a shared covariance is made from.
    scatter: Vec<f64>,
}

impl<'a> Em<'a> {
    fn new(points: Points<'a>, options: Options<'a>, threads: NonZeroUsize, means: Vec<f64>) -> Self {
        let ranges = parts::ranges(points.count(), threads);
        let gaussians = Gaussians::at(means, points.columns, options.covariance);
        let mut em = Self { points, options, ranges, gaussians, scatter: Vec::new() };
        if options.covariance == Covariance::Tied {
            em.scatter = em.scatter();
        }
        em
    }

    /// Of all rows about the origin of the components.
    fn scatter(&self) -> Vec<f64> {
        let one = Gaussians::at(self.gaussians.origin.clone(), self.points.columns, Covariance::Full);
        let sums = self.pass(&one, Weights::All).0;
        sums.squares
    }

    fn pass(&self, gaussians: &Gaussians, weights: Weights<'_>) -> (Sums, f64) {
        let mut passes: Vec<Pass<'_>> =
            self.ranges.iter().map(|rows| Pass::new(self.points, rows.clone(), gaussians, weights)).collect();
        parts::each(&mut passes, Pass::run);
        let mut passes = passes.into_iter();
        let Some(mut first) = passes.next() else { return (Sums::new(gaussians), 0.0) };
        for other in passes {
            first.sums.add(&other.sums);
            first.log_likelihood += other.log_likelihood;
        }
        (first.sums, first.log_likelihood)
    }

    /// One pass, then the components that fit its weights best; the mean log-likelihood before.
    fn maximise(&mut self, weights: Weights<'_>) -> Result<f64, Unclusterable> {
        let (sums, log_likelihood) = self.pass(&self.gaussians, weights);
        self.gaussians = self.gaussians.fitted(&sums, &self.scatter, self.options.regularization)?;
        Ok(log_likelihood / self.points.count() as f64)
    }

    fn finish(self, log_likelihood: f64, iterations: u32, converged: bool) -> Mixture {
        let mut passes: Vec<Pass<'_>> = self
            .ranges
            .iter()
            .map(|rows| Pass::new(self.points, rows.clone(), &self.gaussians, Weights::OfDensities).for_labels())
            .collect();
        parts::each(&mut passes, Pass::run);
        let labels = passes.into_iter().flat_map(|pass| pass.labels).collect();
        let Gaussians { weights, covariances, .. } = &self.gaussians;
        let (weights, covariances) = (weights.clone(), covariances.clone());
        Mixture { labels, weights, means: self.gaussians.means(), covariances, log_likelihood, iterations, converged }
    }
}
