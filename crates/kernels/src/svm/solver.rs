//! Sequential minimal optimisation with second-order choice of the pair, a cache of kernel rows and
//! shrinking, as libsvm does it (Chang and Lin, ACM TIST 2(3), 2011), in signed coefficients:
//!
//! minimise ½ βᵀKβ − zᵀβ + tube ‖β‖₁  subject to  floor ≤ β ≤ ceiling and Σ β as it is at the start,
//! the sum of each group of rows for itself.
//!
//! C-SVC has z = y and boxes from 0 to C on the side of y; nu-SVC has z = 0 and one group a class;
//! epsilon-SVR has boxes from −C to C, where the tube's kink at 0 stops a step as libsvm's second copy
//! of each row does.

use std::num::NonZeroUsize;
use std::ops::Range;

use super::kernel::Kernel;
use super::panels::{Points, Terms};
use super::rows::Rows;
use super::selection::{self, Extremes, Group, Move, Search};

/// As libsvm's: shrinking is looked at after so many steps, or as many as there are rows.
const STEPS_A_CUT: usize = 1000;
/// Fewer rows than this share are not worth a cut, which lays the others out anew.
const LEAST_CUT: f64 = 0.1;
/// As libsvm's newer versions: so many steps, or a hundred a row, and then it ends without having converged.
const MOST_STEPS: usize = 10_000_000;
/// Stands for a curvature that is not positive, as in libsvm.
const LEAST_CURVATURE: f64 = 1e-12;

/// A coefficient nearer to a bound than this share of the box is there, and rounding kept it off: as a
/// free one it would move the offset.
const ON_BOUND: f64 = 1e-12;

/// What is minimised.
pub(super) struct Dual<'a> {
    pub(super) points: Points<'a>,
    /// The table's rows, group after group.
    pub(super) members: &'a [u32],
    pub(super) kernel: Kernel,
    pub(super) target: Vec<f64>,
    pub(super) floor: Vec<f64>,
    pub(super) ceiling: Vec<f64>,
    pub(super) tube: f64,
    pub(super) start: Vec<f64>,
    /// Where the second group begins; with one group, after the last row.
    pub(super) second_group: usize,
}

#[derive(Clone, Copy)]
pub(super) struct Effort {
    /// The largest violation of the optimality conditions that is left.
    pub(super) tolerance: f64,
    pub(super) cache_bytes: usize,
    pub(super) threads: NonZeroUsize,
}

pub(super) struct Solved {
    pub(super) coefficients: Vec<f64>,
    /// What each group's free rows have in common: the function's offset.
    pub(super) offsets: [f64; 2],
    pub(super) steps: usize,
    pub(super) converged: bool,
}

pub(super) fn solve(dual: &Dual<'_>, effort: Effort) -> Solved {
    Solver::new(dual, effort).run()
}

struct Solver<'a> {
    dual: &'a Dual<'a>,
    tolerance: f64,
    rows: Rows<'a>,
    active: Active,
    /// By member; right only for those that are not active.
    coefficients: Vec<f64>,
    residual: Vec<f64>,
    frozen: Vec<Frozen>,
    /// Where the active ones' second group begins.
    second_group: usize,
}

/// What the steps work on, by place among the active.
#[derive(Default)]
struct Active {
    residual: Vec<f64>,
    up: Vec<f64>,
    low: Vec<f64>,
    coefficients: Vec<f64>,
    diagonal: Vec<f32>,
}

/// Members that left the active set together, and all coefficients at that time.
struct Frozen {
    members: Vec<u32>,
    coefficients: Vec<f64>,
}

impl<'a> Solver<'a> {
    fn new(dual: &'a Dual<'a>, effort: Effort) -> Self {
        let rows = Rows::new(dual.points, dual.members, dual.kernel, effort.cache_bytes, effort.threads);
        let mut solver = Self {
            dual,
            tolerance: effort.tolerance,
            rows,
            active: Active::default(),
            coefficients: dual.start.clone(),
            residual: dual.target.clone(),
            frozen: Vec::new(),
            second_group: dual.second_group,
        };
        let everyone: Vec<u32> = (0..dual.members.len() as u32).collect();
        solver.take_off(&everyone, &vec![0.0; dual.start.len()]);
        solver.gather();
        solver
    }

    fn run(mut self) -> Solved {
        let most = MOST_STEPS.max(self.dual.members.len().saturating_mul(100));
        let a_cut = STEPS_A_CUT.min(self.dual.members.len());
        let (mut steps, mut until_cut, mut converged) = (0, a_cut, false);
        let mut extremes = self.extremes();
        while steps < most {
            if until_cut == 0 {
                until_cut = a_cut;
                if self.cut(&extremes) {
                    extremes = self.extremes();
                }
            }
            let Some((rising, falling)) = self.pair(&extremes) else {
                if self.frozen.is_empty() {
                    converged = true;
                    break;
                }
                self.restore();
                extremes = self.extremes();
                until_cut = 1;
                continue;
            };
            extremes = self.step(rising, falling);
            steps += 1;
            until_cut -= 1;
        }
        self.finish(steps, converged)
    }

