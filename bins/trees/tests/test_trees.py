"""The implementations in Python answer what scikit-learn's own forests and boosting do, fold by fold, and refuse
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
NAMES = ["trees_sklearn", "trees_sklearn_tuned"]
PLAIN = {"n_estimators": 5, "max_depth": None, "max_features": "all", "min_samples_leaf": 1, "bootstrap": True}
BOOSTED = {
    "max_iter": 5,
    "learning_rate": 0.3,
    "max_leaf_nodes": 4,
    "max_depth": None,
    "min_samples_leaf": 3,
    "l2_regularization": 0.1,
    "max_bins": 16,
}


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
    name: str,
    folder: Path,
    x: np.ndarray,
    y: np.ndarray,
    given: dict[str, Any],
    threads: int = 1,
    plain: dict[str, Any] = PLAIN,
) -> dict[str, np.ndarray]:
    """One run by the protocol on five folds; classes are whole numbers."""
    classifies = y.dtype.kind == "i"
    every = np.arange(len(x), dtype="<i8")
    parts = [write(folder, f"fold_{index}", every[index::5], "i64") for index in range(5)]
    inputs = [write(folder, "x", x, "f64"), write(folder, "y", y, "i64" if classifies else "f64")]
    dataset = "iris" if classifies else "diabetes"
    splits = [{"name": "cv5", "parts": parts}]
    kind = "random_forest" if plain is PLAIN else "hist_gradient_boosting"
    manifest = {"dataset": dataset, "choice": dataset, "inputs": inputs, "splits": splits, "rows": len(x)}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    params = {
        "protocol": task.PROTOCOL,
        "run_id": "test",
        "task": "trees",
        "algorithm": f"{kind}_classification" if classifies else f"{kind}_regression",
        "hyperparameters": plain | given,
        "dataset": dataset,
        "split": "cv5",
        "device": "cpu",
        "threads": threads,
        "mode": "warm",
        "warmup": 0,
        "iterations": 5,
        "work": ["fit"],
        "capture": "full",
        "slow_percent": 0,
    }
    module, out = load(name), folder / "out"
    outcome = task.conduct(module.PROGRAM, module.work, SCRIPTS / f"{name}.py", params, folder, out, 1)
    assert outcome["status"] == "done"
    return {path.stem: np.load(path, allow_pickle=False) for path in sorted((out / "outputs").iterdir())}


def folds_of(x: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    rows = np.arange(len(x))
    tests = [rows[fold::5] for fold in range(5)]
    return [(np.concatenate(tests[:fold] + tests[fold + 1 :]), tests[fold]) for fold in range(5)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("features", ["sqrt", "all"])
@pytest.mark.parametrize("threads", [1, 2])
def test_each_fold_is_judged_by_a_forest_of_the_others(tmp_path: Path, name: str, features: str, threads: int) -> None:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    random = np.random.default_rng(7)
    x, numbers = random.normal(size=(80, 6)), random.normal(size=80)
    classes = (x[:, 0] > 0).astype(int) + (x[:, 1] > 0.5)
    grown: dict[str, Any] = {"n_estimators": 5, "random_state": 1} | {
        "max_features": "sqrt" if features == "sqrt" else 1.0
    }
    found = run(name, tmp_path, x, classes, {"max_features": features}, threads)
    models = [(RandomForestClassifier(**grown).fit(x[train], classes[train]), test) for train, test in folds_of(x)]
    assert found["labels"].dtype == np.int64
    assert np.array_equal(found["labels"], np.concatenate([model.predict(x[test]) for model, test in models]))
    shares = np.concatenate([model.predict_proba(x[test]) for model, test in models])
    np.testing.assert_allclose(found["scores"], shares, rtol=1e-12)
    found = run(name, tmp_path, x, numbers, {"max_features": features}, threads)
    means = [
        RandomForestRegressor(**grown).fit(x[train], numbers[train]).predict(x[test]) for train, test in folds_of(x)
    ]
    np.testing.assert_allclose(found["predictions"], np.concatenate(means), rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_each_fold_is_judged_by_boosting_on_the_others(tmp_path: Path, name: str) -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    random = np.random.default_rng(7)
    x, numbers = random.normal(size=(80, 6)), random.normal(size=80)
    for classes in [(x[:, 0] > 0).astype(int), (x[:, 0] > 0).astype(int) + (x[:, 1] > 0.5)]:
        found = run(name, tmp_path, x, classes, {}, plain=BOOSTED)
        kind = HistGradientBoostingClassifier
        models = [(kind(**BOOSTED).fit(x[train], classes[train]), test) for train, test in folds_of(x)]
        assert np.array_equal(found["labels"], np.concatenate([model.predict(x[test]) for model, test in models]))
        shares = np.concatenate([model.predict_proba(x[test]) for model, test in models])
        np.testing.assert_allclose(found["scores"], shares, rtol=1e-12)
    found = run(name, tmp_path, x, numbers, {}, plain=BOOSTED)
    told = [HistGradientBoostingRegressor(**BOOSTED).fit(x[train], numbers[train]) for train, _ in folds_of(x)]
    expected = [model.predict(x[test]) for model, (_, test) in zip(told, folds_of(x), strict=True)]
    np.testing.assert_allclose(found["predictions"], np.concatenate(expected), rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_one_class_has_every_share(tmp_path: Path, name: str) -> None:
    x, y = np.random.default_rng(1).normal(size=(40, 3)), np.zeros(40, dtype=int)
    for plain in (PLAIN, BOOSTED):
        found = run(name, tmp_path, x, y, {}, plain=plain)
        assert not found["labels"].any()
        np.testing.assert_allclose(found["scores"], np.ones((40, 1)), rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"max_iter": 0}, "`max_iter` is 0e0; allowed: at least 1e0"),
        ({"learning_rate": 0.0}, "`learning_rate` is 0e0; allowed: at least 1e-9"),
        ({"max_leaf_nodes": 1}, "`max_leaf_nodes` is 1e0; allowed: at least 2e0"),
        ({"l2_regularization": -1.0}, "`l2_regularization` is -1e0; allowed: at least 0e0"),
        ({"max_bins": 256}, "`max_bins` is 2.56e2; allowed: at most 2.55e2"),
    ],
)
def test_wrong_hyperparameters_of_boosting_are_refused(
    tmp_path: Path, name: str, given: dict[str, Any], told: str
) -> None:
    x, y = np.random.default_rng(1).normal(size=(40, 3)), np.arange(40) % 3
    with pytest.raises(task.BadInput) as refused:
        run(name, tmp_path, x, y, given, plain=BOOSTED)
    assert told in str(refused.value)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"n_estimators": 0}, "`n_estimators` is 0e0; allowed: at least 1e0"),
        ({"max_depth": 0}, "`max_depth` is 0e0; allowed: at least 1e0"),
        ({"max_depth": 2.5}, "`max_depth`: 2.5 is no int or null"),
        ({"min_samples_leaf": 0}, "`min_samples_leaf` is 0e0; allowed: at least 1e0"),
        ({"max_features": "half"}, "`max_features` is half; allowed: sqrt, all"),
        ({"bootstrap": 1}, "`bootstrap`: 1 is no bool"),
        ({"criterion": "gini"}, "unknown field `criterion`"),
    ],
)
def test_wrong_hyperparameters_are_refused(tmp_path: Path, name: str, given: dict[str, Any], told: str) -> None:
    x, y = np.random.default_rng(1).normal(size=(40, 3)), np.arange(40) % 3
    with pytest.raises(task.BadInput) as refused:
        run(name, tmp_path, x, y, given)
    assert told in str(refused.value)
