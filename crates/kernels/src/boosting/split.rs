//! The best split of a node by one column.

use super::histogram::Sums;

/// Either side's hessian has to reach it, as in scikit-learn.
const LEAST_HESSIAN: f64 = 1e-3;
/// Keeps a side without a hessian from dividing by zero, as in scikit-learn.
const TINY: f64 = 1e-15;

/// A node as far as its split depends on it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Whole {
    pub(super) gradient: f64,
    pub(super) hessian: f64,
    pub(super) rows: f64,
    /// What it would predict, unshrunk; the root predicts nothing.
    pub(super) value: f64,
}

/// What both sides have to have, and what is added to their hessians.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub(super) least_rows: f64,
    pub(super) l2: f64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Best {
    pub(super) gain: f64,
    pub(super) column: usize,
    /// The last bin on the left.
    pub(super) bin: u8,
    gradient: f64,
    hessian: f64,
}

impl Terms {
    /// The Newton step of a leaf.
    fn value(self, gradient: f64, hessian: f64) -> f64 {
        -gradient / (hessian + self.l2 + TINY)
    }

    pub(super) fn may_split(whole: &Whole) -> bool {
        whole.hessian >= LEAST_HESSIAN
    }

    /// Both sides of a split, the left one with `left` rows.
    pub(super) fn sides(self, whole: &Whole, best: &Best, left: usize) -> [Whole; 2] {
        let side = |gradient, hessian, rows| Whole { gradient, hessian, rows, value: self.value(gradient, hessian) };
        [
            side(best.gradient, best.hessian, left as f64),
            side(whole.gradient - best.gradient, whole.hessian - best.hessian, whole.rows - left as f64),
        ]
    }
}

/// What is to the left of the boundaries that are looked at: one list each, so that a loop over them
/// becomes vector instructions.
pub(super) struct Boundaries {
    gradients: [f64; 256],
    hessians: [f64; 256],
    bins: [u8; 256],
    gains: [f64; 256],
}

impl Default for Boundaries {
    fn default() -> Self {
        Self { gradients: [0.0; 256], hessians: [0.0; 256], bins: [0; 256], gains: [0.0; 256] }
    }
}

impl Boundaries {
    /// The first of the splits with the largest gain, if there is one above `than`.
    pub(super) fn best<S: Sums>(
        &mut self,
        sums: &[S],
        column: usize,
        whole: &Whole,
        terms: Terms,
        than: f64,
    ) -> Option<Best> {
        let count = self.collect(sums, whole, terms);
        let now = whole.gradient * whole.value;
        let left = self.gradients[..count].iter().zip(&self.hessians[..count]);
        for (gain, (gradient, hessian)) in self.gains[..count].iter_mut().zip(left) {
            let (other, others) = (whole.gradient - gradient, whole.hessian - hessian);
            *gain = now - gradient * terms.value(*gradient, *hessian) - other * terms.value(other, others);
        }
        let mut best = (than, None);
        for (at, gain) in self.gains[..count].iter().enumerate() {
            if *gain > best.0 {
                best = (*gain, Some(at));
            }
        }
        let (gain, at) = (best.0, best.1?);
        Some(Best { gain, column, bin: self.bins[at], gradient: self.gradients[at], hessian: self.hessians[at] })
    }

    /// Keeps the boundaries that leave enough on both sides. What is summed up to the end of an empty bin
    /// is what was before it, so that nothing better comes of it.
    fn collect<S: Sums>(&mut self, sums: &[S], whole: &Whole, terms: Terms) -> usize {
        let (mut kept, mut before) = (0, S::NONE);
        for (bin, own) in (0_u8..=255).zip(&sums[..sums.len() - 1]) {
            before.add(*own);
            let (hessian, rows) = (before.hessian(), before.count());
            let at = kept & 0xff;
            self.gradients[at] = before.gradient();
            self.hessians[at] = hessian;
            self.bins[at] = bin;
            #[expect(clippy::needless_bitwise_bool, reason = "a branch for each could not be predicted")]
            let enough = (rows >= terms.least_rows)
                & (whole.rows - rows >= terms.least_rows)
                & (hessian >= LEAST_HESSIAN)
                & (whole.hessian - hessian >= LEAST_HESSIAN);
            kept += usize::from(enough & !own.is_nothing());
        }
        kept
    }
}
