//! The shape of the residuals, e = target − prediction.

use super::{Compared, Undefined, mean, mean_of};

pub(super) fn std(compared: &Compared<'_>) -> Result<f64, Undefined> {
    Ok(Moments::of(compared).central(2).sqrt())
}

pub(super) fn skew(compared: &Compared<'_>) -> Result<f64, Undefined> {
    let moments = Moments::of(compared);
    Ok(moments.central(3) / moments.variance()?.powf(1.5))
}

pub(super) fn kurtosis(compared: &Compared<'_>) -> Result<f64, Undefined> {
    let moments = Moments::of(compared);
    Ok(moments.central(4) / moments.variance()?.powi(2) - 3.0)
}

struct Moments {
    residuals: Vec<f64>,
    mean: f64,
}

impl Moments {
    fn of(compared: &Compared<'_>) -> Self {
        let residuals = compared.errors();
        let mean = mean(&residuals);
        Self { residuals, mean }
    }

    fn central(&self, power: i32) -> f64 {
        mean_of(&self.residuals, |e| (e - self.mean).powi(power))
    }

    /// A variance within rounding of the mean is that of equal residuals; scipy draws the line there too.
    fn variance(&self) -> Result<f64, Undefined> {
        let variance = self.central(2);
        let rounding = (f64::EPSILON * self.mean).powi(2);
        if variance <= rounding { Err("undefined: the residuals are all equal") } else { Ok(variance) }
    }
}
