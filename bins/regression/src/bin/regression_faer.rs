//! Least squares by this project's own kernel on faer.

use std::num::NonZeroUsize;
use std::process::ExitCode;

use kernels::least_squares::{self, Problem};
use regression::Linear;
use schema::implementation::Class;
use schema::mark::MarkName;
use task::{Program, Run, Stop};

const PROGRAM: Program = Program {
    task: regression::task,
    implementation: "regression_faer",
    class: Class::Tuned,
    framework: "faer",
    algorithms: &["linear"],
    features: regression::features,
    kernels: &["ferrobench-kernels", "faer"],
    threads_env: &["RAYON_NUM_THREADS"],
};

fn main() -> ExitCode {
    task::main(&PROGRAM, work)
}

fn work(run: &mut Run) -> Result<(), Stop> {
    let parameters: Linear = run.hyperparameters()?;
    let (x_train, y_train, x_test, columns) = run.mark(MarkName::Load, |inputs| {
        let (x, y) = (inputs.array::<f64>("x")?, inputs.array::<f64>("y")?);
        let columns = x.shape[1] as usize;
        let (train, test) = (inputs.rows("train")?, inputs.rows("test")?);
        let rows = |rows: &[usize]| -> Vec<f64> {
            rows.iter().flat_map(|row| &x.values[row * columns..(row + 1) * columns]).copied().collect()
        };
        let y_train: Vec<f64> = train.iter().map(|row| y.values[*row]).collect();
        Ok::<_, Stop>((rows(&train), y_train, rows(&test), columns))
    })?;
    let wanted = NonZeroUsize::new(run.threads()).unwrap_or(NonZeroUsize::MIN);
    let threads = run.mark(MarkName::Setup, |_| kernels::threads::use_at_most(wanted));
    let problem = Problem {
        x: &x_train,
        y: &y_train,
        columns,
        fit_intercept: parameters.fit_intercept,
        tolerance: parameters.tol,
    };
    let mut last = None;
    for iteration in run.iterations() {
        let fitted = run.mark_iteration(MarkName::Fit, iteration, || least_squares::solve(problem, threads));
        let fitted = fitted.map_err(|error| Stop::Failed(error.to_string()))?;
        let predictions = run.mark_iteration(MarkName::Predict, iteration, || fitted.predict(&x_test));
        last = Some((fitted, predictions));
    }
    let (fitted, predictions) = last.ok_or_else(|| Stop::Failed("no iteration was asked for".to_owned()))?;
    run.fact("method", fitted.method.name());
    run.output("coefficients", vec![fitted.coefficients.len() as u64], fitted.coefficients);
    run.output("intercept", vec![1], vec![fitted.intercept]);
    run.output("predictions", vec![predictions.len() as u64], predictions);
    Ok(())
}
