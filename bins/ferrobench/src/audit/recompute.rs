//! A claim computed again from the report's own figures.

use super::report::{AuditClaim, Count, Recompute, Sample, Sense};
use stats::contingency::TwoSides;
use stats::{Absence, distribution, student};

pub(super) enum Status {
    Agrees(f64),
    Contradicted(f64),
    /// The report gives no figures for it, or figures that have no such value.
    NotComputable(String),
}

impl Status {
    pub(super) fn place(&self) -> usize {
        match self {
            Self::Agrees(_) => 0,
            Self::Contradicted(_) => 1,
            Self::NotComputable(_) => 2,
        }
    }

    pub(super) fn in_words(&self, claim: &AuditClaim) -> String {
        let what = match (claim.sense, &claim.from) {
            (_, Some(Recompute::Elsewhere { stands, .. })) => format!("elsewhere ({stands})"),
            (Sense::Equals, _) => "recomputed".to_owned(),
            (Sense::Below, _) => "what was said to lie below is".to_owned(),
            (Sense::AtMost, _) => "the most that is possible is".to_owned(),
        };
        let claimed = digits(claim.value);
        match self {
            Self::Agrees(value) => format!("agrees: claimed {claimed} {}, {what} {}", claim.unit, digits(*value)),
            Self::Contradicted(value) => {
                format!("contradicted: claimed {claimed} {}, {what} {}", claim.unit, digits(*value))
            }
            Self::NotComputable(why) => format!("cannot be computed: claimed {claimed} {}; {why}", claim.unit),
        }
    }
}

