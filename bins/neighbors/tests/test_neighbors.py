"""The implementations in Python answer what scikit-learn's own estimators do, fold by fold, and refuse
what all implementations refuse."""

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

SCRIPTS = Path(__file__).resolve().parents[1] / "src" / "bin"
NAMES = ["neighbors_sklearn", "neighbors_sklearn_tuned"]


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


def run(
    name: str, folder: Path, x: np.ndarray, y: np.ndarray, given: dict[str, Any], threads: int = 1, folds: int = 5
) -> dict[str, np.ndarray]:
    """One run by the protocol on five folds; classes are whole numbers."""
    classifies = y.dtype.kind == "i"
    every = np.arange(len(x), dtype="<i8")
    parts = [write(folder, f"fold_{index}", every[index::folds], "i64") for index in range(folds)]
    inputs = [write(folder, "x", x, "f64"), write(folder, "y", y, "i64" if classifies else "f64")]
    dataset = "iris" if classifies else "diabetes"
    splits = [{"name": "cv5", "parts": parts}]
    manifest = {"dataset": dataset, "choice": dataset, "inputs": inputs, "splits": splits, "rows": len(x)}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    params = {
        "protocol": task.PROTOCOL,
        "run_id": "test",
        "task": "neighbors",
        "algorithm": "knn_classification" if classifies else "knn_regression",
        "hyperparameters": {"n_neighbors": 5, "weights": "uniform"} | given,
        "dataset": dataset,
        "split": "cv5",
        "device": "cpu",
        "threads": threads,
        "mode": "warm",
        "warmup": 0,
        "iterations": folds,
        "work": ["fit", "predict"],
        "capture": "full",
        "slow_percent": 0,
    }
    module, out = load(name), folder / "out"
    outcome = task.conduct(module.PROGRAM, module.work, SCRIPTS / f"{name}.py", params, folder, out, 1)
    assert outcome["status"] == "done"
    assert [mark["name"] for mark in outcome["marks"]] == ["load", "setup"] + ["fit", "predict"] * folds
    return {path.stem: np.load(path, allow_pickle=False) for path in sorted((out / "outputs").iterdir())}


def folds_of(x: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    rows = np.arange(len(x))
    tests = [rows[fold::5] for fold in range(5)]
    return [(np.concatenate(tests[:fold] + tests[fold + 1 :]), tests[fold]) for fold in range(5)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("columns", [2, 9, 30])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("threads", [1, 2])
def test_each_fold_is_judged_by_the_neighbours_in_the_others(
    tmp_path: Path, name: str, columns: int, weights: str, threads: int
) -> None:
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    random = np.random.default_rng(columns)
    x, classes, numbers = random.normal(size=(90, columns)), random.integers(0, 3, 90), random.normal(size=90)
    given = {"n_neighbors": 7, "weights": weights}
    found = run(name, tmp_path, x, classes, given, threads)
    models = [(KNeighborsClassifier(**given).fit(x[train], classes[train]), test) for train, test in folds_of(x)]
    assert found["labels"].dtype == np.int64
    assert np.array_equal(found["labels"], np.concatenate([model.predict(x[test]) for model, test in models]))
    shares = np.concatenate([model.predict_proba(x[test]) for model, test in models])
    np.testing.assert_allclose(found["scores"], shares, rtol=1e-9)
    found = run(name, tmp_path, x, numbers, given, threads)
    means = [KNeighborsRegressor(**given).fit(x[train], numbers[train]).predict(x[test]) for train, test in folds_of(x)]
    np.testing.assert_allclose(found["predictions"], np.concatenate(means), rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_a_class_that_no_row_of_a_fold_trains_has_no_share(tmp_path: Path, name: str) -> None:
    x = np.random.default_rng(1).normal(size=(30, 2))
    y = np.where(np.arange(30) % 5 == 0, 1, 2 * (np.arange(30) % 2))
    found = run(name, tmp_path, x, y, {})
    assert found["scores"].shape == (30, 3)
    np.testing.assert_allclose(found["scores"].sum(axis=1), 1.0)
    assert np.all(found["scores"][:6, 1] == 0.0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"n_neighbors": 73}, "`n_neighbors` is 73; the training data have 72 rows"),
        ({"n_neighbors": 0}, "`n_neighbors` is 0e0; allowed: at least 1e0"),
        ({"n_neighbors": 2.5}, "`n_neighbors`: 2.5 is no int"),
        ({"weights": 1}, "`weights` is 1; allowed: uniform, distance"),
        ({"p": 2}, "unknown field `p`"),
    ],
)
def test_wrong_hyperparameters_are_refused(tmp_path: Path, name: str, given: dict[str, Any], told: str) -> None:
    x, y = np.random.default_rng(1).normal(size=(90, 3)), np.arange(90) % 3
    with pytest.raises(task.BadInput) as refused:
        run(name, tmp_path, x, y, given)
    assert told in str(refused.value)
