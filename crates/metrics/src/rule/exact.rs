//! `exact`: nothing but the same bits.

use super::{Comparison, Tolerance};
use crate::output::Output;

pub(super) fn compare(left: &Output, right: &Output, _: Tolerance) -> Comparison {
    if left.identical(right) {
        return Comparison::identical();
    }
    if left.dtype() != right.dtype() {
        return Comparison::different(format!("types {:?} and {:?}", left.dtype(), right.dtype()));
    }
    if left.shape() != right.shape() {
        return Comparison::different(format!("shapes {:?} and {:?}", left.shape(), right.shape()));
    }
    Comparison::different("not the same bits")
}

#[cfg(test)]
mod tests {
    use datasets::npy::Array;
    use schema::evaluation::ParityVerdict;

    use super::*;

    #[test]
    fn one_bit_is_a_difference() {
        let output = |value: f64| Output::F64(Array { shape: vec![1], values: vec![value] });
        let none = Tolerance { rtol: 1.0, atol: 1.0 };
        assert_eq!(compare(&output(1.0), &output(1.0), none).verdict, ParityVerdict::Identical);
        let next = compare(&output(1.0), &output(1.0 + f64::EPSILON), none);
        assert_eq!(next.reason.as_deref(), Some("not the same bits"));
        let integer = Output::I64(Array { shape: vec![1], values: vec![1] });
        assert!(compare(&output(1.0), &integer, none).reason.expect("a reason").starts_with("types"));
    }
}
