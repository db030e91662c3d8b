"""The protocol from outside: an order in, marks, outputs and one document out. The tests of the Rust
crate ask the same of it."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ferrobench_task as task
import numpy as np
import pytest

PROGRAM = task.Program(
    implementation="mean_test",
    klass="library",
    framework="numpy",
    algorithms=["mean"],
    threads_env=["OMP_NUM_THREADS"],
)
TASK = {
    "protocol": task.PROTOCOL,
    "task": "mean",
    "summary": "The mean",
    "algorithms": {
        "mean": {
            "summary": "The mean",
            "parameters": {
                "properties": {
                    "scale": {
                        "type": "number",
                        "minimum": 0.5,
                        "maximum": 4.0,
                        "default": 1.0,
                        "description": "A factor",
                    }
                }
            },
        }
    },
    "datasets": ["three"],
    "marks": [{"name": "fit", "required": True, "repeats": True, "work": True}],
    "smoke": {"dataset": "three", "mode": "warm", "warmup": 1, "iterations": 2, "timeout_s": 60},
}


def work(run: task.Run) -> None:
    """The mean of the training rows, times `scale`."""
    scale = run.hyperparameters(scale=float)["scale"]
    with run.mark("load"):
        x, train = run.array("x"), run.rows("train")
    mean = 0.0
    for iteration in run.iterations():
        with run.mark("fit", iteration):
            mean = float(x[train].mean() * scale)
    run.fact("rows", len(train))
    run.output("mean", [mean])


class Case:
    """A folder with an order and data: x = 1, 2, 6; train = 0, 2."""

    def __init__(self, folder: Path) -> None:
        self.script = folder / "mean" / "src" / "bin" / "mean_test.py"
        self.script.parent.mkdir(parents=True)
        (folder / "mean" / "task.json").write_text(json.dumps(TASK))
        self.data, self.out = folder / "data", folder / "out"
        self.data.mkdir()
        self.params: dict[str, Any] = {
            "protocol": task.PROTOCOL,
            "run_id": "r1",
            "task": "mean",
            "algorithm": "mean",
            "hyperparameters": {"scale": 2.0},
            "dataset": "three",
            "split": "holdout",
            "device": "cpu",
            "threads": 1,
            "mode": "warm",
            "warmup": 1,
            "iterations": 2,
            "work": ["fit"],
            "capture": "full",
            "slow_percent": 0,
        }
        np.save(self.data / "x.npy", np.array([1.0, 2.0, 6.0]))
        np.save(self.data / "train.npy", np.array([0, 2], dtype="<i8"))
        self.write_manifest()

    def write_manifest(self) -> None:
        manifest = {
            "dataset": "three",
            "inputs": [self.entry("x", "f64", 3)],
            "splits": [{"name": "holdout", "parts": [self.entry("train", "i64", 2)]}],
            "rows": 3,
        }
        (self.data / "manifest.json").write_text(json.dumps(manifest))

    def entry(self, name: str, dtype: str, length: int) -> dict[str, Any]:
        data = (self.data / f"{name}.npy").read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        shape = [length]
        return {
            "name": name,
            "path": f"{name}.npy",
            "dtype": dtype,
            "shape": shape,
            "bytes": len(data),
            "sha256": sha256,
        }

    def main(self, monkeypatch: pytest.MonkeyPatch, work: Callable[[task.Run], None] = work, *flags: str) -> int:
        params = self.data.parent / "params.json"
        params.write_text(json.dumps(self.params))
        words = ["--params", str(params), "--data", str(self.data), "--out", str(self.out), "--seed", "7"]
        monkeypatch.setattr(sys, "argv", ["mean_test", *(flags or words)])
        return task.main(PROGRAM, work, str(self.script))

    def outcome(self) -> dict[str, Any]:
        outcome: dict[str, Any] = json.loads((self.out / "outcome.json").read_text())
        return outcome


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_a_run_leaves_marks_in_order_its_output_and_an_outcome(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    assert case.main(monkeypatch) == 0
    outcome = case.outcome()
    assert (outcome["status"], outcome["seed"], outcome["run_id"]) == ("done", 7, "r1")
    marks = [(mark["name"], mark["iteration"]) for mark in outcome["marks"]]
    assert marks == [("load", 0), ("fit", 0), ("fit", 1), ("fit", 2)]
    times = [mark[key] for mark in outcome["marks"] for key in ("start_ns", "end_ns")]
    assert times == sorted(times)
    (artifact,) = outcome["artifacts"]
    written = case.out / artifact["path"]
    assert np.load(written, allow_pickle=False).tolist() == [7.0]
    assert hashlib.sha256(written.read_bytes()).hexdigest() == artifact["sha256"]
    assert outcome["facts"] == {"rows": 2}
    assert outcome["versions"]["numpy"] == np.__version__


def test_a_digest_is_that_of_the_file_that_is_not_written(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    assert case.main(monkeypatch) == 0
    (full,) = case.outcome()["artifacts"]
    case.params["capture"], case.out = "digest", case.out.with_name("out2")
    assert case.main(monkeypatch) == 0
    (digest,) = case.outcome()["artifacts"]
    assert not (case.out / "outputs").exists()
    assert digest == {key: value for key, value in full.items() if key != "path"}


def diverging(run: task.Run) -> None:
    run.output("mean", [0.0, float("nan")])


def raising(run: task.Run) -> None:
    raise ValueError("on purpose")


def impossible(run: task.Run) -> None:
    raise task.Impossible("no such device")


def failing(run: task.Run) -> None:
    with run.mark("fit"):
        pass
    raise task.Failed("no")


@pytest.mark.parametrize(
    ("work", "code", "status", "reason"),
    [
        (diverging, 1, "failed", "diverged: `mean` holds nan at 1"),
        (raising, 1, "failed", "panicked: ValueError: on purpose"),
        (impossible, 3, "skipped", "no such device"),
        (failing, 1, "failed", "no"),
    ],
)
def test_what_fails_says_why_and_keeps_its_marks(
    case: Case,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    work: Callable[[task.Run], None],
    code: int,
    status: str,
    reason: str,
) -> None:
    assert case.main(monkeypatch, work) == code
    outcome = case.outcome()
    assert (outcome["status"], outcome["reason"], outcome["artifacts"]) == (status, reason, [])
    assert len(outcome["marks"]) == (1 if work is failing else 0)
    assert not (case.out / "outputs").exists()
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("error: ") and reason in said.err and said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("protocol", "ferrobench-task/9", "this program speaks `ferrobench-task/1`"),
        ("task", "svm", "task `svm`; this program does `mean`"),
        ("algorithm", "meann", "hint: did you mean `mean`?"),
        ("hyperparameters", {"scale": 1.0, "x": 1}, "unknown field `x`"),
        ("hyperparameters", {}, "missing field `scale`"),
        ("hyperparameters", {"scale": "big"}, "is no float"),
        ("hyperparameters", {"scale": 5.0}, "`scale` is 5e0; allowed: at most 4e0"),
        ("hyperparameters", {"scale": 0.25}, "`scale` is 2.5e-1; allowed: at least 5e-1"),
        ("threads", 0, "1 or more"),
        ("threads", True, "is no int"),
        ("split", "other", "has no split `other`"),
        ("mode", "lukewarm", "lukewarm"),
        ("dataset", "four", "dataset `four`; the data folder holds `three`"),
        ("capture", "half", "half"),
        ("surprise", 1, "unknown field `surprise`"),
    ],
)
def test_an_order_that_does_not_fit_is_refused_and_leaves_nothing(
    case: Case,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    key: str,
    value: object,
    complaint: str,
) -> None:
    case.params[key] = value
    assert case.main(monkeypatch) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("error: ") and complaint in said.err
    assert not (case.out / "outcome.json").exists()


def remove_x(case: Case) -> None:
    (case.data / "x.npy").unlink()


def empty_x(case: Case) -> None:
    (case.data / "x.npy").write_bytes(b"")


def change_x(case: Case) -> None:
    np.save(case.data / "x.npy", np.array([1.0, 2.0, 7.0]))


def row_beyond(case: Case) -> None:
    np.save(case.data / "train.npy", np.array([0, 3], dtype="<i8"))
    case.write_manifest()


def not_finite(case: Case) -> None:
    np.save(case.data / "x.npy", np.array([1.0, np.nan, 6.0]))
    case.write_manifest()


def pickled(case: Case) -> None:
    np.save(case.data / "x.npy", np.array([{}, {}, {}], dtype=object), allow_pickle=True)
    case.write_manifest()


def no_inputs(case: Case) -> None:
    (case.data / "manifest.json").write_text('{"splits": [], "rows": 3}')


def not_json(case: Case) -> None:
    (case.data / "manifest.json").write_text("{")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (remove_x, "cannot read"),
        (empty_x, "0 bytes; the manifest says"),
        (change_x, "; the manifest says "),
        (row_beyond, "part `train` names row 3 of 3"),
        (not_finite, "value 1 is not finite"),
        (pickled, "allow_pickle"),
        (no_inputs, "missing field `inputs`"),
        (not_json, "not JSON"),
    ],
)
def test_data_that_are_not_what_the_manifest_says_are_refused(
    case: Case,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Case], None],
    complaint: str,
) -> None:
    change(case)
    assert case.main(monkeypatch) == 2
    said = capsys.readouterr()
    assert said.err.startswith("error: ") and complaint in said.err
    assert not (case.out / "outcome.json").exists()


def test_another_device_is_skipped_not_refused(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.params["device"] = "cuda"
    assert case.main(monkeypatch) == 3
    assert (case.outcome()["status"], case.outcome()["marks"]) == ("skipped", [])


def test_the_slow_down_is_a_share_of_the_marks_own_time(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def sleeping(run: task.Run) -> None:
        import time

        for name in ("fit", "predict"):
            with run.mark(name):
                time.sleep(0.02)

    case.params["slow_percent"] = 99
    assert case.main(monkeypatch, sleeping) == 0
    fit, predict = (mark["end_ns"] - mark["start_ns"] for mark in case.outcome()["marks"])
    assert fit >= 39_800_000, "the work is slowed"
    assert 20_000_000 <= predict < 39_800_000, "what is no work is not"


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (["--params", "p"], "--data: missing"),
        (["--params", "p", "--scale", "1"], "not allowed beside --params"),
        (["--params", "p", "--data", "d", "--out", "o", "--seed", "-1"], "no whole number"),
        (["--scael", "1"], "did you mean `--scale`?"),
        (["--scale"], "needs a value"),
        (["--seed", "1", "--seed", "2"], "given twice"),
        (["three"], "unexpected word `three`"),
        (["--dataset", "four"], "`four` is not prepared; this task's datasets: three"),
    ],
)
def test_misspelt_flags_get_a_guess(
    case: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], flags: list[str], complaint: str
) -> None:
    assert case.main(monkeypatch, work, *flags) == 2
    assert complaint in capsys.readouterr().err


def test_plain_flags_do_one_run_with_the_tasks_defaults(
    case: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = case.data.parent
    (root / "main.nf").touch()
    prepared = root / ".ferrobench" / "data"
    prepared.mkdir(parents=True)
    case.data.rename(prepared / "three-0123456789abcdef")
    monkeypatch.setenv("TMPDIR", str(root))
    monkeypatch.setattr(task.tempfile, "tempdir", None)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert case.main(monkeypatch, work, "--dataset", "three", "--scale", "3") == 0
    said = capsys.readouterr()
    outcome = json.loads(said.out)
    outputs = Path(said.err.removeprefix("outputs: ").strip())
    assert np.load(outputs / "mean.npy", allow_pickle=False).tolist() == [10.5]
    assert [mark["name"] for mark in outcome["marks"]] == ["load", "fit", "fit", "fit"]


def test_plain_flags_begin_again_where_the_threads_differ(
    case: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (case.data.parent / "main.nf").touch()
    prepared = case.data.parent / ".ferrobench" / "data"
    prepared.mkdir(parents=True)
    case.data.rename(prepared / "three-0123456789abcdef")
    begun: list[dict[str, str]] = []

    def execve(_path: str, _words: list[str], environment: dict[str, str]) -> None:
        begun.append(environment)
        raise task.Failed("another program runs now")

    monkeypatch.setattr(task.os, "execve", execve)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert case.main(monkeypatch, work, "--dataset", "three", "--threads", "2") == 1
    assert [environment["OMP_NUM_THREADS"] for environment in begun] == ["2"]


def test_it_describes_itself_and_explains_its_flags(
    case: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert case.main(monkeypatch, work, "--describe") == 0
    described = json.loads(capsys.readouterr().out)
    assert (described["task"], described["framework_version"]) == ("mean", np.__version__)
    assert case.main(monkeypatch, work, "--help") == 0
    help_text = capsys.readouterr().out
    for part in ("--scale NUMBER (default 1.0, at least 0.5, at most 4.0)  A factor", "--dataset NAME", "three"):
        assert part in help_text


def test_terminal_escapes_are_shown_not_obeyed() -> None:
    assert task.visible("\x1b[2J\u202ex") == "\\u{1b}[2J\\u{202e}x"


class Classes(Case):
    """x = (1, 2), (3, 4), (5, 6); y = 1, 0, 2 as classes; `holdout` trains on rows 2 and 0, `all` on every row."""

    def __init__(self, folder: Path) -> None:
        self.y = [1, 0, 2]
        super().__init__(folder)

    def write_manifest(self) -> None:
        np.save(self.data / "x.npy", np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
        for name, values in (("y", self.y), ("train", [2, 0]), ("test", [1]), ("all", [0, 1, 2])):
            np.save(self.data / f"{name}.npy", np.array(values, dtype="<i8"))
        parts = {"holdout": [("train", 2), ("test", 1)], "all": [("all", 3)]}
        manifest = {
            "dataset": "three",
            "choice": "three",
            "inputs": [self.entry("x", "f64", 3) | {"shape": [3, 2]}, self.entry("y", "i64", 3)],
            "splits": [
                {"name": name, "parts": [self.entry(part, "i64", rows) for part, rows in parts[name]]} for name in parts
            ],
            "rows": 3,
        }
        (self.data / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture
def classes(tmp_path: Path) -> Classes:
    return Classes(tmp_path)


def classify(run: task.Run) -> None:
    with run.mark("load"):
        turn = run.classes().turn(0)
    assert (turn.x_train.tolist(), turn.x_test.tolist()) == ([[5.0, 6.0], [1.0, 2.0]], [[3.0, 4.0]])
    run.output("mean", turn.y_train, dtype="i64")


def cluster(run: task.Run) -> None:
    with run.mark("load"):
        turn = run.points().turn(0)
    assert turn.y_train.size + turn.x_test.size == 0
    run.output("mean", turn.x_train)


def regress(run: task.Run) -> None:
    with run.mark("load"):
        run.table()


def test_classes_are_whole_numbers_from_the_data_to_the_output(
    classes: Classes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert classes.main(monkeypatch, classify) == 0
    left = np.load(classes.out / "outputs" / "mean.npy", allow_pickle=False)
    assert (left.dtype.str, left.tolist()) == ("<i8", [2, 1])
    classes.y = [1, -1, -2]
    classes.write_manifest()
    assert classes.main(monkeypatch, classify) == 2
    assert capsys.readouterr().err == "error: data manifest: `y` holds -2, which is no class\n"


def test_points_have_no_target_and_all_rows_train_in_their_order(
    classes: Classes, monkeypatch: pytest.MonkeyPatch
) -> None:
    classes.params["split"] = "all"
    assert classes.main(monkeypatch, cluster) == 0
    left = np.load(classes.out / "outputs" / "mean.npy", allow_pickle=False)
    assert left.tolist() == [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]


def test_classes_are_no_numbers_to_regress_on(
    classes: Classes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert classes.main(monkeypatch, regress) == 2
    assert capsys.readouterr().err.endswith("y.npy: holds numbers of type '<i8' where '<f8' is needed\n")


def test_an_algorithm_is_given_only_the_datasets_that_it_takes(
    classes: Classes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    picky = {"algorithms": {"mean": {**TASK["algorithms"]["mean"], "datasets": ["threes"]}}}  # type: ignore[index]
    (classes.script.parent.parent.parent / "task.json").write_text(json.dumps(TASK | picky))
    assert classes.main(monkeypatch, work) == 2
    told = "error: params.json: `mean` takes no dataset `three`; it takes threes\nhint: did you mean `threes`?\n"
    assert capsys.readouterr().err == told


def test_a_word_is_one_of_those_that_are_allowed(
    case: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    linkage = {"type": "string", "enum": ["ward", "average"], "default": "ward"}
    mean = {"summary": "The mean", "parameters": {"properties": {"linkage": linkage}}}
    (case.script.parent.parent.parent / "task.json").write_text(json.dumps(TASK | {"algorithms": {"mean": mean}}))
    case.params["hyperparameters"] = {"linkage": "wrd"}
    assert case.main(monkeypatch) == 2
    told = "error: params.json: hyperparameters: `linkage` is wrd; allowed: ward, average\n"
    assert capsys.readouterr().err == told


def test_a_split_by_hand_is_one_that_the_task_allows(
    case: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert case.main(monkeypatch, work, "--dataset", "three", "--split", "all") == 2
    assert "error: --split: `all`; allowed: holdout, cv5" in capsys.readouterr().err
