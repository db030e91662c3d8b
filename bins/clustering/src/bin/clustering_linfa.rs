//! Clustering by linfa, as its documentation calls it. Its mixture draws its own start and knows full
//! covariances alone; its agglomerative clustering takes a similarity kernel and works with the
//! negative logarithm of it, which makes distances of squared ones.

#![allow(clippy::redundant_closure_for_method_calls, reason = "the method alone lives too short a time")]

use std::collections::BTreeMap;
use std::process::ExitCode;

use clustering::{Agglomerative, Covariance, Dbscan, GaussianMixture, KMeans, KMeansPlusPlus, Linkage};
use linfa::DatasetBase;
use linfa::traits::{Fit, Predict, Transformer};
use linfa_clustering::{GaussianMixtureModel, KMeansInit};
use linfa_hierarchical::{HierarchicalCluster, Method};
use linfa_kernel::{Kernel, KernelMethod};
use linfa_linalg::cholesky::Cholesky;
use linfa_nn::distance::L2Dist;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng;
use schema::implementation::Class;
use schema::mark::MarkName;
use task::{Program, Run, Stop};

const PROGRAM: Program = Program {
    task: clustering::task,
    implementation: "clustering_linfa",
    class: Class::Library,
    framework: "linfa-clustering",
    algorithms: &["kmeans", "kmeans_plus_plus", "dbscan", "agglomerative", "gaussian_mixture"],
    features: clustering::features,
    kernels: &["linfa-linalg", "kodama"],
    threads_env: &["RAYON_NUM_THREADS"],
};

fn main() -> ExitCode {
    task::main(&PROGRAM, work)
}

fn work(run: &mut Run) -> Result<(), Stop> {
    let mut table = run.mark(MarkName::Load, task::Inputs::points)?;
    let model = Model::of(run)?;
    run.mark(MarkName::Setup, |_| ());
    let seed = run.seed();
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        let rows = turn.x_train.len() / turn.columns.max(1);
        if let Some(reason) = model.impossible(rows) {
            return Err(Stop::Failed(reason));
        }
        let x = ArrayView2::from_shape((rows, turn.columns), &turn.x_train).map_err(failed)?;
        let mut fitted = run.mark_iteration(MarkName::Fit, iteration, || model.fit(x, seed))?;
        if let Some(mixture) = fitted.mixture.take() {
            fitted.arrays.push(("log_likelihood", vec![1], vec![log_likelihood(x, &mixture)?]));
        }
        fitted.leave(run);
    }
    Ok(())
}

enum Model {
    KMeans(KMeans),
    PlusPlus(KMeansPlusPlus),
    Dbscan(Dbscan),
    Agglomerative(Agglomerative),
    Mixture(GaussianMixture),
}

/// What comes of a fit: the labels, where -1 is noise, and what else the algorithm has.
struct Fitted {
    labels: Vec<i64>,
    clusters: i64,
    arrays: Vec<(&'static str, Vec<u64>, Vec<f64>)>,
    mixture: Option<GaussianMixtureModel<f64>>,
}

impl Model {
    fn of(run: &Run) -> Result<Self, Stop> {
        Ok(match run.params().algorithm.as_str() {
            "kmeans" => Self::KMeans(run.hyperparameters()?),
            "kmeans_plus_plus" => Self::PlusPlus(run.hyperparameters()?),
            "dbscan" => Self::Dbscan(run.hyperparameters()?),
            "agglomerative" => Self::Agglomerative(run.hyperparameters()?),
            _ => {
                let given: GaussianMixture = run.hyperparameters()?;
                if given.covariance_type != Covariance::Full {
                    return Err(Stop::Impossible("linfa's mixture has full covariances only".to_owned()));
                }
                Self::Mixture(given)
            }
        })
    }

