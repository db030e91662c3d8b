"""Makes least_squares.json beside it: scikit-learn's own answers to easy and to nasty designs."""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.linear_model import LinearRegression

random = np.random.default_rng(20261121)


def normal(*shape: int) -> np.ndarray:
    return random.standard_normal(shape)


def with_condition(rows: int, columns: int, condition: float) -> np.ndarray:
    left, _ = np.linalg.qr(normal(rows, columns))
    right, _ = np.linalg.qr(normal(columns, columns))
    return left * np.geomspace(1.0, 1.0 / condition, columns) @ right.T


def hilbert(rows: int, columns: int) -> np.ndarray:
    return 1.0 / (np.arange(rows)[:, None] + np.arange(columns)[None, :] + 1.0)


easy = normal(60, 7)
collinear = np.column_stack([easy[:, :4], easy[:, 0] - 2.0 * easy[:, 1]])
designs = {
    "easy": (easy, 1e-6),
    "far_from_the_origin": (easy + 1e5, 1e-6),
    "columns_in_other_units": (easy * 10.0 ** np.arange(-3, 4), 1e-12),
    "condition_1e4": (with_condition(60, 6, 1e4), 1e-6),
    "condition_1e10_all_kept": (with_condition(60, 6, 1e10), 1e-13),
    "condition_1e10_cut": (with_condition(60, 6, 1e10), 1e-6),
    "hilbert": (hilbert(40, 7), 1e-12),
    "hilbert_cut": (hilbert(40, 7), 1e-6),
    "vandermonde": (np.vander(np.linspace(0.0, 1.0, 50), 9, increasing=True), 1e-13),
    "collinear": (collinear, 1e-6),
    "duplicated": (np.column_stack([easy[:, :3], easy[:, 1]]), 1e-6),
    "constant_column": (np.column_stack([easy[:, :3], np.full(60, 7.25)]), 1e-6),
    "all_constant": (np.full((9, 2), 3.0), 1e-6),
    "fewer_rows_than_columns": (normal(5, 9), 1e-6),
    "as_many_rows_as_columns": (normal(6, 6), 1e-6),
    "one_row": (normal(1, 3), 1e-6),
    "one_column": (normal(20, 1), 1e-6),
    "sorted_with_a_jump": (np.sort(normal(80, 2), axis=0) + np.repeat([[0.0], [1e4]], 40, axis=0), 1e-9),
}

cases = []
for name, (design, tolerance) in designs.items():
    targets = {"": design @ normal(design.shape[1]) + 0.1 * normal(len(design)) + 3.0}
    if name == "easy":
        targets["_constant_target"] = np.full(len(design), 2.5)
    for suffix, target in targets.items():
        for fit_intercept in (True, False):
            model = LinearRegression(fit_intercept=fit_intercept, tol=tolerance).fit(design, target)
            cases.append(
                {
                    "name": name + suffix + ("" if fit_intercept else "_through_the_origin"),
                    "x": design.ravel().tolist(),
                    "y": target.tolist(),
                    "columns": design.shape[1],
                    "fit_intercept": fit_intercept,
                    "tolerance": tolerance,
                    "coefficients": model.coef_.tolist(),
                    "intercept": float(model.intercept_),
                    "predictions": model.predict(design).tolist(),
                }
            )
document = {"scikit-learn": sklearn.__version__, "numpy": np.__version__, "cases": cases}
Path(__file__).with_name("least_squares.json").write_text(json.dumps(document) + "\n")
