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
GOLDEN = ROOT / "crates" / "kernels" / "tests" / "golden"
CASES = json.loads((GOLDEN / "least_squares.json").read_text())["cases"]
# Made by scripts/reference/linear_models_golden.py.
PENALISED = json.loads((GOLDEN / "linear_models.json").read_text())
LINEAR = {"fit_intercept": True, "tol": 1e-6}


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
    design: dict[str, Any],
    algorithm: str,
    hyperparameters: dict[str, Any],
    threads: int = 1,
    folds: int = 0,
    iterations: int = 0,
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """One run by the protocol: all rows both train and judge, or each fold judges in turn."""
    x = np.array(design["x"]).reshape(-1, design["columns"])
    every = np.arange(len(x), dtype="<i8")
    parts = {f"fold_{index}": every[index::folds] for index in range(folds)} or {"train": every, "test": every}
    split = {"name": "cv5" if folds else "holdout", "parts": [write(folder, *part, "i64") for part in parts.items()]}
    inputs = [write(folder, "x", x, "f64"), write(folder, "y", np.array(design["y"]), "f64")]
    manifest = {"dataset": "golden", "inputs": inputs, "splits": [split], "rows": len(x)}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    params = {
        "protocol": task.PROTOCOL,
        "run_id": "test",
        "task": "regression",
        "algorithm": algorithm,
        "hyperparameters": hyperparameters,
        "dataset": "golden",
        "split": split["name"],
        "device": "cpu",
        "threads": threads,
        "mode": "warm",
        "warmup": 0,
        "iterations": iterations or folds or 2,
        "work": ["fit"],
        "capture": "full",
        "slow_percent": 0,
    }
    module, out = load(name), folder / "out"
    outcome = task.conduct(module.PROGRAM, module.work, SCRIPTS / f"{name}.py", params, folder, out, 1)
    names = ("coefficients", "intercept", "objective", "predictions")
    return outcome, {name: np.load(out / "outputs" / f"{name}.npy", allow_pickle=False) for name in names}


