//! C-SVC and nu-SVC, classes one against one.

use std::num::NonZeroUsize;

use rayon::prelude::*;

use super::Unfit;
use super::calibration::{self, FOLDS, Sigmoid};
use super::kernel::Kernel;
use super::machine::Machine;
use super::panels::Points;
use super::solver::{self, Dual, Effort, Solved};
use super::twister::Twister;

/// How many rows may stand on the wrong side, and at what price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Softness {
    /// The price of a row's slack.
    C(f64),
    /// At least this share of the rows are support vectors, and at most this share lie inside the margin.
    Nu(f64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    pub kernel: Kernel,
    pub softness: Softness,
    /// The largest violation of the optimality conditions that is left, as libsvm's `eps`.
    pub tolerance: f64,
    /// Memory for rows of the kernel's matrix, shared by all threads.
    pub cache_bytes: usize,
    /// With a seed, probabilities are calibrated; libsvm of this seed shuffles alike.
    pub probability: Option<u32>,
}

/// Row-major data with one class a row.
#[derive(Clone, Copy, Debug)]
pub struct Labelled<'a> {
    pub x: &'a [f64],
    pub classes: &'a [i64],
    pub columns: usize,
}

#[derive(Clone, Debug)]
pub struct Classifier {
    classes: Vec<i64>,
    machine: Machine,
    sigmoids: Vec<Sigmoid>,
    /// Steps of all pairs together, and whether each ended where it should.
    pub steps: usize,
    pub converged: bool,
}

/// Two classes that are told apart, each with its rows.
#[derive(Clone, Copy)]
struct Pair<'a> {
    number: usize,
    first: &'a [u32],
    second: &'a [u32],
}

struct Trained {
    solved: Solved,
    sigmoid: Option<Sigmoid>,
}

/// Fits one machine for each pair of classes, the pairs side by side.
pub fn fit(data: Labelled<'_>, options: &Options, threads: NonZeroUsize) -> Result<Classifier, Unfit> {
    super::check(data.x, data.classes.len(), data.columns)?;
    let (classes, by_class) = grouped(data.classes);
    if classes.len() < 2 {
        return Err(Unfit::SingleClass);
    }
    let pairs = pairs(&by_class);
    if let Softness::Nu(nu) = options.softness
        && pairs.iter().any(|pair| !pair.is_feasible(nu))
    {
        return Err(Unfit::InfeasibleNu);
    }
    let points = Points { x: data.x, columns: data.columns };
    let effort = Effort {
        tolerance: options.tolerance,
        cache_bytes: options.cache_bytes / threads.get().min(pairs.len()),
        threads,
    };
    let shuffles = options.probability.map(|seed| shuffles(&pairs, seed));
    let train = |pair: &Pair<'_>| {
        let sigmoid = shuffles.as_ref().map(|shuffles| pair.calibrate(points, options, effort, &shuffles[pair.number]));
        Trained { solved: train(points, options, effort, pair.first, pair.second), sigmoid }
    };
    let trained: Vec<Trained> = if threads.get() == 1 {
        pairs.iter().map(train).collect()
    } else {
        pairs.par_iter().with_max_len(1).map(train).collect()
    };
    assemble(points, options.kernel, classes, &pairs, &trained)
}

/// The classes that occur, ascending, and the rows of each.
fn grouped(classes: &[i64]) -> (Vec<i64>, Vec<Vec<u32>>) {
    let mut known = classes.to_vec();
    known.sort_unstable();
    known.dedup();
    let mut rows = vec![Vec::new(); known.len()];
    for (row, class) in classes.iter().enumerate() {
        if let Ok(index) = known.binary_search(class) {
            rows[index].push(row as u32);
        }
    }
    (known, rows)
}

fn pairs(by_class: &[Vec<u32>]) -> Vec<Pair<'_>> {
    let firsts = by_class.iter().enumerate();
    let both = firsts.flat_map(|(index, first)| by_class[index + 1..].iter().map(move |second| (first, second)));
    both.enumerate().map(|(number, (first, second))| Pair { number, first, second }).collect()
}

