//! The normal equations, where they are safe.

use crate::centred::Centred;
use crate::definite::{self, Solved};
use crate::design::LinearModel;

/// Digits that may be lost: the solution's relative error is about this times 2⁻⁵³, 1e-8.
pub(crate) const LOSS_MAX: f64 = 1e8;
/// The smallest singular value has to be this many times the tolerance away from being dropped.
const CLEAR_OF_TOLERANCE: f64 = 16.0;

/// The solution, or nothing where squaring the condition would cost too many digits, or where a
/// direction may have to be dropped.
pub(super) fn solve(centred: &Centred, tolerance: f64) -> Option<LinearModel> {
    let solved = definite::solve(&centred.gram, &centred.right)?;
    if !is_safe(tolerance, centred.loss, &solved) {
        return None;
    }
    let model = LinearModel::through(&centred.means, solved.solution);
    // Sums that overflowed, and a target that is not finite, end here.
    model.is_finite().then_some(model)
}

/// Comparisons with what is not a number are false: it is never safe.
fn is_safe(tolerance: f64, loss: f64, solved: &Solved) -> bool {
    let shortest = solved.lengths.iter().copied().fold(f64::INFINITY, f64::min);
    let largest_singular_max = solved.lengths.iter().map(|length| length * length).sum::<f64>().sqrt();
    // With C = D⁻¹ XᵀX D⁻¹ the smallest singular value of X is at least min D / √‖C⁻¹‖₂, and
    // ‖C⁻¹‖₂ ≤ ‖C⁻¹‖₁.
    let smallest_singular_min = shortest / solved.inverse_norm.sqrt();
    loss * solved.inverse_norm <= LOSS_MAX
        && smallest_singular_min > CLEAR_OF_TOLERANCE * tolerance * largest_singular_max
}
