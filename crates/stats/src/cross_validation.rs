//! Two models on one data set. Folds share their training data: an ordinary t-test over them finds
//! differences that are not there.

use crate::absence::{Absence, checked, finite};
use crate::describe::{mean_of, sd_of};
use crate::distribution::f_upper;
use crate::student;

/// The differences of five repetitions of two-fold cross-validation.
pub type FiveByTwo = [[f64; 2]; 5];

/// Dietterich (1998): the 5×2cv paired t-test.
pub fn t_five_by_two(differences: &FiveByTwo) -> Result<f64, Absence> {
    let squares = squares(differences)?;
    student::p_two_sided(differences[0][0] / (squares / 5.0).sqrt(), 5.0)
}

/// Alpaydin (1999): the combined F-test, which does not hang on one of the ten folds.
pub fn f_five_by_two(differences: &FiveByTwo) -> Result<f64, Absence> {
    let squares = squares(differences)?;
    let all = finite(differences.iter().flatten().map(|difference| difference * difference).sum())?;
    Ok(f_upper(all / (2.0 * squares), 10.0, 5.0))
}

/// The sum of the repetitions' variances.
fn squares(differences: &FiveByTwo) -> Result<f64, Absence> {
    checked(&differences.concat(), 10)?;
    let sum = finite(differences.iter().map(|[one, other]| (one - other).powi(2) / 2.0).sum())?;
    if sum > 0.0 { Ok(sum) } else { Err(Absence::NoSpread) }
}

/// Nadeau and Bengio (2003): the t-test over splits, its variance enlarged by what the training sets
/// share: `test_share` is the size of the test set over that of the training set.
pub fn corrected_t(differences: &[f64], test_share: f64) -> Result<f64, Absence> {
    checked(differences, 2)?;
    if !(test_share.is_finite() && test_share > 0.0) {
        return Err(Absence::OutOfRange);
    }
    let n = differences.len() as f64;
    let sd = sd_of(differences);
    if sd <= 0.0 {
        return Err(Absence::NoSpread);
    }
    student::p_two_sided(mean_of(differences) / (sd * (1.0 / n + test_share).sqrt()), n - 1.0)
}
