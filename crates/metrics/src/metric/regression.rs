//! How far predictions are from their targets.

use super::{Compared, Undefined, is_constant, mean, mean_of};

const CONSTANT_TARGET: Undefined = "undefined: the target is constant";

pub(super) fn mse(compared: &Compared<'_>) -> Result<f64, Undefined> {
    Ok(mean_of(&compared.errors(), |e| e * e))
}

pub(super) fn rmse(compared: &Compared<'_>) -> Result<f64, Undefined> {
    mse(compared).map(f64::sqrt)
}

pub(super) fn mae(compared: &Compared<'_>) -> Result<f64, Undefined> {
    Ok(mean_of(&compared.errors(), f64::abs))
}

pub(super) fn r2(compared: &Compared<'_>) -> Result<f64, Undefined> {
    share_explained(compared, 0.0)
}

pub(super) fn explained_variance(compared: &Compared<'_>) -> Result<f64, Undefined> {
    share_explained(compared, mean(&compared.errors()))
}

/// 1 minus the mean square of the errors around `center` over the variance of the target.
fn share_explained(compared: &Compared<'_>, center: f64) -> Result<f64, Undefined> {
    if is_constant(compared.target) {
        return Err(CONSTANT_TARGET);
    }
    let target_mean = mean(compared.target);
    let total = mean_of(compared.target, |y| (y - target_mean).powi(2));
    if total == 0.0 {
        return Err("undefined: the target's variance is too small for a double");
    }
    Ok(1.0 - mean_of(&compared.errors(), |e| (e - center).powi(2)) / total)
}

pub(super) fn mape(compared: &Compared<'_>) -> Result<f64, Undefined> {
    let rows = compared.target.iter().zip(compared.predicted);
    let shares: Vec<f64> = rows.map(|(y, p)| (y - p).abs() / y.abs().max(f64::EPSILON)).collect();
    Ok(mean(&shares))
}
