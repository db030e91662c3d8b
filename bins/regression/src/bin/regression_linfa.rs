//! Linear models by linfa, as its documentation calls them. Least squares is solved by QR and has no
//! `tol`: it drops no direction, and with fewer rows than columns its smallest norm counts the
//! intercept too. Ridge, lasso and elastic net are one descent that centres the target but not the
//! features.

use std::collections::BTreeMap;
use std::process::ExitCode;

use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};
use linfa_elasticnet::ElasticNetParams;
use linfa_linear::{FittedLinearRegression, LinearRegression};
use ndarray::{Array1, ArrayView1, ArrayView2};
use regression::{ElasticNet, Lasso, Linear, Objective, Plane, Ridge};
use schema::implementation::Class;
use schema::mark::MarkName;
use task::{Program, Run, Stop, Turn};

const PROGRAM: Program = Program {
    task: regression::task,
    implementation: "regression_linfa",
    class: Class::Library,
    framework: "linfa-linear",
    algorithms: &["linear", "ridge", "lasso", "elastic_net"],
    features: regression::features,
    kernels: &["linfa-linalg"],
    threads_env: &[],
};

fn main() -> ExitCode {
    task::main(&PROGRAM, work)
}

fn work(run: &mut Run) -> Result<(), Stop> {
    let mut table = run.mark(MarkName::Load, task::Inputs::table)?;
    let model = Model::of(run)?;
    run.mark(MarkName::Setup, |_| ());
    let mut planes: BTreeMap<usize, Fitted> = BTreeMap::new();
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        let (train, x_test) = (train(turn)?, matrix(&turn.x_test, turn.columns)?);
        let fitted = run.mark_iteration(MarkName::Fit, iteration, || model.fit(&train))?;
        let predictions = run.mark_iteration(MarkName::Predict, iteration, || fitted.predict(x_test));
        run.output_of_fold(turn.fold, "predictions", vec![predictions.len() as u64], predictions.to_vec());
        if let Fitted::Descended { fitted, converged } = &fitted {
            run.fact("sweeps", fitted.n_steps());
            run.fact("converged", *converged);
        }
        planes.insert(turn.fold, fitted);
    }
    for (fold, fitted) in planes {
        let Turn { x_train: x, y_train: y, .. } = table.turn(fold as u32);
        let (coefficients, intercept) = fitted.plane();
        let coefficients = coefficients.to_vec();
        let reached = model.objective(Plane { x, y, coefficients: &coefficients, intercept });
        run.output_of_fold(fold, "objective", vec![1], vec![reached]);
        run.output_of_fold(fold, "coefficients", vec![coefficients.len() as u64], coefficients);
        run.output_of_fold(fold, "intercept", vec![1], vec![intercept]);
    }
    Ok(())
}

type Train<'a> = DatasetBase<ArrayView2<'a, f64>, ArrayView1<'a, f64>>;

fn train(turn: &Turn) -> Result<Train<'_>, Stop> {
    Ok(DatasetBase::new(matrix(&turn.x_train, turn.columns)?, ArrayView1::from(&turn.y_train)))
}

fn matrix(values: &[f64], columns: usize) -> Result<ArrayView2<'_, f64>, Stop> {
    ArrayView2::from_shape((values.len() / columns.max(1), columns), values).map_err(failed)
}

enum Model {
    Linear(Linear),
    Ridge(Ridge),
    ElasticNet(ElasticNet),
}

enum Fitted {
    Linear(FittedLinearRegression<f64>),
    Descended { fitted: linfa_elasticnet::ElasticNet<f64>, converged: bool },
}

impl Model {
    fn of(run: &Run) -> Result<Self, Stop> {
        Ok(match run.params().algorithm.as_str() {
            "linear" => Self::Linear(run.hyperparameters()?),
            "ridge" => Self::Ridge(run.hyperparameters()?),
            "lasso" => Self::ElasticNet(run.hyperparameters::<Lasso>()?.into()),
            _ => Self::ElasticNet(run.hyperparameters()?),
        })
    }

    fn objective(&self, plane: Plane<'_>) -> f64 {
        match self {
            Self::Linear(given) => given.objective(plane),
            Self::Ridge(given) => given.objective(plane),
            Self::ElasticNet(given) => given.objective(plane),
        }
    }

    fn fit(&self, train: &Train<'_>) -> Result<Fitted, Stop> {
        match *self {
            Self::Linear(Linear { fit_intercept, tol: _ }) => {
                let fitted = LinearRegression::new().with_intercept(fit_intercept).fit(train);
                fitted.map(Fitted::Linear).map_err(failed)
            }
            Self::Ridge(Ridge { alpha, fit_intercept, max_iter, tol }) => {
                // Ridge's alpha stands against the sum of the squared errors, linfa's penalty against their mean.
                let penalty = alpha / train.targets.len() as f64;
                let params =
                    linfa_elasticnet::ElasticNet::<f64>::ridge().penalty(penalty).with_intercept(fit_intercept);
                descend(params, max_iter, tol, train)
            }
            Self::ElasticNet(ElasticNet { alpha, l1_ratio, fit_intercept, max_iter, tol }) => {
                let params = ElasticNetParams::new().penalty(alpha).l1_ratio(l1_ratio);
                descend(params.with_intercept(fit_intercept), max_iter, tol, train)
            }
        }
    }
}

fn descend(params: ElasticNetParams<f64>, max_iter: u32, tol: f64, train: &Train<'_>) -> Result<Fitted, Stop> {
    let fitted = params.max_iterations(max_iter).tolerance(tol).fit(train).map_err(failed)?;
    Ok(Fitted::Descended { converged: fitted.n_steps() < max_iter, fitted })
}

impl Fitted {
    fn predict(&self, x: ArrayView2<'_, f64>) -> Array1<f64> {
        match self {
            Self::Linear(fitted) => fitted.predict(&x),
            Self::Descended { fitted, .. } => fitted.predict(&x),
        }
    }

    fn plane(&self) -> (&Array1<f64>, f64) {
        match self {
            Self::Linear(fitted) => (fitted.params(), fitted.intercept()),
            Self::Descended { fitted, .. } => (fitted.hyperplane(), fitted.intercept()),
        }
    }
}

fn failed(error: impl std::fmt::Display) -> Stop {
    Stop::Failed(error.to_string())
}
