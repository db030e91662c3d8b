//! All directions at once, of which the first are kept.

use std::num::NonZeroUsize;

use faer::linalg::matmul::triangular::{BlockStructure, matmul};
use faer::{Accum, Mat, MatRef, Side};

use super::{Components, Method, Points, Spectrum, Undecomposable};
use crate::centred::Centred;
use crate::design::Design;

/// Squaring the data costs a variance the digits by which the largest exceeds it. Those of which
/// half of a double's digits are left are taken from the squares.
const LEAST_SHARE: f64 = 1e-8;
/// What centring the sums may have cost before that.
const LOSS_MAX: f64 = 1e6;

/// The first `wanted` principal components.
pub fn exact(
    points: &[f64],
    columns: usize,
    wanted: usize,
    threads: NonZeroUsize,
) -> Result<Components, Undecomposable> {
    let points = Points::checked(points, columns, wanted)?;
    let by_squares = if points.rows() > columns {
        by_covariance(points, wanted, threads)?
    } else {
        points.check_finite()?;
        by_rows(points, wanted)?
    };
    match by_squares {
        Some(components) => Ok(components),
        None => by_singular_values(points, wanted),
    }
}

fn by_covariance(
    points: Points<'_>,
    wanted: usize,
    threads: NonZeroUsize,
) -> Result<Option<Components>, Undecomposable> {
    let Some(centred) = covariance(points, threads)? else { return Ok(None) };
    let gram = MatRef::from_row_major_slice(&centred.gram, points.columns, points.columns);
    let Some(Spectrum { squares, vectors: directions }) = leading(gram, wanted)? else { return Ok(None) };
    let variances = variances(&squares, points);
    let means = centred.means[..points.columns].to_vec();
    Ok(Some(Components::new(means, variances, directions.as_ref(), Method::Covariance)))
}

/// The centred second moments; nothing where centring them cost too many digits.
pub(super) fn covariance(points: Points<'_>, threads: NonZeroUsize) -> Result<Option<Centred>, Undecomposable> {
    let zeros = vec![0.0; points.rows()];
    let design = Design { x: points.values, y: &zeros, columns: points.columns, fit_intercept: true };
    let centred = Centred::of(design, threads);
    if !centred.is_finite() {
        points.check_finite()?;
        return Err(Undecomposable::TooLarge);
    }
    // A column that does not vary has infinite loss, of which no digit matters: what is left is rounding
    // near zero, which the share of the least variance tells.
    let safe = centred.loss <= LOSS_MAX || centred.loss.is_infinite();
    Ok(safe.then_some(centred))
}

/// With fewer rows than columns the products of the rows have the same eigenvalues.
fn by_rows(points: Points<'_>, wanted: usize) -> Result<Option<Components>, Undecomposable> {
    let (means, centred) = centred(points);
    let mut products = Mat::zeros(points.rows(), points.rows());
    let (lower, full) = (BlockStructure::TriangularLower, BlockStructure::Rectangular);
    let par = faer::get_global_parallelism();
    matmul(&mut products, lower, Accum::Replace, &centred, full, centred.transpose(), full, 1.0, par);
    let Some(Spectrum { squares, vectors: left }) = leading(products.as_ref(), wanted)? else { return Ok(None) };
    let mut directions = centred.transpose() * &left;
    for (k, square) in squares.iter().enumerate() {
        let length = square.sqrt();
        (0..points.columns).for_each(|j| directions[(j, k)] /= length);
    }
    Ok(Some(Components::new(means, variances(&squares, points), directions.as_ref(), Method::Rows)))
}

/// The largest squares, of the lower triangle; nothing where the least of them
/// has lost too many digits.
fn leading(matrix: MatRef<'_, f64>, wanted: usize) -> Result<Option<Spectrum>, Undecomposable> {
    if (0..matrix.nrows()).any(|i| !matrix[(i, i)].is_finite()) {
        return Err(Undecomposable::TooLarge);
    }
    let eigen = matrix.self_adjoint_eigen(Side::Lower).map_err(|_| Undecomposable::NoConvergence)?;
    let (values, vectors) = (eigen.S().column_vector(), eigen.U());
    let order = matrix.nrows();
    let squares: Vec<f64> = (0..wanted).map(|k| values[order - 1 - k]).collect();
    let clear = squares[wanted - 1] > LEAST_SHARE * squares[0];
    let vectors = || Mat::from_fn(order, wanted, |i, k| vectors[(i, order - 1 - k)]);
    Ok(clear.then(|| Spectrum { squares, vectors: vectors() }))
}

fn by_singular_values(points: Points<'_>, wanted: usize) -> Result<Components, Undecomposable> {
    let (means, centred) = centred(points);
    let svd = if points.rows() > points.columns { centred.qr().thin_R().thin_svd() } else { centred.thin_svd() };
    let svd = svd.map_err(|_| Undecomposable::NoConvergence)?;
    let squares: Vec<f64> = svd.S().column_vector().iter().take(wanted).map(|value| value * value).collect();
    if !squares.iter().all(|square| square.is_finite()) {
        return Err(Undecomposable::TooLarge);
    }
    Ok(Components::new(means, variances(&squares, points), svd.V(), Method::SingularValues))
}

fn centred(points: Points<'_>) -> (Vec<f64>, Mat<f64>) {
    let means = points.means();
    let matrix = points.matrix();
    let centred = Mat::from_fn(points.rows(), points.columns, |i, j| matrix[(i, j)] - means[j]);
    (means, centred)
}

fn variances(squares: &[f64], points: Points<'_>) -> Vec<f64> {
    squares.iter().map(|square| square.max(0.0) / (points.rows() - 1) as f64).collect()
}
