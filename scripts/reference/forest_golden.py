#!/usr/bin/env python3
"""Makes crates/kernels/tests/golden/forest.json: scikit-learn's own trees on easy and on nasty data, one
at a time without chance, and how well whole forests of it do.

Splits of equal gain are a matter of the order in which columns are drawn. A tree is written down only
where ten orders agree on all predictions.

    "$FERROBENCH_REFERENCE_PYTHON" scripts/reference/forest_golden.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

OUT = Path(__file__).resolve().parents[2] / "crates" / "kernels" / "tests" / "golden" / "forest.json"
random = np.random.default_rng(20261121)
GROWTHS: list[dict[str, Any]] = [
    {"max_depth": None, "min_samples_leaf": 1},
    {"max_depth": None, "min_samples_leaf": 7},
    {"max_depth": 3, "min_samples_leaf": 1},
    {"max_depth": 2, "min_samples_leaf": 12},
]


def normal(*shape: int) -> np.ndarray:
    return random.standard_normal(shape)


def designs() -> dict[str, np.ndarray]:
    easy = normal(90, 5)
    return {
        "easy": easy,
        "one_column": normal(80, 1),
        "far_from_the_origin": easy + 1e5,
        "neighbouring_numbers": 1.0 + 2e-7 * random.integers(0, 9, (70, 2)),
        "nearer_than_scikit_learn_tells_apart": 1e-8 * normal(40, 2),
        "few_values": random.integers(0, 4, (90, 3)).astype(float),
        "duplicated_rows": np.repeat(normal(20, 3), 4, axis=0),
        "constant_columns": np.column_stack([np.full(60, 2.0), normal(60), np.zeros(60)]),
        "all_constant": np.full((30, 2), 3.0),
        "more_columns_than_rows": normal(20, 40),
        "one_row": normal(1, 3),
        "large": easy * 1e37,
        "both_zeros": np.where(random.integers(0, 2, (50, 1)) == 1, 0.0, -0.0) + np.maximum(normal(50, 1), 0.0),
    }


def targets(x: np.ndarray) -> dict[str, np.ndarray]:
    line = x[:, 0] / (np.abs(x).max() or 1.0)
    return {
        "numbers": np.sin(3.0 * line) + 0.1 * normal(len(x)),
        "constant": np.full(len(x), 2.5),
        "classes": np.digitize(line + 0.2 * normal(len(x)), [-0.3, 0.2]),
        "one_class": np.zeros(len(x), dtype=int),
    }


def tree(x: np.ndarray, y: np.ndarray, queries: np.ndarray, growth: dict[str, Any]) -> list[float] | None:
    classifies = y.dtype.kind == "i"
    found = []
    for order in range(10):
        kind = RandomForestClassifier if classifies else RandomForestRegressor
        model = kind(1, bootstrap=False, max_features=1.0, random_state=order, **growth).fit(x, y)
        if classifies:
            shares = np.zeros((len(queries), 3))
            shares[:, model.classes_] = model.predict_proba(queries)
            found.append(shares)
        else:
            found.append(model.predict(queries))
    agree = all(np.allclose(found[0], other, rtol=1e-12, atol=1e-12) for other in found)
    return found[0].ravel().tolist() if agree else None


def main() -> None:
    given: dict[str, Any] = {}
    cases: list[dict[str, Any]] = []
    for name, x in designs().items():
        queries = np.vstack([x[:20], x[:20] + 0.1 * x.std(axis=0) * normal(*x[:20].shape)])
        given[name] = {"columns": x.shape[1], "x": x.ravel().tolist(), "queries": queries.ravel().tolist()}
        for kind, y in targets(x).items():
            given[name][kind] = y.tolist()
            for growth in GROWTHS:
                expected = tree(x, y, queries, growth)
                if expected is not None:
                    cases.append({"design": name, "target": kind, **growth, "expected": expected})
    OUT.write_text(json.dumps({"scikit-learn": sklearn.__version__, "designs": given, "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
