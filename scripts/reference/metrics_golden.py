"""Writes crates/metrics/tests/golden/metrics.json: metrics as scikit-learn and scipy compute them.

Run from the project's root with the Python of the environment `core`:

    "$(scripts/environment --path core)/bin/python" scripts/reference/metrics_golden.py
"""

import json
import math
import warnings
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn import metrics

TARGET_FILE = Path(__file__).parents[2] / "crates" / "metrics" / "tests" / "golden" / "metrics.json"
RANDOM_CASES = 240
METRICS = {
    "mse": metrics.mean_squared_error,
    "rmse": metrics.root_mean_squared_error,
    "mae": metrics.mean_absolute_error,
    "r2": lambda y, p: metrics.r2_score(y, p, force_finite=False),
    "mape": metrics.mean_absolute_percentage_error,
    "explained_variance": lambda y, p: metrics.explained_variance_score(y, p, force_finite=False),
    "residual_std": lambda y, p: np.std(y - p),
    "residual_skew": lambda y, p: stats.skew(y - p),
    "residual_kurtosis": lambda y, p: stats.kurtosis(y - p),
}


def value_or_none(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def case(name: str, target: np.ndarray, predicted: np.ndarray) -> dict[str, object]:
    values = {metric: value_or_none(function(target, predicted)) for metric, function in METRICS.items()}
    return {"name": name, "target": target.tolist(), "predicted": predicted.tolist(), "metrics": values}


def random_case(index: int, rng: np.random.Generator) -> dict[str, object]:
    """Sizes, scales and offsets over many magnitudes; residuals normal, skewed or heavy-tailed."""
    rows = int(rng.integers(2, 40))
    scale, offset = 10.0 ** rng.integers(-3, 5), float(rng.choice([0.0, 1.0, -300.0]))
    target = offset + scale * rng.standard_normal(rows)
    noise = [rng.standard_normal(rows), rng.exponential(size=rows), rng.standard_t(2, size=rows)][index % 3]
    return case(f"random_{index}", target, target + scale * 10.0 ** rng.integers(-2, 2) * noise)


def special_cases() -> list[dict[str, object]]:
    ramp = np.arange(1.0, 9.0)
    wave = np.array([0.5, -0.25, 0.125, 2.0, -1.0, 0.75, -3.0, 0.0])
    return [
        case("constant_target", np.full(4, 2.0), np.array([1.0, 2.0, 3.0, 4.0])),
        case("equal_residuals", ramp, ramp + 1.0),
        case("perfect", ramp, ramp.copy()),
        case("zero_in_target", np.array([0.0, 1.0, 2.0]), np.array([0.5, 1.0, 1.5])),
        case("large_offset", 1e6 + ramp, 1e6 + ramp + wave),
        case("symmetric", np.zeros(8) + ramp, ramp + np.array([-1.0, 1.0, -2.0, 2.0, -3.0, 3.0, -4.0, 4.0])),
        case("two_hundred_and_more_rows", np.sin(np.arange(300.0)), np.cos(np.arange(300.0))),
    ]


def main() -> None:
    warnings.simplefilter("ignore")  # the undefined cases are meant
    rng = np.random.default_rng(20240229)
    cases = special_cases() + [random_case(index, rng) for index in range(RANDOM_CASES)]
    versions = {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__}
    lines = ",\n".join(json.dumps(entry, allow_nan=False) for entry in cases)
    text = f'{{"made_with": {json.dumps(versions)},\n"cases": [\n{lines}\n]}}\n'
    TARGET_FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
