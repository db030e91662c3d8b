//! Linear models by this project's own kernels on faer.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::process::ExitCode;

use kernels::elastic_net::{self, Options};
use kernels::{Design, LinearModel, Unsolvable, least_squares, ridge};
use regression::{ElasticNet, Lasso, Linear, Objective, Plane, Ridge};
use schema::implementation::Class;
use schema::mark::MarkName;
use task::{Program, Run, Stop, Turn};

const PROGRAM: Program = Program {
    task: regression::task,
    implementation: "regression_faer",
    class: Class::Tuned,
    framework: "faer",
    algorithms: &["linear", "ridge", "lasso", "elastic_net"],
    features: regression::features,
    kernels: &["ferrobench-kernels", "faer"],
    threads_env: &["RAYON_NUM_THREADS"],
};

fn main() -> ExitCode {
    task::main(&PROGRAM, work)
}

fn work(run: &mut Run) -> Result<(), Stop> {
    let mut table = run.mark(MarkName::Load, task::Inputs::table)?;
    let wanted = NonZeroUsize::new(run.threads()).unwrap_or(NonZeroUsize::MIN);
    let threads = run.mark(MarkName::Setup, |_| kernels::threads::use_at_most(wanted));
    let model = Model::of(run)?;
    let mut facts = Facts::default();
    let mut planes: BTreeMap<usize, LinearModel> = BTreeMap::new();
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        let fitted = run.mark_iteration(MarkName::Fit, iteration, || model.fit(turn, threads));
        let fitted = fitted.map_err(|error| Stop::Failed(error.to_string()))?;
        let predictions = run.mark_iteration(MarkName::Predict, iteration, || fitted.plane.predict(&turn.x_test));
        run.output_of_fold(turn.fold, "predictions", vec![predictions.len() as u64], predictions);
        planes.insert(turn.fold, fitted.plane);
        facts = fitted.facts;
    }
    for (fold, LinearModel { coefficients, intercept }) in planes {
        let Turn { x_train: x, y_train: y, .. } = table.turn(fold as u32);
        let reached = model.objective(Plane { x, y, coefficients: &coefficients, intercept });
        run.output_of_fold(fold, "objective", vec![1], vec![reached]);
        run.output_of_fold(fold, "coefficients", vec![coefficients.len() as u64], coefficients);
        run.output_of_fold(fold, "intercept", vec![1], vec![intercept]);
    }
    run.fact("method", facts.method);
    if let Some((sweeps, converged)) = facts.descent {
        run.fact("sweeps", sweeps);
        run.fact("converged", converged);
    }
    Ok(())
}

enum Model {
    Linear(Linear),
    Ridge(Ridge),
    ElasticNet(ElasticNet),
}

struct Fitted {
    plane: LinearModel,
    facts: Facts,
}

#[derive(Default)]
struct Facts {
    method: &'static str,
    /// Sweeps, and whether they were enough.
    descent: Option<(u32, bool)>,
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

    fn fit(&self, turn: &Turn, threads: NonZeroUsize) -> Result<Fitted, Unsolvable> {
        let design =
            |fit_intercept| Design { x: &turn.x_train, y: &turn.y_train, columns: turn.columns, fit_intercept };
        let solved = |solution: least_squares::Solution| Fitted {
            plane: solution.model,
            facts: Facts { method: solution.method.name(), descent: None },
        };
        match self {
            Self::Linear(given) => least_squares::solve(design(given.fit_intercept), given.tol, threads).map(solved),
            Self::Ridge(given) => ridge::solve(design(given.fit_intercept), given.alpha, threads).map(solved),
            Self::ElasticNet(given) => {
                let ElasticNet { alpha, l1_ratio, fit_intercept, max_iter, tol } = *given;
                let options = Options { alpha, l1_ratio, max_iter, tolerance: tol };
                let solution = elastic_net::solve(design(fit_intercept), options, threads)?;
                let facts =
                    Facts { method: solution.method.name(), descent: Some((solution.sweeps, solution.converged)) };
                Ok(Fitted { plane: solution.model, facts })
            }
        }
    }
}
