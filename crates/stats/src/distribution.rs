//! Tails of the distributions that the tests rest on, each in the form that keeps its digits.

use statrs::function::beta::beta_reg;
use statrs::function::gamma::{gamma_lr, gamma_ur, ln_gamma};

use crate::absence::{Absence, inside_unit};
use crate::student::{self, integrate, normal_cdf};

/// P(F ≥ f).
pub fn f_upper(f: f64, above: f64, below: f64) -> f64 {
    if f <= 0.0 {
        1.0
    } else if f.is_infinite() {
        0.0
    } else {
        beta_reg(below / 2.0, above / 2.0, below / (below + above * f))
    }
}

/// P(F ≤ f).
pub fn f_lower(f: f64, above: f64, below: f64) -> f64 {
    if f <= 0.0 {
        0.0
    } else if f.is_infinite() {
        1.0
    } else {
        beta_reg(above / 2.0, below / 2.0, above * f / (below + above * f))
    }
}

/// P(χ² ≥ x).
pub fn chi_squared_upper(x: f64, df: f64) -> f64 {
    if x <= 0.0 { 1.0 } else { gamma_ur(df / 2.0, x / 2.0) }
}

/// The x with P(χ² ≤ x) = `probability`.
pub fn chi_squared_quantile(probability: f64, df: f64) -> Result<f64, Absence> {
    inside_unit(probability)?;
    let mut high = df.max(1.0);
    while gamma_lr(df / 2.0, high / 2.0) < probability {
        high *= 2.0;
    }
    Ok(halve(0.0, high, |x| x > 0.0 && gamma_lr(df / 2.0, x / 2.0) >= probability))
}

/// P(X ≤ k) of `tries` with `share` each.
pub fn binomial_lower(k: u64, tries: u64, share: f64) -> f64 {
    if k >= tries || share <= 0.0 {
        1.0
    } else if share >= 1.0 {
        0.0
    } else {
        beta_reg((tries - k) as f64, k as f64 + 1.0, 1.0 - share)
    }
}

/// P(Q ≤ q) of the studentised range of `groups` means; `df` may be infinite.
pub fn studentised_range(q: f64, groups: usize, df: f64) -> Result<f64, Absence> {
    if groups < 2 || q.is_nan() || df.is_nan() || df < 1.0 {
        return Err(Absence::OutOfRange);
    }
    Ok(over_scale(df, |scale| range_of_normals(q * scale, groups)))
}

/// P(max |Tᵢ| ≤ t) of comparisons with one common reference, `correlation` between any two: Dunnett
/// (1955), for groups of equal size.
pub fn dunnett(t: f64, comparisons: usize, correlation: f64, df: f64) -> Result<f64, Absence> {
    if comparisons < 1 || t.is_nan() || !(0.0..1.0).contains(&correlation) || df.is_nan() || df < 1.0 {
        return Err(Absence::OutOfRange);
    }
    let (shared, own) = (correlation.sqrt(), (1.0 - correlation).sqrt());
    let inside = |bound: f64| {
        integrate(-8.5, 8.5, 60, |z| {
            let share = normal_cdf((bound + shared * z) / own) - normal_cdf((-bound + shared * z) / own);
            normal_density(z) * power(share, comparisons)
        })
    };
    Ok(over_scale(df, |scale| inside(t * scale)))
}

/// The mean of `probability(s)` over s = √(χ²/df).
fn over_scale(df: f64, probability: impl Fn(f64) -> f64) -> f64 {
    over_scale_to(f64::INFINITY, df, probability)
}

/// The same, of a probability that is 0 from `end` on.
pub(crate) fn over_scale_to(end: f64, df: f64, probability: impl Fn(f64) -> f64) -> f64 {
    // From here on s is 1 to four digits, and the density's own formula loses as many.
    if df > 1e5 {
        return if end > 1.0 { probability(1.0).clamp(0.0, 1.0) } else { 0.0 };
    }
    let half = df / 2.0;
    let ln_scale = std::f64::consts::LN_2 + half * half.ln() - ln_gamma(half);
    let density = |s: f64| (ln_scale + (df - 1.0) * s.ln() - half * s * s).exp();
    let reach = 9.0 / (2.0 * df).sqrt();
    let low = (1.0 - reach).max(0.0);
    let high = end.min(1.0 + reach);
    if high <= low { 0.0 } else { integrate(low, high, 48, |s| density(s) * probability(s)).clamp(0.0, 1.0) }
}

fn range_of_normals(q: f64, groups: usize) -> f64 {
    if q <= 0.0 {
        return 0.0;
    }
    let count = groups as f64;
    let density = |z: f64| normal_density(z) * power((normal_cdf(z) - normal_cdf(z - q)).max(0.0), groups - 1);
    (count * integrate(-8.5, 8.5 + q.min(40.0), 60, density)).clamp(0.0, 1.0)
}

fn power(base: f64, times: usize) -> f64 {
    base.powi(i32::try_from(times).unwrap_or(i32::MAX))
}

fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt()
}

/// The least x at which a monotone condition holds, to the last bit.
pub(crate) fn halve(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    while let middle = f64::midpoint(low, high)
        && low < middle
        && middle < high
    {
        if holds(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    f64::midpoint(low, high)
}

/// The two-sided p of a correlation `r` over `n` pairs.
pub(crate) fn correlation_p(r: f64, n: usize) -> Result<f64, Absence> {
    let df = n as f64 - 2.0;
    student::p_two_sided(r * (df / ((1.0 - r) * (1.0 + r)).max(0.0)).sqrt(), df)
}
