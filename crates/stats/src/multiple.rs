//! Correction for many comparisons: the adjusted p is compared with 0.05 like a single one.

use crate::absence::{Absence, checked, inside_unit};

/// Holm (1979): the chance of any false claim among all stays below the level.
pub fn holm(p: &[f64]) -> Result<Vec<f64>, Absence> {
    let order = ascending(p)?;
    let mut adjusted = vec![0.0; p.len()];
    let mut largest = 0.0_f64;
    for (place, index) in order.iter().enumerate() {
        largest = largest.max(p[*index] * (p.len() - place) as f64).min(1.0);
        adjusted[*index] = largest;
    }
    Ok(adjusted)
}

/// Benjamini and Hochberg (1995): the expected share of false ones among the findings stays below it.
pub fn benjamini_hochberg(p: &[f64]) -> Result<Vec<f64>, Absence> {
    let order = ascending(p)?;
    let mut adjusted = vec![0.0; p.len()];
    let mut smallest = 1.0_f64;
    for (place, index) in order.iter().enumerate().rev() {
        smallest = smallest.min(p[*index] * p.len() as f64 / (place + 1) as f64);
        adjusted[*index] = smallest;
    }
    Ok(adjusted)
}

/// Benjamini and Yekutieli (2001): as the above, however the p-values depend on each other.
pub fn benjamini_yekutieli(p: &[f64]) -> Result<Vec<f64>, Absence> {
    let penalty: f64 = (1..=p.len()).map(|place| 1.0 / place as f64).sum();
    Ok(benjamini_hochberg(p)?.into_iter().map(|adjusted| (adjusted * penalty).min(1.0)).collect())
}

/// The level at which each of `claims` intervals is to be taken, so that all of them hold together at
/// `level` (Dunn 1961).
pub fn simultaneous_level(level: f64, claims: usize) -> Result<f64, Absence> {
    let miss = 1.0 - inside_unit(level)?;
    if claims == 0 { Err(Absence::NoValues) } else { inside_unit(1.0 - miss / claims as f64) }
}

fn ascending(p: &[f64]) -> Result<Vec<usize>, Absence> {
    checked(p, 1)?;
    if p.iter().any(|value| !(0.0..=1.0).contains(value)) {
        return Err(Absence::OutOfRange);
    }
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|left, right| p[*left].total_cmp(&p[*right]));
    Ok(order)
}
