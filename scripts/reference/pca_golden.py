#!/usr/bin/env python3
"""Makes crates/kernels/tests/golden/pca.json: scikit-learn's own principal components, by singular
values, of easy and of nasty data.

    "$FERROBENCH_REFERENCE_PYTHON" scripts/reference/pca_golden.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.decomposition import PCA

OUT = Path(__file__).resolve().parents[2] / "crates" / "kernels" / "tests" / "golden" / "pca.json"
random = np.random.default_rng(20261121)


def normal(*shape: int) -> np.ndarray:
    return random.standard_normal(shape)


def falling(rows: int, columns: int, least: float) -> np.ndarray:
    left, _ = np.linalg.qr(normal(rows, min(rows, columns)))
    right, _ = np.linalg.qr(normal(columns, min(rows, columns)))
    return left * np.geomspace(1.0, least, min(rows, columns)) @ right.T


def designs() -> dict[str, np.ndarray]:
    easy = normal(40, 6) * np.arange(1, 7)
    return {
        "easy": easy,
        "far_from_the_origin": easy + 1e5,
        "very_far_from_the_origin": easy + 1e9,
        "columns_in_other_units": easy * 10.0 ** np.arange(-3, 3),
        "falling_to_1e-3": falling(50, 10, 1e-3),
        "falling_to_1e-7": falling(50, 10, 1e-7),
        "falling_to_1e-12": falling(50, 10, 1e-12),
        "collinear": np.column_stack([easy[:, :4], easy[:, 0] - 2.0 * easy[:, 1]]),
        "duplicated": np.column_stack([easy[:, :3], easy[:, 1]]),
        "constant_column": np.column_stack([easy[:, :3], np.full(40, 0.1)]),
        "all_constant": np.full((9, 2), 3.0),
        "fewer_rows_than_columns": falling(8, 20, 0.1),
        "as_many_rows_as_columns": normal(6, 6),
        "two_rows": normal(2, 3),
        "one_column": normal(20, 1),
        "rows_three_times": np.vstack([normal(9, 5)] * 3),
        "tiny": easy * 1e-120,
        "large": easy * 1e120,
    }


def main() -> None:
    cases: list[dict[str, Any]] = []
    given = designs()
    for name, x in given.items():
        most = min(x.shape)
        for count in sorted({1, min(3, most), most}):
            model = PCA(count, svd_solver="full").fit(x)
            everything = PCA(svd_solver="full").fit(x).explained_variance_
            cases.append(
                {
                    "design": name,
                    "components": count,
                    "means": model.mean_.tolist(),
                    "directions": model.components_.ravel().tolist(),
                    "variances": model.explained_variance_.tolist(),
                    # Beside which a direction is defined, and is so the less the nearer they are.
                    "all_variances": everything.tolist(),
                    "transformed": model.transform(x)[:5].ravel().tolist(),
                }
            )
    written = {name: {"columns": x.shape[1], "x": x.ravel().tolist()} for name, x in given.items()}
    OUT.write_text(json.dumps({"scikit-learn": sklearn.__version__, "designs": written, "cases": cases}) + "\n")


if __name__ == "__main__":
    with np.errstate(invalid="ignore"):
        main()
