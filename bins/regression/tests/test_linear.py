"""The implementations in Python on easy and on nasty designs: what the tuned one takes short cuts for
has to be what scikit-learn answers."""

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
SCRIPTS = ROOT / "bins" / "regression" / "src" / "bin"
# Made by crates/kernels/tests/golden/make_least_squares.py, from scikit-learn itself.
CASES = json.loads((ROOT / "crates" / "kernels" / "tests" / "golden" / "least_squares.json").read_text())["cases"]


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


def run(name: str, folder: Path, case: dict[str, Any], threads: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """One run by the protocol on the case's rows, which both train and judge."""
    x = np.array(case["x"]).reshape(-1, case["columns"])
    every = np.arange(len(x), dtype="<i8")
    parts = [write(folder, part, every, "i64") for part in ("train", "test")]
    inputs = [write(folder, "x", x, "f64"), write(folder, "y", np.array(case["y"]), "f64")]
    manifest = {"inputs": inputs, "splits": [{"name": "holdout", "parts": parts}], "rows": len(x)}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    params = {
        "protocol": task.PROTOCOL,
        "run_id": "test",
        "task": "regression",
        "algorithm": "linear",
        "hyperparameters": {"fit_intercept": case["fit_intercept"], "tol": case["tolerance"]},
        "dataset": "golden",
        "split": "holdout",
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
    names = ("coefficients", "intercept", "predictions")
    return outcome, {name: np.load(out / "outputs" / f"{name}.npy", allow_pickle=False) for name in names}


@pytest.mark.parametrize("name", ["regression_sklearn", "regression_sklearn_tuned"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
@pytest.mark.parametrize("threads", [1, 2])
def test_predictions_are_scikit_learns(tmp_path: Path, name: str, case: dict[str, Any], threads: int) -> None:
    outcome, outputs = run(name, tmp_path, case, threads)
    assert outcome["status"] == "done"
    assert [mark["name"] for mark in outcome["marks"]] == ["load", "setup", "fit", "predict", "fit", "predict"]
    assert outputs["coefficients"].shape == (case["columns"],) and outputs["intercept"].shape == (1,)
    expected = np.array(case["predictions"])
    # Two backward stable solvers agree to eps |X| |c|, which matters only where terms cancel.
    rounding = np.finfo(float).eps * np.linalg.norm(case["x"]) * np.linalg.norm(case["coefficients"])
    assert np.abs(outputs["predictions"] - expected).max() <= 1e-8 * np.abs(expected).max() + 2 * rounding