    fn impossible(&self, rows: usize) -> Option<String> {
        let (algorithm, clusters) = match self {
            Self::KMeans(given) => ("kmeans", given.n_clusters),
            Self::PlusPlus(given) => ("kmeans_plus_plus", given.n_clusters),
            Self::Dbscan(_) => ("dbscan", 1),
            Self::Agglomerative(given) => ("agglomerative", given.n_clusters),
            Self::Mixture(given) => ("gaussian_mixture", given.n_clusters),
        };
        clustering::impossible(algorithm, clusters as usize, rows)
    }

    fn fit(&self, x: ArrayView2<'_, f64>, seed: u64) -> Result<Fitted, Stop> {
        let random = Xoshiro256Plus::seed_from_u64(seed);
        match self {
            Self::KMeans(given) => {
                let rows = spaced_rows(x, given.n_clusters as usize);
                kmeans(given, (KMeansInit::Precomputed(rows), 1), x, random)
            }
            Self::PlusPlus(KMeansPlusPlus { n_clusters, n_init, max_iter, tol }) => {
                let given = KMeans { n_clusters: *n_clusters, max_iter: *max_iter, tol: *tol };
                kmeans(&given, (KMeansInit::KMeansPlusPlus, *n_init), x, random)
            }
            Self::Dbscan(given) => dbscan(given, x),
            Self::Agglomerative(given) => agglomerative(*given, x),
            Self::Mixture(given) => mixture(given, x, random),
        }
    }
}

fn kmeans(
    given: &KMeans,
    (init, runs): (KMeansInit<f64>, u32),
    x: ArrayView2<'_, f64>,
    random: Xoshiro256Plus,
) -> Result<Fitted, Stop> {
    let count = given.n_clusters as usize;
    // linfa compares the length of the centres' moves, which is not relative.
    let tolerance = (given.tol * x.var_axis(Axis(0), 0.0).mean().unwrap_or(0.0)).sqrt();
    let dataset = DatasetBase::from(x);
    let fitted = linfa_clustering::KMeans::params_with(count, random, L2Dist)
        .init_method(init)
        .n_runs(runs as usize)
        .max_n_iterations(u64::from(given.max_iter))
        .tolerance(tolerance.max(f64::MIN_POSITIVE))
        .fit(&dataset)
        .map_err(failed)?;
    let labels = fitted.predict(&dataset);
    let rows = dataset.records.nrows() as f64;
    let arrays = vec![matrix("centres", fitted.centroids()), ("inertia", vec![1], vec![fitted.inertia() * rows])];
    Ok(Fitted { labels: numbers(&labels), clusters: i64::from(given.n_clusters), arrays, mixture: None })
}

fn spaced_rows(x: ArrayView2<'_, f64>, count: usize) -> Array2<f64> {
    let rows: Vec<usize> = (0..count).map(|index| index * x.nrows() / count).collect();
    x.select(Axis(0), &rows)
}

fn dbscan(given: &Dbscan, x: ArrayView2<'_, f64>) -> Result<Fitted, Stop> {
    let params = linfa_clustering::Dbscan::params(given.min_samples as usize).tolerance(given.eps);
    let found: Array1<Option<usize>> = linfa::ParamGuard::check(params).map_err(failed)?.transform(&x);
    let labels: Vec<i64> = found.iter().map(|label| label.map_or(-1, |label| i64::from(label as u32))).collect();
    let clusters = labels.iter().max().map_or(0, |most| most + 1);
    Ok(Fitted { labels, clusters, arrays: Vec::new(), mixture: None })
}

fn agglomerative(given: Agglomerative, x: ArrayView2<'_, f64>) -> Result<Fitted, Stop> {
    let method = match given.linkage {
        Linkage::Ward => Method::Ward,
        Linkage::Complete => Method::Complete,
        Linkage::Average => Method::Average,
    };
    // Similarities below 1e-6 count as equal there: as wide a kernel as leaves none.
    let width = (0..x.ncols()).map(|column| spread(x, column).powi(2)).sum::<f64>() / 10.0;
    let kernel = Kernel::params().method(KernelMethod::Gaussian(width.max(f64::MIN_POSITIVE))).transform(x);
    let clusters = HierarchicalCluster::default().with_method(method).num_clusters(given.n_clusters as usize);
    let found: DatasetBase<_, Vec<usize>> = clusters.transform(kernel).map_err(failed)?;
    let labels = by_first_row(&found.targets);
    Ok(Fitted { labels, clusters: i64::from(given.n_clusters), arrays: Vec::new(), mixture: None })
}

fn spread(x: ArrayView2<'_, f64>, column: usize) -> f64 {
    let column = x.column(column);
    let (least, most) = column
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(*value), most.max(*value)));
    most - least
}

