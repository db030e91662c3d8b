"""Makes crates/kernels/tests/golden/svm.json: scikit-learn's own answers to easy and to nasty data."""

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import SVC, SVR, LinearSVC, NuSVC

# Far below the default: what is compared is the optimum, not where tol lets a solver stop.
TIGHT = 1e-6
# What does not come that near in so many steps has no answer to compare with.
MOST_STEPS = 100_000
# Rows that are judged, the first: few, so that the file stays small.
JUDGED = 20
random = np.random.default_rng(20261121)


def rounded(values: Any, digits: int = 6) -> list[float]:
    """So many digits are compared at most, and the file stays small."""
    return [float(f"{value:.{digits}e}") for value in np.asarray(values, dtype=float).ravel()]


def blobs(rows: int, columns: int, classes: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    y = np.arange(rows) % classes
    return random.standard_normal((classes, columns))[y] * 2.0 + spread * random.standard_normal((rows, columns)), y


def exact(x: np.ndarray) -> np.ndarray:
    """The numbers as the file has them."""
    return np.array(rounded(x, 9)).reshape(x.shape)


def designs() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    two, of_two = blobs(70, 3, 2, 1.8)
    three, of_three = blobs(75, 4, 3, 1.6)
    five, of_five = blobs(90, 2, 5, 1.0)
    wide, of_wide = blobs(14, 30, 2, 2.0)
    constant = np.column_stack([two, np.full(len(two), 3.0)])
    doubled = np.repeat(two[:25], 2, axis=0)
    contradicting = np.tile([0, 1], 25)
    uneven = np.concatenate([np.zeros(50, dtype=int), np.ones(20, dtype=int)])
    ties = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]] * 3)
    return {
        "two": (two, of_two),
        "three": (three, of_three),
        "five": (five, of_five),
        "more_columns_than_rows": (wide, of_wide),
        "constant_column": (constant, of_two),
        "all_the_same": (np.full((10, 2), 0.5), np.arange(10) % 2),
        "each_row_in_both_classes": (doubled, contradicting),
        "uneven": (two, uneven),
        "xor_with_ties": (ties, (ties[:, 0] != ties[:, 1]).astype(int)),
        "two_rows": (np.array([[1.0, 2.0], [2.0, 0.5]]), np.array([1, 0])),
        "far_from_the_origin": (two + 100.0, of_two),
        "gaps_in_the_classes": (three, np.array([0, 4, 7])[of_three]),
    }


def targets() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    x = random.standard_normal((80, 3))
    wave = np.sin(2.0 * x[:, 0]) + 0.5 * x[:, 1] + 0.1 * random.standard_normal(80)
    return {
        "wave": (x, wave),
        "constant_target": (x[:20], np.full(20, 1.5)),
        "wide": (random.standard_normal((12, 40)), random.standard_normal(12)),
        "repeated": (np.repeat(x[:15], 3, axis=0), np.repeat(wave[:15], 3) + np.tile([-0.5, 0.0, 0.5], 15)),
    }


KERNELS: list[dict[str, Any]] = [
    {"kernel": "rbf", "gamma": "scale"},
    {"kernel": "rbf", "gamma": 0.05},
    {"kernel": "linear"},
    {"kernel": "poly", "gamma": "auto", "degree": 2, "coef0": 1.0},
    {"kernel": "poly", "gamma": 0.2, "degree": 3, "coef0": 0.0},
]


def scores(model: Any, x: np.ndarray) -> list[float]:
    values = model.decision_function(x)
    return rounded(np.column_stack([-values, values]) if values.ndim == 1 else values)


def decisions(model: Any, x: np.ndarray) -> list[float]:
    """Positive for the first class of each pair, as libsvm has them; with one pair scikit-learn turns the sign."""
    values = model.decision_function(x)
    return rounded(-values if values.ndim == 1 else values)


