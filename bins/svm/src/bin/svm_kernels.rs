//! Support vector machines by this project's own kernels.

use std::num::NonZeroUsize;
use std::process::ExitCode;

use ::svm::{Gamma, Kernel, KernelName, LinearSvc, Loss, NuSvc, Svc, Svr};
use kernels::svm::{self, Unfit, classification, linear, regression};
use schema::fault::Fault;
use schema::implementation::Class;
use schema::mark::MarkName;
use task::{Program, Run, Stop};

/// As scikit-learn's default `cache_size`.
const CACHE_BYTES: usize = 200 << 20;

const PROGRAM: Program = Program {
    task: ::svm::task,
    implementation: "svm_kernels",
    class: Class::Tuned,
    framework: "ferrobench-kernels",
    algorithms: &["svc", "nusvc", "linearsvc", "svr"],
    features: ::svm::features,
    kernels: &["ferrobench-kernels"],
    threads_env: &["RAYON_NUM_THREADS"],
};

fn main() -> ExitCode {
    task::main(&PROGRAM, work)
}

fn work(run: &mut Run) -> Result<(), Stop> {
    let seed = svm::libsvm_seed(run.seed() as u32);
    match run.params().algorithm.as_str() {
        "svc" => {
            let Svc { c, kernel, gamma, degree, coef0, probability, tol } = run.hyperparameters()?;
            let softness = classification::Softness::C(c);
            classify(
                run,
                Classifying {
                    softness,
                    kernel: Kernel { kernel, gamma, degree, coef0 },
                    tol,
                    seed: probability.then_some(seed),
                },
            )
        }
        "nusvc" => {
            let NuSvc { nu, kernel, gamma, degree, coef0, probability, tol } = run.hyperparameters()?;
            let softness = classification::Softness::Nu(nu);
            classify(
                run,
                Classifying {
                    softness,
                    kernel: Kernel { kernel, gamma, degree, coef0 },
                    tol,
                    seed: probability.then_some(seed),
                },
            )
        }
        "linearsvc" => classify_linearly(run, seed),
        _ => regress(run),
    }
}

/// `svc` and `nusvc`.
#[derive(Clone, Copy)]
struct Classifying {
    softness: classification::Softness,
    kernel: Kernel,
    tol: f64,
    /// Of the folds that probabilities are calibrated on.
    seed: Option<u32>,
}

fn classify(run: &mut Run, given: Classifying) -> Result<(), Stop> {
    let mut table = run.mark(MarkName::Load, task::Inputs::classes)?;
    let threads = set_up(run);
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        let data = classification::Labelled { x: &turn.x_train, classes: &turn.y_train, columns: turn.columns };
        let fitted = run.mark_iteration(MarkName::Fit, iteration, || {
            let options = classification::Options {
                kernel: kernel(given.kernel, data.x, data.columns),
                softness: given.softness,
                tolerance: given.tol,
                cache_bytes: CACHE_BYTES,
                probability: given.seed,
            };
            classification::fit(data, &options, threads)
        });
        let fitted = fitted.map_err(stop)?;
        let labels = run.mark_iteration(MarkName::Predict, iteration, || fitted.predict(&turn.x_test, threads));
        let rows = labels.len() as u64;
        run.output_of_fold(turn.fold, "labels", vec![rows], labels);
        let classes = fitted.classes().len() as u64;
        run.output_of_fold(turn.fold, "scores", vec![rows, classes], fitted.scores(&turn.x_test, threads));
        let pairs = classes * (classes - 1) / 2;
        run.output_of_fold(turn.fold, "decisions", vec![rows, pairs], fitted.decisions(&turn.x_test, threads));
        run.output_of_fold(turn.fold, "support_vectors", vec![1], vec![fitted.support_vectors() as f64]);
        run.fact("steps", fitted.steps);
        run.fact("converged", fitted.converged);
    }
    Ok(())
}

