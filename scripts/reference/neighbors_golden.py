#!/usr/bin/env python3
"""Makes crates/kernels/tests/golden/neighbors.json: scikit-learn's own neighbours, votes and means on
easy and on nasty points. Where points are equally far away, which of them scikit-learn asks is not
defined; there `ties` is true, and only distances are to be compared.

    "$FERROBENCH_REFERENCE_PYTHON" scripts/reference/neighbors_golden.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

OUT = Path(__file__).resolve().parents[2] / "crates" / "kernels" / "tests" / "golden" / "neighbors.json"
random = np.random.default_rng(20261121)


def normal(*shape: int) -> np.ndarray:
    return random.standard_normal(shape)


def points() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Those that are asked and those that ask."""
    easy = normal(60, 3)
    twins = np.vstack([normal(20, 4)] * 3)
    return {
        "easy": (easy, normal(12, 3)),
        "far_from_the_origin": (easy + 1e5, normal(12, 3) + 1e5),
        "columns_in_other_units": (easy * 10.0 ** np.arange(-3, 6, 3), normal(12, 3) * 10.0 ** np.arange(-3, 6, 3)),
        "many_columns": (normal(70, 40), normal(9, 40)),
        "more_columns_than_rows": (normal(8, 25), normal(5, 25)),
        "one_column": (normal(50, 1), normal(12, 1)),
        "one_row": (normal(1, 2), normal(3, 2)),
        "queries_among_the_points": (easy, easy[:12].copy()),
        "far_queries": (easy, 1e7 * normal(6, 3)),
        "tiny": (easy * 1e-150, normal(12, 3) * 1e-150),
        "clusters_far_apart": (easy + 1e6 * random.integers(0, 2, (60, 1)), normal(12, 3) + 1e6),
        "every_point_three_times": (twins, np.vstack([twins[:6], normal(6, 4)])),
        "on_a_grid": (random.integers(0, 4, (80, 3)).astype(float), random.integers(0, 4, (12, 3)).astype(float)),
        "constant": (np.full((9, 2), 3.0), np.array([[3.0, 3.0], [0.0, 0.0]])),
    }


def case(name: str, x: np.ndarray, queries: np.ndarray, count: int) -> dict[str, Any]:
    labels, targets = random.integers(0, 4, len(x)), normal(len(x)).round(6)
    found: dict[str, Any] = {}
    for weights in ("uniform", "distance"):
        votes = KNeighborsClassifier(count, weights=weights, algorithm="kd_tree").fit(x, labels)
        means = KNeighborsRegressor(count, weights=weights, algorithm="kd_tree").fit(x, targets)
        shares = np.zeros((len(queries), 4))
        shares[:, votes.classes_] = votes.predict_proba(queries)
        # Where two classes' shares are equal but for rounding, either may be the largest.
        clear = np.sort(shares, axis=1)
        found[weights] = {
            "labels": votes.predict(queries).tolist(),
            "clear": (clear[:, -1] - clear[:, -2] > 1e-9).tolist(),
            "shares": shares.ravel().tolist(),
            "means": means.predict(queries).tolist(),
        }
    distances = votes.kneighbors(queries, min(count + 1, len(x)))[0]
    ties = bool(np.any(np.diff(distances, axis=1) <= 1e-12 * distances[:, 1:]))
    return {
        "points": name,
        "count": count,
        "ties": ties,
        "labels": labels.tolist(),
        "targets": targets.tolist(),
        "distances": distances[:, :count].ravel().tolist(),
        **found,
    }


def main() -> None:
    cases, given = [], {}
    for name, (x, queries) in points().items():
        given[name] = {"columns": x.shape[1], "points": x.ravel().tolist(), "queries": queries.ravel().tolist()}
        cases += [case(name, x, queries, count) for count in sorted({1, min(5, len(x)), min(17, len(x))})]
    OUT.write_text(json.dumps({"scikit-learn": sklearn.__version__, "points": given, "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
