//! Support vector machines by linfa, as its documentation calls them: two classes directly, more of them
//! by its `MultiClassModel`, one against all, by probabilities that are calibrated on the rows that trained.
//! The whole kernel matrix is made before a fit begins.

use std::process::ExitCode;

use linfa::DatasetBase;
use linfa::composing::MultiClassModel;
use linfa::dataset::Pr;
use linfa::traits::{Fit, Predict};
use linfa_svm::{Svm, SvmParams};
use ndarray::{Array2, ArrayView1, ArrayView2};
use schema::fault::Fault;
use schema::implementation::Class;
use schema::mark::MarkName;
use svm::{Gamma, Kernel, KernelName, Svc, Svr};
use task::{Program, Run, Stop, Turn};

const PROGRAM: Program = Program {
    task: svm::task,
    implementation: "svm_linfa",
    class: Class::Library,
    framework: "linfa-svm",
    algorithms: &["svc", "svr"],
    features: svm::features,
    kernels: &["linfa-kernel"],
    threads_env: &[],
};

fn main() -> ExitCode {
    task::main(&PROGRAM, work)
}

fn work(run: &mut Run) -> Result<(), Stop> {
    match run.params().algorithm.as_str() {
        "svc" => classify(run),
        _ => regress(run),
    }
}

enum Fitted {
    Two(Svm<f64, bool>),
    /// One against all, by class.
    Many(Vec<(usize, Svm<f64, Pr>)>),
}

fn classify(run: &mut Run) -> Result<(), Stop> {
    let given: Svc = run.hyperparameters()?;
    let mut table = run.mark(MarkName::Load, task::Inputs::classes)?;
    run.mark(MarkName::Setup, |_| ());
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        let classes = Classes::of(turn)?;
        let (x_train, x_test) = (matrix(&turn.x_train, turn.columns)?, matrix(&turn.x_test, turn.columns)?.to_owned());
        let fitted = run.mark_iteration(MarkName::Fit, iteration, || fit(given, x_train, &classes))?;
        let labels = match &fitted {
            Fitted::Two(model) => {
                let positive = run.mark_iteration(MarkName::Predict, iteration, || model.predict(&x_test));
                positive.iter().map(|positive| classes.known[usize::from(*positive)]).collect()
            }
            Fitted::Many(models) => {
                let model: MultiClassModel<Array2<f64>, usize> = models.iter().cloned().collect();
                let indices = run.mark_iteration(MarkName::Predict, iteration, || model.predict(&x_test));
                indices.iter().map(|index| classes.known[*index]).collect::<Vec<i64>>()
            }
        };
        let (rows, count) = (labels.len() as u64, classes.known.len() as u64);
        run.output_of_fold(turn.fold, "labels", vec![rows], labels);
        run.output_of_fold(turn.fold, "scores", vec![rows, count], fitted.scores(&x_test));
        let (columns, decisions) = fitted.decisions(&x_test);
        run.output_of_fold(turn.fold, "decisions", vec![rows, columns], decisions);
        run.output_of_fold(turn.fold, "support_vectors", vec![1], vec![fitted.support_vectors(x_train.nrows())]);
    }
    Ok(())
}

fn regress(run: &mut Run) -> Result<(), Stop> {
    let Svr { c, epsilon, kernel, gamma, degree, coef0, tol } = run.hyperparameters()?;
    let mut table = run.mark(MarkName::Load, task::Inputs::table)?;
    run.mark(MarkName::Setup, |_| ());
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        let (x_train, x_test) = (matrix(&turn.x_train, turn.columns)?, matrix(&turn.x_test, turn.columns)?);
        let dataset = DatasetBase::new(x_train, ArrayView1::from(&turn.y_train));
        let fitted = run.mark_iteration(MarkName::Fit, iteration, || {
            let (params, scale) =
                with_kernel(Svm::<f64, f64>::params().eps(tol), Kernel { kernel, gamma, degree, coef0 }, x_train);
            params.c_svr(c * scale, Some(epsilon)).fit(&dataset).map_err(failed)
        })?;
        let predictions = run.mark_iteration(MarkName::Predict, iteration, || fitted.predict(&x_test));
        run.output_of_fold(turn.fold, "predictions", vec![predictions.len() as u64], predictions.to_vec());
        run.output_of_fold(turn.fold, "support_vectors", vec![1], vec![fitted.nsupport() as f64]);
    }
    Ok(())
}

/// The classes that train, and each row's place among them.
struct Classes {
    known: Vec<i64>,
    of_rows: Vec<usize>,
    /// With two classes, whether a row is of the second.
    positive: Vec<bool>,
}

