//! `close`: elementwise within an absolute and a relative tolerance, symmetric in both sides.

use schema::evaluation::ParityVerdict;

use super::{Comparison, Tolerance};
use crate::output::Output;

pub(super) fn compare(left: &Output, right: &Output, tolerance: Tolerance) -> Comparison {
    for (side, output) in [("left", left), ("right", right)] {
        if let Some((place, value)) = output.not_finite() {
            return Comparison::different(format!("the {side} side's value {place} is {value}"));
        }
    }
    if left.identical(right) {
        return Comparison::identical();
    }
    let (Some(a), Some(b)) = (left.numbers(), right.numbers()) else {
        return Comparison::different("not numbers, and not the same text");
    };
    if left.shape() != right.shape() {
        return Comparison::different(format!("shapes {:?} and {:?}", left.shape(), right.shape()));
    }
    judge(&a, &b, tolerance)
}

fn judge(left: &[f64], right: &[f64], tolerance: Tolerance) -> Comparison {
    let (mut largest_absolute, mut largest_relative) = (0.0_f64, 0.0_f64);
    let mut first_outside = None;
    for (place, (a, b)) in left.iter().zip(right).enumerate() {
        let difference = (a - b).abs();
        let size = a.abs().max(b.abs());
        largest_absolute = largest_absolute.max(difference);
        if difference > 0.0 {
            largest_relative = largest_relative.max(difference / size);
        }
        if difference > tolerance.atol + tolerance.rtol * size {
            first_outside.get_or_insert((place, *a, *b));
        }
    }
    // Two huge numbers of opposite sign differ by more than a double holds; null stands for it.
    let finite = |value: f64| value.is_finite().then_some(value);
    Comparison {
        verdict: if first_outside.is_none() { ParityVerdict::WithinTolerance } else { ParityVerdict::Different },
        largest_absolute: finite(largest_absolute),
        largest_relative: finite(largest_relative),
        reason: first_outside.map(|(place, a, b)| format!("value {place}: {a} and {b}")),
    }
}

#[cfg(test)]
mod tests {
    use datasets::npy::Array;
    use proptest::prelude::*;

    use super::*;

    fn numbers(values: &[f64]) -> Output {
        Output::F64(Array { shape: vec![values.len() as u64], values: values.to_vec() })
    }

    fn verdict(left: &[f64], right: &[f64], rtol: f64, atol: f64) -> ParityVerdict {
        compare(&numbers(left), &numbers(right), Tolerance { rtol, atol }).verdict
    }

    #[test]
    fn the_bound_is_atol_plus_rtol_times_the_larger() {
        use ParityVerdict::{Different, Identical, WithinTolerance};
        assert_eq!(verdict(&[4.0], &[4.0], 0.0, 0.0), Identical);
        assert_eq!(verdict(&[4.0], &[5.0], 0.2, 0.0), WithinTolerance);
        assert_eq!(verdict(&[4.0], &[5.0], 0.125, 0.25), Different);
        assert_eq!(verdict(&[4.0], &[5.0], 0.125, 0.375), WithinTolerance);
        assert_eq!(verdict(&[0.0], &[-0.0], 0.0, 0.0), WithinTolerance);
        assert_eq!(verdict(&[1.0], &[f64::NAN], 1e9, 1e9), Different);
        assert_eq!(verdict(&[f64::NAN], &[f64::NAN], 1e9, 1e9), Different);
        assert_eq!(verdict(&[f64::MAX], &[-f64::MAX], 1.0, 0.0), Different);
        assert_eq!(verdict(&[1.0], &[1.0, 1.0], 1.0, 1.0), Different);
    }

    #[test]
    fn the_largest_differences_and_the_first_place_outside_are_told() {
        let far = compare(&numbers(&[1.0, 100.0]), &numbers(&[2.0, 101.0]), Tolerance { rtol: 0.02, atol: 0.0 });
        assert_eq!(far.largest_absolute, Some(1.0));
        assert_eq!(far.largest_relative, Some(0.5));
        assert_eq!(far.reason.as_deref(), Some("value 0: 1 and 2"));
    }

    #[test]
    fn single_precision_is_compared_with_double() {
        let single = Output::F32(Array { shape: vec![1], values: vec![0.5] });
        let comparison = compare(&single, &numbers(&[0.5]), Tolerance::default());
        assert_eq!(comparison.verdict, ParityVerdict::WithinTolerance);
    }

    proptest! {
        #[test]
        fn sides_may_be_swapped(
            pairs in prop::collection::vec((any::<f64>(), any::<f64>()), 0..8), rtol in 0.0..1.0_f64, atol in 0.0..1.0_f64,
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            prop_assert_eq!(verdict(&a, &b, rtol, atol), verdict(&b, &a, rtol, atol));
        }

        #[test]
        fn a_wider_tolerance_never_parts_what_a_narrow_one_joined(
            a in prop::collection::vec(-1e3..1e3_f64, 1..8), shift in 0.0..1.0_f64, rtol in 0.0..0.1_f64, wider in 0.0..0.1_f64,
        ) {
            let b: Vec<f64> = a.iter().map(|value| value + shift).collect();
            prop_assert!(verdict(&a, &b, rtol + wider, 0.0) <= verdict(&a, &b, rtol, 0.0));
        }
    }
}
