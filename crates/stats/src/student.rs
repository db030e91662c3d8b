//! Student's t, central and noncentral, and the normal quantile.

use statrs::function::beta::{beta_reg, inv_beta_reg};
use statrs::function::erf::{erfc, erfc_inv};
use statrs::function::gamma::ln_gamma;

use crate::absence::{Absence, inside_unit};

/// P(|T| ≥ |t|).
pub fn p_two_sided(t: f64, df: f64) -> Result<f64, Absence> {
    check_df(df)?;
    if t.is_nan() {
        return Err(Absence::NotFinite);
    }
    Ok(two_sided(t, df))
}

/// P(T ≥ t).
pub fn p_upper(t: f64, df: f64) -> Result<f64, Absence> {
    let half = p_two_sided(t, df)? / 2.0;
    Ok(if t >= 0.0 { half } else { 1.0 - half })
}

/// The t with P(T ≤ t) = `probability`.
pub fn quantile(probability: f64, df: f64) -> Result<f64, Absence> {
    check_df(df)?;
    inside_unit(probability)?;
    if probability < 0.5 {
        return quantile(1.0 - probability, df).map(|t| -t);
    }
    let tail = 2.0 * (1.0 - probability);
    let x = inv_beta_reg(df / 2.0, 0.5, tail);
    let start = (df * (1.0 - x) / x).sqrt();
    let polished = polish(start, tail, df);
    if polished.is_finite() { Ok(polished) } else { Err(Absence::Overflow) }
}

/// The z with P(Z ≤ z) = `probability`.
pub fn normal_quantile(probability: f64) -> Result<f64, Absence> {
    inside_unit(probability)?;
    Ok(-std::f64::consts::SQRT_2 * erfc_inv(2.0 * probability))
}

/// P(Z ≤ z).
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z / std::f64::consts::SQRT_2)
}

/// P(|T| ≥ `critical`) for noncentral T = (Z + `shift`) / s with s² = χ²/df, by integrating the
/// normal probability over s. Unlike the usual series (Lenth 1989, AS 243) it holds for any shift.
pub fn noncentral_beyond(critical: f64, df: f64, shift: f64) -> Result<f64, Absence> {
    check_df(df)?;
    if !(critical.is_finite() && shift.is_finite()) || critical < 0.0 {
        return Err(Absence::OutOfRange);
    }
    let half_df = df / 2.0;
    let ln_scale = std::f64::consts::LN_2 + half_df * half_df.ln() - ln_gamma(half_df);
    let density = |s: f64| (ln_scale + (df - 1.0) * s.ln() - half_df * s * s).exp();
    let outside = |s: f64| normal_cdf(shift - critical * s) + normal_cdf(-shift - critical * s);
    // s has mean near 1 and sd below 1/√(2 df); 12 of them leave out less than 1e-20.
    let reach = 12.0 / (2.0 * df).sqrt();
    let (low, high) = ((1.0 - reach).max(0.0), 1.0 + reach);
    // A panel is a quarter of the width over which the normal probability climbs, 1 / critical, and
    // at most half an sd of the density.
    let panels = ((high - low) * critical * 4.0).ceil().clamp(48.0, 400.0) as u32;
    Ok(integrate(low, high, panels, |s| density(s) * outside(s)).clamp(0.0, 1.0))
}

fn check_df(df: f64) -> Result<(), Absence> {
    if df.is_finite() && df > 0.0 { Ok(()) } else { Err(Absence::OutOfRange) }
}

fn two_sided(t: f64, df: f64) -> f64 {
    if t.is_infinite() {
        return 0.0;
    }
    // Both forms are the same function: the first loses digits where p is small, the second where
    // t² is small beside df.
    let squared = t * t;
    if squared.is_infinite() {
        0.0
    } else if squared < 1.0 {
        1.0 - beta_reg(0.5, df / 2.0, squared / (df + squared))
    } else {
        beta_reg(df / 2.0, 0.5, df / (df + squared))
    }
}

/// Newton's steps on the two-sided tail: the inverse of the incomplete beta function is only
/// good to some nine digits.
fn polish(start: f64, tail: f64, df: f64) -> f64 {
    let ln_scale = ln_gamma(f64::midpoint(df, 1.0)) - ln_gamma(df / 2.0) - 0.5 * (df * std::f64::consts::PI).ln();
    let mut t = start;
    for _ in 0..3 {
        let density = (ln_scale - f64::midpoint(df, 1.0) * (t * t / df).ln_1p()).exp();
        let step = (two_sided(t, df) - tail) / (2.0 * density);
        if !step.is_finite() || t + step <= 0.0 {
            break;
        }
        t += step;
    }
    t
}

/// Gauss–Legendre with 5 points in each panel.
pub(crate) fn integrate(low: f64, high: f64, panels: u32, function: impl Fn(f64) -> f64) -> f64 {
    // Abramowitz and Stegun, table 25.4, n = 5.
    const POINTS: [(f64, f64); 5] = [
        (-0.906_179_845_938_664, 0.236_926_885_056_189_1),
        (-0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
        (0.0, 0.568_888_888_888_888_9),
        (0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
        (0.906_179_845_938_664, 0.236_926_885_056_189_1),
    ];
    let half = (high - low) / f64::from(panels) / 2.0;
    (0..panels)
        .map(|panel| {
            let middle = low + half * f64::from(2 * panel + 1);
            half * POINTS.iter().map(|(x, weight)| weight * function(middle + half * x)).sum::<f64>()
        })
        .sum()
}
