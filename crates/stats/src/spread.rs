//! Whether one side is steadier than the other. Runs vary: from three of them nothing follows.

use schema::analysis::Interval;

use crate::absence::{Absence, checked, finite, inside_unit};
use crate::describe::{covariance_of, mean_of, quantile_of_sorted, sd_of};
use crate::distribution::{chi_squared_quantile, correlation_p, f_upper};
use crate::student;

/// The interval of a standard deviation of normal values.
pub fn sd_interval(values: &[f64], level: f64) -> Result<Interval, Absence> {
    checked(values, 2)?;
    let tail = (1.0 - inside_unit(level)?) / 2.0;
    let df = values.len() as f64 - 1.0;
    let bound = |probability: f64| Ok((df / chi_squared_quantile(probability, df)?).sqrt() * sd_of(values));
    Ok(Interval { low: finite(bound(1.0 - tail)?)?, high: finite(bound(tail)?)? })
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpreadRatio {
    /// Standard deviation of left over that of right.
    pub ratio: f64,
    pub interval: Interval,
    pub p: f64,
}

/// Pitman (1939) and Morgan (1939) on paired values: the spreads are equal where sums and
/// differences are uncorrelated. Costs are given as logarithms.
pub fn pitman_morgan(pairs: &[(f64, f64)], level: f64) -> Result<SpreadRatio, Absence> {
    inside_unit(level)?;
    let (left, right): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    checked(&left, 3)?;
    checked(&right, 3)?;
    let (one, other, both) = (covariance_of(&left, &left), covariance_of(&right, &right), covariance_of(&left, &right));
    let largest = left.iter().chain(&right).fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if one.min(other).sqrt() <= 1e-14 * largest {
        return Err(Absence::NoSpread);
    }
    let spread = ((one + other + 2.0 * both) * (one + other - 2.0 * both)).max(0.0).sqrt();
    if spread <= 1e-12 * (one + other) {
        return Err(Absence::NoSpread);
    }
    let n = pairs.len();
    let correlation = ((one - other) / spread).clamp(-1.0, 1.0);
    let shared = both * both / (one * other);
    let t = student::quantile(f64::midpoint(1.0, level), n as f64 - 2.0)?;
    let k = 1.0 + 2.0 * (1.0 - shared).max(0.0) * t * t / (n as f64 - 2.0);
    let reach = (k + (k * k - 1.0).sqrt()).sqrt();
    let ratio = (one / other).sqrt();
    Ok(SpreadRatio {
        ratio: finite(ratio)?,
        interval: Interval { low: finite(ratio / reach)?, high: finite(ratio * reach)? },
        p: correlation_p(correlation, n)?,
    })
}

/// Brown and Forsythe (1974): analysis of variance of the distances from each side's median.
pub fn brown_forsythe(sides: &[&[f64]]) -> Result<f64, Absence> {
    let mut distances = Vec::new();
    for side in sides {
        checked(side, 2)?;
        let mut sorted = side.to_vec();
        sorted.sort_by(f64::total_cmp);
        let median = quantile_of_sorted(&sorted, 0.5);
        distances.push(side.iter().map(|value| (value - median).abs()).collect::<Vec<f64>>());
    }
    let groups: Vec<&[f64]> = distances.iter().map(Vec::as_slice).collect();
    let squares = between_and_within(&groups)?;
    Ok(f_upper(squares.f(), squares.df_between, squares.df_within))
}

/// The sums of squares of groups of values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Squares {
    pub(crate) between: f64,
    pub(crate) within: f64,
    pub(crate) df_between: f64,
    pub(crate) df_within: f64,
}

impl Squares {
    pub(crate) fn f(&self) -> f64 {
        self.between / self.df_between / (self.within / self.df_within)
    }
}

pub(crate) fn between_and_within(groups: &[&[f64]]) -> Result<Squares, Absence> {
    if groups.len() < 2 {
        return Err(Absence::TooFew { n: groups.len(), needed: 2 });
    }
    groups.iter().try_for_each(|group| checked(group, 1))?;
    let all = groups.concat();
    if all.len() <= groups.len() {
        return Err(Absence::TooFew { n: all.len(), needed: groups.len() + 1 });
    }
    let mean = mean_of(&all);
    let between = finite(groups.iter().map(|group| group.len() as f64 * (mean_of(group) - mean).powi(2)).sum())?;
    let within: f64 = groups
        .iter()
        .map(|group| {
            let own = mean_of(group);
            group.iter().map(|value| (value - own).powi(2)).sum::<f64>()
        })
        .sum();
    finite(within)?;
    let largest = all.iter().fold(0.0_f64, |largest, value| largest.max((value - mean).abs()));
    if within <= 1e-24 * largest * largest || largest == 0.0 {
        return Err(Absence::NoSpread);
    }
    Ok(Squares { between, within, df_between: groups.len() as f64 - 1.0, df_within: (all.len() - groups.len()) as f64 })
}
