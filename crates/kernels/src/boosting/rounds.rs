//! One tree after another, each on the slopes that the ones before it left.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use super::Boosting;
use super::bins::Bins;
use super::grow::{self, Room, Step};
use super::histogram::{Curved, Plain, Sums};
use super::loss::Loss;
use super::tree::Tree;
use crate::shares::share_out;

/// Rows whose slopes a thread computes at a time.
const ROWS_AT_A_TIME: usize = 4096;
const ONE: NonZeroUsize = NonZeroUsize::MIN;

/// Iteration after iteration, in each a tree an output.
pub(super) fn grow(
    bins: &Bins,
    loss: &Loss<'_>,
    baseline: &[f64],
    boosting: Boosting,
    threads: NonZeroUsize,
) -> Vec<Tree> {
    match loss {
        Loss::Squared(values) => {
            let slopes = |first, raw: &[f64], slopes: &mut [f32]| Loss::squared(values, first, raw, slopes);
            one_a_round::<Plain>(bins, baseline[0], boosting, threads, slopes)
        }
        Loss::Binomial(places) => {
            let slopes = |first, raw: &[f64], slopes: &mut [[f32; 2]]| Loss::binomial(places, first, raw, slopes);
            one_a_round::<Curved>(bins, baseline[0], boosting, threads, slopes)
        }
        Loss::Multinomial(places, _) => one_a_class(bins, places, baseline, boosting, threads),
    }
}

fn one_a_round<S: Sums>(
    bins: &Bins,
    baseline: f64,
    boosting: Boosting,
    threads: NonZeroUsize,
    slopes_of: impl Fn(usize, &[f64], &mut [S::Slope]) + Sync,
) -> Vec<Tree> {
    let mut raw = vec![baseline; bins.rows];
    let mut slopes = vec![S::Slope::default(); bins.rows];
    let (mut room, mut step) = (Room::<S>::default(), Step::default());
    let round = |_| {
        let pieces = raw.chunks_mut(ROWS_AT_A_TIME).zip(slopes.chunks_mut(ROWS_AT_A_TIME));
        share_out(threads_for(bins, threads), pieces.enumerate(), |(piece, (raw, slopes))| {
            step.add(piece * ROWS_AT_A_TIME, raw);
            slopes_of(piece * ROWS_AT_A_TIME, raw, slopes);
        });
        grow::tree(bins, &slopes, boosting, threads, &mut room, &mut step)
    };
    (0..boosting.iterations).map(round).collect()
}

/// What is kept of each class.
struct Class {
    raw: Vec<f64>,
    slopes: Vec<[f32; 2]>,
    step: Step,
}

fn one_a_class(bins: &Bins, places: &[u32], baseline: &[f64], boosting: Boosting, threads: NonZeroUsize) -> Vec<Tree> {
    let class =
        |start: &f64| Class { raw: vec![*start; bins.rows], slopes: vec![[0.0; 2]; bins.rows], step: Step::default() };
    let mut classes: Vec<Class> = baseline.iter().map(class).collect();
    let rooms = Mutex::new(Vec::<Room<Curved>>::new());
    let mut trees: Vec<Tree> = vec![Tree::default(); boosting.iterations * classes.len()];
    for round in trees.chunks_exact_mut(classes.len()) {
        take_steps(bins, places, &mut classes, threads);
        // The trees of a round do not know of each other: a thread takes one at a time, as long as there is
        // one for each thread, and those that are left over are grown by all threads together.
        let alone = classes.len() - classes.len() % threads.get();
        let (own, shared) = classes.split_at_mut(alone);
        let (own_trees, shared_trees) = round.split_at_mut(alone);
        let grow = |class: &mut Class, tree: &mut Tree, threads| {
            let room = rooms.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut room = room.unwrap_or_default();
            *tree = grow::tree(bins, &class.slopes, boosting, threads, &mut room, &mut class.step);
            rooms.lock().unwrap_or_else(PoisonError::into_inner).push(room);
        };
        share_out(threads, own.iter_mut().zip(own_trees), |(class, tree)| grow(class, tree, ONE));
        shared.iter_mut().zip(shared_trees).for_each(|(class, tree)| grow(class, tree, threads));
    }
    trees
}

/// Adds what the last round's trees say and computes the slopes anew.
fn take_steps(bins: &Bins, places: &[u32], classes: &mut [Class], threads: NonZeroUsize) {
    let pieces = bins.rows.div_ceil(ROWS_AT_A_TIME);
    let mut work: Vec<Piece<'_>> = (0..pieces).map(|_| Piece::default()).collect();
    for Class { raw, slopes, step } in classes {
        let own = raw.chunks_mut(ROWS_AT_A_TIME).zip(slopes.chunks_mut(ROWS_AT_A_TIME));
        for (piece, (raw, slopes)) in work.iter_mut().zip(own) {
            piece.raw.push(raw);
            piece.slopes.push(slopes);
            piece.steps.push(step);
        }
    }
    share_out(threads_for(bins, threads), work.into_iter().enumerate(), |(at, mut piece)| {
        let first = at * ROWS_AT_A_TIME;
        for (raw, step) in piece.raw.iter_mut().zip(&piece.steps) {
            step.add(first, raw);
        }
        Loss::multinomial(places, first, &piece.raw, &mut piece.slopes);
    });
}

/// A stretch of rows of all classes.
#[derive(Default)]
struct Piece<'a> {
    raw: Vec<&'a mut [f64]>,
    slopes: Vec<&'a mut [[f32; 2]]>,
    steps: Vec<&'a Step>,
}

fn threads_for(bins: &Bins, threads: NonZeroUsize) -> NonZeroUsize {
    if bins.rows <= ROWS_AT_A_TIME { ONE } else { threads }
}
