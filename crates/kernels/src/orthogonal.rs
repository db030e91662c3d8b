//! QR of the centred data, then the singular values of R, which are those of the data: nothing is squared.

use faer::{Mat, MatRef};

use crate::design::{Design, LinearModel, Unsolvable};

/// The plane whose slopes are V diag(`inverse`(s, largest s)) Uᵀy, with the singular values s.
pub(crate) fn solve(design: Design<'_>, inverse: impl Fn(f64, f64) -> f64) -> Result<LinearModel, Unsolvable> {
    let columns = design.columns;
    let means = design.means();
    // With y as the last column R holds Qᵀy, and Q itself is never needed.
    let centred = Mat::from_fn(design.y.len(), columns + 1, |i, j| {
        if j < columns { design.x[i * columns + j] - means[j] } else { design.y[i] - means[columns] }
    });
    let factors = centred.qr();
    let triangle = factors.thin_R();
    let coefficients = along_directions(triangle.subcols(0, columns), triangle.subcols(columns, 1), inverse)?;
    let model = LinearModel::through(&means, coefficients);
    if model.is_finite() { Ok(model) } else { Err(Unsolvable::TooLarge) }
}

fn along_directions(
    a: MatRef<'_, f64>,
    b: MatRef<'_, f64>,
    inverse: impl Fn(f64, f64) -> f64,
) -> Result<Vec<f64>, Unsolvable> {
    let svd = a.thin_svd().map_err(|_| Unsolvable::NoConvergence)?;
    let values = svd.S().column_vector();
    let largest = values.iter().copied().fold(0.0, f64::max);
    let mut projected = svd.U().transpose() * b;
    for (i, value) in values.iter().enumerate() {
        projected[(i, 0)] *= inverse(*value, largest);
    }
    let solution = svd.V() * projected;
    Ok((0..a.ncols()).map(|j| solution[(j, 0)]).collect())
}
