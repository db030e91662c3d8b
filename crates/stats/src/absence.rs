//! Why a figure is not there.

/// The reason for which a figure cannot be given. Its text is shown in the figure's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Absence {
    #[error("there are no values")]
    NoValues,
    #[error("there are {n} values, and at least {needed} are needed")]
    TooFew { n: usize, needed: usize },
    #[error("a value is not finite")]
    NotFinite,
    #[error("a value is zero or below, so it has no logarithm")]
    NotPositive,
    #[error("all values are equal, so that there is no spread to judge by")]
    NoSpread,
    #[error("the sides have different numbers of values")]
    LengthsDiffer,
    #[error("an argument is outside its range")]
    OutOfRange,
    #[error("the result is too large or too small for a number")]
    Overflow,
    #[error("the denominator's interval reaches 0, so the ratio has no bounds")]
    Unbounded,
    #[error("{beyond} of {of} never ended, and it lies among them")]
    Endless { beyond: usize, of: usize },
    #[error("not even {limit} rounds would do")]
    OutOfReach { limit: usize },
}

/// `value` where it is finite.
pub(crate) fn finite(value: f64) -> Result<f64, Absence> {
    if value.is_finite() { Ok(value) } else { Err(Absence::Overflow) }
}

/// At least `needed` values, all finite.
pub(crate) fn checked(values: &[f64], needed: usize) -> Result<(), Absence> {
    if values.is_empty() {
        return Err(Absence::NoValues);
    }
    if values.iter().any(|value| !value.is_finite()) {
        return Err(Absence::NotFinite);
    }
    if values.len() < needed {
        return Err(Absence::TooFew { n: values.len(), needed });
    }
    Ok(())
}

/// The logarithms of `values`, at least `needed` of them.
pub(crate) fn logs(values: &[f64], needed: usize) -> Result<Vec<f64>, Absence> {
    checked(values, needed)?;
    if values.iter().any(|value| *value <= 0.0) {
        return Err(Absence::NotPositive);
    }
    Ok(values.iter().map(|value| value.ln()).collect())
}

/// A probability or level strictly between 0 and 1.
pub(crate) fn inside_unit(value: f64) -> Result<f64, Absence> {
    if value > 0.0 && value < 1.0 { Ok(value) } else { Err(Absence::OutOfRange) }
}
