"""The task protocol for implementations in Python: the twin of crates/task, in one file.

An implementation says what it is in a `Program` and does its work in one function over a `Run`;
everything else, from flags to exit codes, is here and, line for line, in the Rust crate.
A task marks times. It never reports a figure and never scores itself.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import metadata
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Rows = npt.NDArray[np.int64]

PROTOCOL = "ferrobench-task/1"
OUTPUT_BYTES_MAX = 16 << 20
DOCUMENT_BYTES_MAX = 1 << 20
TREE_DEPTH_MAX = 64
DTYPES = {"f64": "<f8", "f32": "<f4", "i64": "<i8", "i32": "<i4"}
PARAMS_KEYS = {
    "protocol": str, "run_id": str, "task": str, "algorithm": str, "hyperparameters": dict,
    "dataset": str, "split": str, "device": str, "threads": int, "mode": str, "warmup": int,
    "iterations": int, "work": list, "capture": str, "slow_percent": int,
}  # fmt: skip
OPTIONAL_KEYS = {"slow_percent": 0}
PARAMS_WORDS = {"device": ["cpu", "cuda"], "mode": ["cold", "warm"], "capture": ["full", "digest"]}
MANIFEST_KEYS: dict[str, type] = {"inputs": list, "splits": list, "rows": int, "dataset": str}
SPLIT_KEYS: dict[str, type] = {"name": str, "parts": list}
FILE_KEYS: dict[str, type] = {"name": str, "path": str, "dtype": str, "shape": list, "bytes": int, "sha256": str}


@dataclass(frozen=True)
class Program:
    """What an implementation is; `--describe` prints it with what is known at run time."""

    implementation: str
    klass: str
    framework: str
    algorithms: list[str]
    threads_env: list[str] = field(default_factory=list)
    requires: list[str] = field(default_factory=list)
    arrays: bool = True
    """Whether it works on arrays; only then numpy is loaded, before anything else."""


class BadInput(Exception):
    """Exit code 2: the input is at fault."""

    def __init__(self, place: str, what: str, hint: str | None = None) -> None:
        text = f"error: {visible(place)}{': ' if place else ''}{visible(what)}"
        super().__init__(text + (f"\nhint: {visible(hint)}" if hint else ""))


class Impossible(Exception):
    """Exit code 3: it cannot be done on this machine."""


class Failed(Exception):
    """Exit code 1: the work itself failed."""


def visible(text: str) -> str:
    """Control characters and bidirectional overrides become visible: one message is one line."""

    def shown(character: str) -> str:
        code = ord(character)
        bidi = code in (0x200E, 0x200F) or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069
        control = (code < 0x20 and character != "\t") or 0x7F <= code <= 0x9F
        return f"\\u{{{code:x}}}" if bidi or control or code in (0x2028, 0x2029) else character

    return "".join(map(shown, text))


def nearest(given: str, known: list[str]) -> str | None:
    found = difflib.get_close_matches(given, known, n=1, cutoff=0.6)
    return found[0] if found else None


@dataclass(frozen=True)
class Turn:
    """One fold's rows: those that train and those that judge."""

    fold: int
    x_train: npt.NDArray[np.float64]
    y_train: npt.NDArray[Any]
    """Numbers, or classes as int64; empty where the rows are points without a target."""
    x_test: npt.NDArray[np.float64]


class Table:
    """A table of rows with one target each, gathered as the run's split says: `holdout` has one fold,
    `cv5` five, of which each judges in turn while the others train, and `all` one that trains on
    every row and judges none. Iteration i is fold i modulo their number."""

    def __init__(self, x: npt.NDArray[Any], y: npt.NDArray[Any], folds: list[tuple[Rows, Rows]]) -> None:
        # Nothing is kept of the whole where the only fold is gathered.
        self._whole = (x, y) if len(folds) > 1 else None
        self._folds = folds
        self._turn = gather(x, y, folds, 0)

    def turn(self, iteration: int) -> Turn:
        """The fold whose turn it is; outside the marks, for only the work is timed."""
        fold = iteration % len(self._folds)
        if fold != self._turn.fold and self._whole:
            self._turn = gather(*self._whole, self._folds, fold)
        return self._turn


