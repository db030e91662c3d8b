"""Writes crates/metrics/tests/golden/classes.json and clusters.json: the metrics of classes, scores and
clusters as scikit-learn computes them.

Run from the project's root with the Python of the environment `core`:

    "$(scripts/environment --path core)/bin/python" scripts/reference/class_metrics_golden.py
"""

import json
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from scipy.spatial.distance import cdist
from sklearn import metrics

FOLDER = Path(__file__).parents[2] / "crates" / "metrics" / "tests" / "golden"
RANDOM_CASES = 220
CLASSES = {
    "accuracy": metrics.accuracy_score,
    "precision": lambda y, p: metrics.precision_score(y, p, average="macro", zero_division=0),
    "recall": lambda y, p: metrics.recall_score(y, p, average="macro", zero_division=0),
    "f1": lambda y, p: metrics.f1_score(y, p, average="macro", zero_division=0),
}
RANKING = {"auc_roc": metrics.roc_auc_score, "auc_pr": metrics.average_precision_score}
CLUSTERS = {
    # The distances by scipy: scikit-learn's own lose half their digits between rows that lie close together.
    "silhouette": lambda x, labels: metrics.silhouette_score(cdist(x, x), labels, metric="precomputed"),
    "calinski_harabasz": metrics.calinski_harabasz_score,
    "davies_bouldin": metrics.davies_bouldin_score,
}


def value_or_none(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def ranking(y: np.ndarray, scores: np.ndarray, function: Callable[..., float]) -> float | None:
    """Binary: of class 1. More: the mean over each class against the rest; none where a class is not there."""
    if scores.shape[1] <= 2:
        columns = [(y == 1, scores[:, -1])]
    else:
        columns = [(y == label, scores[:, label]) for label in range(scores.shape[1])]
    if not all(own.any() for own, _ in columns):
        return None
    values = [float(function(own, column)) for own, column in columns]
    return value_or_none(math.fsum(values) / len(values))


def class_case(name: str, y: np.ndarray, predicted: np.ndarray, scores: np.ndarray) -> dict[str, Any]:
    values = {metric: value_or_none(function(y, predicted)) for metric, function in CLASSES.items()}
    values |= {metric: ranking(y, scores, function) for metric, function in RANKING.items()}
    rounded = {"target": y.tolist(), "predicted": predicted.tolist(), "scores": scores.ravel().tolist()}
    return {"name": name, "columns": scores.shape[1], **rounded, "metrics": values}


def random_classes(index: int, rng: np.random.Generator) -> dict[str, Any]:
    """Rare classes, scores with many ties, predictions of classes that are not there."""
    rows, k = int(rng.integers(2, 25)), int(rng.integers(2, 5))
    y = rng.choice(k, size=rows, p=rng.dirichlet(np.full(k, 0.7)))
    predicted = np.where(rng.random(rows) < 0.6, y, rng.integers(0, k, rows))
    columns = [1, k, k][index % 3] if k == 2 else k
    steps = [1, 2, 5, 1000][index % 4]
    scores = np.round(rng.random((rows, columns)) * steps) / steps + (index % 2) * (rng.random((rows, 1)) < 0.3)
    return class_case(f"random_{index}", y, predicted, np.round(scores, 6))


def special_classes() -> list[dict[str, Any]]:
    y = np.array([0, 0, 1, 1, 2, 2])
    one_hot = np.eye(3)[y]
    column = np.array([[0.1], [0.4], [0.35], [0.8]])
    return [
        class_case("perfect", y, y, one_hot),
        class_case("all_wrong", y, (y + 1) % 3, np.roll(one_hot, 1, axis=1)),
        class_case("equal_scores", y, np.zeros(6, dtype=int), np.full((6, 3), 0.5)),
        class_case("one_class", np.ones(4, dtype=int), np.ones(4, dtype=int), column),
        class_case("no_row_of_one", np.zeros(4, dtype=int), np.array([0, 1, 0, 1]), column),
        class_case("textbook", np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), column),
        class_case("negative_scores", np.array([0, 1, 1, 0]), np.array([0, 1, 1, 0]), column - 7.5),
        class_case("one_row", np.array([1]), np.array([0]), np.array([[0.25, 0.75]])),
    ]


def cluster_case(name: str, x: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    count = len(set(labels.tolist()))
    defined = 2 <= count < len(labels)
    values = {name: value_or_none(of(x, labels)) if defined else None for name, of in CLUSTERS.items()}
    points = {"columns": x.shape[1], "x": x.ravel().tolist(), "labels": labels.tolist()}
    return {"name": name, **points, "metrics": values}


def random_clusters(index: int, rng: np.random.Generator) -> dict[str, Any]:
    rows, columns, k = int(rng.integers(3, 20)), int(rng.integers(1, 4)), int(rng.integers(2, 6))
    labels = rng.integers(0, k, rows) - (index % 2)
    centres = rng.uniform(-10, 10, (k + 1, columns)) * 10.0 ** rng.integers(-2, 3)
    x = np.round(centres[labels + 1] + rng.standard_normal((rows, columns)), 3)
    if index % 5 == 0:
        x[rows // 2 :] = x[0]
    return cluster_case(f"random_{index}", x, labels)


def special_clusters() -> list[dict[str, Any]]:
    line = np.arange(6.0).reshape(-1, 1)
    return [
        cluster_case("two_pairs_and_noise", line, np.array([0, 0, 1, 1, -1, -1])),
        cluster_case("single_points", line, np.array([0, 1, 2, 3, 3, 3])),
        cluster_case("one_cluster", line, np.zeros(6, dtype=int)),
        cluster_case("each_row_a_cluster", line, np.arange(6)),
        cluster_case("equal_rows", np.zeros((4, 2)), np.array([0, 0, 1, 1])),
        cluster_case("equal_rows_in_each", np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([0, 0, 1, 1])),
        cluster_case("equal_centres", np.array([[-1.0], [1.0], [-2.0], [2.0]]), np.array([0, 0, 1, 1])),
        cluster_case("labels_with_gaps", line, np.array([7, 7, 100, 100, -1, 7])),
    ]


def write(name: str, cases: list[dict[str, Any]]) -> None:
    versions = {"numpy": np.__version__, "scikit-learn": sklearn.__version__}
    lines = ",\n".join(json.dumps(case, allow_nan=False, separators=(",", ":")) for case in cases)
    (FOLDER / name).write_text(f'{{"made_with": {json.dumps(versions)},\n"cases": [\n{lines}\n]}}\n', encoding="utf-8")


def main() -> None:
    warnings.simplefilter("ignore")  # the undefined cases are meant
    rng = np.random.default_rng(20261121)
    write("classes.json", special_classes() + [random_classes(index, rng) for index in range(RANDOM_CASES)])
    write("clusters.json", special_clusters() + [random_clusters(index, rng) for index in range(RANDOM_CASES)])


if __name__ == "__main__":
    main()
