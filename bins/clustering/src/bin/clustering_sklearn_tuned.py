"""Clustering as an expert in Python writes it, where that is faster than scikit-learn's own estimator:
DBSCAN on a ball tree and all threads; a mixture whose two steps share their products, take symmetric
ones by half, and touch the matrix of responsibilities as rarely as numpy allows. scikit-learn's Lloyd
iterations and scipy's agglomerative clustering are what an expert takes too, so they are not here.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ferrobench_task as task
import numpy as np
import numpy.typing as npt

PROGRAM = task.Program(
    implementation="clustering_sklearn_tuned",
    klass="tuned",
    framework="scikit-learn",
    algorithms=["dbscan", "gaussian_mixture"],
    threads_env=["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"],
    requires=["scipy", "threadpoolctl"],
)

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

ILL_DEFINED = (
    "Fitting the mixture model failed because some components have ill-defined empirical covariance (for instance "
    "caused by singleton or collapsed samples). Try to decrease the number of components, increase reg_covar, or "
    "scale the input data."
)
# What keeps a component without a row divisible, as in scikit-learn.
LEAST_WEIGHT = 10 * np.finfo(np.float64).eps


@dataclass
class Fitted:
    labels: Labels
    clusters: int
    outputs: dict[str, Any]
    facts: dict[str, Any]


def work(run: task.Run) -> None:
    with run.mark("load"):
        table = run.points()
    algorithm = run.params["algorithm"]
    with run.mark("setup"):
        fit = dbscan_of(run) if algorithm == "dbscan" else mixture_of(run)
    for iteration in run.iterations():
        x = table.turn(iteration).x_train
        refuse_impossible(algorithm, run.params["hyperparameters"].get("n_clusters", 1), len(x))
        with run.mark("fit", iteration):
            fitted = fit(x)
    run.output("labels", fitted.labels, dtype="i64")
    run.output("clusters", [fitted.clusters], dtype="i64")
    for name, values in fitted.outputs.items():
        run.output(name, values)
    for name, value in fitted.facts.items():
        run.fact(name, value)


def refuse_impossible(algorithm: str, clusters: int, rows: int) -> None:
    """In the words of the other implementations."""
    if clusters > rows:
        raise task.Failed(f"{rows} rows cannot make {clusters} clusters")
    if rows < 2 and algorithm == "gaussian_mixture":
        raise task.Failed(f"{rows} rows are too few: {algorithm} needs 2")


def dbscan_of(run: task.Run) -> Callable[[Floats], Fitted]:
    from sklearn.cluster import DBSCAN

    given = run.hyperparameters(eps=float, min_samples=int)
    model = DBSCAN(**given, algorithm="ball_tree", n_jobs=run.threads)

    def fit(x: Floats) -> Fitted:
        labels = model.fit_predict(x)
        return Fitted(labels, int(labels.max()) + 1, {}, {})

    return fit


def mixture_of(run: task.Run) -> Callable[[Floats], Fitted]:
    known = {"n_clusters": int, "covariance_type": str, "max_iter": int, "tol": float, "reg_covar": float}
    given = run.hyperparameters(**known)
    return lambda x: Mixture(x, given).fit()


class Mixture:
    """Expectation and maximisation from the clusters of a k-means; all about the mean of the rows."""

    def __init__(self, x: Floats, given: dict[str, Any]) -> None:
        self.given = given
        self.kind = given["covariance_type"]
        self.origin = x.mean(axis=0)
        self.raw, self.x = x, x - self.origin
        if self.kind == "tied":
            self.scatter = self.x.T @ self.x
        elif self.kind != "full":
            self.squares = self.x**2

    def fit(self) -> Fitted:
        weights = np.zeros((len(self.x), self.given["n_clusters"]))
        weights[np.arange(len(self.x)), self.start()] = 1.0
        self.maximise(weights)
        likelihood, iterations, converged = -np.inf, 0, False
        while iterations < self.given["max_iter"] and not converged:
            iterations += 1
            before = likelihood
            likelihood, weights = self.expect()
            self.maximise(weights)
            converged = bool(abs(likelihood - before) < self.given["tol"])
        outputs = {
            "centres": self.means + self.origin,
            "weights": self.weights,
            "covariances": self.covariances.ravel(),
            "log_likelihood": [likelihood],
        }
        labels = self.log_densities().argmax(axis=1)
        return Fitted(labels, len(self.weights), outputs, {"iterations": iterations, "converged": converged})

    def start(self) -> Labels:
        from sklearn.cluster import KMeans

        count = self.given["n_clusters"]
        init = self.raw[np.arange(count) * len(self.raw) // count]
        found: Labels = KMeans(count, init=init, n_init=1).fit(self.raw).labels_
        return found

    def expect(self) -> tuple[float, Floats]:
        densities = self.log_densities()
        most = densities.max(axis=1, keepdims=True)
        weights = np.exp(np.subtract(densities, most, out=densities), out=densities)
        totals = weights.sum(axis=1, keepdims=True)
        weights /= totals
        return float((most + np.log(totals)).mean()), weights

    def log_densities(self) -> Floats:
        columns = self.x.shape[1]
        match self.kind:
            case "full":
                squares = np.empty((len(self.x), len(self.means)))
                for component, (mean, whitening) in enumerate(zip(self.means, self.whitening, strict=True)):
                    apart = self.x @ whitening
                    apart -= mean @ whitening
                    np.einsum("ij,ij->i", apart, apart, out=squares[:, component])
                determinants = np.log(np.diagonal(self.whitening, axis1=1, axis2=2)).sum(axis=1)
            case "tied":
                squares = squared_distances(self.x @ self.whitening, self.means @ self.whitening)
                determinants = np.log(self.whitening.diagonal()).sum()
            case "diag":
                precisions = self.whitening**2
                squares = self.squares @ precisions.T
                squares -= 2.0 * (self.x @ (self.means * precisions).T)
                squares += (self.means**2 * precisions).sum(axis=1)
                determinants = np.log(self.whitening).sum(axis=1)
            case _:
                squares = squared_distances(self.x, self.means) * self.whitening**2
                determinants = columns * np.log(self.whitening)
        squares *= -0.5
        squares += np.log(self.weights) + determinants - 0.5 * columns * np.log(2.0 * np.pi)
        return squares

    def maximise(self, weights: Floats) -> None:
        counts = weights.sum(axis=0) + LEAST_WEIGHT
        self.means = weights.T @ self.x / counts[:, None]
        regularisation = self.given["reg_covar"]
        match self.kind:
            case "full":
                self.covariances = np.empty((len(counts), self.x.shape[1], self.x.shape[1]))
                roots = np.sqrt(weights)
                for component, mean in enumerate(self.means):
                    # numpy takes a product with its own transpose by half.
                    apart = (self.x - mean) * roots[:, component, None]
                    self.covariances[component] = apart.T @ apart / counts[component]
                    self.covariances[component].flat[:: self.x.shape[1] + 1] += regularisation
                self.whitening = np.stack([whitening_of(covariance) for covariance in self.covariances])
            case "tied":
                self.covariances = (self.scatter - (counts * self.means.T) @ self.means) / counts.sum()
                self.covariances.flat[:: self.x.shape[1] + 1] += regularisation
                self.whitening = whitening_of(self.covariances)
            case _:
                variances = weights.T @ self.squares / counts[:, None] - self.means**2 + regularisation
                self.covariances = variances if self.kind == "diag" else variances.mean(axis=1)
                if (self.covariances <= 0.0).any():
                    raise task.Failed(ILL_DEFINED)
                self.whitening = 1.0 / np.sqrt(self.covariances)
        self.weights = counts / counts.sum()


def squared_distances(x: Floats, centres: Floats) -> Floats:
    squares = x @ (-2.0 * centres.T)
    squares += np.einsum("ij,ij->i", x, x)[:, None]
    squares += np.einsum("ij,ij->i", centres, centres)
    return squares


def whitening_of(covariance: Floats) -> Floats:
    """The inverse of the upper Cholesky factor."""
    from scipy.linalg.lapack import dpotrf, dtrtri

    factor, info = dpotrf(covariance)
    if info != 0:
        raise task.Failed(ILL_DEFINED)
    inverse: Floats = dtrtri(factor)[0]
    return inverse


if __name__ == "__main__":
    sys.exit(task.main(PROGRAM, work, __file__))
