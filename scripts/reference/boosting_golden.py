#!/usr/bin/env python3
"""Makes crates/kernels/tests/golden/boosting.json: what scikit-learn's histogram gradient boosting decides on
its own datasets, on synthetic data, and on nasty ones.

    "$FERROBENCH_REFERENCE_PYTHON" scripts/reference/boosting_golden.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn import datasets
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

OUT = Path(__file__).resolve().parents[2] / "crates" / "kernels" / "tests" / "golden" / "boosting.json"
random = np.random.default_rng(20261121)
PLAIN: dict[str, Any] = {
    "max_iter": 20,
    "learning_rate": 0.1,
    "max_leaf_nodes": 31,
    "max_depth": None,
    "min_samples_leaf": 20,
    "l2_regularization": 0.0,
    "max_bins": 255,
}
CHOSEN: list[dict[str, Any]] = [
    {},
    {"max_leaf_nodes": 4, "learning_rate": 0.5},
    {"max_leaf_nodes": None, "max_depth": 3, "min_samples_leaf": 3},
    {"max_leaf_nodes": None, "min_samples_leaf": 1, "l2_regularization": 1.0, "max_iter": 8},
    {"max_bins": 2, "min_samples_leaf": 5},
    {"max_bins": 17, "max_leaf_nodes": 7, "l2_regularization": 0.3},
]
QUERIES = 15


def normal(*shape: int) -> np.ndarray:
    # Few digits keep the file small.
    rounded: np.ndarray = random.standard_normal(shape).round(3)
    return rounded


def known() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """scikit-learn's own; of the larger ones the first rows."""
    digits, diabetes = datasets.load_digits(), datasets.load_diabetes(scaled=False)
    iris, wine, cancer = datasets.load_iris(), datasets.load_wine(), datasets.load_breast_cancer()
    return {
        "iris": (iris.data, iris.target),
        "wine": (wine.data, wine.target),
        "breast_cancer": (cancer.data[:250], cancer.target[:250]),
        "digits": (digits.data[:250].astype(int), digits.target[:250]),
        "diabetes": (diabetes.data, diabetes.target),
    }


def made() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    x = normal(900, 6)
    wave = np.sin(2.0 * x[:, 0]) + x[:, 1] * x[:, 2]
    classes = np.digitize(wave + 0.3 * normal(900), [-0.5, 0.5])
    few = random.integers(0, 3, (300, 4)).astype(float)
    small, signs = normal(60, 3), random.integers(0, 2, (80, 1)) == 1
    return {
        "numbers": (x, (wave + 0.2 * normal(900)).round(3)),
        "two_classes": (x, (wave > 0).astype(int)),
        "three_classes": (x, classes),
        "exact_quantiles": (normal(510, 2), normal(510)),
        "few_values": (few, (few.sum(axis=1) + normal(300)).round(3)),
        "few_values_of_classes": (few, random.integers(0, 2, 300)),
        "duplicated_rows": (np.repeat(normal(40, 3), 6, axis=0), normal(240)),
        "constant_columns": (np.column_stack([np.full(90, 2.0), normal(90), np.zeros(90)]), normal(90)),
        "all_constant": (np.full((50, 2), 3.0), normal(50)),
        "constant_target": (small, np.full(60, 2.5)),
        "one_class": (small, np.zeros(60, dtype=int)),
        "a_missing_class": (small, np.where(small[:, 0] > 0, 2, 0)),
        "lopsided": (normal(400, 3), (random.random(400) < 0.02).astype(int)),
        "thirty_rows": (normal(30, 2), normal(30)),
        "one_row": (normal(1, 3), normal(1)),
        "more_columns_than_rows": (normal(50, 80), normal(50)),
        "far_from_the_origin": (small + 1e5, (1e4 * small[:, 0] + 1e6).round(3)),
        "huge": (small * 1e307, normal(60)),
        "both_zeros": (np.where(signs, 0.0, -0.0) + np.maximum(normal(80, 1), 0.0), normal(80)),
        "half_and_half": (np.repeat(np.array([[0.0], [1.0]]), 40, axis=0), np.repeat(np.array([0.0, 1.0]), 40)),
    }  # fmt: skip


def main() -> None:
    given: dict[str, Any] = {}
    cases: list[dict[str, Any]] = []
    for name, (x, y) in (known() | made()).items():
        near = x[:QUERIES] + 0.1 * (x - x.mean(axis=0))[-QUERIES:][: len(x[:QUERIES])]
        queries = np.vstack([x[:QUERIES], near])
        classifies = y.dtype.kind == "i"
        given[name] = {"columns": x.shape[1], "x": x.ravel().tolist(), "y": y.tolist()}
        given[name]["queries"] = queries.ravel().tolist()
        kind = HistGradientBoostingClassifier if classifies else HistGradientBoostingRegressor
        for chosen in CHOSEN:
            model = kind(early_stopping=False, **(PLAIN | chosen)).fit(x, y)
            case = {"design": name, **PLAIN, **chosen}
            case["leaves"] = sum(one.get_n_leaf_nodes() for trees in model._predictors for one in trees)
            if classifies:
                case["expected"] = model.decision_function(queries).ravel().tolist()
                case["labels"] = model.predict(queries).tolist()
                shares = np.zeros((len(queries), 10))
                columns = model.classes_ if len(model.classes_) > 1 else [0, 1]
                shares[:, columns] = model.predict_proba(queries)
                case["shares"] = shares[:3].ravel().tolist()
            else:
                case["expected"] = model.predict(queries).tolist()
            cases.append(case)
    OUT.write_text(json.dumps({"scikit-learn": sklearn.__version__, "designs": given, "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