    fn finish(mut self, steps: usize, converged: bool) -> Solved {
        if !self.frozen.is_empty() {
            self.restore();
        }
        let extremes = self.extremes();
        let groups = self.groups();
        let offsets = std::array::from_fn(|group| self.offset(groups[group].clone(), &extremes[group]));
        Solved { coefficients: self.active.coefficients, offsets, steps, converged }
    }

    fn groups(&self) -> [Range<usize>; 2] {
        [0..self.second_group, self.second_group..self.active.residual.len()]
    }

    /// What free rows have left; without any, the middle of what the bounds allow.
    fn offset(&self, range: Range<usize>, extremes: &Extremes) -> f64 {
        let of = |place: usize| {
            let free = self.active.low[place] - self.active.up[place] <= 0.0;
            free.then(|| self.active.residual[place] + self.active.up[place])
        };
        let (sum, count) = range.filter_map(of).fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
        if count > 0.0 { sum / count } else { f64::midpoint(extremes.gain, extremes.loss) }
    }

    fn extremes(&mut self) -> [Extremes; 2] {
        let still = vec![0.0; self.active.residual.len()];
        self.active.advance(self.second_group, &still, &still, 0.0)
    }

    /// The pair that lowers the objective most by its second-order model; none at the optimum.
    fn pair(&mut self, extremes: &[Extremes]) -> Option<(usize, usize)> {
        if extremes.iter().all(|extremes| extremes.gain - extremes.loss < self.tolerance) {
            return None;
        }
        let mut best: Option<(usize, usize, f32)> = None;
        for (range, extremes) in self.groups().into_iter().zip(extremes) {
            if extremes.gain <= extremes.loss {
                continue;
            }
            let rising = range.start + extremes.rising;
            self.rows.load(rising);
            let found = selection::partner(Search {
                residual: &self.active.residual[range.clone()],
                low: &self.active.low[range.clone()],
                kernel: &self.rows.get(rising)[range.clone()],
                diagonal: &self.active.diagonal[range.clone()],
                own_diagonal: self.active.diagonal[rising],
                gain: extremes.gain,
            });
            if let Some((place, decrease)) = found
                && best.is_none_or(|(_, _, most)| decrease >= most)
            {
                best = Some((rising, range.start + place, decrease));
            }
        }
        best.map(|(rising, falling, _)| (rising, falling))
    }

    /// Moves one coefficient up and another down by the same, as far as pays or their bounds allow.
    fn step(&mut self, rising: usize, falling: usize) -> [Extremes; 2] {
        self.rows.load(rising);
        self.rows.load(falling);
        let active = &mut self.active;
        let crossing = f64::from(self.rows.get(rising)[falling]);
        let curvature = self.rows.diagonal(rising) + self.rows.diagonal(falling) - 2.0 * crossing;
        let curvature = if curvature > 0.0 { curvature } else { LEAST_CURVATURE };
        let violation = active.residual[rising] + active.up[rising] - (active.residual[falling] + active.low[falling]);
        let members = [self.rows.active()[rising] as usize, self.rows.active()[falling] as usize];
        let next = self.dual.next_above(members[0], active.coefficients[rising]);
        let before = self.dual.next_below(members[1], active.coefficients[falling]);
        let (to_next, to_before) = (next - active.coefficients[rising], active.coefficients[falling] - before);
        let step = (violation / curvature).min(to_next).min(to_before);
        // On the bound to the last bit: whether a coefficient is free is asked by comparing.
        let near = members.map(|member| ON_BOUND * (self.dual.ceiling[member] - self.dual.floor[member]));
        let (risen, fallen) = (active.coefficients[rising] + step, active.coefficients[falling] - step);
        active.coefficients[rising] = if next - risen <= near[0] { next } else { risen };
        active.coefficients[falling] = if fallen - before <= near[1] { before } else { fallen };
        for (place, member) in [rising, falling].into_iter().zip(members) {
            (active.up[place], active.low[place]) = self.dual.biases(member, active.coefficients[place]);
        }
        active.advance(self.second_group, self.rows.get(rising), self.rows.get(falling), step)
    }

