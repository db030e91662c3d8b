//! The passes over all active rows that each step makes: what a step changes, and which two rows the
//! next one moves. Each is a loop over eight lanes that becomes vector instructions.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the registers that were found at run time"
)]

use pulp::{Arch, Simd, WithSimd};

const LANES: usize = 8;
/// Rows whose largest value is remembered together: only the best such stretch is searched again.
const STRETCH: usize = 32 * LANES;
/// Stands for a curvature that is not positive, as in libsvm.
const LEAST_CURVATURE: f32 = 1e-12;

/// Rows that may be moved against each other, in slices of equal length.
pub(super) struct Group<'a> {
    /// The target less the kernel's sum.
    pub(super) residual: &'a mut [f64],
    /// What is added to the residual for the gain of raising a coefficient; −∞ where it may not rise.
    pub(super) up: &'a [f64],
    /// The same for the loss of lowering it; ∞ where it may not fall.
    pub(super) low: &'a [f64],
}

/// The row that gains most from rising, and the least that any loses by falling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Extremes {
    pub(super) rising: usize,
    pub(super) gain: f64,
    pub(super) loss: f64,
}

/// Rows of the kernel's matrix that a step moves against each other, and by how much.
#[derive(Clone, Copy)]
pub(super) struct Move<'a> {
    pub(super) rising: &'a [f32],
    pub(super) falling: &'a [f32],
    pub(super) step: f64,
}

/// Takes the step's effect off the residuals and finds the extremes of what is left. Of equal
/// gains the last counts, as in libsvm.
pub(super) fn advance(group: Group<'_>, moved: Move<'_>) -> Extremes {
    Arch::new().dispatch(Advance { group, moved })
}

struct Advance<'a> {
    group: Group<'a>,
    moved: Move<'a>,
}

impl WithSimd for Advance<'_> {
    type Output = Extremes;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Extremes {
        let Self { group: Group { residual, up, low }, moved } = self;
        let mut best = (0, f64::NEG_INFINITY);
        let mut loss = f64::INFINITY;
        for start in (0..residual.len()).step_by(STRETCH) {
            let range = start..(start + STRETCH).min(residual.len());
            let (rising, falling) = (&moved.rising[range.clone()], &moved.falling[range.clone()]);
            let (gain, least) = advance_stretch(
                &mut residual[range.clone()],
                (&up[range.clone()], &low[range]),
                Move { rising, falling, step: moved.step },
            );
            if gain >= best.1 {
                best = (start, gain);
            }
            loss = if least < loss { least } else { loss };
        }
        let range = best.0..(best.0 + STRETCH).min(residual.len());
        let mut gains = residual[range.clone()].iter().zip(&up[range]).map(|(residual, up)| residual + up);
        let place = gains.rposition(|gain| gain >= best.1).unwrap_or(0);
        Extremes { rising: best.0 + place, gain: best.1, loss }
    }
}

#[inline(always)]
fn advance_stretch(residual: &mut [f64], (up, low): (&[f64], &[f64]), moved: Move<'_>) -> (f64, f64) {
    let (residuals, residual_rest) = residual.as_chunks_mut::<LANES>();
    let (ups, up_rest) = up.as_chunks::<LANES>();
    let (lows, low_rest) = low.as_chunks::<LANES>();
    let (risings, rising_rest) = moved.rising.as_chunks::<LANES>();
    let (fallings, falling_rest) = moved.falling.as_chunks::<LANES>();
    let mut gains = [f64::NEG_INFINITY; LANES];
    let mut losses = [f64::INFINITY; LANES];
    for ((((residual, up), low), rising), falling) in residuals.iter_mut().zip(ups).zip(lows).zip(risings).zip(fallings)
    {
        for lane in 0..LANES {
            let left = residual[lane] - moved.step * (f64::from(rising[lane]) - f64::from(falling[lane]));
            residual[lane] = left;
            let (gain, loss) = (left + up[lane], left + low[lane]);
            gains[lane] = if gain > gains[lane] { gain } else { gains[lane] };
            losses[lane] = if loss < losses[lane] { loss } else { losses[lane] };
        }
    }
    for lane in 0..residual_rest.len() {
        let left = residual_rest[lane] - moved.step * (f64::from(rising_rest[lane]) - f64::from(falling_rest[lane]));
        residual_rest[lane] = left;
        gains[lane] = gains[lane].max(left + up_rest[lane]);
        losses[lane] = losses[lane].min(left + low_rest[lane]);
    }
    (gains.into_iter().fold(f64::NEG_INFINITY, f64::max), losses.into_iter().fold(f64::INFINITY, f64::min))
}

/// What the search for a partner compares: the rising row's gain, its kernel with each row, and the diagonal.
#[derive(Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) residual: &'a [f64],
    pub(super) low: &'a [f64],
    pub(super) kernel: &'a [f32],
    pub(super) diagonal: &'a [f32],
    pub(super) own_diagonal: f32,
    pub(super) gain: f64,
}

/// The row that falls while the other rises so that the objective's second-order model falls most
/// (WSS 2 of Fan, Chen and Lin, JMLR 6, 2005), and by how much twice; of equal ones the last. None
/// where no pair violates.
pub(super) fn partner(search: Search<'_>) -> Option<(usize, f32)> {
    Arch::new().dispatch(search)
}

