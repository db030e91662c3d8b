//! Random forests by this project's own kernels.

#![allow(clippy::redundant_closure_for_method_calls, reason = "the method alone lives too short a time")]

use std::num::NonZeroUsize;
use std::process::ExitCode;

use kernels::forest::{Forest, Growth, Target, labels};
use schema::implementation::Class;
use schema::mark::MarkName;
use task::{Program, Run, Stop};
use trees::{ClassificationForest, RegressionForest};

const PROGRAM: Program = Program {
    task: trees::task,
    implementation: "trees_kernels",
    class: Class::Tuned,
    framework: "ferrobench-kernels",
    algorithms: &[trees::CLASSIFICATION, trees::REGRESSION],
    features: trees::features,
    kernels: &["ferrobench-kernels"],
    threads_env: &["RAYON_NUM_THREADS"],
};

fn main() -> ExitCode {
    task::main(&PROGRAM, work)
}

fn work(run: &mut Run) -> Result<(), Stop> {
    let wanted = NonZeroUsize::new(run.threads()).unwrap_or(NonZeroUsize::MIN);
    if run.params().algorithm.as_str() == trees::CLASSIFICATION { classify(run, wanted) } else { regress(run, wanted) }
}

fn classify(run: &mut Run, wanted: NonZeroUsize) -> Result<(), Stop> {
    let mut table = run.mark(MarkName::Load, task::Inputs::classes)?;
    let threads = run.mark(MarkName::Setup, |_| kernels::threads::use_at_most(wanted));
    let given: ClassificationForest = run.hyperparameters()?;
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        let classes = turn.y_train.iter().max().map_or(0, |largest| *largest as usize + 1);
        let target = Target::Classes { labels: &turn.y_train, count: classes };
        let growth = growth(given, turn.columns, run.seed());
        let grown = run.mark_iteration(MarkName::Fit, iteration, || {
            Forest::grow(&turn.x_train, turn.columns, target, growth, threads)
        });
        let forest = grown.map_err(failed)?;
        let shares = run.mark_iteration(MarkName::Predict, iteration, || {
            let shares = forest.predict(&turn.x_test, threads)?;
            Ok((labels(&shares, classes), shares))
        });
        let (labels, shares) = shares.map_err(|error: kernels::forest::Ungrowable| failed(error))?;
        let count = labels.len() as u64;
        run.output_of_fold(turn.fold, "labels", vec![count], labels);
        run.output_of_fold(turn.fold, "scores", vec![count, classes as u64], shares);
        run.fact("leaves", forest.leaves());
    }
    Ok(())
}

fn regress(run: &mut Run, wanted: NonZeroUsize) -> Result<(), Stop> {
    let mut table = run.mark(MarkName::Load, task::Inputs::table)?;
    let threads = run.mark(MarkName::Setup, |_| kernels::threads::use_at_most(wanted));
    let given: RegressionForest = run.hyperparameters()?;
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        let growth = growth(given.into(), turn.columns, run.seed());
        let grown = run.mark_iteration(MarkName::Fit, iteration, || {
            Forest::grow(&turn.x_train, turn.columns, Target::Numbers(&turn.y_train), growth, threads)
        });
        let forest = grown.map_err(failed)?;
        let predictions = run.mark_iteration(MarkName::Predict, iteration, || forest.predict(&turn.x_test, threads));
        let predictions = predictions.map_err(failed)?;
        run.output_of_fold(turn.fold, "predictions", vec![predictions.len() as u64], predictions);
        run.fact("leaves", forest.leaves());
    }
    Ok(())
}

fn growth(given: ClassificationForest, columns: usize, seed: u64) -> Growth {
    Growth {
        trees: given.n_estimators as usize,
        max_depth: given.max_depth.map(|depth| depth as usize),
        columns_a_split: given.max_features.of(columns),
        least_rows_a_leaf: given.min_samples_leaf as usize,
        bootstrap: given.bootstrap,
        seed,
    }
}

fn failed(error: impl std::fmt::Display) -> Stop {
    Stop::Failed(error.to_string())
}
