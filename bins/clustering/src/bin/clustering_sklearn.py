"""Clustering by scikit-learn, as its documentation calls it."""

import sys
import warnings
from typing import Any

import ferrobench_task as task
import numpy as np
import numpy.typing as npt

PROGRAM = task.Program(
    implementation="clustering_sklearn",
    klass="library",
    framework="scikit-learn",
    algorithms=["kmeans", "kmeans_plus_plus", "dbscan", "agglomerative", "gaussian_mixture"],
    threads_env=["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"],
    requires=["scipy", "threadpoolctl"],
)

Floats = npt.NDArray[np.float64]
AGGLOMERATIVE_ROWS_MAX = 20_000


def work(run: task.Run) -> None:
    with run.mark("load"):
        table = run.points()
    algorithm = run.params["algorithm"]
    with run.mark("setup"):
        model = model_of(run)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for iteration in run.iterations():
            x = table.turn(iteration).x_train
            refuse_impossible(algorithm, run.params["hyperparameters"].get("n_clusters", 1), len(x))
            try:
                with run.mark("fit", iteration):
                    labels = model.fit_predict(x)
            except ValueError as error:
                raise task.Failed(str(error)) from error
    leave(run, model, labels)
    if told:
        run.fact("warnings", sorted({str(warning.message).splitlines()[0] for warning in told}))


def refuse_impossible(algorithm: str, clusters: int, rows: int) -> None:
    """In the words of the other implementations."""
    if clusters > rows:
        raise task.Failed(f"{rows} rows cannot make {clusters} clusters")
    if rows < 2 and algorithm in ("agglomerative", "gaussian_mixture"):
        raise task.Failed(f"{rows} rows are too few: {algorithm} needs 2")
    if rows > AGGLOMERATIVE_ROWS_MAX and algorithm == "agglomerative":
        most = AGGLOMERATIVE_ROWS_MAX
        raise task.Failed(f"{rows} rows: the distances of all pairs are kept, of at most {most} rows")


def leave(run: task.Run, model: Any, labels: npt.NDArray[np.int64]) -> None:
    run.output("labels", labels, dtype="i64")
    clusters = run.params["hyperparameters"].get("n_clusters", labels.max() + 1)
    run.output("clusters", [clusters], dtype="i64")
    match run.params["algorithm"]:
        case "kmeans" | "kmeans_plus_plus":
            run.output("centres", model.cluster_centers_)
            run.output("inertia", [model.inertia_])
            run.fact("iterations", model.n_iter_)
        case "gaussian_mixture":
            run.output("centres", model.means_)
            run.output("weights", model.weights_)
            run.output("covariances", model.covariances_.ravel())
            run.output("log_likelihood", [model.lower_bound_])
            run.fact("iterations", model.n_iter_)
            run.fact("converged", model.converged_)


def model_of(run: task.Run) -> Any:
    from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans

    match run.params["algorithm"]:
        case "kmeans":
            return KMeans(**run.hyperparameters(n_clusters=int, max_iter=int, tol=float), init=spaced_rows, n_init=1)
        case "kmeans_plus_plus":
            given = run.hyperparameters(n_clusters=int, n_init=int, max_iter=int, tol=float)
            return KMeans(**given, random_state=run.seed % 2**32)
        case "dbscan":
            return DBSCAN(**run.hyperparameters(eps=float, min_samples=int))
        case "agglomerative":
            return AgglomerativeClustering(**run.hyperparameters(n_clusters=int, linkage=str))
        case _:
            known = {"n_clusters": int, "covariance_type": str, "max_iter": int, "tol": float, "reg_covar": float}
            return mixture(run.hyperparameters(**known))


def spaced_rows(x: Floats, n_clusters: int, random_state: object = None) -> Floats:
    """The same rows in all languages."""
    return x[np.arange(n_clusters) * len(x) // n_clusters]


def mixture(given: dict[str, Any]) -> Any:
    from sklearn.cluster import KMeans
    from sklearn.mixture import GaussianMixture

    class FromGivenRows(GaussianMixture):
        """The start is scikit-learn's own, a k-means, but from rows that are the same in all languages."""

        def _initialize_parameters(self, X: Floats, random_state: object, xp: object = None) -> None:  # noqa: N803
            clusters = KMeans(self.n_components, init=spaced_rows, n_init=1).fit(X).labels_
            responsibilities = np.zeros((len(X), self.n_components))
            responsibilities[np.arange(len(X)), clusters] = 1.0
            self._initialize(X, responsibilities)

    return FromGivenRows(given.pop("n_clusters"), **given)


if __name__ == "__main__":
    sys.exit(task.main(PROGRAM, work, __file__))
