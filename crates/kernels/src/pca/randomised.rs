//! The range of a random subspace, turned towards the largest variances by a few powers of the
//! second moments, and the components of the data within it.

use std::num::NonZeroUsize;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par, Side};

use super::exact::{covariance, exact};
use super::{Components, Method, Points, Spectrum, Undecomposable, VALUES_AT_A_TIME, along};
use crate::centred::Centred;
use crate::random::Random;

/// Up to so many columns for each pass over the data, summing all second moments once is cheaper: a
/// product with a narrow matrix runs at a fraction of their speed.
const COLUMNS_A_PASS: usize = 100;
/// What is left of a direction that the data do not vary in, as a share of the largest square.
const NOTHING: f64 = 1e-14;

/// Which subspace, and how it is turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subspace {
    /// Components that are wanted.
    pub components: usize,
    /// Dimensions beside those of the components.
    pub oversamples: usize,
    /// Powers of the second moments.
    pub iterations: usize,
    pub seed: u64,
}

/// The principal components of the data within a random subspace; near the true ones where the
/// spectrum falls, the nearer the more iterations.
pub fn randomised(
    points: &[f64],
    columns: usize,
    subspace: Subspace,
    threads: NonZeroUsize,
) -> Result<Components, Undecomposable> {
    let given = Points::checked(points, columns, subspace.components)?;
    let passes = subspace.iterations + 1;
    let summed =
        if columns <= passes * COLUMNS_A_PASS && given.rows() > columns { covariance(given, threads)? } else { None };
    let (squares, method) = match &summed {
        Some(centred) => (Squares::Summed(centred), Method::SubspaceOfCovariance),
        None => (Squares::by_passes(given, threads)?, Method::Subspace),
    };
    let dimensions = (subspace.components + subspace.oversamples).min(columns).min(given.rows());
    let mut random = Random::new(subspace.seed);
    let mut basis = Mat::from_fn(columns, dimensions, |_, _| random.normal());
    for _ in 0..subspace.iterations {
        basis = squares.times(orthonormal(&basis).as_ref());
    }
    let basis = orthonormal(&basis);
    let product = squares.times(basis.as_ref());
    match within(&basis, &product, subspace.components)? {
        Some(Spectrum { squares: found, vectors }) => {
            let variances = found.iter().map(|square| square / (given.rows() - 1) as f64).collect();
            Ok(Components::new(squares.means(columns), variances, vectors.as_ref(), method))
        }
        // The data vary in fewer directions than are wanted.
        None => exact(points, columns, subspace.components, threads),
    }
}

fn orthonormal(basis: &Mat<f64>) -> Mat<f64> {
    basis.qr().compute_thin_Q()
}

/// Squared singular values, and right singular vectors, of what the data are within the subspace:
/// of Qᵀ Z with Q the orthonormal basis of the data times `basis`. `product` is `ZᵀZ` times `basis`.
fn within(basis: &Mat<f64>, product: &Mat<f64>, wanted: usize) -> Result<Option<Spectrum>, Undecomposable> {
    let inner = basis.transpose() * product;
    if (0..inner.nrows()).any(|i| !inner[(i, i)].is_finite()) {
        return Err(Undecomposable::TooLarge);
    }
    let eigen = inner.self_adjoint_eigen(Side::Lower).map_err(|_| Undecomposable::NoConvergence)?;
    let (values, vectors) = (eigen.S().column_vector(), eigen.U());
    let order = inner.nrows();
    let kept: Vec<usize> = (0..order).filter(|i| values[*i] > NOTHING * values[order - 1]).collect();
    if kept.len() < wanted {
        return Ok(None);
    }
    let scaled = Mat::from_fn(order, kept.len(), |i, k| vectors[(i, kept[k])] / values[kept[k]].sqrt());
    let svd = (product * scaled).thin_svd().map_err(|_| Undecomposable::NoConvergence)?;
    let squares = svd.S().column_vector().iter().take(wanted).map(|value| value * value).collect();
    Ok(Some(Spectrum { squares, vectors: svd.U().subcols(0, wanted).to_owned() }))
}

/// The centred second moments `ZᵀZ` as what they do to a few vectors.
enum Squares<'a> {
    Summed(&'a Centred),
    ByPasses { points: Points<'a>, means: Vec<f64>, threads: NonZeroUsize },
}

impl<'a> Squares<'a> {
    fn by_passes(points: Points<'a>, threads: NonZeroUsize) -> Result<Self, Undecomposable> {
        points.check_finite()?;
        Ok(Self::ByPasses { points, means: points.means(), threads })
    }

    fn means(&self, columns: usize) -> Vec<f64> {
        match self {
            Self::Summed(centred) => centred.means[..columns].to_vec(),
            Self::ByPasses { means, .. } => means.clone(),
        }
    }

    fn times(&self, vectors: MatRef<'_, f64>) -> Mat<f64> {
        match self {
            Self::Summed(centred) => {
                let order = centred.columns;
                MatRef::from_row_major_slice(&centred.gram, order, order) * vectors
            }
            Self::ByPasses { points, means, threads } => pass(*points, means, vectors, *threads),
        }
    }
}

/// Zᵀ (Z V) in one pass: a block of rows is used twice while it is near. Each thread has its share
/// of the rows, so that the sums are the same each time for the same number of threads.
fn pass(points: Points<'_>, means: &[f64], vectors: MatRef<'_, f64>, threads: NonZeroUsize) -> Mat<f64> {
    let of_means = along(vectors.transpose(), means);
    let share = points.rows().div_ceil(threads.get()).max(1) * points.columns;
    let shares: Vec<&[f64]> = points.values.chunks(share).collect();
    let mut sums: Vec<Option<Mat<f64>>> = shares.iter().map(|_| None).collect();
    crate::shares::share_out(threads, shares.into_iter().zip(&mut sums), |(values, sum)| {
        *sum = Some(pass_over(Points { values, ..points }, means, vectors, &of_means));
    });
    let zero = Mat::zeros(points.columns, vectors.ncols());
    sums.into_iter().flatten().fold(zero, |total, sum| total + sum)
}

fn pass_over(points: Points<'_>, means: &[f64], vectors: MatRef<'_, f64>, of_means: &[f64]) -> Mat<f64> {
    let rows = (VALUES_AT_A_TIME / points.columns).clamp(16, 1024);
    let mut sum = Mat::zeros(points.columns, vectors.ncols());
    let mut totals = vec![0.0; vectors.ncols()];
    for values in points.values.chunks(rows * points.columns) {
        let block = Points { values, ..points }.matrix();
        let mut projected = Mat::from_fn(block.nrows(), vectors.ncols(), |_, k| -of_means[k]);
        matmul(&mut projected, Accum::Add, block, vectors, 1.0, Par::Seq);
        matmul(&mut sum, Accum::Add, block.transpose(), &projected, 1.0, Par::Seq);
        for (k, total) in totals.iter_mut().enumerate() {
            *total += projected.col(k).iter().sum::<f64>();
        }
    }
    // The rows were taken as they are: their mean's share goes off at the end.
    for (k, total) in totals.iter().enumerate() {
        for (j, mean) in means.iter().enumerate() {
            sum[(j, k)] -= mean * total;
        }
    }
    sum
}
