//! Least squares by linfa, as its documentation calls it. It solves by QR and has no `tol`:
//! it drops no direction. With fewer rows than columns its smallest norm counts the intercept too.

use std::process::ExitCode;

use linfa::Dataset;
use linfa::traits::{Fit, Predict};
use linfa_linear::LinearRegression;
use ndarray::{Array1, Array2};
use regression::Linear;
use schema::implementation::Class;
use schema::mark::MarkName;
use task::{Program, Run, Stop};

const PROGRAM: Program = Program {
    task: regression::task,
    implementation: "regression_linfa",
    class: Class::Library,
    framework: "linfa-linear",
    algorithms: &["linear"],
    features: regression::features,
    kernels: &["linfa-linalg"],
    threads_env: &[],
};

fn main() -> ExitCode {
    task::main(&PROGRAM, work)
}

fn work(run: &mut Run) -> Result<(), Stop> {
    let parameters: Linear = run.hyperparameters()?;
    let (train, x_test) = run.mark(MarkName::Load, |inputs| {
        let (x, y) = (inputs.array::<f64>("x")?, inputs.array::<f64>("y")?);
        let x = Array2::from_shape_vec((x.shape[0] as usize, x.shape[1] as usize), x.values).map_err(failed)?;
        let y = Array1::from_vec(y.values);
        let (train, test) = (inputs.rows("train")?, inputs.rows("test")?);
        let select = |rows: &[usize]| x.select(ndarray::Axis(0), rows);
        Ok::<_, Stop>((Dataset::new(select(&train), y.select(ndarray::Axis(0), &train)), select(&test)))
    })?;
    let model = run.mark(MarkName::Setup, |_| LinearRegression::new().with_intercept(parameters.fit_intercept));
    let mut last = None;
    for iteration in run.iterations() {
        let fitted = run.mark_iteration(MarkName::Fit, iteration, || model.fit(&train)).map_err(failed)?;
        let predictions = run.mark_iteration(MarkName::Predict, iteration, || fitted.predict(&x_test));
        last = Some((fitted, predictions));
    }
    let (fitted, predictions) = last.ok_or_else(|| Stop::Failed("no iteration was asked for".to_owned()))?;
    run.output("coefficients", vec![fitted.params().len() as u64], fitted.params().to_vec());
    run.output("intercept", vec![1], vec![fitted.intercept()]);
    run.output("predictions", vec![predictions.len() as u64], predictions.to_vec());
    Ok(())
}

fn failed(error: impl std::fmt::Display) -> Stop {
    Stop::Failed(error.to_string())
}