    /// Leaves out the rows whose coefficients stand at a bound that they would not leave.
    fn cut(&mut self, extremes: &[Extremes]) -> bool {
        let count = self.active.residual.len();
        let mut kept: Vec<u32> = Vec::with_capacity(count);
        let mut second_group = self.second_group;
        for (index, (range, extremes)) in self.groups().into_iter().zip(extremes).enumerate() {
            if index == 1 {
                second_group = kept.len();
            }
            kept.extend(range.filter(|place| !self.is_settled(*place, extremes)).map(|place| place as u32));
        }
        if (count - kept.len()) as f64 <= LEAST_CUT * count as f64 {
            return false;
        }
        self.scatter();
        let mut next = kept.iter().copied().peekable();
        let leaves = |place: &u32| next.next_if_eq(place).is_none();
        let left = (0..count as u32).filter(leaves).map(|place| self.rows.active()[place as usize]).collect();
        self.frozen.push(Frozen { members: left, coefficients: self.coefficients.clone() });
        self.rows.cut(kept);
        self.second_group = second_group;
        self.gather();
        true
    }

    fn is_settled(&self, place: usize, extremes: &Extremes) -> bool {
        let residual = self.active.residual[place];
        residual + self.active.up[place] < extremes.loss && residual + self.active.low[place] > extremes.gain
    }

    /// Brings all rows back: what has moved since they left is taken off their residuals.
    fn restore(&mut self) {
        self.scatter();
        for frozen in std::mem::take(&mut self.frozen) {
            self.take_off(&frozen.members, &frozen.coefficients);
        }
        self.rows.restore();
        self.second_group = self.dual.second_group;
        self.gather();
    }

    /// Takes what the coefficients have moved since `before` off these members' residuals.
    fn take_off(&mut self, members: &[u32], before: &[f64]) {
        let moved =
            self.coefficients.iter().zip(before).enumerate().filter(|(_, (now, before))| (*now - *before).abs() > 0.0);
        let (others, entries): (Vec<u32>, Vec<(usize, f64)>) =
            moved.map(|(member, (now, before))| (member as u32, (0, now - before))).unzip();
        if others.is_empty() || members.is_empty() {
            return;
        }
        let terms = Terms {
            points: self.rows.points,
            rows: &self.rows.rows_of(&others),
            starts: &(0..=others.len()).collect::<Vec<_>>(),
            entries: &entries,
            outputs: 1,
        };
        let sums = self.rows.panels_of(members).sums(self.rows.kernel(), &terms, self.rows.threads());
        for (member, sum) in members.iter().zip(sums) {
            self.residual[*member as usize] -= sum;
        }
    }

    /// From the active places to the members.
    fn scatter(&mut self) {
        for (place, member) in self.rows.active().iter().enumerate() {
            self.coefficients[*member as usize] = self.active.coefficients[place];
            self.residual[*member as usize] = self.active.residual[place];
        }
    }

    /// From the members to the active places.
    fn gather(&mut self) {
        let members = self.rows.active();
        let of = |values: &[f64]| members.iter().map(|member| values[*member as usize]).collect::<Vec<_>>();
        let coefficients = of(&self.coefficients);
        let biases =
            members.iter().zip(&coefficients).map(|(member, value)| self.dual.biases(*member as usize, *value));
        let (up, low) = biases.unzip();
        let diagonal = (0..members.len()).map(|place| self.rows.diagonal(place) as f32).collect();
        self.active = Active { residual: of(&self.residual), up, low, coefficients, diagonal };
    }
}

impl Active {
    fn advance(&mut self, second_group: usize, rising: &[f32], falling: &[f32], step: f64) -> [Extremes; 2] {
        [0..second_group, second_group..self.residual.len()].map(|range| {
            let group = Group {
                residual: &mut self.residual[range.clone()],
                up: &self.up[range.clone()],
                low: &self.low[range.clone()],
            };
            selection::advance(group, Move { rising: &rising[range.clone()], falling: &falling[range], step })
        })
    }
}

impl Dual<'_> {
    /// What is added to a row's residual for raising and for lowering its coefficient.
    fn biases(&self, member: usize, coefficient: f64) -> (f64, f64) {
        let up = match coefficient {
            _ if coefficient >= self.ceiling[member] => f64::NEG_INFINITY,
            _ if coefficient < 0.0 => self.tube,
            _ => -self.tube,
        };
        let low = match coefficient {
            _ if coefficient <= self.floor[member] => f64::INFINITY,
            _ if coefficient > 0.0 => -self.tube,
            _ => self.tube,
        };
        (up, low)
    }

    /// Up to where the objective is smooth.
    fn next_above(&self, member: usize, coefficient: f64) -> f64 {
        if coefficient < 0.0 { self.ceiling[member].min(0.0) } else { self.ceiling[member] }
    }

    fn next_below(&self, member: usize, coefficient: f64) -> f64 {
        if coefficient > 0.0 { self.floor[member].max(0.0) } else { self.floor[member] }
    }
}
