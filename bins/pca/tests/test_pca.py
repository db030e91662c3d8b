"""The implementations in Python answer what scikit-learn's singular values do, on easy and on nasty
data, and refuse what all implementations refuse."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import ferrobench_task as task
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = ROOT / "bins" / "pca" / "src" / "bin"
NAMES = ["pca_sklearn", "pca_sklearn_tuned"]
# Made by scripts/reference/pca_golden.py.
GOLDEN = json.loads((ROOT / "crates" / "kernels" / "tests" / "golden" / "pca.json").read_text())


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write(folder: Path, name: str, array: np.ndarray, dtype: str) -> dict[str, Any]:
    path = folder / f"{name}.npy"
    np.save(path, array)
    data = path.read_bytes()
    facts = {"dtype": dtype, "shape": list(array.shape), "bytes": len(data)}
    return facts | {"name": name, "path": path.name, "sha256": hashlib.sha256(data).hexdigest()}


def run(name: str, folder: Path, x: np.ndarray, algorithm: str, given: dict[str, Any]) -> dict[str, np.ndarray]:
    """One run by the protocol on all rows."""
    parts = [write(folder, "all", np.arange(len(x), dtype="<i8"), "i64")]
    splits = [{"name": "all", "parts": parts}]
    inputs = [write(folder, "x", x, "f64")]
    manifest = {"dataset": "iris", "choice": "iris", "inputs": inputs, "splits": splits, "rows": len(x)}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    params = {
        "protocol": task.PROTOCOL,
        "run_id": "test",
        "task": "pca",
        "algorithm": algorithm,
        "hyperparameters": given,
        "dataset": "iris",
        "split": "all",
        "device": "cpu",
        "threads": 1,
        "mode": "warm",
        "warmup": 0,
        "iterations": 2,
        "work": ["fit"],
        "capture": "full",
        "slow_percent": 0,
    }
    module, out = load(name), folder / "out"
    outcome = task.conduct(module.PROGRAM, module.work, SCRIPTS / f"{name}.py", params, folder, out, 1)
    assert outcome["status"] == "done"
    assert [mark["name"] for mark in outcome["marks"]] == ["load", "setup"] + ["fit", "transform"] * 2
    return {path.stem: np.load(path, allow_pickle=False) for path in sorted((out / "outputs").iterdir())}


def named(case: dict[str, Any]) -> str:
    return f"{case['components']}-of-{case['design']}"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", GOLDEN["cases"], ids=named)
def test_components_are_those_of_singular_values(tmp_path: Path, name: str, case: dict[str, Any]) -> None:
    design = GOLDEN["designs"][case["design"]]
    x = np.array(design["x"]).reshape(-1, design["columns"])
    found = run(name, tmp_path, x, "exact", {"n_components": case["components"]})
    variances, every = np.array(case["variances"]), np.array(case["all_variances"])
    rounding = 64 * np.finfo(float).eps * np.sqrt(every[0]) * np.linalg.norm(x)
    assert np.all(np.abs(found["explained_variance"] - variances) <= 1e-7 * variances + rounding)
    assert found["components"].shape == (case["components"], x.shape[1])
    left = (every.sum() - variances.sum()) * (len(x) - 1) / x.size
    assert abs(found["reconstruction_error"][0] - left) <= 1e-7 * every.sum() + rounding


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("powers", [0, 2, 7])
def test_a_random_subspace_is_near_the_best(tmp_path: Path, name: str, powers: int) -> None:
    random = np.random.default_rng(3)
    x = random.normal(size=(200, 30)) * 0.7 ** np.arange(30)
    given = {"n_components": 3, "n_oversamples": 10, "n_iter": powers}
    found = run(name, tmp_path, x, "randomised", given)["explained_variance"]
    exact = np.linalg.svd(x - x.mean(axis=0), compute_uv=False)[:3] ** 2 / 199
    np.testing.assert_allclose(found, exact, rtol=1e-9 if powers == 7 else 0.05)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("rows", "algorithm", "given", "told"),
    [
        (9, "exact", {"n_components": 4}, "`n_components` is 4; the data have 9 rows and 3 columns"),
        (1, "exact", {"n_components": 1}, "`n_components` is 1; the data have 1 rows and 3 columns"),
        (9, "exact", {"n_components": 0}, "`n_components` is 0e0; allowed: at least 1e0"),
        (9, "exact", {"n_components": "all"}, '`n_components`: "all" is no int'),
        (9, "randomised", {"n_components": 1, "n_oversamples": 1, "n_iter": -1}, "`n_iter` is -1e0; allowed: at least"),
        (9, "randomised", {"n_components": 1, "n_oversamples": 1}, "missing field `n_iter`"),
    ],
)
def test_wrong_hyperparameters_are_refused(
    tmp_path: Path, name: str, rows: int, algorithm: str, given: dict[str, Any], told: str
) -> None:
    x = np.random.default_rng(1).normal(size=(rows, 3))
    with pytest.raises(task.BadInput) as refused:
        run(name, tmp_path, x, algorithm, given)
    assert told in str(refused.value)
