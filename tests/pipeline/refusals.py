"""What every implementation of a classical task says to bad input; used by test-refusals.

refusals.py BUILT TASKS    BUILT has a document for each implementation, TASKS one for each task

Each implementation runs as a process by the protocol. All that offer an algorithm have to come to the
same verdict, and to refuse in the same words.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

REFUSED, FAILED, DONE = "refused", "failed", "done"
Arrays = tuple[np.ndarray, np.ndarray]
# Data of its own that an algorithm takes, where the task's algorithms take different ones.
OF_CLASSES, OF_NUMBERS = "iris", "diabetes"
# A library is shown as it is: what it fails on stays a failed record, and its README says so.
FAILS_WHERE_OTHERS_END_WELL = {
    ("clustering_linfa", "gaussian_mixture", "constant features"),
    ("regression_linfa", "linear", "constant features"),
}


class Case(NamedTuple):
    name: str
    task: str
    algorithm: str
    given: dict[str, Any]
    data: Arrays
    expected: str


def main(built: Path, tasks: Path) -> int:
    subjects = [json.loads(path.read_text()) for path in sorted(built.glob("*.json"))]
    wrong = 0
    cases = [*bad_data(), *out_of_range(tasks)]
    ran = 0
    for case in cases:
        asked = [s for s in subjects if s["task"] == case.task and case.algorithm in s["describe"]["algorithms"]]
        verdicts = {subject["implementation"]: verdict(subject, case, tasks) for subject in asked}
        ran += len(verdicts)
        if not agreed(case, verdicts):
            wrong += 1
            sys.stdout.write(f"FAILED  {case.task} {case.algorithm}: {case.name}: {case.expected} was due\n")
            for name, (ended, words) in verdicts.items():
                sys.stdout.write(f"          {name}: {ended}: {words}\n")
    sys.stdout.write(f"{len(cases)} cases, {ran} runs, {wrong} wrong\n")
    return 1 if wrong or not ran else 0


def agreed(case: Case, verdicts: dict[str, tuple[str, str]]) -> bool:
    """Two at least are asked, all end as expected, and refuse in the same words."""
    said = {words for _, words in verdicts.values()}

    def as_due(name: str, ended: str) -> bool:
        alone = (name, case.algorithm, case.name) in FAILS_WHERE_OTHERS_END_WELL
        return ended == (FAILED if alone else case.expected)

    every = all(as_due(name, ended) for name, (ended, _) in verdicts.items())
    return len(verdicts) > 1 and every and (case.expected != REFUSED or len(said) == 1)


def verdict(subject: dict[str, Any], case: Case, tasks: Path) -> tuple[str, str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        params = order(folder, case, json.loads((tasks / f"{case.task}.json").read_text()))
        out = folder / "out"
        out.mkdir()
        command = [*subject["argv"], "--params", params, "--data", folder, "--out", out, "--seed", "3"]
        kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        threads = dict.fromkeys(subject["describe"]["threads_env"], "1")
        ran = subprocess.run(
            command, env=kept | threads | subject["env"], cwd=out, capture_output=True, text=True, timeout=120
        )
        if ran.returncode == 2:
            errors = [line for line in ran.stderr.splitlines() if line.startswith("error: ")]
            # The place of the data is the folder that this run was given.
            return REFUSED if len(errors) == 1 else "no clear line", " | ".join(errors).replace(name, "DATA")
        if ran.returncode not in (0, 1) or not (out / "outcome.json").exists():
            return f"exit code {ran.returncode}", ran.stderr.strip()[-300:]
        outcome = json.loads((out / "outcome.json").read_text())
        return outcome["status"], outcome.get("reason") or ""


def order(folder: Path, case: Case, task: dict[str, Any]) -> Path:
    """The data and the order of one run: all rows both train and judge."""
    x, y = case.data
    every = np.arange(len(x), dtype="<i8")
    parts = ["all"] if task.get("split") == "all" else ["train", "test"]
    split = task.get("split") or "holdout"
    classes = y.dtype.kind == "i"
    inputs = [write(folder, "x", x, "f64"), write(folder, "y", y, "i64" if classes else "f64")]
    dataset = OF_CLASSES if classes else OF_NUMBERS
    files = [write(folder, part, every, "i64") for part in parts]
    manifest = {
        "schema_version": "1.0",
        "dataset": dataset,
        "choice": dataset,
        "source": {"licence": "made here", "notes": [], "origin": "test-refusals"},
        "inputs": inputs,
        "splits": [{"name": split, "algorithm": "in_order", "seed": 0, "parts": files}],
        "rows": len(x),
        "columns": x.shape[1],
        "weights": None,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    properties = task["algorithms"][case.algorithm]["parameters"]["properties"]
    params = {
        "protocol": task["protocol"],
        "run_id": "refusals",
        "task": case.task,
        "algorithm": case.algorithm,
        "hyperparameters": {name: schema["default"] for name, schema in properties.items()} | case.given,
        "dataset": dataset,
        "split": split,
        "device": "cpu",
        "threads": 1,
        "mode": "warm",
        "warmup": 0,
        "iterations": 1,
        "work": [mark["name"] for mark in task["marks"] if mark["work"]],
        "capture": "full",
        "slow_percent": 0,
    }
    path = folder / "params.json"
    path.write_text(json.dumps(params))
    return path


def write(folder: Path, name: str, array: np.ndarray, dtype: str) -> dict[str, Any]:
    path = folder / f"{name}.npy"
    np.save(path, array)
    content = path.read_bytes()
    facts = {"format": "npy", "dtype": dtype, "shape": list(array.shape), "bytes": len(content)}
    return facts | {"name": name, "path": path.name, "sha256": hashlib.sha256(content).hexdigest()}


def table(rows: int = 40, columns: int = 3) -> np.ndarray:
    return np.random.default_rng(7).normal(size=(rows, columns))


def classes(rows: int = 40, count: int = 2) -> np.ndarray:
    return np.arange(rows, dtype="<i8") % count


def numbers(x: np.ndarray) -> np.ndarray:
    return x.sum(axis=1) + 0.1 * np.arange(len(x))


def with_nan(x: np.ndarray) -> np.ndarray:
    x = x.copy()
    x[1, 1] = np.nan
    return x


def bad_data() -> Iterator[Case]:
    x = table()
    two, one = (x, classes()), (x, np.zeros(40, dtype="<i8"))
    few = (x, (np.arange(40) >= 38).astype("<i8"))
    plain = (x, numbers(x))
    constant = np.ones((40, 3))
    repeated = (np.repeat(x[:4], 10, axis=0), np.repeat(classes(4), 10))
    wide = table(6, 20)
    for task, algorithms in CLASSIFIERS.items():
        for algorithm in algorithms:
            yield Case("a NaN in the data", task, algorithm, {}, (with_nan(x), classes()), REFUSED)
            # Without a margin, nu-SVC has nothing to divide by; libsvm says so.
            expected = FAILED if algorithm == "nusvc" else DONE
            yield Case("constant features", task, algorithm, {}, (constant, classes()), expected)
            yield Case("rows that repeat", task, algorithm, {}, repeated, DONE)
    for algorithm in CLASSIFIERS["svm"]:
        yield Case("a single class", "svm", algorithm, {}, one, REFUSED)
    yield Case("nu infeasible", "svm", "nusvc", {"nu": 0.9}, few, REFUSED)
    for gamma in (-1.0, "wide"):
        yield Case(f"gamma {gamma}", "svm", "svc", {"gamma": gamma}, two, REFUSED)
    yield Case("more columns than rows", "svm", "svc", {}, (wide, classes(6)), DONE)
    yield Case("more columns than rows", "svm", "svr", {}, (wide, numbers(wide)), DONE)
    yield Case("an infinity in the data", "svm", "svr", {}, (np.where(x == x[0, 0], np.inf, x), numbers(x)), REFUSED)
    for algorithm in ("kmeans", "kmeans_plus_plus", "agglomerative", "gaussian_mixture"):
        yield Case("more clusters than rows", "clustering", algorithm, {"n_clusters": 41}, two, FAILED)
        yield Case("a NaN in the data", "clustering", algorithm, {"n_clusters": 2}, (with_nan(x), classes()), REFUSED)
        yield Case("more columns than rows", "clustering", algorithm, {"n_clusters": 2}, (wide, classes(6)), DONE)
    yield Case("fewer kinds of rows than clusters", "clustering", "kmeans", {"n_clusters": 8}, repeated, DONE)
    yield Case("constant features", "clustering", "dbscan", {}, (constant, classes()), DONE)
    yield Case("constant features", "clustering", "gaussian_mixture", {}, (constant, classes()), DONE)
    yield Case("a singular covariance", "clustering", "gaussian_mixture", {"reg_covar": 0.0}, repeated, FAILED)
    for eps in (0.0, -1.0):
        yield Case(f"eps {eps}", "clustering", "dbscan", {"eps": eps}, two, REFUSED)
    yield Case("more neighbours than rows", "neighbors", "knn_classification", {"n_neighbors": 41}, two, REFUSED)
    yield Case("more neighbours than rows", "neighbors", "knn_regression", {"n_neighbors": 41}, plain, REFUSED)
    for algorithm in ("exact", "randomised"):
        yield Case("more components than columns", "pca", algorithm, {"n_components": 4}, two, REFUSED)
        yield Case("constant features", "pca", algorithm, {}, (constant, classes()), DONE)
        yield Case("a NaN in the data", "pca", algorithm, {}, (with_nan(x), classes()), REFUSED)
    for task, algorithms in REGRESSIONS.items():
        for algorithm in algorithms:
            yield Case("a NaN in the data", task, algorithm, {}, (with_nan(x), numbers(x)), REFUSED)
            yield Case("constant features", task, algorithm, {}, (constant, numbers(x)), DONE)


CLASSIFIERS = {
    "svm": ["svc", "nusvc", "linearsvc"],
    "neighbors": ["knn_classification"],
    "trees": ["random_forest_classification", "hist_gradient_boosting_classification"],
}
REGRESSIONS = {
    "regression": ["linear", "ridge", "lasso", "elastic_net"],
    "svm": ["svr"],
    "neighbors": ["knn_regression"],
    "trees": ["random_forest_regression", "hist_gradient_boosting_regression"],
}


def out_of_range(tasks: Path) -> Iterator[Case]:
    """Each hyperparameter of each algorithm once outside what its task says of it."""
    x = table()
    for task in ("regression", *sorted({*CLASSIFIERS, *REGRESSIONS, "clustering", "pca"} - {"regression"})):
        for algorithm, found in json.loads((tasks / f"{task}.json").read_text())["algorithms"].items():
            of_numbers = algorithm in REGRESSIONS.get(task, [])
            data = (x, numbers(x) if of_numbers else classes())
            for name, schema in found["parameters"]["properties"].items():
                for value in outside(schema):
                    yield Case(f"{name} is {value}", task, algorithm, {name: value}, data, REFUSED)


def outside(schema: dict[str, Any]) -> list[Any]:
    if "enum" in schema:
        return ["no_such_word"]
    least, most = schema.get("minimum"), schema.get("maximum")
    whole = "integer" in schema.get("type", [])
    if least is not None:
        return [least - (1 if whole else 1.0)]
    return [] if most is None else [most * 2]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
