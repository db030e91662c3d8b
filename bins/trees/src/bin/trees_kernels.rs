//! Random forests and gradient boosting by this project's own kernels.

use std::num::NonZeroUsize;
use std::process::ExitCode;

use kernels::boosting::{Boosted, Boosting};
use kernels::forest::{Forest, Growth, Target, labels};
use schema::implementation::Class;
use schema::mark::MarkName;
use task::{Program, Run, Stop, Turn};
use trees::{ClassificationForest, HistGradientBoosting, RegressionForest};

const PROGRAM: Program = Program {
    task: trees::task,
    implementation: "trees_kernels",
    class: Class::Tuned,
    framework: "ferrobench-kernels",
    algorithms: &trees::ALGORITHMS,
    features: trees::features,
    kernels: &["ferrobench-kernels"],
    threads_env: &["RAYON_NUM_THREADS"],
};

fn main() -> ExitCode {
    task::main(&PROGRAM, work)
}

fn work(run: &mut Run) -> Result<(), Stop> {
    let wanted = NonZeroUsize::new(run.threads()).unwrap_or(NonZeroUsize::MIN);
    match run.params().algorithm.as_str() {
        trees::CLASSIFICATION => classify(run, wanted),
        trees::REGRESSION => regress(run, wanted),
        trees::BOOSTED_CLASSIFICATION => boost_classes(run, wanted),
        _ => boost_numbers(run, wanted),
    }
}

fn classify(run: &mut Run, wanted: NonZeroUsize) -> Result<(), Stop> {
    let mut table = run.mark(MarkName::Load, task::Inputs::classes)?;
    let threads = run.mark(MarkName::Setup, |_| kernels::threads::use_at_most(wanted));
    let given: ClassificationForest = run.hyperparameters()?;
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        let classes = classes(turn);
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

fn boost_classes(run: &mut Run, wanted: NonZeroUsize) -> Result<(), Stop> {
    let mut table = run.mark(MarkName::Load, task::Inputs::classes)?;
    let threads = run.mark(MarkName::Setup, |_| kernels::threads::use_at_most(wanted));
    let asked = boosting(run.hyperparameters()?);
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        let classes = classes(turn);
        let target = Target::Classes { labels: &turn.y_train, count: classes };
        let fitted = run.mark_iteration(MarkName::Fit, iteration, || {
            Boosted::fit(&turn.x_train, turn.columns, target, asked, threads)
        });
        let boosted = fitted.map_err(failed)?;
        let decided = run.mark_iteration(MarkName::Predict, iteration, || {
            let decisions = boosted.decide(&turn.x_test, threads)?;
            Ok((boosted.labels(&decisions), boosted.shares(&decisions, classes)))
        });
        let (labels, shares) = decided.map_err(|error: kernels::boosting::Unboostable| failed(error))?;
        let count = labels.len() as u64;
        run.output_of_fold(turn.fold, "labels", vec![count], labels);
        run.output_of_fold(turn.fold, "scores", vec![count, classes as u64], shares);
        run.fact("leaves", boosted.leaves());
    }
    Ok(())
}

fn boost_numbers(run: &mut Run, wanted: NonZeroUsize) -> Result<(), Stop> {
    let mut table = run.mark(MarkName::Load, task::Inputs::table)?;
    let threads = run.mark(MarkName::Setup, |_| kernels::threads::use_at_most(wanted));
    let asked = boosting(run.hyperparameters()?);
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        let fitted = run.mark_iteration(MarkName::Fit, iteration, || {
            Boosted::fit(&turn.x_train, turn.columns, Target::Numbers(&turn.y_train), asked, threads)
        });
        let boosted = fitted.map_err(failed)?;
        let predictions = run.mark_iteration(MarkName::Predict, iteration, || boosted.decide(&turn.x_test, threads));
        let predictions = predictions.map_err(failed)?;
        run.output_of_fold(turn.fold, "predictions", vec![predictions.len() as u64], predictions);
        run.fact("leaves", boosted.leaves());
    }
    Ok(())
}

fn classes(turn: &Turn<i64>) -> usize {
    turn.y_train.iter().max().map_or(0, |largest| *largest as usize + 1)
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

fn boosting(given: HistGradientBoosting) -> Boosting {
    Boosting {
        iterations: given.max_iter as usize,
        learning_rate: given.learning_rate,
        max_leaves: given.max_leaf_nodes.map(|leaves| leaves as usize),
        max_depth: given.max_depth.map(|depth| depth as usize),
        least_rows_a_leaf: given.min_samples_leaf as usize,
        l2: given.l2_regularization,
        max_bins: given.max_bins as usize,
    }
}

fn failed(error: impl std::fmt::Display) -> Stop {
    Stop::Failed(error.to_string())
}
