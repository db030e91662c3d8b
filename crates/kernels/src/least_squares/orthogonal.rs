//! QR of the centred data, then the singular values of R, which are those of the data.

use faer::{Mat, MatRef};

use super::{Method, Problem, Solution, Unsolvable};

pub(super) fn solve(problem: Problem<'_>) -> Result<Solution, Unsolvable> {
    let columns = problem.columns;
    let means = if problem.fit_intercept { means(problem) } else { vec![0.0; columns + 1] };
    // With y as the last column R holds Qᵀy, and Q itself is never needed.
    let centred = Mat::from_fn(problem.y.len(), columns + 1, |i, j| {
        if j < columns { problem.x[i * columns + j] - means[j] } else { problem.y[i] - means[columns] }
    });
    let factors = centred.qr();
    let triangle = factors.thin_R();
    let coefficients = minimum_norm(triangle.subcols(0, columns), triangle.subcols(columns, 1), problem.tolerance)?;
    let explained: f64 = means.iter().zip(&coefficients).map(|(mean, coefficient)| mean * coefficient).sum();
    let intercept = if problem.fit_intercept { means[columns] - explained } else { 0.0 };
    Ok(Solution { coefficients, intercept, method: Method::Orthogonal })
}

/// Each column's mean and the target's, in two passes: the second takes out the first's rounding.
fn means(problem: Problem<'_>) -> Vec<f64> {
    let columns = problem.columns;
    let count = problem.y.len() as f64;
    let mut means = vec![0.0; columns + 1];
    for _ in 0..2 {
        let mut rests = vec![0.0; columns + 1];
        for (row, target) in problem.x.chunks_exact(columns).zip(problem.y) {
            let values = row.iter().chain([target]).zip(&means);
            rests.iter_mut().zip(values).for_each(|(rest, (value, mean))| *rest += value - mean);
        }
        means.iter_mut().zip(&rests).for_each(|(mean, rest)| *mean += rest / count);
    }
    means
}

/// argmin |Ax − b| of smallest |x|; singular values at or below `tolerance` times the largest are dropped.
fn minimum_norm(a: MatRef<'_, f64>, b: MatRef<'_, f64>, tolerance: f64) -> Result<Vec<f64>, Unsolvable> {
    let svd = a.thin_svd().map_err(|_| Unsolvable::NoConvergence)?;
    let values = svd.S().column_vector();
    let cut = values.iter().copied().fold(0.0, f64::max) * tolerance;
    let mut projected = svd.U().transpose() * b;
    for (i, value) in values.iter().enumerate() {
        projected[(i, 0)] = if *value > cut { projected[(i, 0)] / value } else { 0.0 };
    }
    let solution = svd.V() * projected;
    Ok((0..a.ncols()).map(|j| solution[(j, 0)]).collect())
}
