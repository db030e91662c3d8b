//! Principal components by this project's own kernels, on faer.

#![allow(clippy::redundant_closure_for_method_calls, reason = "the method alone lives too short a time")]

use std::num::NonZeroUsize;
use std::process::ExitCode;

use kernels::pca::{Components, Subspace, Undecomposable, exact, randomised};
use pca::{Exact, Randomised, check_components};
use schema::implementation::Class;
use schema::mark::MarkName;
use task::{Program, Run, Stop, Turn};

const PROGRAM: Program = Program {
    task: pca::task,
    implementation: "pca_kernels",
    class: Class::Tuned,
    framework: "faer",
    algorithms: &[pca::EXACT, pca::RANDOMISED],
    features: pca::features,
    kernels: &["ferrobench-kernels", "faer"],
    threads_env: &["RAYON_NUM_THREADS"],
};

fn main() -> ExitCode {
    task::main(&PROGRAM, work)
}

fn work(run: &mut Run) -> Result<(), Stop> {
    let mut table = run.mark(MarkName::Load, task::Inputs::points)?;
    let wanted = NonZeroUsize::new(run.threads()).unwrap_or(NonZeroUsize::MIN);
    let threads = run.mark(MarkName::Setup, |_| kernels::threads::use_at_most(wanted));
    let model = Model::of(run)?;
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        check_components(model.components(), turn.x_train.len() / turn.columns.max(1), turn.columns)?;
        let fitted = run.mark_iteration(MarkName::Fit, iteration, || model.fit(turn, threads)).map_err(failed)?;
        let transformed =
            run.mark_iteration(MarkName::Transform, iteration, || fitted.transform(&turn.x_train, threads));
        let transformed = transformed.map_err(failed)?;
        let error = fitted.reconstruction_error(&turn.x_train, &transformed);
        let count = fitted.variances.len() as u64;
        run.output_of_fold(turn.fold, "components", vec![count, turn.columns as u64], fitted.directions);
        run.output_of_fold(turn.fold, "explained_variance", vec![count], fitted.variances);
        run.output_of_fold(turn.fold, "reconstruction_error", vec![1], vec![error]);
        run.fact("method", fitted.method.name());
    }
    Ok(())
}

enum Model {
    Exact(Exact),
    Randomised { given: Randomised, seed: u64 },
}

impl Model {
    fn of(run: &Run) -> Result<Self, Stop> {
        Ok(match run.params().algorithm.as_str() {
            pca::EXACT => Self::Exact(run.hyperparameters()?),
            _ => Self::Randomised { given: run.hyperparameters()?, seed: run.seed() },
        })
    }

    fn components(&self) -> u32 {
        match self {
            Self::Exact(given) => given.n_components,
            Self::Randomised { given, .. } => given.n_components,
        }
    }

    fn fit(&self, turn: &Turn, threads: NonZeroUsize) -> Result<Components, Undecomposable> {
        match *self {
            Self::Exact(given) => exact(&turn.x_train, turn.columns, given.n_components as usize, threads),
            Self::Randomised { given, seed } => {
                let subspace = Subspace {
                    components: given.n_components as usize,
                    oversamples: given.n_oversamples as usize,
                    iterations: given.n_iter as usize,
                    seed,
                };
                randomised(&turn.x_train, turn.columns, subspace, threads)
            }
        }
    }
}

fn failed(error: impl std::fmt::Display) -> Stop {
    Stop::Failed(error.to_string())
}
