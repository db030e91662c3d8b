//! Clustering by this project's own kernels.

#![allow(clippy::redundant_closure_for_method_calls, reason = "the method alone lives too short a time")]

use std::num::{NonZeroU32, NonZeroUsize};
use std::process::ExitCode;

use clustering::{Agglomerative, Covariance, Dbscan, GaussianMixture, KMeans, KMeansPlusPlus, Linkage};
use kernels::cluster::kmeans::Start;
use kernels::cluster::{Points, Unclusterable, agglomerative, dbscan, kmeans, mixture};
use schema::implementation::Class;
use schema::mark::MarkName;
use task::{Program, Run, Stop};

const PROGRAM: Program = Program {
    task: clustering::task,
    implementation: "clustering_kernels",
    class: Class::Tuned,
    framework: "ferrobench-kernels",
    algorithms: &["kmeans", "kmeans_plus_plus", "dbscan", "agglomerative", "gaussian_mixture"],
    features: clustering::features,
    kernels: &["ferrobench-kernels", "pulp"],
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
    let seed = run.seed();
    for iteration in run.iterations() {
        let turn = table.turn(iteration);
        let points = Points { x: &turn.x_train, columns: turn.columns };
        if let Some(reason) = model.impossible(points.count()) {
            return Err(Stop::Failed(reason));
        }
        let fitted = run.mark_iteration(MarkName::Fit, iteration, || model.fit(points, seed, threads));
        fitted.map_err(|error| Stop::Failed(error.to_string()))?.leave(run, turn.columns as u64);
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

enum Fitted {
    KMeans(kmeans::KMeans),
    Dbscan(dbscan::Dbscan),
    Agglomerative(agglomerative::Agglomerative, u32),
    Mixture(mixture::Mixture),
}

impl Model {
    fn of(run: &Run) -> Result<Self, Stop> {
        Ok(match run.params().algorithm.as_str() {
            "kmeans" => Self::KMeans(run.hyperparameters()?),
            "kmeans_plus_plus" => Self::PlusPlus(run.hyperparameters()?),
            "dbscan" => Self::Dbscan(run.hyperparameters()?),
            "agglomerative" => Self::Agglomerative(run.hyperparameters()?),
            _ => Self::Mixture(run.hyperparameters()?),
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

    fn fit(&self, points: Points<'_>, seed: u64, threads: NonZeroUsize) -> Result<Fitted, Unclusterable> {
        match *self {
            Self::KMeans(KMeans { n_clusters, max_iter, tol }) => {
                let (clusters, start) = (n_clusters as usize, Start::SpacedRows);
                let options = kmeans::Options { clusters, start, max_iter, tolerance: tol };
                kmeans::fit(points, options, threads).map(Fitted::KMeans)
            }
            Self::PlusPlus(KMeansPlusPlus { n_clusters, n_init, max_iter, tol }) => {
                let draws = NonZeroU32::new(n_init).unwrap_or(NonZeroU32::MIN);
                let (clusters, start) = (n_clusters as usize, Start::PlusPlus { seed, draws });
                let options = kmeans::Options { clusters, start, max_iter, tolerance: tol };
                kmeans::fit(points, options, threads).map(Fitted::KMeans)
            }
            Self::Dbscan(Dbscan { eps, min_samples }) => {
                let options = dbscan::Options { eps, min_samples: min_samples as usize };
                dbscan::fit(points, options, threads).map(Fitted::Dbscan)
            }
            Self::Agglomerative(Agglomerative { n_clusters, linkage }) => {
                let linkage = match linkage {
                    Linkage::Ward => agglomerative::Linkage::Ward,
                    Linkage::Complete => agglomerative::Linkage::Complete,
                    Linkage::Average => agglomerative::Linkage::Average,
                };
                let fitted = agglomerative::fit(points, n_clusters as usize, linkage, threads)?;
                Ok(Fitted::Agglomerative(fitted, n_clusters))
            }
            Self::Mixture(given) => mixture::fit(points, mixture_options(given), threads).map(Fitted::Mixture),
        }
    }
}

fn mixture_options(given: GaussianMixture) -> mixture::Options<'static> {
    mixture::Options {
        components: given.n_clusters as usize,
        covariance: match given.covariance_type {
            Covariance::Full => mixture::Covariance::Full,
            Covariance::Tied => mixture::Covariance::Tied,
            Covariance::Diag => mixture::Covariance::Diagonal,
            Covariance::Spherical => mixture::Covariance::Spherical,
        },
        start: Start::SpacedRows,
        max_iter: given.max_iter,
        tolerance: given.tol,
        regularization: given.reg_covar,
    }
}

impl Fitted {
    fn leave(self, run: &mut Run, columns: u64) {
        let (labels, clusters) = match self {
            Self::KMeans(fitted) => {
                let clusters = fitted.centres.len() as u64 / columns;
                run.output("centres", vec![clusters, columns], fitted.centres);
                run.output("inertia", vec![1], vec![fitted.inertia]);
                run.fact("iterations", fitted.iterations);
                run.fact("iterations_of_all_draws", fitted.iterations_of_all);
                (fitted.labels, clusters as u32)
            }
            Self::Dbscan(fitted) => (fitted.labels, fitted.clusters as u32),
            Self::Agglomerative(fitted, clusters) => (fitted.labels, clusters),
            Self::Mixture(fitted) => {
                let clusters = fitted.weights.len() as u64;
                run.output("centres", vec![clusters, columns], fitted.means);
                run.output("weights", vec![clusters], fitted.weights);
                run.output("covariances", vec![fitted.covariances.len() as u64], fitted.covariances);
                run.output("log_likelihood", vec![1], vec![fitted.log_likelihood]);
                run.fact("iterations", fitted.iterations);
                run.fact("converged", fitted.converged);
                (fitted.labels, clusters as u32)
            }
        };
        run.output("labels", vec![labels.len() as u64], labels);
        run.output("clusters", vec![1], vec![i64::from(clusters)]);
    }
}