impl WithSimd for Search<'_> {
    type Output = Option<(usize, f32)>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Option<(usize, f32)> {
        let mut best = (0, 0.0);
        for start in (0..self.residual.len()).step_by(STRETCH) {
            let most = self.stretch(start).most();
            if most >= best.1 && most > 0.0 {
                best = (start, most);
            }
        }
        let (start, most) = best;
        if most <= 0.0 {
            return None;
        }
        let stretch = self.stretch(start);
        let mut decreases = (0..stretch.residual.len()).map(|place| stretch.decrease(place));
        let place = decreases.rposition(|decrease| decrease >= most).unwrap_or(0);
        Some((start + place, most))
    }
}

impl Search<'_> {
    #[inline(always)]
    fn stretch(self, start: usize) -> Self {
        let range = start..(start + STRETCH).min(self.residual.len());
        Self {
            residual: &self.residual[range.clone()],
            low: &self.low[range.clone()],
            kernel: &self.kernel[range.clone()],
            diagonal: &self.diagonal[range],
            ..self
        }
    }

    /// Twice the fall of the objective's model with the row at this place; 0 where it does not violate.
    /// Single precision is enough: it only chooses.
    #[inline(always)]
    fn decrease(self, place: usize) -> f32 {
        let violation = (self.gain - (self.residual[place] + self.low[place])) as f32;
        let curvature = self.own_diagonal + self.diagonal[place] - 2.0 * self.kernel[place];
        decrease(violation, curvature)
    }

    #[inline(always)]
    fn most(self) -> f32 {
        let (residuals, rest) = self.residual.as_chunks::<LANES>();
        let lows = self.low.as_chunks::<LANES>().0;
        let kernels = self.kernel.as_chunks::<LANES>().0;
        let diagonals = self.diagonal.as_chunks::<LANES>().0;
        let mut most = [0.0_f32; LANES];
        for (((residual, low), kernel), diagonal) in residuals.iter().zip(lows).zip(kernels).zip(diagonals) {
            for lane in 0..LANES {
                let violation = (self.gain - (residual[lane] + low[lane])) as f32;
                let curvature = self.own_diagonal + diagonal[lane] - 2.0 * kernel[lane];
                let decrease = decrease(violation, curvature);
                most[lane] = if decrease > most[lane] { decrease } else { most[lane] };
            }
        }
        let whole = self.residual.len() - rest.len();
        let of_rest = (whole..self.residual.len()).map(|place| self.decrease(place));
        most.into_iter().chain(of_rest).fold(0.0, f32::max)
    }
}

#[inline(always)]
fn decrease(violation: f32, curvature: f32) -> f32 {
    let violation = if violation > 0.0 { violation } else { 0.0 };
    let curvature = if curvature > 0.0 { curvature } else { LEAST_CURVATURE };
    violation * violation / curvature
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values(count: usize, seed: u64) -> Vec<f64> {
        (0..count).map(|i| ((i as u64 + 1).wrapping_mul(seed | 1) as f64 * 0.618_033_988_749_895).fract()).collect()
    }

    fn bound(values: &[f64], limit: f64) -> Vec<f64> {
        values.iter().map(|value| if *value < 0.3 { limit } else { 0.0 }).collect()
    }

    proptest! {
        #[test]
        fn a_step_finds_what_a_plain_search_does(count in 1_usize..900, seed in any::<u32>()) {
            let seed = u64::from(seed);
            let mut residual = values(count, seed);
            let up = bound(&values(count, seed ^ 0x1111), f64::NEG_INFINITY);
            let low = bound(&values(count, seed ^ 0x2222), f64::INFINITY);
            let narrow = |seed| values(count, seed).into_iter().map(|value| value as f32).collect::<Vec<_>>();
            let (rising, falling) = (narrow(seed ^ 0x3333), narrow(seed ^ 0x4444));
            let after: Vec<f64> =
                (0..count).map(|i| residual[i] - 0.7 * (f64::from(rising[i]) - f64::from(falling[i]))).collect();
            let gain = |i: usize| after[i] + up[i];
            let best = (0..count).max_by(|a, b| gain(*a).total_cmp(&gain(*b))).unwrap_or(0);
            let loss = (0..count).map(|i| after[i] + low[i]).fold(f64::INFINITY, f64::min);

            let moved = Move { rising: &rising, falling: &falling, step: 0.7 };
            let found = advance(Group { residual: &mut residual, up: &up, low: &low }, moved);
            prop_assert_eq!(found.gain.to_bits(), gain(best).to_bits());
            prop_assert!(found.gain.is_infinite() || found.rising == best);
            prop_assert_eq!(found.loss.to_bits(), loss.to_bits());

            let search = Search {
                residual: &residual, low: &low, kernel: &rising, diagonal: &falling, own_diagonal: 1.0, gain: found.gain,
            };
            let plain = (0..count).map(|i| search.decrease(i)).enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
            prop_assert_eq!(partner(search), plain.filter(|(_, decrease)| *decrease > 0.0));
        }
    }
}
