//! The k nearest neighbours by this project's own kernels.

#![allow(clippy::redundant_closure_for_method_calls, reason = "the method alone lives too short a time")]

use std::num::NonZeroUsize;
use std::process::ExitCode;

use kernels::neighbors::{Index, Unsearchable, average, shares_of_classes};
use neighbors::{Neighbors, Weights, check_neighbors};
use schema::implementation::Class;
use schema::mark::MarkName;
use task::{Program, Run, Stop};

const PROGRAM: Program = Program {
    task: neighbors::task,
    implementation: "neighbors_kernels",
    class: Class::Tuned,
    framework: "ferrobench-kernels",
    algorithms: &[neighbors::CLASSIFICATION, neighbors::REGRESSION],
    features: neighbors::features,
    kernels: &["ferrobench-kernels", "pulp"],
    threads_env: &["RAYON_NUM_THREADS"],
};

fn main() -> ExitCode {
    task::main(&PROGRAM, work)
}

fn work(run: &mut Run) -> Result<(), Stop> {
    let wanted = NonZeroUsize::new(run.threads()).unwrap_or(NonZeroUsize::MIN);
    if run.params().algorithm.as_str() == neighbors::CLASSIFICATION {
        classify(run, wanted)
    } else {
        regress(run, wanted)
    }
}

fn classify(run: &mut Run, wanted: NonZeroUsize) -> Result<(), Stop> {
    let mut table = run.mark(MarkName::Load, task::Inputs::classes)?;
    let threads = run.mark(MarkName::Setup, |_| kernels::threads::use_at_most(wanted));
    let given: Neighbors = run.hyperparameters()?;
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        check_neighbors(given.n_neighbors, turn.y_train.len())?;
        let classes = turn.y_train.iter().max().map_or(0, |largest| *largest as usize + 1);
        let index = run.mark_iteration(MarkName::Fit, iteration, || Index::of(&turn.x_train, turn.columns, None));
        let index = index.map_err(failed)?;
        let voted = run.mark_iteration(MarkName::Predict, iteration, || {
            let nearest = index.nearest(&turn.x_test, given.n_neighbors as usize, threads)?;
            let shares = shares_of_classes(&nearest, &turn.y_train, classes, weights(given))?;
            Ok((shares.labels(), shares))
        });
        let (labels, shares) = voted.map_err(|error: Unsearchable| failed(error))?;
        let count = labels.len() as u64;
        run.output_of_fold(turn.fold, "labels", vec![count], labels);
        run.output_of_fold(turn.fold, "scores", vec![count, classes as u64], shares.values);
        run.fact("method", index.method().name());
    }
    Ok(())
}

fn regress(run: &mut Run, wanted: NonZeroUsize) -> Result<(), Stop> {
    let mut table = run.mark(MarkName::Load, task::Inputs::table)?;
    let threads = run.mark(MarkName::Setup, |_| kernels::threads::use_at_most(wanted));
    let given: Neighbors = run.hyperparameters()?;
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        check_neighbors(given.n_neighbors, turn.y_train.len())?;
        let index = run.mark_iteration(MarkName::Fit, iteration, || Index::of(&turn.x_train, turn.columns, None));
        let index = index.map_err(failed)?;
        let predictions = run.mark_iteration(MarkName::Predict, iteration, || {
            let nearest = index.nearest(&turn.x_test, given.n_neighbors as usize, threads)?;
            average(&nearest, &turn.y_train, weights(given))
        });
        let predictions = predictions.map_err(failed)?;
        run.output_of_fold(turn.fold, "predictions", vec![predictions.len() as u64], predictions);
        run.fact("method", index.method().name());
    }
    Ok(())
}

fn weights(given: Neighbors) -> kernels::neighbors::Weights {
    match given.weights {
        Weights::Uniform => kernels::neighbors::Weights::Uniform,
        Weights::Distance => kernels::neighbors::Weights::Distance,
    }
}

fn failed(error: impl std::fmt::Display) -> Stop {
    Stop::Failed(error.to_string())
}
