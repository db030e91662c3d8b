//! The k nearest neighbours by linfa-nn's k-d tree, as its documentation calls it. linfa finds the
//! neighbours and leaves the vote, and the distances that may weigh it, to its caller.

#![allow(clippy::redundant_closure_for_method_calls, reason = "the method alone lives too short a time")]

use std::process::ExitCode;

use linfa_nn::distance::{Distance, L2Dist};
use linfa_nn::{CommonNearestNeighbour, NearestNeighbour, NearestNeighbourIndex};
use ndarray::{ArrayView1, ArrayView2};
use neighbors::{Neighbors, Weights, check_neighbors};
use schema::implementation::Class;
use schema::mark::MarkName;
use task::{Program, Run, Stop};

const PROGRAM: Program = Program {
    task: neighbors::task,
    implementation: "neighbors_linfa",
    class: Class::Library,
    framework: "linfa-nn",
    algorithms: &[neighbors::CLASSIFICATION, neighbors::REGRESSION],
    features: neighbors::features,
    kernels: &["kdtree"],
    threads_env: &[],
};

fn main() -> ExitCode {
    task::main(&PROGRAM, work)
}

fn work(run: &mut Run) -> Result<(), Stop> {
    if run.params().algorithm.as_str() == neighbors::CLASSIFICATION { classify(run) } else { regress(run) }
}

fn classify(run: &mut Run) -> Result<(), Stop> {
    let mut table = run.mark(MarkName::Load, task::Inputs::classes)?;
    run.mark(MarkName::Setup, |_| ());
    let given: Neighbors = run.hyperparameters()?;
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        check_neighbors(given.n_neighbors, turn.y_train.len())?;
        let classes = turn.y_train.iter().max().map_or(0, |largest| *largest as usize + 1);
        let (train, test) = (matrix(&turn.x_train, turn.columns)?, matrix(&turn.x_test, turn.columns)?);
        let index =
            run.mark_iteration(MarkName::Fit, iteration, || CommonNearestNeighbour::KdTree.from_batch(&train, L2Dist));
        let index = index.map_err(failed)?;
        let voted = run.mark_iteration(MarkName::Predict, iteration, || {
            let mut scores = vec![0.0; test.nrows() * classes];
            for (query, shares) in test.rows().into_iter().zip(scores.chunks_exact_mut(classes)) {
                for (row, weight) in weighted(&*index, query, given)? {
                    shares[turn.y_train[row] as usize] += weight;
                }
            }
            Ok((scores.chunks_exact(classes).map(first_largest).collect::<Vec<i64>>(), scores))
        });
        let (labels, scores) = voted.map_err(|error: linfa_nn::NnError| failed(error))?;
        let count = labels.len() as u64;
        run.output_of_fold(turn.fold, "labels", vec![count], labels);
        run.output_of_fold(turn.fold, "scores", vec![count, classes as u64], scores);
    }
    Ok(())
}

fn regress(run: &mut Run) -> Result<(), Stop> {
    let mut table = run.mark(MarkName::Load, task::Inputs::table)?;
    run.mark(MarkName::Setup, |_| ());
    let given: Neighbors = run.hyperparameters()?;
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        check_neighbors(given.n_neighbors, turn.y_train.len())?;
        let (train, test) = (matrix(&turn.x_train, turn.columns)?, matrix(&turn.x_test, turn.columns)?);
        let index =
            run.mark_iteration(MarkName::Fit, iteration, || CommonNearestNeighbour::KdTree.from_batch(&train, L2Dist));
        let index = index.map_err(failed)?;
        let predictions = run.mark_iteration(MarkName::Predict, iteration, || {
            let mean = |query| {
                let found = weighted(&*index, query, given)?;
                Ok(found.into_iter().map(|(row, weight)| turn.y_train[row] * weight).sum::<f64>())
            };
            test.rows().into_iter().map(mean).collect::<Result<Vec<f64>, linfa_nn::NnError>>()
        });
        let predictions = predictions.map_err(failed)?;
        run.output_of_fold(turn.fold, "predictions", vec![predictions.len() as u64], predictions);
    }
    Ok(())
}

/// The neighbours' rows and how much each counts; together 1.
fn weighted(
    index: &dyn NearestNeighbourIndex<f64>,
    query: ArrayView1<'_, f64>,
    given: Neighbors,
) -> Result<Vec<(usize, f64)>, linfa_nn::NnError> {
    let found = index.k_nearest(query, given.n_neighbors as usize)?;
    let mut weights: Vec<f64> = match given.weights {
        Weights::Uniform => vec![1.0; found.len()],
        Weights::Distance => found.iter().map(|(point, _)| 1.0 / L2Dist.distance(query, point.view())).collect(),
    };
    if weights.iter().any(|weight| weight.is_infinite()) {
        for weight in &mut weights {
            *weight = f64::from(u8::from(weight.is_infinite()));
        }
    }
    let total: f64 = weights.iter().sum();
    Ok(found.into_iter().zip(weights).map(|((_, row), weight)| (row, weight / total)).collect())
}

/// Of equal shares the first.
fn first_largest(shares: &[f64]) -> i64 {
    let mut best = (0, f64::NEG_INFINITY);
    for (class, share) in (0..).zip(shares) {
        best = if *share > best.1 { (class, *share) } else { best };
    }
    best.0
}

fn matrix(values: &[f64], columns: usize) -> Result<ArrayView2<'_, f64>, Stop> {
    ArrayView2::from_shape((values.len() / columns.max(1), columns), values).map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> Stop {
    Stop::Failed(error.to_string())
}