fn classify_linearly(run: &mut Run, seed: u32) -> Result<(), Stop> {
    let LinearSvc { c, loss, intercept_scaling, tol, max_iter } = run.hyperparameters()?;
    let loss = if loss == Loss::Hinge { linear::Loss::Hinge } else { linear::Loss::SquaredHinge };
    let options = linear::Options { c, loss, tolerance: tol, max_iter, intercept_scaling, seed };
    let mut table = run.mark(MarkName::Load, task::Inputs::classes)?;
    let threads = set_up(run);
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        let fitted = run.mark_iteration(MarkName::Fit, iteration, || {
            linear::fit(&turn.x_train, &turn.y_train, turn.columns, &options, threads)
        });
        let fitted = fitted.map_err(stop)?;
        let labels = run.mark_iteration(MarkName::Predict, iteration, || fitted.predict(&turn.x_test));
        let rows = labels.len() as u64;
        run.output_of_fold(turn.fold, "labels", vec![rows], labels);
        let classes = fitted.classes().len() as u64;
        run.output_of_fold(turn.fold, "scores", vec![rows, classes], fitted.scores(&turn.x_test));
        run.output_of_fold(turn.fold, "objective", vec![1], vec![fitted.objective]);
        run.fact("iterations", fitted.iterations);
        run.fact("converged", fitted.converged);
    }
    Ok(())
}

fn regress(run: &mut Run) -> Result<(), Stop> {
    let Svr { c, epsilon, kernel: name, gamma, degree, coef0, tol } = run.hyperparameters()?;
    let mut table = run.mark(MarkName::Load, task::Inputs::table)?;
    let threads = set_up(run);
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        let fitted = run.mark_iteration(MarkName::Fit, iteration, || {
            let options = regression::Options {
                kernel: kernel(Kernel { kernel: name, gamma, degree, coef0 }, &turn.x_train, turn.columns),
                c,
                epsilon,
                tolerance: tol,
                cache_bytes: CACHE_BYTES,
            };
            regression::fit(&turn.x_train, &turn.y_train, turn.columns, &options, threads)
        });
        let fitted = fitted.map_err(stop)?;
        let predictions = run.mark_iteration(MarkName::Predict, iteration, || fitted.predict(&turn.x_test, threads));
        run.output_of_fold(turn.fold, "predictions", vec![predictions.len() as u64], predictions);
        run.output_of_fold(turn.fold, "support_vectors", vec![1], vec![fitted.support_vectors() as f64]);
        run.fact("steps", fitted.steps);
        run.fact("converged", fitted.converged);
    }
    Ok(())
}

fn set_up(run: &mut Run) -> NonZeroUsize {
    let wanted = NonZeroUsize::new(run.threads()).unwrap_or(NonZeroUsize::MIN);
    run.mark(MarkName::Setup, |_| kernels::threads::use_at_most(wanted))
}

fn kernel(given: Kernel, x: &[f64], columns: usize) -> svm::Kernel {
    let gamma = match given.gamma {
        Gamma::Auto => svm::Gamma::Auto,
        Gamma::Scale => svm::Gamma::Scale,
        Gamma::Value(value) => svm::Gamma::Value(value),
    };
    match given.kernel {
        KernelName::Linear => svm::Kernel::Linear,
        KernelName::Rbf => svm::Kernel::Rbf { gamma: gamma.of(x, columns) },
        KernelName::Poly => {
            svm::Kernel::Polynomial { gamma: gamma.of(x, columns), degree: given.degree, coef0: given.coef0 }
        }
    }
}

/// What the data do not allow is bad input; the rest is a failure of the work.
fn stop(unfit: Unfit) -> Stop {
    match unfit {
        Unfit::InfeasibleNu => Fault::new("params.json: hyperparameters", unfit.to_string())
            .hint("nu is at most twice the share of the smaller class, for each pair of classes")
            .into(),
        Unfit::SingleClass => Fault::new("data", unfit.to_string()).into(),
        _ => Stop::Failed(unfit.to_string()),
    }
}