impl Classes {
    fn of(turn: &Turn<i64>) -> Result<Self, Stop> {
        let mut known = turn.y_train.clone();
        known.sort_unstable();
        known.dedup();
        let of_rows: Vec<usize> = turn.y_train.iter().filter_map(|class| known.binary_search(class).ok()).collect();
        if known.len() < 2 {
            let what = "The number of classes has to be greater than one; got 1 class";
            return Err(Fault::new("data", what).into());
        }
        Ok(Self { positive: of_rows.iter().map(|index| *index == 1).collect(), known, of_rows })
    }
}

fn fit(given: Svc, x: ArrayView2<'_, f64>, classes: &Classes) -> Result<Fitted, Stop> {
    if classes.known.len() == 2 && !given.probability {
        let dataset = DatasetBase::new(x, ArrayView1::from(&classes.positive));
        return params::<bool>(given, x).fit(&dataset).map(Fitted::Two).map_err(failed);
    }
    let dataset = DatasetBase::new(x, ArrayView1::from(&classes.of_rows));
    let params = params::<Pr>(given, x);
    let fit = |(class, side)| Ok((class, params.fit(&side).map_err(failed)?));
    let sides = dataset.one_vs_all().map_err(failed)?;
    let mut models = sides.into_iter().map(fit).collect::<Result<Vec<_>, Stop>>()?;
    // linfa lists the classes in no order of its own.
    models.sort_by_key(|(class, _)| *class);
    Ok(Fitted::Many(models))
}

fn params<T>(given: Svc, x: ArrayView2<'_, f64>) -> SvmParams<f64, T> {
    let Svc { c, kernel, gamma, degree, coef0, tol, probability: _ } = given;
    let (params, scale) = with_kernel(Svm::<f64, T>::params().eps(tol), Kernel { kernel, gamma, degree, coef0 }, x);
    params.pos_neg_weights(c * scale, c * scale)
}

/// linfa's Gaussian kernel is measured by its width and its polynomial has no factor: with the factor's
/// power taken out of the kernel, the price of slack bears it.
fn with_kernel<T>(params: SvmParams<f64, T>, given: Kernel, x: ArrayView2<'_, f64>) -> (SvmParams<f64, T>, f64) {
    let gamma = || match given.gamma {
        Gamma::Value(gamma) => gamma,
        Gamma::Auto => 1.0 / x.ncols() as f64,
        Gamma::Scale => {
            let variance = x.var(0.0);
            if variance == 0.0 { 1.0 } else { 1.0 / (x.ncols() as f64 * variance) }
        }
    };
    match given.kernel {
        KernelName::Linear => (params.linear_kernel(), 1.0),
        KernelName::Rbf => (params.gaussian_kernel(1.0 / gamma()), 1.0),
        KernelName::Poly => {
            let (gamma, degree) = (gamma(), f64::from(given.degree));
            (params.polynomial_kernel(given.coef0 / gamma, degree), gamma.powf(degree))
        }
    }
}

impl Fitted {
    /// One column a class, the larger the likelier.
    fn scores(&self, x: &Array2<f64>) -> Vec<f64> {
        match self {
            Self::Two(model) => {
                let decide = |row| model.weighted_sum(&row) - model.rho;
                x.outer_iter().map(decide).flat_map(|decision| [-decision, decision]).collect()
            }
            Self::Many(models) => {
                let probability = |row: ArrayView1<'_, f64>, model: &Svm<f64, Pr>| -> f64 {
                    let probability: Pr = model.predict(row);
                    f64::from(*probability)
                };
                x.outer_iter().flat_map(|row| models.iter().map(move |(_, model)| probability(row, model))).collect()
            }
        }
    }

    /// How many a row, and what they are: positive for the first of two classes; of more, those against all.
    fn decisions(&self, x: &Array2<f64>) -> (u64, Vec<f64>) {
        match self {
            Self::Two(model) => (1, x.outer_iter().map(|row| model.rho - model.weighted_sum(&row)).collect()),
            Self::Many(models) => {
                let decide = |row: ArrayView1<'_, f64>, model: &Svm<f64, Pr>| model.weighted_sum(&row) - model.rho;
                let rows = x.outer_iter();
                (
                    models.len() as u64,
                    rows.flat_map(|row| models.iter().map(move |(_, model)| decide(row, model))).collect(),
                )
            }
        }
    }

    /// Rows with a coefficient in at least one of the models.
    fn support_vectors(&self, rows: usize) -> f64 {
        match self {
            Self::Two(model) => model.nsupport() as f64,
            Self::Many(models) => {
                let supports = |row: usize| {
                    models.iter().any(|(_, model)| model.alpha.get(row).is_some_and(|alpha| *alpha != 0.0))
                };
                (0..rows).filter(|row| supports(*row)).count() as f64
            }
        }
    }
}

fn matrix(values: &[f64], columns: usize) -> Result<ArrayView2<'_, f64>, Stop> {
    ArrayView2::from_shape((values.len() / columns.max(1), columns), values).map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> Stop {
    Stop::Failed(error.to_string())
}