/// What is positive is `first`.
fn train(points: Points<'_>, options: &Options, effort: Effort, first: &[u32], second: &[u32]) -> Solved {
    let members: Vec<u32> = first.iter().chain(second).copied().collect();
    let sides = || (0..members.len()).map(|place| place < first.len());
    let of_sides = |of: &dyn Fn(bool) -> f64| sides().map(of).collect::<Vec<_>>();
    let bound = if let Softness::C(c) = options.softness { c } else { 1.0 };
    let mut dual = Dual {
        points,
        members: &members,
        kernel: options.kernel,
        target: of_sides(&|positive| if positive { 1.0 } else { -1.0 }),
        floor: of_sides(&|positive| if positive { 0.0 } else { -bound }),
        ceiling: of_sides(&|positive| if positive { bound } else { 0.0 }),
        tube: 0.0,
        start: vec![0.0; members.len()],
        second_group: members.len(),
    };
    let Softness::Nu(nu) = options.softness else { return solver::solve(&dual, effort) };
    dual.target.fill(0.0);
    dual.second_group = first.len();
    for (range, side) in [(0..first.len(), 1.0), (first.len()..members.len(), -1.0)] {
        let mut rest = nu * members.len() as f64 / 2.0;
        for start in &mut dual.start[range] {
            let share = rest.min(1.0);
            *start = side * share;
            rest -= share;
        }
    }
    scaled(solver::solve(&dual, effort))
}

/// nu-SVC's margin is free: coefficients and offset are measured in it, as C-SVC's are.
fn scaled(mut solved: Solved) -> Solved {
    let margin = (solved.offsets[1] - solved.offsets[0]) / 2.0;
    solved.coefficients.iter_mut().for_each(|coefficient| *coefficient /= margin);
    solved.offsets[0] = f64::midpoint(solved.offsets[0], solved.offsets[1]) / margin;
    solved
}

impl Pair<'_> {
    fn is_feasible(self, nu: f64) -> bool {
        let (first, second) = (self.first.len() as f64, self.second.len() as f64);
        nu * (first + second) / 2.0 <= first.min(second)
    }

    fn count(self) -> usize {
        self.first.len() + self.second.len()
    }

    fn row(self, place: u32) -> u32 {
        let place = place as usize;
        self.first.get(place).or_else(|| self.second.get(place - self.first.len())).copied().unwrap_or_default()
    }

    /// The rows at these places, those of the second class before those of the first: libsvm, which knows
    /// them as −1 and 1 here, begins with −1.
    fn sides(self, places: impl Iterator<Item = u32>) -> [Vec<u32>; 2] {
        let (second, first): (Vec<u32>, Vec<u32>) = places.partition(|place| *place as usize >= self.first.len());
        [second, first].map(|places| places.into_iter().map(|place| self.row(place)).collect())
    }

    /// A sigmoid for decisions that machines without the judged fold made.
    fn calibrate(self, points: Points<'_>, options: &Options, effort: Effort, shuffled: &[u32]) -> Sigmoid {
        let ranges = folds(shuffled.len());
        let decide = |range: &std::ops::Range<usize>| {
            let others = shuffled[..range.start].iter().chain(&shuffled[range.end..]).copied();
            let [second, first] = self.sides(others);
            if second.is_empty() || first.is_empty() {
                let decision = f64::from(i8::from(!first.is_empty()) - i8::from(!second.is_empty()));
                return vec![decision; range.len()];
            }
            let solved = train(points, options, effort, &second, &first);
            let members: Vec<u32> = second.iter().chain(&first).copied().collect();
            let judged: Vec<u32> = shuffled[range.clone()].iter().map(|place| self.row(*place)).collect();
            let machine = Machine::of(points, options.kernel, &[(&members, &solved.coefficients, solved.offsets[0])]);
            machine.decide_rows(points, &judged, effort.threads).into_iter().map(|decision| -decision).collect()
        };
        let by_fold: Vec<Vec<f64>> = if effort.threads.get() == 1 {
            ranges.iter().map(decide).collect()
        } else {
            ranges.par_iter().with_max_len(1).map(decide).collect()
        };
        let mut decisions = vec![0.0; self.count()];
        for (place, decision) in shuffled.iter().zip(by_fold.into_iter().flatten()) {
            decisions[*place as usize] = decision;
        }
        let is_first: Vec<bool> = (0..self.count()).map(|place| place < self.first.len()).collect();
        Sigmoid::of(&decisions, &is_first)
    }
}

fn folds(count: usize) -> Vec<std::ops::Range<usize>> {
    (0..FOLDS).map(|fold| fold * count / FOLDS..(fold + 1) * count / FOLDS).collect()
}

/// libsvm begins its random numbers anew with each machine that it trains, so also after each pair's folds.
fn shuffles(pairs: &[Pair<'_>], seed: u32) -> Vec<Vec<u32>> {
    let mut twister = Twister::new(seed);
    let mut shuffle = |pair: &Pair<'_>| {
        let shuffled = twister.shuffled(pair.count());
        let is_trained = |range: std::ops::Range<usize>| {
            let others = shuffled[..range.start].iter().chain(&shuffled[range.end..]).copied();
            pair.sides(others).iter().all(|side| !side.is_empty())
        };
        if folds(pair.count()).into_iter().any(is_trained) {
            twister = Twister::new(seed);
        }
        shuffled
    };
    pairs.iter().map(&mut shuffle).collect()
}

