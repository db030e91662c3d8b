#!/usr/bin/env python3
"""Makes crates/kernels/tests/golden/clustering.json: scikit-learn's own clusters of easy and of nasty
rows.

    "$FERROBENCH_REFERENCE_PYTHON" scripts/reference/clustering_golden.py
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from scipy.cluster.hierarchy import linkage as tree
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans
from sklearn.datasets import make_blobs, make_circles, make_moons
from sklearn.mixture import GaussianMixture

OUT = Path(__file__).resolve().parents[2] / "crates" / "kernels" / "tests" / "golden" / "clustering.json"
random = np.random.default_rng(20261121)


def designs() -> dict[str, np.ndarray]:
    easy, _ = make_blobs(90, 3, centers=4, random_state=1)
    loose, _ = make_blobs(120, 2, centers=5, cluster_std=3.0, random_state=2)
    normal = random.standard_normal
    return {
        "easy": easy,
        "loose": loose,
        "far_from_the_origin": easy + 1e5,
        "columns_in_other_units": easy * np.array([1e-3, 1.0, 1e3]),
        "constant_column": np.column_stack([easy[:60], np.full(60, 0.1)]),
        "collinear": np.column_stack([easy[:60, :2], easy[:60, 0] - 2.0 * easy[:60, 1]]),
        "fewer_rows_than_columns": normal((12, 30)),
        "seventeen_columns": make_blobs(40, 17, centers=3, cluster_std=4.0, random_state=3)[0],
        "one_column": normal((40, 1)),
        "repeated_rows": np.repeat(normal((6, 2)), 5, axis=0),
        "nearly_all_equal": np.vstack([np.zeros((20, 2)), [[1.0, 0.0], [0.0, 2.0]]]),
        "outlier": np.vstack([normal((50, 2)), [[1e4, -1e4]]]),
        "grid": np.array([[i, j] for i in range(8) for j in range(8)], dtype=float),
        "moons": make_moons(100, noise=0.06, random_state=4)[0],
        "circles": make_circles(100, noise=0.04, factor=0.4, random_state=5)[0],
    }


def spaced_rows(x: np.ndarray, clusters: int, random_state: object = None) -> np.ndarray:
    return x[np.arange(clusters) * len(x) // clusters]


class FromGivenRows(GaussianMixture):
    def _initialize_parameters(self, X: np.ndarray, random_state: object, xp: object = None) -> None:  # noqa: N803
        clusters = KMeans(self.n_components, init=spaced_rows, n_init=1).fit(X).labels_
        responsibilities = np.zeros((len(X), self.n_components))
        responsibilities[np.arange(len(X)), clusters] = 1.0
        self._initialize(X, responsibilities)


def kmeans(name: str, x: np.ndarray) -> list[dict[str, Any]]:
    cases = []
    for clusters in sorted({1, 2, 5, min(11, len(x)), len(x)}):
        for max_iter, tol in ((300, 1e-4), (2, 1e-4), (300, 1e-12)):
            if (max_iter, tol) != (300, 1e-4) and clusters != 5:
                continue
            model = KMeans(clusters, init=spaced_rows, n_init=1, max_iter=max_iter, tol=tol).fit(x)
            given = {"design": name, "clusters": clusters, "max_iter": max_iter, "tol": tol}
            found = {"labels": model.labels_.tolist(), "inertia": model.inertia_, "iterations": model.n_iter_}
            centres = rounded(model.cluster_centers_) if clusters < 12 else None
            cases.append(given | found | {"centres": centres})
    return cases


def dbscan(name: str, x: np.ndarray) -> list[dict[str, Any]]:
    cases = []
    apart = np.sort(np.linalg.norm(x[:, None] - x, axis=2), axis=1)
    middle = float(np.median(apart[:, min(5, len(x) - 1)])) or 0.5
    for eps in (middle, 0.5 * middle, 2.0 * middle):
        for min_samples in (1, 3, 6):
            labels = DBSCAN(eps=eps, min_samples=min_samples, algorithm="kd_tree").fit_predict(x)
            cases.append({"design": name, "eps": eps, "min_samples": min_samples, "labels": labels.tolist()})
    return cases


def agglomerative(name: str, x: np.ndarray) -> list[dict[str, Any]]:
    cases = []
    for linkage in ("ward", "complete", "average"):
        heights = rounded(tree(x, linkage)[:, 2])
        for clusters in (1, 2, 4):
            labels = AgglomerativeClustering(clusters, linkage=linkage).fit_predict(x)
            given = {"design": name, "linkage": linkage, "clusters": clusters}
            cases.append(given | {"labels": labels.tolist(), "heights": heights if clusters == 1 else None})
    return cases


def mixture(name: str, x: np.ndarray) -> list[dict[str, Any]]:
    cases = []
    for covariance in ("full", "tied", "diag", "spherical"):
        for components, regularization in ((1, 1e-6), (3, 1e-6), (3, 0.0)):
            given: dict[str, Any] = {"design": name, "covariance": covariance}
            given |= {"components": components, "regularization": regularization}
            model = FromGivenRows(components, covariance_type=covariance, reg_covar=regularization)
            try:
                model.fit(x)
            except ValueError as error:
                cases.append(given | {"refused": str(error)})
                continue
            found = {
                "labels": model.predict(x).tolist(),
                "weights": rounded(model.weights_),
                "means": rounded(model.means_),
                "covariances": rounded(model.covariances_) if x.shape[1] < 10 else None,
                "log_likelihood": model.lower_bound_,
                "iterations": model.n_iter_,
                "converged": bool(model.converged_),
            }
            cases.append(given | found)
    return cases


def rounded(values: np.ndarray) -> list[float]:
    """Twelve digits are more than any test asks for."""
    return [float(f"{value:.12g}") for value in values.ravel()]


def main() -> None:
    warnings.simplefilter("ignore")
    found = designs()
    document: dict[str, Any] = {"scikit-learn": sklearn.__version__, "numpy": np.__version__}
    document["designs"] = {name: {"columns": x.shape[1], "x": x.ravel().tolist()} for name, x in found.items()}
    for make in (kmeans, dbscan, agglomerative, mixture):
        document[make.__name__] = [case for name, x in found.items() for case in make(name, x)]
    OUT.write_text(json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