def gather(x: npt.NDArray[Any], y: npt.NDArray[Any], folds: list[tuple[Rows, Rows]], fold: int) -> Turn:
    train, test = folds[fold]
    return Turn(fold, x[train], y[train] if y.size else y, x[test])


class Run:
    """One run, as an implementation sees it: its order, its data, its marks, its outputs."""

    def __init__(self, params: dict[str, Any], seed: int, data: Path) -> None:
        self.params = params
        self.seed = seed
        self.threads: int = params["threads"]
        self._folder = data
        self._manifest = read_manifest(data / "manifest.json")
        if params["dataset"] != self._manifest["dataset"]:
            what = f"dataset `{params['dataset']}`; the data folder holds `{self._manifest['dataset']}`"
            raise BadInput("params.json", what, "give the folder of that dataset with --data")
        self.marks: list[dict[str, Any]] = []
        self._outputs: dict[str, dict[int, npt.NDArray[Any]]] = {}
        self._lines: dict[str, bytes] = {}
        self.facts: dict[str, Any] = {}

    def iterations(self) -> range:
        """Warm-up and counted iterations together."""
        return range(self.params["warmup"] + self.params["iterations"])

    def hyperparameters(self, **types: type | UnionType) -> dict[str, Any]:
        """The algorithm's hyperparameters; each is there, of its type, and no other is."""
        given = self.params["hyperparameters"]
        place, hint = "params.json: hyperparameters", f"`{self.params['algorithm']}` describes them with --help"
        for name in given:
            if name not in types:
                expected = ", ".join(f"`{known}`" for known in types)
                raise BadInput(place, f"unknown field `{name}`, expected {expected}", hint)
        for name, kind in types.items():
            if name not in given:
                raise BadInput(place, f"missing field `{name}`", hint)
            if not is_of(given[name], kind):
                raise BadInput(place, f"`{name}`: {json.dumps(given[name])} is no {type_name(kind)}", hint)
        return dict(given)

    @contextmanager
    def mark(self, name: str, iteration: int = 0) -> Iterator[None]:
        """Marks a stretch on CLOCK_MONOTONIC; the work's marks are held open for `slow_percent`."""
        slow_percent = self.params["slow_percent"] if name in self.params["work"] else 0
        start_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        yield
        end_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        if slow_percent:
            until_ns = end_ns + (end_ns - start_ns) * slow_percent // 100
            while (end_ns := time.clock_gettime_ns(time.CLOCK_MONOTONIC)) < until_ns:
                pass
        self.marks.append({"name": name, "iteration": iteration, "start_ns": start_ns, "end_ns": end_ns})

    def array(self, name: str) -> npt.NDArray[Any]:
        """A data input, verified."""
        return self._read(self._named(self._manifest["inputs"], name, "has no input"))

    def tree(self, name: str) -> Path:
        """The folder of the data's tree of files, verified."""
        tree = self._manifest.get("tree")
        if not isinstance(tree, dict) or tree.get("name") != name or tree.get("path") != name:
            raise BadInput(str(self._folder / "manifest.json"), f"has no tree `{name}`")
        folder = self._folder / name
        try:
            found = tree_digest(folder)
        except OSError as error:
            raise cannot("read", folder, error) from error
        planned = (tree.get("files"), tree.get("bytes"), tree.get("sha256"))
        if found != planned:
            here, meant = ("{} files of {} bytes with sha256 {}".format(*facts) for facts in (found, planned))
            hint = "the data are damaged; make them again with `prepare data`"
            raise BadInput(str(folder), f"holds {here} where its manifest says {meant}", hint)
        return folder

    def rows(self, part: str) -> npt.NDArray[np.int64]:
        """The row numbers of one part of the run's split."""
        split = self._named(self._manifest["splits"], self.params["split"], "has no split")
        numbers = self._read(self._named(split["parts"], part, f"split `{split['name']}` has no part"))
        rows = self._manifest["rows"]
        if numbers.size and (numbers.min() < 0 or numbers.max() >= rows):
            worst = numbers.min() if numbers.min() < 0 else numbers.max()
            raise BadInput("data manifest", f"part `{part}` names row {worst} of {rows}")
        return numbers

    def table(self) -> Table:
        """The inputs `x` and `y`, a number a row, with the first fold gathered."""
        return self._table_of("f64")

    def classes(self) -> Table:
        """The inputs `x` and `y`, a class 0, 1, … a row, with the first fold gathered."""
        table = self._table_of("i64")
        y = table.turn(0).y_train
        if y.size and y.min() < 0:
            raise BadInput("data manifest", f"`y` holds {y[y < 0][0]}, which is no class")
        return table

    def points(self) -> Table:
        """The input `x` alone, with the first fold gathered."""
        x = self._array_of("x", "f64")
        if x.ndim != 2:
            raise BadInput("data manifest", f"`x` has shape {list(x.shape)}; needed: rows × columns")
        return Table(x, np.empty(0), self.folds())

    def _table_of(self, dtype: str) -> Table:
        x, y = self._array_of("x", "f64"), self._array_of("y", dtype)
        if x.ndim != 2 or y.shape != x.shape[:1]:
            what = f"`x` has shape {list(x.shape)} and `y` {list(y.shape)}; needed: rows × columns and rows"
            raise BadInput("data manifest", what)
        return Table(x, y, self.folds())

    def _array_of(self, name: str, dtype: str) -> npt.NDArray[Any]:
        array = self.array(name)
        if array.dtype.str != DTYPES[dtype]:
            entry = self._named(self._manifest["inputs"], name, "has no input")
            what = f"holds numbers of type '{array.dtype.str}' where '{DTYPES[dtype]}' is needed"
            raise BadInput(str(self._folder / entry["path"]), what)
        return array

    def folds(self) -> list[tuple[Rows, Rows]]:
        """The rows of each fold that train and that judge. The parts of a split are `train` and
        `test`, the rows that each fold judges, or `all`, which judges none."""
        split = self._named(self._manifest["splits"], self.params["split"], "has no split")
        parts = [part["name"] for part in split["parts"]]
        if parts == ["all"]:
            return [(self.rows("all"), np.empty(0, dtype="<i8"))]
        if not all(part.startswith("fold_") for part in parts):
            return [(self.rows("train"), self.rows("test"))]
        count = len(parts)
        if count < 2 or self.params["warmup"] % count or self.params["iterations"] % count:
            what = f"`warmup` and `iterations` are multiples of {count}, the folds of `{split['name']}`"
            raise BadInput("params.json", what, "an iteration is one fold")
        rows = [self.rows(part) for part in parts]
        return [(np.concatenate(rows[:fold] + rows[fold + 1 :]), rows[fold]) for fold in range(count)]

    def output(self, name: str, values: npt.ArrayLike, fold: int = 0, dtype: str = "f64") -> None:
        """Keeps an output, or one fold's share of it, in the place of an earlier one; it is written
        after the last mark. Classes and cluster labels are of type `i64`."""
        self._outputs.setdefault(name, {})[fold] = np.ascontiguousarray(values, dtype=DTYPES[dtype])

    @property
    def outputs(self) -> dict[str, npt.NDArray[Any]]:
        """The folds one after another."""
        joined = {name: [folds[fold] for fold in sorted(folds)] for name, folds in self._outputs.items()}
        return {name: folds[0] if len(folds) == 1 else np.concatenate(folds) for name, folds in joined.items()}

    def lines(self, name: str, lines: list[dict[str, Any]]) -> None:
        """Keeps an output of JSON Lines."""
        written = (json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
        self._lines[name] = "".join(written).encode()

    def fact(self, name: str, value: Any) -> None:
        """A fact about how the work went: iterations, solver, warnings."""
        self.facts[name] = value

    def _named(self, entries: list[dict[str, Any]], name: str, complaint: str) -> dict[str, Any]:
        for entry in entries:
            if entry["name"] == name:
                return entry
        raise BadInput(str(self._folder / "manifest.json"), f"{complaint} `{name}`")

    def _read(self, entry: dict[str, Any]) -> npt.NDArray[Any]:
        if "/" in entry["path"] or entry["path"].startswith("."):
            raise BadInput(str(self._folder / "manifest.json"), f"`{entry['path']}` is no plain file name")
        path = self._folder / entry["path"]
        try:
            size = path.stat().st_size
            if size != entry["bytes"]:
                raise BadInput(str(path), f"{size} bytes; the manifest says {entry['bytes']}")
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            if sha256 != entry["sha256"]:
                raise BadInput(str(path), f"sha256 {sha256}; the manifest says {entry['sha256']}")
            array: npt.NDArray[Any] = np.load(path, allow_pickle=False)
        except OSError as error:
            raise cannot("read", path, error) from error
        except ValueError as error:
            raise BadInput(str(path), str(error)) from error
        needed = DTYPES[entry["dtype"]]
        if array.dtype.str != needed:
            raise BadInput(str(path), f"holds numbers of type '{array.dtype.str}' where '{needed}' is needed")
        if list(array.shape) != entry["shape"]:
            raise BadInput(str(path), f"shape {list(array.shape)}; the manifest says {entry['shape']}")
        finite = np.isfinite(array)
        if not finite.all():
            raise BadInput(str(path), f"value {finite.argmin()} is not finite")
        return array


def tree_digest(folder: Path) -> tuple[int, int, str]:
    """Files, bytes and digest of what lies in a folder: one line a regular file, `<sha256>  <path>`."""
    files: list[tuple[bytes, int, str]] = []

    def walk(folder: str, prefix: str, depth: int) -> None:
        if depth >= TREE_DEPTH_MAX:
            return
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    walk(entry.path, f"{prefix}{entry.name}/", depth + 1)
                elif entry.is_file(follow_symlinks=False):
                    with suppress(OSError), Path(entry.path).open("rb") as file:
                        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                        name = (prefix + entry.name).encode(errors="surrogateescape").decode(errors="replace")
                        files.append((name.encode(), entry.stat(follow_symlinks=False).st_size, sha256))

    walk(str(folder), "", 0)
    hasher = hashlib.sha256()
    for path, _, sha256 in sorted(files):
        hasher.update(f"{sha256}  ".encode() + path + b"\n")
    return len(files), sum(size for _, size, _ in files), hasher.hexdigest()


def load_numpy() -> None:
    global np
    import numpy as np


def main(program: Program, work: Callable[[Run], None], script: str) -> int:
    """The whole program: an implementation ends with one call of this."""
    if program.arrays:
        load_numpy()
    try:
        return dispatch(program, work, Path(script).resolve(), sys.argv[1:])
    except BadInput as error:
        print_error(str(error))
        return 2
    except Impossible as error:
        print_error(f"error: not possible here: {visible(str(error))}")
        return 3
    except Failed as error:
        print_error(f"error: {visible(str(error))}")
        return 1


def dispatch(program: Program, work: Callable[[Run], None], script: Path, arguments: list[str]) -> int:
    if "--describe" in arguments:
        print_data(json.dumps(describe(program, script), indent=2, sort_keys=True))
        return 0
    if "--help" in arguments or "-h" in arguments:
        print_data(help_text(program, script))
        return 0
    flags = parse(arguments)
    if "params" in flags:
        for name in flags:
            if name not in ("params", "data", "out", "seed"):
                what = "not allowed beside --params; what is run stands in the params file"
                raise BadInput(f"--{name}", what, "the protocol's flags are --params, --data, --out, --seed")
        for name in ("data", "out", "seed"):
            if name not in flags:
                raise BadInput(f"--{name}", "missing; the protocol needs --params, --data, --out, --seed")
        seed = whole_number("seed", flags["seed"])
        params = read_params(Path(flags["params"]))
        conduct(program, work, script, params, Path(flags["data"]), Path(flags["out"]), seed)
    else:
        direct(program, work, script, flags)
    return 0


def parse(arguments: list[str]) -> dict[str, str]:
    flags: dict[str, str] = {}
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("--") or argument == "--":
            raise BadInput("", f"unexpected word `{argument}`", "--help lists the flags")
        name, equals, value = argument[2:].partition("=")
        if not equals:
            following = next(rest, None)
            if following is None:
                raise BadInput(f"--{name}", "needs a value", "--help lists the flags")
            value = following
        if name in flags:
            raise BadInput(f"--{name}", "given twice")
        flags[name] = value
    return flags


def conduct(
    program: Program,
    work: Callable[[Run], None],
    script: Path,
    params: dict[str, Any],
    data: Path,
    out: Path,
    seed: int,
) -> dict[str, Any]:
    """Does the run and writes its outcome. A run that could not be done leaves an outcome that
    says so; bad input leaves none."""
    run = Run(params, seed, data)
    check(run, program, script)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot("create", out, error) from error
    stopped: Exception | None = None
    try:
        possible(run)
        work(run)
        finite(run)
    except BadInput:
        raise
    except (Impossible, Failed) as error:
        stopped = error
    except Exception as error:  # noqa: BLE001 - whatever a framework raises is a failed run with one line
        stopped = Failed(f"panicked: {type(error).__name__}: {error}")
    status = "done" if stopped is None else "skipped" if isinstance(stopped, Impossible) else "failed"
    outcome = {
        "protocol": PROTOCOL,
        "run_id": params["run_id"],
        "status": status,
        **({"reason": str(stopped)} if stopped else {}),
        "seed": seed,
        "marks": run.marks,
        "versions": versions(program),
        "artifacts": write_outputs(run, out) if stopped is None else [],
        **({"facts": run.facts} if run.facts else {}),
    }
    write_whole(out / "outcome.json", json.dumps(outcome).encode())
    if stopped is not None:
        raise stopped
    return outcome


def check(run: Run, program: Program, script: Path) -> None:
    """The order must fit the task and this implementation."""
    params, task = run.params, script.parent.parent.parent.name.replace("-", "_")
    if params["protocol"] != PROTOCOL:
        raise BadInput("params.json", f"protocol `{params['protocol']}`; this program speaks `{PROTOCOL}`")
    if params["task"] != task:
        raise BadInput("params.json", f"task `{params['task']}`; this program does `{task}`")
    if params["algorithm"] not in program.algorithms:
        raise unknown_algorithm("params.json", params["algorithm"], program.algorithms)
    if params["threads"] < 1 or params["iterations"] < 1:
        raise BadInput("params.json", "`threads` and `iterations` are 1 or more")
    algorithm = task_document(script)["algorithms"][params["algorithm"]]
    check_dataset(run, algorithm)
    check_ranges(algorithm, params["hyperparameters"])


def check_dataset(run: Run, algorithm: dict[str, Any]) -> None:
    """An algorithm that is for some of the task's datasets is given one of them."""
    choice = run._manifest.get("choice")
    given = str(choice.get("name") if isinstance(choice, dict) else choice)
    taken = algorithm.get("datasets", [])
    if taken and given not in taken:
        what = f"`{run.params['algorithm']}` takes no dataset `{given}`; it takes {', '.join(taken)}"
        near = nearest(given, taken)
        raise BadInput("params.json", what, f"did you mean `{near}`?" if near else None)


def possible(run: Run) -> None:
    if run.params["device"] != "cpu":
        raise Impossible("this implementation runs on the CPU only")


def check_ranges(algorithm: dict[str, Any], given: dict[str, Any]) -> None:
    """Types are checked as the implementation asks for them; this is about size and words."""
    for name, schema in algorithm["parameters"].get("properties", {}).items():
        value: Any = given.get(name)
        if "enum" in schema and name in given and value not in schema["enum"]:
            known = ", ".join(map(str, schema["enum"]))
            what = f"`{name}` is {value if isinstance(value, str) else json.dumps(value)}; allowed: {known}"
            raise BadInput("params.json: hyperparameters", what)
        if not is_of(value, float):
            continue
        allowed = None
        if "minimum" in schema and value < schema["minimum"]:
            allowed = f"at least {scientific(schema['minimum'])}"
        elif "maximum" in schema and value > schema["maximum"]:
            allowed = f"at most {scientific(schema['maximum'])}"
        if allowed:
            raise BadInput("params.json: hyperparameters", f"`{name}` is {scientific(value)}; allowed: {allowed}")


def scientific(value: float) -> str:
    """The shortest digits in Rust's notation: 1e-14, 2.5e0."""
    mantissa, _, exponent = f"{Decimal(repr(float(value))).normalize():e}".partition("e")
    return f"{mantissa}e{int(exponent)}"


def unknown_algorithm(place: str, given: str, known: list[str]) -> BadInput:
    near = nearest(given, known)
    hint = f"did you mean `{near}`?" if near else "--describe lists what this program can do"
    return BadInput(place, f"unknown algorithm `{given}`; known here: {', '.join(known)}", hint)


def finite(run: Run) -> None:
    for name, values in run.outputs.items():
        bad = np.flatnonzero(~np.isfinite(values))
        if bad.size:
            raise Failed(f"diverged: `{name}` holds {values.flat[bad[0]]} at {bad[0]}")


def write_outputs(run: Run, out: Path) -> list[dict[str, Any]]:
    full, total, artifacts = run.params["capture"] == "full", 0, []
    written = [(name, "npy", npy_bytes(values), list(values.shape)) for name, values in run.outputs.items()]
    written += [(name, "jsonl", data, []) for name, data in run._lines.items()]
    for name, extension, data, shape in written:
        total += len(data)
        if full and total > OUTPUT_BYTES_MAX:
            raise Failed(f"outputs of more than {OUTPUT_BYTES_MAX} bytes; use capture `digest`")
        artifact: dict[str, Any] = {"name": name}
        if full:
            artifact["path"] = f"outputs/{name}.{extension}"
            (out / "outputs").mkdir(exist_ok=True)
            write_whole(out / artifact["path"], data)
        artifact |= {"shape": shape, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        artifacts.append(artifact)
    return artifacts


def npy_bytes(values: npt.NDArray[Any]) -> bytes:
    from io import BytesIO

    buffer = BytesIO()
    np.lib.format.write_array(buffer, values, version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def write_whole(path: Path, data: bytes) -> None:
    """The write rule: temporary name, sync, rename, sync of the folder."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise cannot("write", path, error) from error


def cannot(action: str, path: Path, error: OSError) -> BadInput:
    hint = "give the path write permission, or choose another folder" if isinstance(error, PermissionError) else None
    return BadInput(str(path), f"cannot {action}: {error.strerror or error}", hint)


def read_json(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            data = file.read(DOCUMENT_BYTES_MAX + 1)
    except OSError as error:
        raise cannot("read", path, error) from error
    if len(data) > DOCUMENT_BYTES_MAX:
        raise BadInput(str(path), f"larger than {DOCUMENT_BYTES_MAX} bytes")
    try:
        return json.loads(data)
    except ValueError as error:
        hint = "the documents are described in bins/README.md and config/schema/"
        raise BadInput(str(path), f"not JSON: {error}", hint) from error


def read_params(path: Path) -> dict[str, Any]:
    params = read_json(path)
    hint = "the documents are described in bins/README.md and config/schema/"
    for name in params if isinstance(params, dict) else ():
        if name not in PARAMS_KEYS:
            raise BadInput(str(path), f"unknown field `{name}`", hint)
    params = OPTIONAL_KEYS | params if isinstance(params, dict) else params
    expect(params, PARAMS_KEYS, path, hint)
    for name, allowed in PARAMS_WORDS.items():
        if params[name] not in allowed:
            raise BadInput(str(path), f"`{name}` is `{params[name]}`; allowed: {', '.join(allowed)}", hint)
    return dict(params)


def read_manifest(path: Path) -> dict[str, Any]:
    manifest = read_json(path)
    hint = "the documents are described in bins/README.md and config/schema/"
    expect(manifest, MANIFEST_KEYS, path, hint)
    for split in manifest["splits"]:
        expect(split, SPLIT_KEYS, path, hint)
    for entry in [*manifest["inputs"], *(part for split in manifest["splits"] for part in split["parts"])]:
        expect(entry, FILE_KEYS, path, hint)
        if entry["dtype"] not in DTYPES:
            raise BadInput(str(path), f"unknown dtype `{entry['dtype']}`", hint)
    return dict(manifest)


def expect(value: Any, keys: dict[str, type], path: Path, hint: str) -> None:
    """An object that has these keys, each of its type."""
    if not isinstance(value, dict):
        raise BadInput(str(path), f"{json.dumps(value)} is not an object", hint)
    for name, kind in keys.items():
        if name not in value:
            raise BadInput(str(path), f"missing field `{name}`", hint)
        if not is_of(value[name], kind):
            raise BadInput(str(path), f"`{name}`: {json.dumps(value[name])} is no {kind.__name__}", hint)


def is_of(value: Any, kind: type | UnionType) -> bool:
    """JSON's types: true is no number, and a whole number is one."""
    if isinstance(kind, UnionType):
        return any(is_of(value, one) for one in kind.__args__)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def type_name(kind: type | UnionType) -> str:
    kinds = kind.__args__ if isinstance(kind, UnionType) else (kind,)
    return " or ".join("null" if one is NoneType else one.__name__ for one in kinds)


def versions(program: Program) -> dict[str, str]:
    numpy = ["numpy"] if program.arrays else []
    names = dict.fromkeys([program.framework, *numpy, *program.requires])
    return {name: metadata.version(name) for name in names} | {"python": sys.version.split()[0]}


def describe(program: Program, script: Path) -> dict[str, Any]:
    return {
        "protocol": PROTOCOL,
        "implementation": program.implementation,
        "class": program.klass,
        "task": script.parent.parent.parent.name.replace("-", "_"),
        "framework": program.framework,
        "framework_version": metadata.version(program.framework),
        "language": "python",
        "algorithms": program.algorithms,
        "devices": ["cpu"],
        "modes": ["cold", "warm"],
        "requires": program.requires,
        "build": {
            "profile": "interpreted",
            "target_cpu": "any",
            "features": [],
            "kernels": kernels() if program.arrays else [],
        },
        "threads_env": program.threads_env,
    }


def kernels() -> list[str]:
    """The BLAS that numpy was built with, as it says itself."""
    built = np.show_config(mode="dicts") or {}
    blas = built.get("Build Dependencies", {}).get("blas", {})
    return [f"{blas['name']} {blas.get('version', '')}".strip()] if blas.get("name") else []


def whole_number(flag: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,19}", text):
        raise BadInput(f"--{flag}", f"`{text}` is no whole number that fits here")
    return int(text)


def task_document(script: Path) -> dict[str, Any]:
    """The task's own description: a twin has no defaults."""
    document: dict[str, Any] = read_json(script.parent.parent.parent / "task.json")
    return document


def help_text(program: Program, script: Path) -> str:
    task, name = task_document(script), program.implementation
    lines = [
        f"{name}: {task['summary']}",
        "",
        f"usage: {name} --dataset NAME [--algorithm NAME] [--HYPERPARAMETER VALUE]... [flags]",
        f"       {name} --params P.json --data DIR --out DIR --seed N   (the task protocol, bins/README.md)",
        f"       {name} --describe",
        "",
        "flags",
        f"  --dataset NAME     a prepared dataset: {', '.join(task['datasets'])}",
        f"  --algorithm NAME   one of: {', '.join(program.algorithms)}",
        "  --threads N        threads to use (default 1)",
        f"  --mode MODE        cold or warm (default {task['smoke']['mode']})",
        f"  --split NAME       {task.get('split', 'holdout or cv5 (default holdout)')}",
        f"  --iterations N     counted iterations of a warm run (default {task['smoke']['iterations']})",
        "  --seed N           the run's seed (default 0)",
    ]
    for algorithm in program.algorithms:
        entry = task["algorithms"][algorithm]
        lines += ["", f"hyperparameters of {algorithm}: {entry['summary']}"]
        for parameter, schema in entry["parameters"].get("properties", {}).items():
            facts = [f"default {json.dumps(schema['default'])}" if "default" in schema else "default none"]
            words = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most"}
            facts += [f"{word} {json.dumps(schema[key])}" for key, word in words.items() if key in schema]
            about = schema.get("description", "").replace("\n", " ")
            lines.append(f"  --{parameter} {str(schema.get('type', 'value')).upper()} ({', '.join(facts)})  {about}")
    return "\n".join(lines)


def direct(program: Program, work: Callable[[Run], None], script: Path, flags: dict[str, str]) -> None:
    """One run for a person: plain flags, the task's defaults, the checkout's prepared data."""
    task = task_document(script)
    common = ["algorithm", "dataset", "threads", "mode", "split", "iterations", "seed"]
    algorithm = flags.get("algorithm", program.algorithms[0])
    if algorithm not in program.algorithms:
        raise unknown_algorithm("--algorithm", algorithm, program.algorithms)
    properties = task["algorithms"][algorithm]["parameters"].get("properties", {})
    for name in flags:
        if name not in common and name not in properties:
            near = nearest(name, [*common, "describe", "help", *properties])
            hint = f"did you mean `--{near}`?" if near else "--help lists the flags"
            raise BadInput(f"--{name}", "unknown flag", hint)
    mode = flags.get("mode", task["smoke"]["mode"])
    if mode not in ("cold", "warm"):
        raise BadInput("--mode", f"`{mode}`; allowed: cold, warm")
    warm = mode == "warm"
    iterations = whole_number("iterations", flags.get("iterations", str(task["smoke"]["iterations"])))
    splits = [task["split"]] if "split" in task else ["holdout", "cv5"]
    split = flags.get("split", splits[0])
    if split not in splits:
        raise BadInput("--split", f"`{split}`; allowed: {', '.join(splits)}")
    passes = 5 if split == "cv5" else 1
    params = {
        "protocol": PROTOCOL,
        "run_id": "by_hand",
        "task": task["task"],
        "algorithm": algorithm,
        "hyperparameters": {
            name: json_or_text(flags[name]) if name in flags else schema["default"]
            for name, schema in properties.items()
        },
        "dataset": flags.get("dataset", ""),
        "split": split,
        "device": "cpu",
        "threads": whole_number("threads", flags.get("threads", "1")),
        "mode": mode,
        "warmup": task["smoke"]["warmup"] * passes if warm else 0,
        "iterations": iterations * passes if warm else 1,
        "work": [mark["name"] for mark in task["marks"] if mark["work"]],
        "capture": "full",
        "slow_percent": 0,
    }
    data = data_folder(script, task, flags.get("dataset"))
    use_threads(program, params["threads"])
    out = Path(tempfile.gettempdir()) / f"ferrobench-{program.implementation}-{os.getpid()}"
    seed = whole_number("seed", flags.get("seed", "0"))
    outcome = conduct(program, work, script, params, data, out, seed)
    print_error(f"outputs: {out / 'outputs'}")
    print_data(json.dumps(outcome, indent=2))


def use_threads(program: Program, threads: int) -> None:
    """BLAS reads its number of threads once, as it is loaded, and that is over: begin again with it set."""
    wanted = dict.fromkeys(program.threads_env, str(threads))
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        os.execve(sys.executable, sys.orig_argv, {**os.environ, **wanted})


def json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def data_folder(script: Path, task: dict[str, Any], dataset: str | None) -> Path:
    """`.ferrobench/data/<dataset>-<digest>`, as `prepare` lays it down."""
    known = ", ".join(task["datasets"])
    if not dataset:
        raise BadInput("--dataset", f"missing; this task's datasets: {known}")
    root = next((folder for folder in script.parents if (folder / "main.nf").is_file()), script.parent)
    prepared = (root / ".ferrobench" / "data").glob("*-*")
    found = sorted(path for path in prepared if path.name.rpartition("-")[0] == dataset)
    if not found:
        hint = "a study prepares what it names: nextflow run workflows/smoke.nf"
        if "." in dataset or "/" in dataset:
            by_hand = "cargo run --profile tools -p prepare -- file --dataset FILE --target COLUMN"
            hint = f"make a dataset of it: {by_hand}"
        raise BadInput("--dataset", f"`{dataset}` is not prepared; this task's datasets: {known}", hint)
    return found[-1]


def print_data(text: str) -> None:
    """stdout carries data only."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        leave_quietly()


def print_error(text: str) -> None:
    sys.stderr.write(text + "\n")


def leave_quietly() -> NoReturn:
    """The reader of stdout has gone: nothing more can be said there, nor need be."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)
