//! Clustering: what the task is, once, for all languages. Framework-free.

use std::collections::BTreeMap;

use schema::config::Splitting;
use schema::describe::{built_with, id, ids};
use schema::id::Id;
use schema::mark::MarkName;
use schema::task::{Algorithm, Dtype, MarkSpec, MetricUse, OutputSpec, SmokeCase, TaskSpec};
use schemars::JsonSchema;

mod parameters;
mod parity;

pub use parameters::{Agglomerative, Covariance, Dbscan, GaussianMixture, KMeans, KMeansPlusPlus, Linkage};

/// Agglomerative clustering of more rows would keep more than 3.2 GB of distances.
pub const AGGLOMERATIVE_ROWS_MAX: usize = 20_000;

const KMEANS: &str = "kmeans";
const KMEANS_PLUS_PLUS: &str = "kmeans_plus_plus";
const DBSCAN: &str = "dbscan";
const AGGLOMERATIVE: &str = "agglomerative";
const MIXTURE: &str = "gaussian_mixture";

pub fn task() -> TaskSpec {
    TaskSpec {
        protocol: schema::PROTOCOL.to_owned(),
        task: id("clustering"),
        summary: "Grouping the rows of dense data without knowing their classes".to_owned(),
        domain: id("classical"),
        algorithms: algorithms(),
        datasets: ids(&[
            "breast_cancer",
            "iris",
            "own",
            "own_classes",
            "synthetic_blobs",
            "synthetic_circles",
            "synthetic_moons",
            "wine",
        ]),
        split: Some(Splitting::All),
        services: Vec::new(),
        marks: marks(),
        outputs: outputs(),
        metrics: metrics(),
        parity: parity::rules(),
        smoke: SmokeCase::warm("iris", 3, 60),
    }
}

/// The features that this package was built with: each implementation is to be built with its own alone.
pub fn features() -> Vec<&'static str> {
    built_with(&[
        ("clustering_kernels", cfg!(feature = "clustering_kernels")),
        ("clustering_linfa", cfg!(feature = "clustering_linfa")),
    ])
}

/// Why so many clusters cannot be made of so many rows; the twins say it in the same words.
pub fn impossible(algorithm: &str, clusters: usize, rows: usize) -> Option<String> {
    let most = AGGLOMERATIVE_ROWS_MAX;
    if clusters > rows {
        Some(format!("{rows} rows cannot make {clusters} clusters"))
    } else if rows < 2 && [AGGLOMERATIVE, MIXTURE].contains(&algorithm) {
        Some(format!("{rows} rows are too few: {algorithm} needs 2"))
    } else if rows > most && algorithm == AGGLOMERATIVE {
        Some(format!("{rows} rows: the distances of all pairs are kept, of at most {most} rows"))
    } else {
        None
    }
}

fn algorithms() -> BTreeMap<Id, Algorithm> {
    [
        algorithm::<KMeans>(
            KMEANS,
            "Centres that leave the least squared distances, by Lloyd's iterations from the rows i · n / n_clusters",
        ),
        algorithm::<KMeansPlusPlus>(
            KMEANS_PLUS_PLUS,
            "The same from centres that each library draws by k-means++, the best of so many draws",
        ),
        algorithm::<Dbscan>(DBSCAN, "Rows that reach each other through dense neighbourhoods"),
        algorithm::<Agglomerative>(AGGLOMERATIVE, "Merging the two nearest clusters until so many are left"),
        algorithm::<GaussianMixture>(
            MIXTURE,
            "Normal distributions by expectation and maximisation, from the clusters of `kmeans`",
        ),
    ]
    .into()
}

fn algorithm<Parameters: JsonSchema>(name: &str, summary: &str) -> (Id, Algorithm) {
    (id(name), Algorithm::of::<Parameters>(summary))
}

/// The labels of the rows are part of the fit, as in scikit-learn.
fn marks() -> Vec<MarkSpec> {
    vec![MarkSpec::once(MarkName::Load), MarkSpec::once(MarkName::Setup), MarkSpec::work(MarkName::Fit)]
}

fn outputs() -> Vec<OutputSpec> {
    let output =
        |name, dtype, shape: &[&str], algorithms: &[&str]| OutputSpec::numbers(name, dtype, shape).of(algorithms);
    vec![
        output("labels", Dtype::I64, &["n_all"], &[]),
        output("clusters", Dtype::I64, &["1"], &[]),
        output("centres", Dtype::F64, &["k", "d"], &[KMEANS, KMEANS_PLUS_PLUS, MIXTURE]),
        output("inertia", Dtype::F64, &["1"], &[KMEANS, KMEANS_PLUS_PLUS]),
        output("log_likelihood", Dtype::F64, &["1"], &[MIXTURE]),
        output("weights", Dtype::F64, &["k"], &[MIXTURE]),
        output("covariances", Dtype::F64, &["c"], &[MIXTURE]),
    ]
}

fn metrics() -> Vec<MetricUse> {
    let of_labels = |name| MetricUse::against(name, "labels", ("x", "all"));
    let own = |name, algorithms: &[&str]| MetricUse::from(name, name).of(algorithms);
    vec![
        of_labels("silhouette"),
        of_labels("calinski_harabasz"),
        of_labels("davies_bouldin"),
        own("inertia", &[KMEANS, KMEANS_PLUS_PLUS]),
        own("log_likelihood", &[MIXTURE]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_task_is_a_valid_document_and_its_defaults_fill() {
        let text = serde_json::to_vec(&task()).expect("serializable");
        let read: TaskSpec = schema::document::parse(&text, "task").expect("valid by its schema");
        let filled = |name: &str| {
            let filled = schema::defaults::fill(&read.algorithms[&id(name)].parameters, &serde_json::Map::new());
            serde_json::Value::Object(filled.expect("defaults"))
        };
        let kmeans = serde_json::json!({"n_clusters": 8, "max_iter": 300, "tol": 1e-4});
        assert_eq!(filled(KMEANS), kmeans);
        assert_eq!(filled(DBSCAN), serde_json::json!({"eps": 0.5, "min_samples": 5}));
        assert_eq!(filled(AGGLOMERATIVE), serde_json::json!({"n_clusters": 2, "linkage": "ward"}));
        assert_eq!(filled(MIXTURE)["covariance_type"], "full");
    }

    #[test]
    fn what_is_impossible_is_said() {
        assert_eq!(impossible(KMEANS, 4, 3).as_deref(), Some("3 rows cannot make 4 clusters"));
        assert_eq!(impossible(MIXTURE, 1, 1).as_deref(), Some("1 rows are too few: gaussian_mixture needs 2"));
        assert!(impossible(AGGLOMERATIVE, 2, AGGLOMERATIVE_ROWS_MAX + 1).is_some_and(|text| text.contains("20000")));
        assert_eq!([impossible(KMEANS, 1, 1), impossible(AGGLOMERATIVE, 2, AGGLOMERATIVE_ROWS_MAX)], [None, None]);
    }
}