def classified(name: str, x: np.ndarray, y: np.ndarray) -> list[dict[str, Any]]:
    cases = []
    for kernel in KERNELS:
        # Single precision keeps nothing of a kernel whose values are large and nearly equal.
        if name == "far_from_the_origin" and kernel["kernel"] != "rbf":
            continue
        common = {"decision_function_shape": "ovo", "tol": TIGHT, "max_iter": MOST_STEPS} | kernel
        machines = [("svc", {"c": c}, SVC(C=c, **common)) for c in (0.1, 1.0, 20.0)]
        # With nu times the rows a whole number all coefficients may stand at bounds, and the margin is anyone's.
        machines += [("nusvc", {"nu": nu}, NuSVC(nu=nu, **common)) for nu in (0.213, 0.517, 0.871)]
        for algorithm, given, model in machines:
            case = {"design": name, "algorithm": algorithm, **given, **kernel}
            try:
                model.fit(x, y)
            except ConvergenceWarning:
                continue
            except ValueError as error:
                cases.append(case | {"refused": str(error)})
                continue
            # nu-SVC without a margin divides rounding by rounding.
            if np.abs(model.dual_coef_).max() > 1e4:
                continue
            facts = {"decisions": decisions(model, x[:JUDGED]), "labels": model.predict(x[:JUDGED]).tolist()}
            cases.append(case | facts | {"support_vectors": len(model.support_)})
    return cases


def calibrated(name: str, x: np.ndarray, y: np.ndarray) -> list[dict[str, Any]]:
    cases = []
    for random_state in (0, 3):
        model = SVC(C=1.0, tol=TIGHT, probability=True, random_state=random_state).fit(x, y)
        case = {"design": name, "algorithm": "svc", "c": 1.0, "kernel": "rbf", "gamma": "scale"}
        cases.append(case | {"random_state": random_state, "scores": rounded(model.predict_proba(x[:JUDGED]))})
    return cases


def linear(name: str, x: np.ndarray, y: np.ndarray) -> list[dict[str, Any]]:
    cases = []
    for loss in ("hinge", "squared_hinge"):
        for c in (0.01, 1.0):
            scaling = 1.0 if c < 1 else 3.0
            model = LinearSVC(
                C=c, loss=loss, intercept_scaling=scaling, tol=TIGHT, max_iter=MOST_STEPS // 10, random_state=0
            )
            try:
                model.fit(x, y)
            except ConvergenceWarning:
                continue
            case = {"design": name, "loss": loss, "c": c, "intercept_scaling": scaling}
            cases.append(case | {"scores": scores(model, x[:JUDGED])})
    return cases


def regressed(name: str, x: np.ndarray, y: np.ndarray) -> list[dict[str, Any]]:
    cases = []
    for kernel in KERNELS:
        for c, epsilon in ((1.0, 0.1), (10.0, 0.0), (0.1, 0.5)):
            try:
                model = SVR(C=c, epsilon=epsilon, tol=TIGHT, max_iter=MOST_STEPS, **kernel).fit(x, y)
            except ConvergenceWarning:
                continue
            case = {"design": name, "c": c, "epsilon": epsilon, **kernel}
            facts = {"predictions": rounded(model.predict(x[:JUDGED])), "support_vectors": len(model.support_)}
            cases.append(case | facts)
    return cases


def main() -> None:
    warnings.simplefilter("error", ConvergenceWarning)
    warnings.simplefilter("ignore", FutureWarning)
    of_classes = {name: (exact(x), y) for name, (x, y) in designs().items()}
    of_numbers = {name: (exact(x), exact(y)) for name, (x, y) in targets().items()}
    document = {
        "scikit-learn": sklearn.__version__,
        "designs": {
            name: {"x": rounded(x, 9), "y": y.tolist() if y.dtype.kind == "i" else rounded(y, 9), "columns": x.shape[1]}
            for name, (x, y) in (of_classes | of_numbers).items()
        },
        "classifiers": [case for name, data in of_classes.items() for case in classified(name, *data)],
        "calibrated": [case for name in ("two", "three", "uneven") for case in calibrated(name, *of_classes[name])],
        "linear": [
            case
            for name in ("two", "three", "more_columns_than_rows", "constant_column", "uneven", "gaps_in_the_classes")
            for case in linear(name, *of_classes[name])
        ],
        "regressors": [case for name, data in of_numbers.items() for case in regressed(name, *data)],
    }
    golden = Path(__file__).resolve().parents[2] / "crates" / "kernels" / "tests" / "golden" / "svm.json"
    golden.write_text(json.dumps(document, separators=(",", ":")) + "\n")
    print(f"{len(document['classifiers'])} classifiers, {golden.stat().st_size / 1e3:.0f} kB", file=sys.stderr)


if __name__ == "__main__":
    main()
