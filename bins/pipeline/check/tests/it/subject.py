"""An implementation of the test's own task, which breaks one rule of the protocol on demand.

    python3 subject.py [--break RULE] --describe | --help | --params P --data DIR --out OUT --seed N

`mean` predicts the mean of the target's training part, `last` its last value.
"""

import ast
import hashlib
import json
import math
import os
import struct
import sys
import time
from pathlib import Path

ALGORITHMS = ("mean", "last")
KEYS = {
    "protocol", "run_id", "task", "algorithm", "hyperparameters", "dataset", "split", "device",
    "threads", "mode", "warmup", "iterations", "work", "capture", "slow_percent",
}  # fmt: skip
FIT_S = 0.002
TYPES = {"<f8": "d", "<i8": "q"}

arguments = sys.argv[1:]
broken = ""
if arguments[:1] == ["--break"]:
    broken, arguments = arguments[1], arguments[2:]


def refuse(what: str, hint: str) -> None:
    if broken == "trace":
        raise ValueError(what)
    print(f"error: {what}", file=sys.stderr)
    if broken != "no_hint":
        print(f"hint: {hint}", file=sys.stderr)
    sys.exit(1 if broken == "exit_code" else 2)


def describe() -> dict:
    return {
        "protocol": "ferrobench-task/2" if broken == "describe" else "ferrobench-task/1",
        "implementation": "made_subject",
        "class": "library",
        "task": "made",
        "framework": "none",
        "framework_version": "1",
        "language": "rust" if broken == "build_facts" else "python",
        "algorithms": list(ALGORITHMS),
        "devices": ["cpu"],
        "modes": ["cold", "warm"],
        "requires": [],
        "build": {
            "profile": "interpreted",
            "target_cpu": "none",
            "features": ["another"] if broken == "build_facts" else [],
            "kernels": [],
        },
        "threads_env": ["MADE_THREADS"],
    }


def read_npy(path: Path, entry: dict) -> list:
    try:
        content = path.read_bytes()
    except OSError as error:
        if broken == "missing_data":
            return [0.0] * 1000
        refuse(f"{path}: {error}", "prepare the data again")
    if hashlib.sha256(content).hexdigest() != entry["sha256"] and broken != "changed_data":
        refuse(f"{path}: another sha256 than the manifest's", "prepare the data again")
    length = struct.unpack("<H", content[8:10])[0]
    header = ast.literal_eval(content[10 : 10 + length].decode())
    count, values = math.prod(header["shape"]), content[10 + length :]
    if len(values) != 8 * count:
        if broken != "truncated_data":
            refuse(f"{path}: {len(values)} bytes of values", "prepare the data again")
        count = len(values) // 8
    numbers = list(struct.unpack(f"<{count}{TYPES[header['descr']]}", values[: 8 * count]))
    if not all(map(math.isfinite, numbers)) and broken != "not_a_number":
        refuse(f"{path}: holds values that are not finite", "remove those rows")
    return numbers


def npy(values: list) -> bytes:
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({len(values)},), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    start = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header))
    return start + header.encode() + struct.pack(f"<{len(values)}d", *values)


def checked(params: dict) -> dict:
    for key in params.keys() - KEYS:
        if broken != "unknown_key":
            refuse(f"params.json: unknown key `{key}`", "look for a misspelling")
    if params["algorithm"] not in ALGORITHMS and broken != "unknown_algorithm":
        refuse(f"params.json: unknown algorithm `{params['algorithm']}`", f"known: {', '.join(ALGORITHMS)}")
    for key in params["hyperparameters"].keys() - {"shift"}:
        if broken != "unknown_hyperparameter":
            refuse(f"params.json: unknown hyperparameter `{key}`", "known: shift")
    return params


def load(params: dict, data: Path) -> tuple[list, list]:
    manifest = json.loads((data / "manifest.json").read_text())
    if params["dataset"] != manifest["dataset"] and broken != "another_dataset":
        refuse(f"params.json: dataset `{params['dataset']}`", f"the folder holds {manifest['dataset']}")
    target = next(entry for entry in manifest["inputs"] if entry["name"] == "y")
    values = read_npy(data / target["path"], target)
    parts = {part["name"]: part for part in manifest["splits"][0]["parts"]}
    rows = {name: read_npy(data / part["path"], part) for name, part in parts.items()}
    return [values[row] for row in rows["train"]], rows["test"]


def fit(params: dict, train: list, percent: int) -> float:
    start = time.monotonic()
    time.sleep(FIT_S)
    value = sum(train) / len(train) if params["algorithm"] != "last" else train[-1]
    time.sleep((time.monotonic() - start) * percent / 100)
    return value + params["hyperparameters"]["shift"]


def timed(marks: list, name: str, iteration: int, work):
    start = time.monotonic_ns()
    result = work()
    marks.append({"name": name, "iteration": iteration, "start_ns": start, "end_ns": time.monotonic_ns()})
    return result


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def run(flags: dict) -> None:
    params = checked(json.loads(Path(flags["--params"]).read_text()))
    out = Path(flags["--out"])
    marks: list[dict] = []
    if broken == "half_written":
        write(out / "outputs" / "predictions.npy.partial", b"")
    train, test = timed(marks, "load", 0, lambda: load(params, Path(flags["--data"])))
    percent = 0 if broken == "slow_percent" else params["slow_percent"]
    for iteration in range(params["warmup"] + params["iterations"]):
        value = timed(marks, "fit", iteration, lambda: fit(params, train, percent))
    if broken == "same_seed":
        value += struct.unpack("<H", os.urandom(2))[0]
    if broken == "threads" and os.environ["MADE_THREADS"] != "1":
        sys.exit("error: one thread only")
    if broken == "marks":
        marks.pop()
    predictions = [value] * (len(test) + (broken == "shape"))
    artifacts = leave(params, out, {"predictions": predictions, "value": [value]})
    outcome: dict = {
        "protocol": "ferrobench-task/1", "run_id": "another" if broken == "smoke" else params["run_id"],
        "status": "done", "seed": int(flags["--seed"]), "marks": marks, "versions": {}, "artifacts": artifacts,
    }  # fmt: skip
    try:
        write(out / "outcome.json", json.dumps(outcome).encode())
    except OSError as error:
        if broken == "no_place_to_write":
            raise
        print(f"error: {out}: {error}", file=sys.stderr)
        sys.exit(1)
    if broken == "stdout":
        print("done")


def leave(params: dict, out: Path, outputs: dict) -> list:
    artifacts = []
    for name, values in outputs.items():
        content = npy(values)
        sha256 = hashlib.sha256(content).hexdigest()
        artifact = {"name": name, "shape": [len(values)], "bytes": len(content), "sha256": sha256}
        if params["capture"] == "full" or broken == "digest":
            artifact["path"] = f"outputs/{name}.npy"
            if broken == "outputs" and name == "value":
                continue
            try:
                write(out / artifact["path"], content)
            except OSError as error:
                if broken == "no_place_to_write":
                    raise
                print(f"error: {out}: {error}", file=sys.stderr)
                sys.exit(1)
        artifacts.append(artifact)
    return artifacts


if arguments == ["--describe"]:
    print(json.dumps(describe()))
elif arguments == ["--help"]:
    flags = "" if broken == "help" else "--describe --params P --data DIR --out OUT --seed N"
    print(f"usage: subject.py {flags}")
else:
    if broken == "hangs":
        time.sleep(3600)
    run(dict(zip(arguments[::2], arguments[1::2], strict=True)))
