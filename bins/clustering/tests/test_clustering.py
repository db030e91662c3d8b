"""The implementations in Python on the rows that the kernels are tested on: what the tuned one writes
itself has to be what scikit-learn answers, and what cannot be clustered is said alike."""

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
SCRIPTS = ROOT / "bins" / "clustering" / "src" / "bin"
# Made by scripts/reference/clustering_golden.py, from scikit-learn itself.
GOLDEN = json.loads((ROOT / "crates" / "kernels" / "tests" / "golden" / "clustering.json").read_text())
TASK = json.loads((ROOT / "bins" / "clustering" / "task.json").read_text())
LIBRARY, TUNED = "clustering_sklearn", "clustering_sklearn_tuned"
# Where scikit-learn itself loses digits, or rounding alone decides.
DOUBTFUL = ["far_from_the_origin", "outlier", "nearly_all_equal", "repeated_rows", "collinear", "constant_column"]


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
    name: str, folder: Path, x: np.ndarray, algorithm: str, hyperparameters: dict[str, Any], threads: int = 1
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """One run by the protocol, on every row."""
    split = {"name": "all", "parts": [write(folder, "all", np.arange(len(x), dtype="<i8"), "i64")]}
    manifest = {"dataset": "iris", "choice": "iris", "inputs": [write(folder, "x", x, "f64")]}
    (folder / "manifest.json").write_text(json.dumps(manifest | {"splits": [split], "rows": len(x)}))
    properties = TASK["algorithms"][algorithm]["parameters"]["properties"]
    defaults = {name: schema["default"] for name, schema in properties.items()}
    params = {
        "protocol": task.PROTOCOL,
        "run_id": "test",
        "task": "clustering",
        "algorithm": algorithm,
        "hyperparameters": defaults | hyperparameters,
        "dataset": "iris",
        "split": "all",
        "device": "cpu",
        "threads": threads,
        "mode": "warm",
        "warmup": 0,
        "iterations": 2,
        "work": ["fit"],
        "capture": "full",
        "slow_percent": 0,
    }
    module, out = load(name), folder / "out"
    outcome = task.conduct(module.PROGRAM, module.work, SCRIPTS / f"{name}.py", params, folder, out, 1)
    outputs = [spec["name"] for spec in TASK["outputs"] if algorithm in spec.get("algorithms", [algorithm])]
    return outcome, {name: np.load(out / "outputs" / f"{name}.npy", allow_pickle=False) for name in outputs}


def rows(case: dict[str, Any]) -> np.ndarray:
    design = GOLDEN["designs"][case["design"]]
    return np.array(design["x"]).reshape(-1, design["columns"])


def named(case: dict[str, Any]) -> str:
    answers = ("labels", "centres", "heights", "weights", "means", "covariances", "inertia", "log_likelihood")
    return "-".join(str(value) for name, value in case.items() if name not in answers and len(str(value)) < 40)


def some(kind: str, wanted: Any) -> list[dict[str, Any]]:
    return [case for case in GOLDEN[kind] if wanted(case)]


@pytest.mark.parametrize("case", some("kmeans", lambda case: case["clusters"] == 5 and case["tol"] == 1e-4), ids=named)
def test_k_means_begins_at_the_given_rows(tmp_path: Path, case: dict[str, Any]) -> None:
    given = {"n_clusters": case["clusters"], "max_iter": case["max_iter"]}
    outcome, outputs = run(LIBRARY, tmp_path, rows(case), "kmeans", given)
    assert [mark["name"] for mark in outcome["marks"]] == ["load", "setup", "fit", "fit"]
    assert outputs["labels"].dtype == np.int64 and outputs["labels"].tolist() == case["labels"]
    np.testing.assert_allclose(outputs["inertia"], [case["inertia"]], rtol=1e-12)
    assert outputs["clusters"].tolist() == [5] and outputs["centres"].shape[0] == 5


@pytest.mark.parametrize("name", [LIBRARY, TUNED])
@pytest.mark.parametrize("case", some("dbscan", lambda case: case["min_samples"] == 3), ids=named)
def test_dbscan_gives_the_same_labels(tmp_path: Path, name: str, case: dict[str, Any]) -> None:
    _, outputs = run(name, tmp_path, rows(case), "dbscan", {"eps": case["eps"], "min_samples": 3}, threads=2)
    assert outputs["labels"].tolist() == case["labels"]
    assert outputs["clusters"].tolist() == [max(case["labels"]) + 1]


