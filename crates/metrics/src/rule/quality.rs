//! Rules for work that ends in different but equally good results: `agree` of classes that ties may
//! turn, `objective` of optima that depend on where a descent begins, `apart` of predictions that are
//! drawn at random.

use schema::evaluation::ParityVerdict;

use super::{Comparison, Tolerance};
use crate::output::Output;

/// Classes that differ in at most a share `rtol` of the rows.
pub(super) fn agree(left: &Output, right: &Output, tolerance: Tolerance) -> Comparison {
    let (a, b) = match sides(left, right) {
        Ok(sides) => sides,
        Err(comparison) => return comparison,
    };
    let other = a.iter().zip(&b).filter(|(a, b)| a.total_cmp(b).is_ne()).count();
    let share = other as f64 / a.len().max(1) as f64;
    Comparison {
        largest_absolute: Some(other as f64),
        largest_relative: Some(share),
        ..within(share <= tolerance.rtol, ParityVerdict::WithinTolerance, || {
            format!("{other} of {} values differ", a.len())
        })
    }
}

/// Values of an objective, either of which may be the better one by at most the tolerance.
pub(super) fn objective(left: &Output, right: &Output, tolerance: Tolerance) -> Comparison {
    let close = super::close::compare(left, right, tolerance);
    let verdict = match close.verdict {
        ParityVerdict::WithinTolerance => ParityVerdict::SameQuality,
        other => other,
    };
    Comparison { verdict, ..close }
}

/// Values whose root mean square difference is at most `rtol` of their standard deviation and `atol`.
pub(super) fn apart(left: &Output, right: &Output, tolerance: Tolerance) -> Comparison {
    let (a, b) = match sides(left, right) {
        Ok(sides) => sides,
        Err(comparison) => return comparison,
    };
    let rows = a.len().max(1) as f64;
    let distance = (a.iter().zip(&b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / rows).sqrt();
    let deviation = f64::midpoint(variance(&a), variance(&b)).sqrt();
    let relative = if deviation > 0.0 { Some(distance / deviation) } else { None };
    Comparison {
        largest_absolute: Some(distance).filter(|distance| distance.is_finite()),
        largest_relative: relative.filter(|relative| relative.is_finite()),
        ..within(distance <= tolerance.rtol * deviation + tolerance.atol, ParityVerdict::SameQuality, || {
            format!("root mean square difference {distance}, standard deviation {deviation}")
        })
    }
}

fn within(within: bool, verdict: ParityVerdict, reason: impl FnOnce() -> String) -> Comparison {
    Comparison {
        verdict: if within { verdict } else { ParityVerdict::Different },
        largest_absolute: None,
        largest_relative: None,
        reason: (!within).then(reason),
    }
}

/// Both sides as numbers of one shape, or the verdict that there is without looking at each.
fn sides(left: &Output, right: &Output) -> Result<(Vec<f64>, Vec<f64>), Comparison> {
    if left.identical(right) && left.not_finite().is_none() {
        return Err(Comparison::identical());
    }
    for (side, output) in [("left", left), ("right", right)] {
        if let Some((place, value)) = output.not_finite() {
            return Err(Comparison::different(format!("the {side} side's value {place} is {value}")));
        }
    }
    if left.shape() != right.shape() {
        return Err(Comparison::different(format!("shapes {:?} and {:?}", left.shape(), right.shape())));
    }
    match (left.numbers(), right.numbers()) {
        (Some(a), Some(b)) => Ok((a, b)),
        _ => Err(Comparison::different("not numbers, and not the same text")),
    }
}

fn variance(values: &[f64]) -> f64 {
    let rows = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / rows;
    values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / rows
}

#[cfg(test)]
mod tests {
    use datasets::npy::Array;
    use proptest::prelude::*;

    use super::*;
    use ParityVerdict::{Different, Identical, SameQuality, WithinTolerance};

    type Rule = fn(&Output, &Output, Tolerance) -> Comparison;

    fn numbers(values: &[f64]) -> Output {
        Output::F64(Array { shape: vec![values.len() as u64], values: values.to_vec() })
    }

    fn verdict(rule: Rule, left: &[f64], right: &[f64], rtol: f64) -> ParityVerdict {
        rule(&numbers(left), &numbers(right), Tolerance { rtol, atol: 0.0 }).verdict
    }

    #[test]
    fn classes_agree_but_in_a_share_of_the_rows() {
        assert_eq!(verdict(agree, &[0.0, 1.0, 2.0, 1.0], &[0.0, 1.0, 2.0, 2.0], 0.25), WithinTolerance);
        assert_eq!(verdict(agree, &[0.0, 1.0, 2.0, 1.0], &[0.0, 1.0, 2.0, 2.0], 0.24), Different);
        let other = agree(&numbers(&[0.0, 1.0]), &numbers(&[1.0, 0.0]), Tolerance::default());
        assert_eq!(other.reason.as_deref(), Some("2 of 2 values differ"));
    }

    #[test]
    fn an_objective_may_be_better_or_worse_by_its_tolerance() {
        assert_eq!(verdict(objective, &[100.0], &[101.0], 0.02), SameQuality);
        assert_eq!(verdict(objective, &[101.0], &[100.0], 0.02), SameQuality);
        assert_eq!(verdict(objective, &[100.0], &[100.0], 0.0), Identical);
        assert_eq!(verdict(objective, &[100.0], &[103.0], 0.02), Different);
        assert_eq!(verdict(objective, &[103.0], &[100.0], 0.02), Different, "a better optimum is other work too");
    }

    #[test]
    fn random_predictions_stay_within_a_share_of_their_spread() {
        let (a, b) = ([0.0, 10.0, 20.0], [1.0, 9.0, 21.0]);
        assert_eq!(verdict(apart, &a, &b, 0.13), SameQuality);
        assert_eq!(verdict(apart, &a, &b, 0.11), Different);
        assert_eq!(verdict(apart, &[1.0, 1.0], &[1.0, 2.0], 0.0), Different);
    }

    #[test]
    fn what_cannot_be_compared_is_different() {
        for rule in [agree, objective, apart] as [Rule; 3] {
            assert_eq!(verdict(rule, &[1.0], &[1.0, 1.0], 9.0), Different);
            assert_eq!(verdict(rule, &[f64::NAN], &[f64::NAN], 9.0), Different);
            let lines = Output::Lines(b"{}\n".to_vec());
            assert_eq!(rule(&lines, &numbers(&[1.0]), Tolerance::default()).verdict, Different);
        }
    }

    proptest! {
        #[test]
        fn sides_may_be_swapped(
            pairs in prop::collection::vec((-9.0..9.0_f64, -9.0..9.0_f64), 0..8), rtol in 0.0..1.0_f64,
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            for rule in [agree, objective, apart] as [Rule; 3] {
                prop_assert_eq!(verdict(rule, &a, &b, rtol), verdict(rule, &b, &a, rtol));
            }
        }
    }
}
