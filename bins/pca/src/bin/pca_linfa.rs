//! Principal components by linfa-reduction, as its documentation calls it: LOBPCG on a centred copy.
//! Its `explained_variance` divides by the number of components less one instead of that of the rows,
//! so variances are made of its singular values, which are right. Its signs are what the iteration
//! ends with: outside of the clock each component gets the task's.

#![allow(clippy::redundant_closure_for_method_calls, reason = "the method alone lives too short a time")]

use std::process::ExitCode;

use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};
use linfa_reduction::Pca;
use ndarray::{Array2, ArrayView2};
use pca::{Exact, check_components};
use schema::implementation::Class;
use schema::mark::MarkName;
use task::{Program, Run, Stop};

const PROGRAM: Program = Program {
    task: pca::task,
    implementation: "pca_linfa",
    class: Class::Library,
    framework: "linfa-reduction",
    algorithms: &[pca::EXACT],
    features: pca::features,
    kernels: &["linfa-linalg"],
    threads_env: &[],
};

fn main() -> ExitCode {
    task::main(&PROGRAM, work)
}

fn work(run: &mut Run) -> Result<(), Stop> {
    let mut table = run.mark(MarkName::Load, task::Inputs::points)?;
    run.mark(MarkName::Setup, |_| ());
    let given: Exact = run.hyperparameters()?;
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        let rows = turn.x_train.len() / turn.columns.max(1);
        check_components(given.n_components, rows, turn.columns)?;
        let x = ArrayView2::from_shape((rows, turn.columns), &turn.x_train).map_err(failed)?;
        let dataset = DatasetBase::from(x);
        let params = Pca::params(given.n_components as usize);
        let fitted = run.mark_iteration(MarkName::Fit, iteration, || params.fit(&dataset)).map_err(failed)?;
        let transformed: Array2<f64> = run.mark_iteration(MarkName::Transform, iteration, || fitted.predict(&x));
        let rest = &x - &fitted.inverse_transform(transformed);
        let variances = fitted.singular_values().mapv(|value| value * value / (rows as f64 - 1.0));
        let components = with_signs(fitted.components().to_owned());
        let count = variances.len() as u64;
        run.output_of_fold(turn.fold, "components", vec![count, turn.columns as u64], components);
        run.output_of_fold(turn.fold, "explained_variance", vec![count], variances.to_vec());
        run.output_of_fold(
            turn.fold,
            "reconstruction_error",
            vec![1],
            vec![rest.mapv(|rest| rest * rest).mean().unwrap_or(0.0)],
        );
    }
    Ok(())
}

/// Each row's largest entry by size is positive.
fn with_signs(mut components: Array2<f64>) -> Vec<f64> {
    for mut row in components.rows_mut() {
        let largest =
            row.iter().fold(0.0_f64, |largest, entry| if entry.abs() > largest.abs() { *entry } else { largest });
        if largest < 0.0 {
            row.mapv_inplace(|entry| -entry);
        }
    }
    components.iter().copied().collect()
}

fn failed(error: impl std::fmt::Display) -> Stop {
    Stop::Failed(error.to_string())
}