@pytest.mark.parametrize("linkage", ["ward", "complete", "average"])
def test_agglomerative_clustering_cuts_the_tree(tmp_path: Path, linkage: str) -> None:
    case = next(case for case in GOLDEN["agglomerative"] if case["linkage"] == linkage and case["clusters"] == 4)
    given = {"n_clusters": 4, "linkage": linkage}
    assert run(LIBRARY, tmp_path, rows(case), "agglomerative", given)[1]["labels"].tolist() == case["labels"]


@pytest.mark.parametrize("name", [LIBRARY, TUNED])
@pytest.mark.parametrize(
    "case",
    some("mixture", lambda case: case["design"] not in DOUBTFUL and case["regularization"] > 0.0),
    ids=named,
)
def test_mixtures_climb_alike(tmp_path: Path, name: str, case: dict[str, Any]) -> None:
    given = {"n_clusters": case["components"], "covariance_type": case["covariance"]}
    outcome, outputs = run(name, tmp_path, rows(case), "gaussian_mixture", given)
    facts = outcome["facts"]
    assert (facts["iterations"], facts["converged"]) == (case["iterations"], case["converged"])
    assert outputs["labels"].tolist() == case["labels"]
    np.testing.assert_allclose(outputs["log_likelihood"], [case["log_likelihood"]], rtol=1e-6)
    np.testing.assert_allclose(outputs["weights"], case["weights"], rtol=1e-6)
    means = np.array(case["means"])
    np.testing.assert_allclose(outputs["centres"].ravel(), means, atol=1e-6 * np.abs(means).max())
    if case["covariances"]:
        covariances = np.array(case["covariances"])
        np.testing.assert_allclose(outputs["covariances"], covariances, atol=1e-6 * np.abs(covariances).max())


EQUAL, FEW = np.zeros((10, 2)), np.arange(6.0).reshape(3, 2)


@pytest.mark.parametrize("name", [LIBRARY, TUNED])
@pytest.mark.parametrize(
    ("x", "algorithm", "given", "told"),
    [
        (FEW, "kmeans", {"n_clusters": 4}, "3 rows cannot make 4 clusters"),
        (FEW, "kmeans_plus_plus", {"n_clusters": 4}, "3 rows cannot make 4 clusters"),
        (FEW, "agglomerative", {"n_clusters": 4}, "3 rows cannot make 4 clusters"),
        (FEW, "gaussian_mixture", {"n_clusters": 4}, "3 rows cannot make 4 clusters"),
        (FEW[:1], "agglomerative", {"n_clusters": 1}, "1 rows are too few: agglomerative needs 2"),
        (FEW[:1], "gaussian_mixture", {"n_clusters": 1}, "1 rows are too few: gaussian_mixture needs 2"),
        (np.zeros((20001, 1)), "agglomerative", {}, "of at most 20000 rows"),
        (EQUAL, "gaussian_mixture", {"reg_covar": 0.0}, "have ill-defined empirical covariance"),
        (EQUAL, "gaussian_mixture", {"reg_covar": 0.0, "covariance_type": "diag"}, "Try to decrease the number"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path, name: str, x: np.ndarray, algorithm: str, given: dict[str, Any], told: str
) -> None:
    if algorithm not in load(name).PROGRAM.algorithms:
        pytest.skip("the other one does this")
    with pytest.raises(task.Failed, match=told):
        run(name, tmp_path, x, algorithm, given)
    assert json.loads((tmp_path / "out" / "outcome.json").read_text())["status"] == "failed"


@pytest.mark.parametrize("name", [LIBRARY, TUNED])
@pytest.mark.parametrize(
    ("algorithm", "given", "told"),
    [
        ("dbscan", {"eps": 0.0}, "`eps` is 0e0; allowed: at least 1e-9"),
        ("dbscan", {"eps": -1.0}, "`eps` is -1e0; allowed: at least 1e-9"),
        ("dbscan", {"min_samples": 0}, "`min_samples` is 0e0; allowed: at least 1e0"),
        ("gaussian_mixture", {"n_clusters": 0}, "`n_clusters` is 0e0; allowed: at least 1e0"),
        ("gaussian_mixture", {"reg_covar": -1.0}, "`reg_covar` is -1e0; allowed: at least 0e0"),
    ],
)
def test_wrong_hyperparameters_are_refused(
    tmp_path: Path, name: str, algorithm: str, given: dict[str, Any], told: str
) -> None:
    with pytest.raises(task.BadInput) as refused:
        run(name, tmp_path, FEW, algorithm, given)
    assert told in str(refused.value)