fn assemble(
    points: Points<'_>,
    kernel: Kernel,
    classes: Vec<i64>,
    pairs: &[Pair<'_>],
    trained: &[Trained],
) -> Result<Classifier, Unfit> {
    let finite =
        |solved: &Solved| solved.coefficients.iter().chain(&solved.offsets[..1]).all(|value| value.is_finite());
    if !trained.iter().all(|trained| finite(&trained.solved)) {
        return Err(Unfit::NotFinite);
    }
    let members: Vec<Vec<u32>> =
        pairs.iter().map(|pair| pair.first.iter().chain(pair.second).copied().collect()).collect();
    let outputs: Vec<(&[u32], &[f64], f64)> = members
        .iter()
        .zip(trained)
        .map(|(members, trained)| (&**members, &*trained.solved.coefficients, trained.solved.offsets[0]))
        .collect();
    Ok(Classifier {
        machine: Machine::of(points, kernel, &outputs),
        classes,
        steps: trained.iter().map(|trained| trained.solved.steps).sum(),
        converged: trained.iter().all(|trained| trained.solved.converged),
        sigmoids: trained.iter().filter_map(|trained| trained.sigmoid).collect(),
    })
}

impl Classifier {
    /// The classes that the scores' columns stand for.
    pub fn classes(&self) -> &[i64] {
        &self.classes
    }

    /// Rows that are a support vector of at least one pair.
    pub fn support_vectors(&self) -> usize {
        self.machine.support_vectors()
    }

    /// For each row the class that most pairs vote for, the first of equals.
    pub fn predict(&self, x: &[f64], threads: NonZeroUsize) -> Vec<i64> {
        let rows = self.machine.rows_of(x);
        let decisions = self.machine.decide(x, threads);
        let of_row = |row: usize| {
            let mut votes = vec![0_u32; self.classes.len()];
            for (pair, (first, second)) in self.pairs().enumerate() {
                votes[if decisions[pair * rows + row] > 0.0 { first } else { second }] += 1;
            }
            let mut best = 0;
            for class in 1..votes.len() {
                if votes[class] > votes[best] {
                    best = class;
                }
            }
            self.classes[best]
        };
        (0..rows).map(of_row).collect()
    }

    /// One score a class for each row, the larger the likelier: probabilities where they were calibrated,
    /// else with two classes the decision and its negative, and with more the votes with the summed
    /// decisions as a fraction, as scikit-learn's `decision_function` has them.
    pub fn scores(&self, x: &[f64], threads: NonZeroUsize) -> Vec<f64> {
        let rows = self.machine.rows_of(x);
        let decisions = self.machine.decide(x, threads);
        let of_row = |row: usize| decisions[row..].iter().step_by(rows.max(1)).copied().collect::<Vec<_>>();
        (0..rows).flat_map(|row| self.scores_of(&of_row(row))).collect()
    }

    /// For each row one decision a pair of classes, positive for the first: (0, 1), (0, 2), …
    pub fn decisions(&self, x: &[f64], threads: NonZeroUsize) -> Vec<f64> {
        let rows = self.machine.rows_of(x);
        let decisions = self.machine.decide(x, threads);
        (0..rows).flat_map(|row| decisions[row..].iter().step_by(rows).copied()).collect()
    }

    fn scores_of(&self, decisions: &[f64]) -> Vec<f64> {
        if !self.sigmoids.is_empty() {
            let pairs = self.sigmoids.iter().zip(decisions).map(|(sigmoid, decision)| sigmoid.probability(*decision));
            return calibration::couple(&pairs.collect::<Vec<_>>(), self.classes.len());
        }
        if let [decision] = decisions {
            return vec![*decision, -decision];
        }
        let (mut votes, mut sums) = (vec![0.0; self.classes.len()], vec![0.0; self.classes.len()]);
        for ((first, second), decision) in self.pairs().zip(decisions) {
            votes[if *decision >= 0.0 { first } else { second }] += 1.0;
            sums[first] += decision;
            sums[second] -= decision;
        }
        votes.iter().zip(sums).map(|(votes, sum)| votes + sum / (3.0 * (sum.abs() + 1.0))).collect()
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let count = self.classes.len();
        (0..count).flat_map(move |first| (first + 1..count).map(move |second| (first, second)))
    }
}
