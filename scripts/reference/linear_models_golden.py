#!/usr/bin/env python3
"""Makes crates/kernels/tests/golden/linear_models.json: scikit-learn's own ridge, lasso and elastic
net on easy and on nasty designs, with strong, weak and no penalty.

    "$FERROBENCH_REFERENCE_PYTHON" scripts/reference/linear_models_golden.py
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNet, Lasso, Ridge

OUT = Path(__file__).resolve().parents[2] / "crates" / "kernels" / "tests" / "golden" / "linear_models.json"
MODELS = {"ridge": Ridge, "lasso": Lasso, "elastic_net": ElasticNet}
ALPHAS: dict[str, list[float]] = {
    "ridge": [1.0, 1e-10, 1e10, 0.0],
    "lasso": [0.1, 1e-8, 1e10, 0.0],
    "elastic_net": [0.1, 1e10, 0.0],
}
random = np.random.default_rng(20261121)


def normal(*shape: int) -> np.ndarray:
    return random.standard_normal(shape)


def with_condition(rows: int, columns: int, condition: float) -> np.ndarray:
    left, _ = np.linalg.qr(normal(rows, columns))
    right, _ = np.linalg.qr(normal(columns, columns))
    return left * np.geomspace(1.0, 1.0 / condition, columns) @ right.T


def designs() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    easy = normal(40, 6)
    found = {
        "easy": easy,
        "far_from_the_origin": easy + 1e5,
        "columns_in_other_units": easy * 10.0 ** np.arange(-3, 3),
        "condition_1e4": with_condition(40, 5, 1e4),
        "collinear": np.column_stack([easy[:, :4], easy[:, 0] - 2.0 * easy[:, 1]]),
        "duplicated": np.column_stack([easy[:, :3], easy[:, 1]]),
        "constant_column": np.column_stack([easy[:, :3], np.full(40, 0.1)]),
        "all_constant": np.full((9, 2), 3.0),
        "fewer_rows_than_columns": normal(8, 20),
        "as_many_rows_as_columns": normal(6, 6),
        "one_row": normal(1, 3),
        "one_column": normal(20, 1),
        "sorted_with_a_jump": np.sort(normal(80, 2), axis=0) + np.repeat([[0.0], [1e4]], 40, axis=0),
    }
    noise = 0.1
    made = {
        name: (design, design @ normal(design.shape[1]) + noise * normal(len(design)) + 3.0)
        for name, design in found.items()
    }
    return made | {"constant_target": (easy, np.full(len(easy), 2.5))}


def condition(x: np.ndarray, hyperparameters: dict[str, Any]) -> float | None:
    """Of what ridge factors: the squared singular values of the (centred) data plus alpha. Null where
    it is infinite, that is where scikit-learn's answer is rounding alone."""
    centred = x - x.mean(axis=0) if hyperparameters["fit_intercept"] else x
    squares = np.linalg.svd(centred if len(x) > x.shape[1] else centred.T, compute_uv=False) ** 2
    least, most = squares.min() + hyperparameters["alpha"], squares.max() + hyperparameters["alpha"]
    return most / least if least > 1e-14 * most else None


def fit(name: str, x: np.ndarray, y: np.ndarray, algorithm: str, hyperparameters: dict[str, Any]) -> dict[str, Any]:
    known = {key: value for key, value in hyperparameters.items() if key != "l1_ratio" or algorithm == "elastic_net"}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model = MODELS[algorithm](**known).fit(x, y)
    return {
        "condition": condition(x, hyperparameters),
        "design": name,
        "algorithm": algorithm,
        "hyperparameters": known,
        "coefficients": model.coef_.tolist(),
        "intercept": float(model.intercept_),
        "predictions": model.predict(x).tolist(),
        "sweeps": None if algorithm == "ridge" else int(model.n_iter_),
        "converged": not any(issubclass(warning.category, ConvergenceWarning) for warning in told),
    }


def main() -> None:
    made = designs()
    cases = []
    for name, (x, y) in made.items():
        for algorithm, alphas in ALPHAS.items():
            for alpha in alphas:
                for fit_intercept in (True, False):
                    common = {"alpha": alpha, "fit_intercept": fit_intercept, "max_iter": 1000, "tol": 1e-4}
                    cases.append(fit(name, x, y, algorithm, common | {"l1_ratio": 0.5}))
    x, y = made["easy"]
    for tol in (1e-2, 1e-10):
        for l1_ratio in (0.0, 0.9, 1.0):
            common = {"alpha": 0.05, "l1_ratio": l1_ratio, "fit_intercept": True, "max_iter": 1000, "tol": tol}
            cases.append(fit("easy", x, y, "elastic_net", common))
    few = {"alpha": 1e-3, "l1_ratio": 0.5, "fit_intercept": True, "max_iter": 2, "tol": 1e-12}
    cases += [fit("easy", x, y, algorithm, few) for algorithm in ("lasso", "elastic_net")]
    document = {
        "scikit-learn": sklearn.__version__,
        "numpy": np.__version__,
        "designs": {
            name: {"x": x.ravel().tolist(), "y": y.tolist(), "columns": x.shape[1]} for name, (x, y) in made.items()
        },
        "cases": cases,
    }
    OUT.write_text(json.dumps(document) + "\n")


if __name__ == "__main__":
    main()