@pytest.mark.parametrize("name", ["regression_sklearn", "regression_sklearn_tuned"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
@pytest.mark.parametrize("threads", [1, 2])
def test_least_squares_predicts_what_scikit_learn_does(
    tmp_path: Path, name: str, case: dict[str, Any], threads: int
) -> None:
    hyperparameters = {"fit_intercept": case["fit_intercept"], "tol": case["tolerance"]}
    outcome, outputs = run(name, tmp_path, case, "linear", hyperparameters, threads)
    assert outcome["status"] == "done"
    assert [mark["name"] for mark in outcome["marks"]] == ["load", "setup", "fit", "predict", "fit", "predict"]
    assert outputs["coefficients"].shape == (case["columns"],) and outputs["intercept"].shape == (1,)
    expected = np.array(case["predictions"])
    # Two backward stable solvers agree to eps |X| |c|, which matters only where terms cancel.
    rounding = np.finfo(float).eps * np.linalg.norm(case["x"]) * np.linalg.norm(case["coefficients"])
    assert np.abs(outputs["predictions"] - expected).max() <= 1e-8 * np.abs(expected).max() + 2 * rounding


def named(case: dict[str, Any]) -> str:
    return f"{case['algorithm']}-{case['design']}-" + "-".join(map(str, case["hyperparameters"].values()))


@pytest.mark.parametrize("case", PENALISED["cases"], ids=named)
def test_what_is_penalised_is_what_scikit_learn_answers(tmp_path: Path, case: dict[str, Any]) -> None:
    design = PENALISED["designs"][case["design"]]
    outcome, outputs = run("regression_sklearn_tuned", tmp_path, design, case["algorithm"], case["hyperparameters"])
    assert outcome["status"] == "done"
    lost = 0.0
    if case["algorithm"] == "ridge":
        # What factoring the squares costs scikit-learn itself; with none left there is no answer.
        lost = 8 * np.finfo(float).eps * (case["condition"] or 1e99)
        if lost > 1e-3:
            return
    else:
        facts = outcome["facts"]
        assert (facts["sweeps"], facts["converged"]) == (case["sweeps"], case["converged"])
    expected = np.array(case["predictions"])
    rounding = 4 * np.finfo(float).eps * np.linalg.norm(design["x"]) * np.linalg.norm(case["coefficients"])
    assert np.abs(outputs["predictions"] - expected).max() <= (1e-8 + lost) * np.abs(expected).max() + rounding


@pytest.mark.parametrize("name", ["regression_sklearn", "regression_sklearn_tuned"])
@pytest.mark.parametrize("algorithm", ["linear", "ridge", "lasso", "elastic_net"])
def test_each_fold_is_fitted_on_the_others_and_stands_in_its_place(tmp_path: Path, name: str, algorithm: str) -> None:
    from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge

    design = PENALISED["designs"]["easy"]
    given = {"linear": {"tol": 1e-6}, "ridge": {"alpha": 1.0}, "lasso": {"alpha": 0.1}, "elastic_net": {"alpha": 0.1}}
    models = {"linear": LinearRegression, "ridge": Ridge, "lasso": Lasso, "elastic_net": ElasticNet}
    common = {"fit_intercept": True} | ({} if algorithm == "linear" else {"max_iter": 1000, "tol": 1e-4})
    hyperparameters = common | given[algorithm] | ({"l1_ratio": 0.3} if algorithm == "elastic_net" else {})
    outcome, outputs = run(name, tmp_path, design, algorithm, hyperparameters, folds=5)
    assert [mark["iteration"] for mark in outcome["marks"] if mark["name"] == "fit"] == list(range(5))
    x, y = np.array(design["x"]).reshape(-1, design["columns"]), np.array(design["y"])
    rows = np.arange(len(x))
    tests = [rows[fold::5] for fold in range(5)]
    trains = [np.concatenate(tests[:fold] + tests[fold + 1 :]) for fold in range(5)]
    fitted = [models[algorithm](**hyperparameters).fit(x[train], y[train]) for train in trains]
    expected = {
        "coefficients": np.concatenate([model.coef_ for model in fitted]),
        "intercept": np.array([model.intercept_ for model in fitted]),
        "predictions": np.concatenate([model.predict(x[test]) for model, test in zip(fitted, tests, strict=True)]),
        "objective": np.array(
            [
                reached(algorithm, hyperparameters, y[train] - model.predict(x[train]), model.coef_)
                for model, train in zip(fitted, trains, strict=True)
            ]
        ),
    }
    for output, values in expected.items():
        np.testing.assert_allclose(outputs[output], values, rtol=1e-9, atol=1e-11, err_msg=output)


def reached(algorithm: str, given: dict[str, Any], errors: np.ndarray, coefficients: np.ndarray) -> float:
    """By the formulas of bins/regression/README.md."""
    penalty = {
        "linear": 0.0,
        "ridge": given.get("alpha", 0.0) * np.sum(coefficients**2),
        "lasso": given.get("alpha", 0.0) * np.sum(np.abs(coefficients)),
        "elastic_net": given.get("alpha", 0.0)
        * (0.3 * np.sum(np.abs(coefficients)) + 0.7 * np.sum(coefficients**2) / 2),
    }
    share = 1.0 if algorithm in ("linear", "ridge") else 1.0 / (2 * len(errors))
    return float(share * np.sum(errors**2) + penalty[algorithm])


def test_iterations_that_leave_a_fold_out_are_refused(tmp_path: Path) -> None:
    design = PENALISED["designs"]["easy"]
    with pytest.raises(task.BadInput, match="multiples of 5, the folds of `cv5`"):
        run("regression_sklearn", tmp_path, design, "linear", LINEAR, folds=5, iterations=7)


@pytest.mark.parametrize("implementation", ["regression_sklearn", "regression_sklearn_tuned"])
@pytest.mark.parametrize(
    ("algorithm", "name", "value", "told"),
    [
        ("linear", "tol", 0.5, "`tol` is 5e-1; allowed: at most 1e-1"),
        ("ridge", "alpha", -1.0, "`alpha` is -1e0; allowed: at least 0e0"),
        ("ridge", "alpha", "1", '`alpha`: "1" is no float'),
        ("ridge", "alpha", None, "`alpha`: null is no float"),
        ("lasso", "max_iter", 0, "`max_iter` is 0e0; allowed: at least 1e0"),
        ("lasso", "max_iter", 1.5, "`max_iter`: 1.5 is no int"),
        ("lasso", "fit_intercept", 1, "`fit_intercept`: 1 is no bool"),
        ("elastic_net", "l1_ratio", 1.5, "`l1_ratio` is 1.5e0; allowed: at most 1e0"),
        ("elastic_net", "alpha", 1e13, "`alpha` is 1e13; allowed: at most 1e12"),
        ("elastic_net", "gamma", 1.0, "unknown field `gamma`"),
    ],
)
def test_wrong_hyperparameters_are_refused(
    tmp_path: Path, implementation: str, algorithm: str, name: str, value: Any, told: str
) -> None:
    chosen = next(
        case for case in PENALISED["cases"] if case["algorithm"] == ("ridge", algorithm)[algorithm != "linear"]
    )
    hyperparameters = (LINEAR if algorithm == "linear" else chosen["hyperparameters"]) | {name: value}
    with pytest.raises(task.BadInput) as refused:
        run(implementation, tmp_path, PENALISED["designs"]["easy"], algorithm, hyperparameters)
    assert told in str(refused.value)
    assert not (tmp_path / "out" / "outcome.json").exists()