/// linfa numbers these clusters by chance, another way each time.
fn by_first_row(labels: &[usize]) -> Vec<i64> {
    let mut known = BTreeMap::new();
    let number = |label: &usize| {
        let next = i64::from(known.len() as u32);
        *known.entry(*label).or_insert(next)
    };
    labels.iter().map(number).collect()
}

fn mixture(given: &GaussianMixture, x: ArrayView2<'_, f64>, random: Xoshiro256Plus) -> Result<Fitted, Stop> {
    let dataset = DatasetBase::from(x);
    let fitted = GaussianMixtureModel::params_with_rng(given.n_clusters as usize, random)
        .n_runs(1)
        .tolerance(given.tol)
        .reg_covariance(given.reg_covar)
        .max_n_iterations(u64::from(given.max_iter))
        .fit(&dataset)
        .map_err(failed)?;
    let labels = fitted.predict(&dataset);
    let covariances = fitted.covariances();
    let arrays = vec![
        matrix("centres", fitted.means()),
        ("weights", vec![u64::from(given.n_clusters)], fitted.weights().to_vec()),
        ("covariances", vec![covariances.len() as u64], covariances.iter().copied().collect()),
    ];
    Ok(Fitted { labels: numbers(&labels), clusters: i64::from(given.n_clusters), arrays, mixture: Some(fitted) })
}

/// The mean log-likelihood of a row, which linfa keeps to itself: from its precisions, after the work's mark.
fn log_likelihood(x: ArrayView2<'_, f64>, fitted: &GaussianMixtureModel<f64>) -> Result<f64, Stop> {
    let columns = x.ncols() as f64;
    let mut heights = Vec::new();
    for (covariance, weight) in fitted.covariances().outer_iter().zip(fitted.weights()) {
        let factor = covariance.cholesky().map_err(failed)?;
        let half_log_determinant: f64 = factor.diag().iter().map(|value| value.ln()).sum();
        heights.push(weight.ln() - half_log_determinant - columns / 2.0 * std::f64::consts::TAU.ln());
    }
    let of_row = |row: ArrayView1<'_, f64>| {
        let components = fitted.means().outer_iter().zip(fitted.precisions().outer_iter()).zip(&heights);
        let logs: Vec<f64> = components
            .map(|((mean, precision), height)| {
                let apart = &row - &mean;
                height - 0.5 * apart.dot(&precision.dot(&apart))
            })
            .collect();
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        most + logs.iter().map(|log| (log - most).exp()).sum::<f64>().ln()
    };
    Ok(x.outer_iter().map(of_row).sum::<f64>() / x.nrows() as f64)
}

fn matrix(name: &'static str, values: &Array2<f64>) -> (&'static str, Vec<u64>, Vec<f64>) {
    (name, values.shape().iter().map(|length| *length as u64).collect(), values.iter().copied().collect())
}

fn numbers(labels: &Array1<usize>) -> Vec<i64> {
    labels.iter().map(|label| i64::from(*label as u32)).collect()
}

impl Fitted {
    fn leave(self, run: &mut Run) {
        run.output("labels", vec![self.labels.len() as u64], self.labels);
        run.output("clusters", vec![1], vec![self.clusters]);
        for (name, shape, values) in self.arrays {
            run.output(name, shape, values);
        }
    }
}

fn failed(error: impl std::fmt::Display) -> Stop {
    Stop::Failed(error.to_string())
}
