"""The implementations in Python by the protocol: each leaves what task.json asks for, both the same, and
refuse alike what the data do not allow."""

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
SCRIPTS = ROOT / "bins" / "svm" / "src" / "bin"
SPEC = json.loads((ROOT / "bins" / "svm" / "task.json").read_text())
# Made by scripts/reference/svm_golden.py, from scikit-learn itself.
GOLDEN = json.loads((ROOT / "crates" / "kernels" / "tests" / "golden" / "svm.json").read_text())
BOTH = ["svm_sklearn", "svm_sklearn_tuned"]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def defaults(algorithm: str) -> dict[str, Any]:
    properties = SPEC["algorithms"][algorithm]["parameters"]["properties"]
    return {name: schema["default"] for name, schema in properties.items()}


def write(folder: Path, name: str, array: np.ndarray, dtype: str) -> dict[str, Any]:
    path = folder / f"{name}.npy"
    np.save(path, array)
    data = path.read_bytes()
    facts = {"dtype": dtype, "shape": list(array.shape), "bytes": len(data)}
    return facts | {"name": name, "path": path.name, "sha256": hashlib.sha256(data).hexdigest()}


def run(
    name: str,
    folder: Path,
    data: tuple[np.ndarray, np.ndarray],
    algorithm: str,
    given: dict[str, Any],
    threads: int = 1,
    folds: int = 0,
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """One run by the protocol: all rows both train and judge, or each fold judges in turn."""
    x, y = data
    every = np.arange(len(x), dtype="<i8")
    parts = {f"fold_{index}": every[index::folds] for index in range(folds)} or {"train": every, "test": every}
    split = {"name": "cv5" if folds else "holdout", "parts": [write(folder, *part, "i64") for part in parts.items()]}
    kind = "i64" if y.dtype.kind == "i" else "f64"
    inputs = [write(folder, "x", x, "f64"), write(folder, "y", y, kind)]
    dataset = "synthetic_linear" if kind == "f64" else "synthetic_classification"
    manifest = {"dataset": dataset, "choice": dataset, "inputs": inputs, "splits": [split], "rows": len(x)}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    params = {
        "protocol": task.PROTOCOL,
        "run_id": "test",
        "task": "svm",
        "algorithm": algorithm,
        "hyperparameters": defaults(algorithm) | given,
        "dataset": dataset,
        "split": split["name"],
        "device": "cpu",
        "threads": threads,
        "mode": "warm",
        "warmup": 0,
        "iterations": folds or 1,
        "work": ["fit"],
        "capture": "full",
        "slow_percent": 0,
    }
    module, out = load(name), folder / "out"
    outcome = task.conduct(module.PROGRAM, module.work, SCRIPTS / f"{name}.py", params, folder, out, 3)
    return outcome, {path.stem: np.load(path, allow_pickle=False) for path in (out / "outputs").iterdir()}


def golden(name: str) -> tuple[np.ndarray, np.ndarray]:
    design = GOLDEN["designs"][name]
    return np.array(design["x"]).reshape(-1, design["columns"]), np.array(design["y"])


def expected_outputs(algorithm: str) -> set[str]:
    return {output["name"] for output in SPEC["outputs"] if algorithm in output["algorithms"]}


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("folds", [0, 5])
@pytest.mark.parametrize(
    ("algorithm", "given"),
    [
        ("svc", {"kernel": "rbf"}),
        ("svc", {"kernel": "poly", "gamma": 0.1, "coef0": 1.0, "probability": True}),
        ("nusvc", {"kernel": "linear", "nu": 0.3}),
        ("linearsvc", {}),
        ("linearsvc", {"loss": "hinge", "c": 0.01, "max_iter": 50_000, "tol": 1e-9}),
    ],
)
@pytest.mark.parametrize("design", ["two", "three"])
def test_a_classifier_is_scikit_learn_s(
    tmp_path: Path, name: str, threads: int, folds: int, algorithm: str, given: dict[str, Any], design: str
) -> None:
    from sklearn.svm import SVC, LinearSVC, NuSVC

    x, y = golden(design)
    outcome, outputs = run(name, tmp_path, (x, y), algorithm, given, threads, folds)
    assert outcome["status"] == "done"
    assert set(outputs) == expected_outputs(algorithm)
    assert outputs["labels"].dtype.str == "<i8"
    rows = np.arange(len(x))
    tests = [rows[fold::folds] for fold in range(folds)] if folds else [rows]
    kind = {"svc": SVC, "nusvc": NuSVC, "linearsvc": LinearSVC}[algorithm]
    known = {("C" if key == "c" else key): value for key, value in (defaults(algorithm) | given).items()}
    place = 0
    for test in tests:
        train = np.setdiff1d(rows, test) if folds else rows
        # The order in which the protocol lays the other folds.
        train = np.concatenate([other for other in tests if other is not test]) if folds else train
        model = kind(**known, random_state=3).fit(x[train], y[train])
        shares = slice(place, place + len(test))
        place += len(test)
        np.testing.assert_array_equal(outputs["labels"][shares], model.predict(x[test]))
        values = model.predict_proba(x[test]) if given.get("probability") else model.decision_function(x[test])
        values = np.column_stack([-values, values]) if values.ndim == 1 else values
        np.testing.assert_allclose(outputs["scores"][shares], values, atol=1e-6)


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("case", GOLDEN["classifiers"][::7], ids=lambda case: f"{case['algorithm']}-{case['design']}")
def test_decisions_are_those_of_libsvm(tmp_path: Path, name: str, case: dict[str, Any]) -> None:
    names = ("c", "nu", "kernel", "gamma", "degree", "coef0")
    given = {key: case[key] for key in names if key in case} | {"tol": 1e-6}
    x, y = golden(case["design"])
    if "refused" in case:
        with pytest.raises((task.BadInput, task.Failed), match=case["refused"]):
            run(name, tmp_path, (x, y), case["algorithm"], given, 2)
        return
    _, outputs = run(name, tmp_path, (x, y), case["algorithm"], given, 2)
    expected = np.array(case["decisions"]).reshape(len(case["labels"]), -1)
    # Where a coefficient's last bits differ, so may the path to it.
    np.testing.assert_allclose(outputs["decisions"][: len(expected)], expected, rtol=1e-3, atol=1e-3)
    assert outputs["support_vectors"][0] == pytest.approx(case["support_vectors"], abs=1)


@pytest.mark.parametrize("name", BOTH)
def test_a_regressor_is_scikit_learn_s(tmp_path: Path, name: str) -> None:
    from sklearn.svm import SVR

    x, y = golden("wave")
    outcome, outputs = run(name, tmp_path, (x, y), "svr", {"epsilon": 0.05, "c": 2.0})
    model = SVR(epsilon=0.05, C=2.0).fit(x, y)
    assert outcome["status"] == "done" and set(outputs) == expected_outputs("svr")
    np.testing.assert_allclose(outputs["predictions"], model.predict(x))
    assert outputs["support_vectors"].tolist() == [len(model.support_)]


@pytest.mark.parametrize("name", BOTH)
def test_the_objective_is_what_the_planes_make_of_it(tmp_path: Path, name: str) -> None:
    x, y = golden("two")
    _, outputs = run(name, tmp_path, (x, y), "linearsvc", {"c": 0.5, "intercept_scaling": 2.0, "tol": 1e-9})
    # The optimum, found another way: descent on (w, b / 2) by scipy.
    from scipy.optimize import minimize

    columns, signs = np.column_stack([x, np.full(len(x), 2.0)]), np.where(y == 1, 1.0, -1.0)

    def loss(plane: np.ndarray) -> float:
        slack = np.maximum(0.0, 1.0 - signs * (columns @ plane))
        return float(plane @ plane / 2.0 + 0.5 * slack @ slack)

    assert outputs["objective"][0] == pytest.approx(minimize(loss, np.zeros(4), tol=1e-10).fun, rel=1e-5)


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize(
    ("algorithm", "given", "y", "told"),
    [
        ("svc", {}, [1] * 6, "error: data: The number of classes has to be greater than one; got 1 class"),
        ("linearsvc", {}, [1] * 6, "error: data: The number of classes has to be greater than one; got 1 class"),
        ("nusvc", {"nu": 0.9}, [0, 0, 0, 0, 0, 1], "error: params.json: hyperparameters: specified nu is infeasible"),
        ("nusvc", {"nu": 1.5}, [0, 1] * 3, "`nu` is 1.5e0; allowed: at most 1e0"),
        ("svc", {"gamma": -1.0}, [0, 1] * 3, "`gamma` is -1e0; allowed: at least 1e-12"),
        ("svc", {"gamma": None}, [0, 1] * 3, "`gamma`: null is no "),
        ("svc", {"gamma": "wide"}, [0, 1] * 3, "unknown gamma `wide`, expected `auto`, `scale` or a number"),
        ("svc", {"c": 0.0}, [0, 1] * 3, "`c` is 0e0; allowed: at least 1e-9"),
    ],
)
def test_what_cannot_be_fitted_is_bad_input(
    tmp_path: Path, name: str, algorithm: str, given: dict[str, Any], y: list[int], told: str
) -> None:
    data = np.arange(12.0).reshape(6, 2), np.array(y, dtype="<i8")
    with pytest.raises(task.BadInput) as refused:
        run(name, tmp_path, data, algorithm, given)
    assert told in str(refused.value)