/// Four significant digits, without trailing zeros.
fn digits(value: f64) -> String {
    if value == 0.0 || value.abs() >= 10_000.0 {
        return format!("{value:.0}");
    }
    let decimals = (3.0 - value.abs().log10().floor()).max(0.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

pub(super) fn judge(claim: &AuditClaim) -> Status {
    let Some(from) = &claim.from else {
        return Status::NotComputable("the report gives no figures for it".to_owned());
    };
    match value(from) {
        Err(absence) => Status::NotComputable(absence.to_string()),
        Ok(value) if holds(claim, value) => Status::Agrees(value),
        Ok(value) => Status::Contradicted(value),
    }
}

fn holds(claim: &AuditClaim, value: f64) -> bool {
    match claim.sense {
        Sense::Equals => (value - claim.value).abs() <= tolerance(claim),
        Sense::Below => value < claim.value,
        Sense::AtMost => claim.value <= value,
    }
}

/// What rounding alone explains: half a unit of the last decimal, and a whole one where the figures that it is
/// computed from were rounded themselves.
fn tolerance(claim: &AuditClaim) -> f64 {
    let unit = 10_f64.powi(-i32::from(claim.decimals));
    let exact = matches!(
        claim.from,
        Some(
            Recompute::Sum { .. }
                | Recompute::Product { .. }
                | Recompute::Difference { .. }
                | Recompute::Elsewhere { .. }
        )
    );
    unit * if exact { 0.5 } else { 1.0 } * (1.0 + 1e-9)
}

pub(super) fn value(from: &Recompute) -> Result<f64, Absence> {
    Ok(match from {
        Recompute::PercentMore { value, than } => 100.0 * (value / than - 1.0),
        Recompute::PercentLess { value, than } => 100.0 * (1.0 - value / than),
        Recompute::Share { part, whole } => 100.0 * part / whole,
        Recompute::Ratio { value, to } => value / to,
        Recompute::Difference { value, minus } => value - minus,
        Recompute::Sum { terms } => terms.iter().sum(),
        Recompute::Product { factors } => factors.iter().product(),
        Recompute::CoefficientOfVariation { sd, mean } => 100.0 * sd / mean,
        Recompute::WelchP { left, right } => welch_p(left, right)?,
        Recompute::PooledP { left, right } => {
            let (left_n, right_n) = (f64::from(left.n), f64::from(right.n));
            let t = cohens_d(left, right) / (1.0 / left_n + 1.0 / right_n).sqrt();
            student::p_two_sided(t, left_n + right_n - 2.0)?
        }
        Recompute::CohensD { left, right } => cohens_d(left, right),
        Recompute::ChiSquaredP { left, right } => two_sides(*left, *right).chi_squared()?.0,
        Recompute::FisherP { left, right } => two_sides(*left, *right).fisher()?,
        Recompute::SpreadP { left_sd, left_n, right_sd, right_n } => {
            let f = (left_sd / right_sd).powi(2);
            let (above, below) = (f64::from(*left_n) - 1.0, f64::from(*right_n) - 1.0);
            let tail = distribution::f_upper(f, above, below).min(distribution::f_lower(f, above, below));
            (2.0 * tail).min(1.0)
        }
        Recompute::MostAboveQuantile { of, quantile, at, threshold } => most_above(*of, *quantile, *at, *threshold),
        Recompute::MostBelowLeast { of, least, threshold } => {
            if least < threshold {
                f64::from(*of)
            } else {
                0.0
            }
        }
        Recompute::Elsewhere { value, .. } => *value,
    })
}

fn welch_p(left: &Sample, right: &Sample) -> Result<f64, Absence> {
    let error = |sample: &Sample| sample.sd.powi(2) / f64::from(sample.n);
    let (left_error, right_error) = (error(left), error(right));
    let squared = left_error + right_error;
    let share = |error: f64, n: u32| (error / squared).powi(2) / (f64::from(n) - 1.0);
    let df = 1.0 / (share(left_error, left.n) + share(right_error, right.n));
    student::p_two_sided((left.mean - right.mean) / squared.sqrt(), df)
}

fn cohens_d(left: &Sample, right: &Sample) -> f64 {
    let weight = |sample: &Sample| f64::from(sample.n) - 1.0;
    let pooled = (weight(left) * left.sd.powi(2) + weight(right) * right.sd.powi(2)) / (weight(left) + weight(right));
    (left.mean - right.mean) / pooled.sqrt()
}

const fn two_sides(left: Count, right: Count) -> TwoSides {
    TwoSides { left_hits: left.hits, left_tries: left.tries, right_hits: right.hits, right_tries: right.tries }
}

/// Type 7 lies at (n − 1)q between the sorted values: whatever is at or before it is no larger than it.
fn most_above(of: u32, quantile: f64, at: f64, threshold: f64) -> f64 {
    let at_or_below = ((f64::from(of) - 1.0) * quantile).floor() + 1.0;
    if at <= threshold { f64::from(of) - at_or_below } else { f64::from(of) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUST: Sample = Sample { mean: 114.54, sd: 2.97, n: 3 };
    const PYTHON: Sample = Sample { mean: 99.34, sd: 0.36, n: 3 };

    fn near(from: &Recompute, expected: f64, within: f64) {
        let found = value(from).expect("a value");
        assert!((found - expected).abs() <= within, "{from:?}: {found}, not {expected}");
    }

    // scipy 1.17.1: ttest_ind_from_stats, chi2_contingency(correction=False), fisher_exact, f.sf.
    #[test]
    fn tests_from_published_summaries_agree_with_scipy() {
        near(&Recompute::WelchP { left: RUST, right: PYTHON }, 0.011_577, 5e-7);
        near(&Recompute::PooledP { left: RUST, right: PYTHON }, 0.000_919_9, 5e-8);
        near(&Recompute::CohensD { left: RUST, right: PYTHON }, 7.185_135, 5e-7);
        let (left, right) = (Count { hits: 13, tries: 18 }, Count { hits: 7, tries: 18 });
        near(&Recompute::ChiSquaredP { left, right }, 0.044_171, 5e-7);
        near(&Recompute::FisherP { left, right }, 0.092_215, 5e-7);
        near(&Recompute::SpreadP { left_sd: 4.8, left_n: 3, right_sd: 2.6, right_n: 3 }, 0.453_691, 5e-7);
    }

    #[test]
    fn a_quantile_bounds_how_many_lie_above_it() {
        near(&Recompute::MostAboveQuantile { of: 19, quantile: 0.5, at: 114.51, threshold: 114.54 }, 9.0, 0.0);
        near(&Recompute::MostAboveQuantile { of: 18, quantile: 0.75, at: 99.29, threshold: 99.34 }, 5.0, 0.0);
        near(&Recompute::MostAboveQuantile { of: 18, quantile: 0.75, at: 99.4, threshold: 99.34 }, 18.0, 0.0);
        near(&Recompute::MostBelowLeast { of: 18, least: 603.0, threshold: 603.0 }, 0.0, 0.0);
    }

    #[test]
    fn four_digits_are_shown() {
        for (value, text) in [(0.011_577, "0.01158"), (15.3007, "15.3"), (3790.0, "3790"), (0.0, "0"), (-0.09, "-0.09")]
        {
            assert_eq!(digits(value), text);
        }
    }
}
