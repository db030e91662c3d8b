"""The agent's round for every way of talking to the server: the twin of the Rust side's `corpus`,
`prompts`, `workflow` and of crates/llm. What a fault is called is the same in both languages.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import math
import os
import re
import stat
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import ferrobench_task as task

FILE_BYTES_MAX = 1 << 20
DEPTH_MAX = 64
FILES_SHOWN = 24
COLUMNS_SHOWN = 2
NAME_CHARACTERS_MAX = 80
SHOWN_CHARACTERS_MAX = 200
ERROR_BYTES_MAX = 4 << 10
LINE_BYTES_MAX = 16 << 20
BODY_BYTES_MAX = 256 << 20
CLOCK_TOLERANCE_NS = 1_000_000
KINDS = {"csv": "csv", "json": "json", "md": "markdown"}
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
DURATIONS = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")
FIGURES = (
    "total_duration", "load_duration", "prompt_eval_count", "prompt_eval_duration", "eval_count", "eval_duration",
)  # fmt: skip
OPTIONS = ("num_ctx", "num_gpu", "num_predict", "repeat_penalty", "seed", "temperature", "top_k", "top_p")
PARAMETERS = {
    "model": str | None, "canned_analysis": bool, "num_ctx": int | None, "num_gpu": int | None, "num_predict": int,
    "repeat_penalty": float | None, "temperature": float | None, "top_k": int | None, "top_p": float | None,
    "first_byte_s": float, "idle_s": float, "total_s": float,
}  # fmt: skip
BY_HAND = (
    "a study starts a server and sets it; by hand: FERROBENCH_LLM_URL=http://127.0.0.1:11434 FERROBENCH_LLM_MODEL=NAME"
)

Skipped = dict[str, int]
now_ns = time.monotonic_ns  # CLOCK_MONOTONIC, as the marks have it


class Failure(Exception):
    """A call that is no result, with its class."""

    def __init__(self, kind: str, message: str, partial: dict[str, Any] | None = None) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind, self.message, self.partial = kind, message, partial or {}


@dataclass
class Limits:
    first_byte_s: float
    idle_s: float
    total_s: float


class Exchange:
    """The protocol, without a network: pieces of a response and times in, a call or a failure out."""

    def __init__(self, loads: Callable[[bytes], Any]) -> None:
        self.loads = loads
        self.times = {"started_ns": now_ns(), "sent_ns": 0, "headers_ns": 0, "done_ns": 0, "parse_ns": 0}
        self.texts: list[str] = []
        self.token_ns: list[int] = []
        self.server: dict[str, int | None] = dict.fromkeys(FIGURES)
        self.done_reason: str | None = None
        self.done = False
        self.bytes = self.reads = self.line_number = 0
        self.begun: list[bytes] = []

    def sent(self) -> None:
        self.times["sent_ns"] = now_ns()

    def head(self, status: int, headers: Any) -> bool:
        """Whether the body is a stream of tokens; otherwise it is an error's text, for `refused`."""
        self.times["headers_ns"] = now_ns()
        if status == 200:
            encoding = headers.get("content-encoding", "")
            if encoding not in ("", "identity"):
                raise Failure("protocol", f"content-encoding {encoding}, which was not asked for")
            return True
        if status in (301, 302, 303, 307, 308):
            to = shortened(headers.get("location", "nowhere"))
            raise Failure("redirected", f"status {status} to {to}; redirects are not followed")
        return False

    def piece(self, piece: bytes) -> None:
        received_ns = now_ns()
        self.reads += 1
        self.bytes += len(piece)
        if self.bytes > BODY_BYTES_MAX:
            raise Failure("response_too_large", f"more than {BODY_BYTES_MAX} bytes")
        *lines, rest = piece.split(b"\n")
        if lines:
            self.begun.append(lines[0])
            lines[0] = b"".join(self.begun)
            self.begun.clear()
            for line in lines:
                self.line(line)
        if rest:
            self.begun.append(rest)
            if sum(map(len, self.begun)) > LINE_BYTES_MAX:
                raise Failure("response_too_large", "a line longer than the limit")
        self.times["parse_ns"] += now_ns() - received_ns

    def line(self, line: bytes) -> None:
        self.line_number += 1
        if len(line) > LINE_BYTES_MAX:
            raise Failure("response_too_large", "a line longer than the limit")
        if self.line_number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line or line.isspace():
            return
        try:
            told = self.loads(line)
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict) or not self.typed(told):
            raise self.wrong("no object of the protocol", line)
        if self.done:
            raise Failure("inconsistent", f"line {self.line_number}: more after `done: true`")
        if told.get("error") is not None:
            raise Failure("server_error_midstream", shortened(told["error"]))
        if told.get("done") is None:
            raise self.wrong("without `done`", line)
        if text := told.get("response"):
            self.texts.append(text)
            self.token_ns.append(now_ns())
        if told["done"]:
            self.done = True
            self.done_reason = told.get("done_reason")
            self.server = {name: figure(name, told.get(name)) for name in FIGURES}

    def typed(self, told: dict[str, Any]) -> bool:
        """Each key of the protocol has its type, or is null."""
        for name, value in told.items():
            if value is None:
                continue
            if name in ("response", "error", "done_reason"):
                if not isinstance(value, str) or not encodable(value):
                    return False
            elif name == "done":
                if not isinstance(value, bool):
                    return False
            elif name in FIGURES and (not isinstance(value, int) or isinstance(value, bool)):
                return False
        return True

    def wrong(self, what: str, line: bytes) -> Failure:
        return Failure("protocol", f"line {self.line_number}: {what}: {shortened(line.decode(errors='replace'))}")

    def end(self) -> None:
        """The body has ended as HTTP wants it."""
        self.times["done_ns"] = now_ns()
        if self.begun:
            try:
                self.line(b"".join(self.begun))
            except Failure as failure:
                kind = "stream_truncated" if failure.kind == "protocol" else failure.kind
                raise Failure(kind, failure.message) from failure
        if not self.done:
            raise Failure("stream_incomplete", f"ended after {len(self.token_ns)} tokens without `done: true`")
        count, pieces = self.server["eval_count"], len(self.token_ns)
        if count is not None and count < pieces:
            raise Failure("inconsistent", f"eval_count is {count} after {pieces} pieces of text")
        passed = self.times["done_ns"] - self.times["sent_ns"] + CLOCK_TOLERANCE_NS
        for name in DURATIONS:
            claimed = self.server[name]
            if claimed is not None and claimed > passed:
                raise Failure("clock_inconsistent", f"{name} is {claimed} ns where {passed} ns have passed")

    def refused(self, status: int, headers: Any, body: bytes) -> Failure:
        """A status that is no 200, with the beginning of its body."""
        said = body.decode(errors="replace").strip()
        try:
            told = self.loads(body)
            said = told["error"] if isinstance(told, dict) and isinstance(told.get("error"), str) else said
        except (ValueError, RecursionError):
            pass
        kind = "server_error" if status >= 400 else "protocol"
        if status == 404 and "model" in said:
            kind = "model_missing"
        elif status in (429, 503):
            kind = "overloaded"
        after = headers.get("retry-after")
        retry = f", retry after {shortened(after)}" if after else ""
        return Failure(kind, f"status {status}{retry}: {shortened(said)}")

    @property
    def answer(self) -> str:
        return "".join(self.texts)

    def partial(self) -> dict[str, Any]:
        return {
            "answer": self.answer,
            "done_reason": self.done_reason,
            "times": self.times,
            "token_ns": self.token_ns,
            "server": self.server,
            "bytes": self.bytes,
            "reads": self.reads,
        }


def figure(name: str, value: int | None) -> int | None:
    """What the server left out, or says 0 of, is absent."""
    if value is not None and value < 0:
        raise Failure("clock_inconsistent", f"{name} is {value}")
    return value or None


def encodable(text: str) -> bool:
    """Half of a surrogate pair is no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def shortened(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS_MAX else text[:SHOWN_CHARACTERS_MAX] + "…"


class Waiting:
    """Waiting for a server, never longer than the limits say."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.last = asyncio.get_running_loop().time() + limits.total_s
        self.first = self.last - limits.total_s + limits.first_byte_s
        self.next = self.first
        self.timeout = asyncio.timeout_at(min(self.first, self.last))

    def came(self) -> None:
        """A piece of the body: from now on the idle limit holds."""
        self.next = asyncio.get_running_loop().time() + self.limits.idle_s
        self.timeout.reschedule(min(self.next, self.last))

    def failure(self) -> Failure:
        if self.last < self.next:
            return Failure("timeout_stalled", f"not done after {self.limits.total_s:g} s")
        if self.next == self.first:
            return Failure("timeout_first_byte", f"nothing came for {self.limits.first_byte_s:g} s")
        return Failure("timeout_stalled", f"nothing came for {self.limits.idle_s:g} s")


class Backend(Protocol):
    """A way of talking to the server, made ready and used one call at a time."""

    async def connect(self, base: str, limits: Limits) -> None: ...
    async def version(self) -> bytes: ...
    async def generate(self, body: bytes) -> Exchange: ...
    async def close(self) -> None: ...


async def carried(exchange: Exchange, limits: Limits, carry: Callable[[Waiting], Any]) -> Exchange:
    """A call by whatever carries it; its time and its failure are told in one way."""
    waiting = Waiting(limits)
    try:
        async with waiting.timeout:
            await carry(waiting)
        exchange.end()
    except TimeoutError:
        failure = waiting.failure()
        raise Failure(failure.kind, failure.message, exchange.partial()) from None
    except Failure as failure:
        raise Failure(failure.kind, failure.message, exchange.partial()) from None
    return exchange


def work(run: task.Run, backend: Backend, loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None) -> None:
    parameters = run.hyperparameters(**PARAMETERS)
    base, model = server(parameters)
    with run.mark("load"):
        tree = run.tree("corpus")
    limits = Limits(parameters["first_byte_s"], parameters["idle_s"], parameters["total_s"])
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        try:
            with failing(run, "setup"), run.mark("setup"):
                runner.run(backend.connect(base, limits))
                version = version_in(runner.run(backend.version()), base)
            run.fact("server_version", version)
            run.fact("model", model)
            rounds(run, parameters, model, tree, lambda body: runner.run(backend.generate(body)))
        finally:
            runner.run(backend.close())


def rounds(
    run: task.Run, parameters: dict[str, Any], model: str, tree: Path, generate: Callable[[bytes], Exchange]
) -> None:
    templates = json.loads((Path(__file__).parent.parent.parent / "prompts.json").read_bytes())
    given = {**parameters, "seed": run.seed % (1 << 31)}
    options = {name: given[name] for name in OPTIONS if given[name] is not None}
    exchanges: list[dict[str, Any]] = []
    timings: list[dict[str, Any]] = []
    for iteration in run.iterations():
        with run.mark("scan", iteration):
            found, skipped = scan(tree)
        with run.mark("ingest", iteration):
            facts = ingest(found, skipped)
        with run.mark("summarise", iteration):
            prompt = filled(templates, "analysis", "summary", summarise(facts, skipped))
        with failing(run, "analysis"), run.mark("analysis", iteration):
            analysis = generate(request(model, prompt, options))
        place = {"iteration": iteration, "counted": iteration >= run.params["warmup"]}
        keep("analysis", place, prompt, analysis, exchanges, timings)
        with failing(run, "report"), run.mark("report", iteration):
            text = "\n".join(templates["canned_analysis"]) if parameters["canned_analysis"] else analysis.answer
            prompt = filled(templates, "report", "analysis", text)
            report = generate(request(model, prompt, options))
        keep("report", place, prompt, report, exchanges, timings)
        run.fact("files", len(facts))
        run.fact("left_out", skipped)
    run.lines("exchanges", exchanges)
    run.lines("timings", timings)


class failing:  # noqa: N801 - reads as a clause
    """A run that did not get its answers is a failed one; what had arrived stays as a fact."""

    def __init__(self, run: task.Run, during: str) -> None:
        self.run, self.during = run, during

    def __enter__(self) -> None: ...

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, Failure):
            self.run.fact("failed", {"during": self.during, "class": error.kind, "partial": error.partial})
            raise task.Failed(str(error)) from error


def server(parameters: dict[str, Any]) -> tuple[str, str]:
    url = os.environ.get("FERROBENCH_LLM_URL")
    if not url:
        raise task.BadInput("FERROBENCH_LLM_URL", "is not set, and an agent needs a server", BY_HAND)
    model = parameters["model"] or os.environ.get("FERROBENCH_LLM_MODEL")
    if not model:
        raise task.BadInput("FERROBENCH_LLM_MODEL", "is not set, and `model` is null", BY_HAND)
    return base_url(url), model


def base_url(url: str, place: str = "FERROBENCH_LLM_URL") -> str:
    shown = url.rpartition("@")[2]  # a password in the address stays out of every message
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    plain = parts.path in ("", "/") and not parts.query and not parts.fragment and "@" not in parts.netloc
    if parts.scheme != "http" or not parts.hostname or not plain or any(map(str.isspace, url)) or port == 0:
        what = f"`{shown}` is no address of a server; allowed: http://HOST[:PORT]"
        raise task.BadInput(place, what)
    return url.rstrip("/")


def version_in(body: bytes, base: str) -> str:
    try:
        version = json.loads(body)["version"]
    except (ValueError, KeyError, TypeError):
        version = None
    if not isinstance(version, str):
        raise Failure("protocol", f"{base} answers /api/version with no version")
    return version[:64]


def request(model: str, prompt: str, options: dict[str, Any]) -> bytes:
    told = {"model": model, "prompt": prompt, "stream": True, "options": options}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def filled(templates: dict[str, list[str]], name: str, place: str, text: str) -> str:
    return "\n".join(templates[name]).replace("{{" + place + "}}", text, 1)


def keep(
    name: str,
    place: dict[str, Any],
    prompt: str,
    call: Exchange,
    exchanges: list[dict[str, Any]],
    timings: list[dict[str, Any]],
) -> None:
    exchanges.append(
        {
            **place,
            "call": name,
            "prompt": prompt,
            "answer": call.answer,
            "done_reason": call.done_reason,
            "prompt_eval_count": call.server["prompt_eval_count"],
            "eval_count": call.server["eval_count"],
        }
    )
    timings.append(
        {
            **place,
            "call": name,
            **call.times,
            "bytes": call.bytes,
            "reads": call.reads,
            "server": call.server,
            "token_ns": call.token_ns,
        }
    )


@dataclass
class Found:
    name: str
    path: str
    kind: str
    bytes: int


def count(skipped: Skipped, reason: str) -> None:
    skipped[reason] = skipped.get(reason, 0) + 1


def scan(tree: Path) -> tuple[list[Found], Skipped]:
    """Every file of a known kind, in the order of their names' bytes. Links are not followed."""
    found: list[Found] = []
    skipped: Skipped = {}
    walk(str(tree), "", 0, found, skipped)
    found.sort(key=lambda file: file.name.encode())
    return found, skipped


def walk(folder: str, prefix: str, depth: int, found: list[Found], skipped: Skipped) -> None:
    try:
        entries = os.scandir(folder)
    except OSError:
        return count(skipped, "unreadable")
    if depth >= DEPTH_MAX:
        return count(skipped, "too deep")
    with entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                walk(entry.path, f"{prefix}{entry.name}/", depth + 1, found, skipped)
            elif entry.is_symlink():
                count(skipped, "a link")
            elif not entry.is_file(follow_symlinks=False):
                count(skipped, "no regular file")
            else:
                look_at(entry, prefix + entry.name, found, skipped)
    return None


def look_at(entry: os.DirEntry[str], name: str, found: list[Found], skipped: Skipped) -> None:
    stem, _, suffix = entry.name.rpartition(".")
    kind = KINDS.get(suffix) if stem else None
    if kind is None:
        return count(skipped, "another kind")
    try:
        facts = entry.stat(follow_symlinks=False)
    except OSError:
        return count(skipped, "unreadable")
    if facts.st_size > FILE_BYTES_MAX:
        return count(skipped, "too large")
    if not stat.S_ISREG(facts.st_mode) or not encodable(name):
        return count(skipped, "a name that is no UTF-8")
    found.append(Found(name, entry.path, kind, facts.st_size))
    return None


@dataclass
class Numbers:
    count: int = 0
    sum: float = 0.0
    least: float = 0.0
    largest: float = 0.0

    def add(self, value: float) -> None:
        if self.count == 0 or value < self.least:
            self.least = value
        if self.count == 0 or value > self.largest:
            self.largest = value
        self.count += 1
        self.sum += value


@dataclass
class Facts:
    file: Found
    text: str
    """Its line in the summary, without its name."""


class Unusable(Exception):
    pass


def ingest(files: Iterable[Found], skipped: Skipped) -> list[Facts]:
    """Every file that could be read, in the order given."""
    read = []
    for file in files:
        try:
            read.append(Facts(file, content(file)))
        except Unusable as error:
            count(skipped, str(error))
    return read


def content(file: Found) -> str:
    try:
        with Path(file.path).open("rb") as opened:
            data = opened.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise Unusable("unreadable") from error
    if len(data) > FILE_BYTES_MAX:
        raise Unusable("too large")
    if 0 in data:
        raise Unusable("binary")
    try:
        text = data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Unusable("no UTF-8") from error
    return {"csv": of_csv, "json": of_json, "markdown": of_markdown}[file.kind](text)


def of_csv(text: str) -> str:
    csv.field_size_limit(FILE_BYTES_MAX)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    except csv.Error as error:
        raise Unusable("malformed CSV") from error
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        raise Unusable("malformed CSV")
    shown = []
    for name, *fields in zip(*rows, strict=True):
        numbers = Numbers()
        for text in fields:
            if NUMBER.fullmatch(text) and math.isfinite(value := float(text)):
                numbers.add(value)
        if numbers.count:
            shown.append(f"; {plain(name)} mean {numbers.sum / numbers.count:.3f}, {spread(numbers)}")
    return f"{len(rows) - 1} rows, {len(rows[0])} columns{''.join(shown[:COLUMNS_SHOWN])}"


def of_json(text: str) -> str:
    try:
        value = json.loads(text, parse_constant=not_json)
        numbers = Numbers()
        values = descend(value, 0, numbers)
    except (ValueError, OverflowError, RecursionError) as error:
        raise Unusable("malformed JSON") from error
    known = f"; {spread(numbers)}" if numbers.count else ""
    return f"{values} values, {numbers.count} numbers{known}"


def not_json(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")


def descend(value: Any, depth: int, numbers: Numbers) -> int:
    """Counts the values that are neither array nor object."""
    if depth > DEPTH_MAX:
        raise ValueError("nested too deep")
    if isinstance(value, dict | list):
        return sum(descend(item, depth + 1, numbers) for item in (value.values() if isinstance(value, dict) else value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(number := float(value)):
            raise ValueError("too large for a double")
        numbers.add(number)
    elif isinstance(value, str) and not encodable(value):
        raise ValueError("half of a surrogate pair")
    return 1


def of_markdown(text: str) -> str:
    data = text.encode()
    headings = sum(line.startswith(b"#") for line in data.split(b"\n"))
    lines = data.count(b"\n")
    return f"{lines} lines, {len(data.split())} words, {headings} headings"


def spread(numbers: Numbers) -> str:
    return f"from {numbers.least:.3f} to {numbers.largest:.3f}"


def plain(name: str) -> str:
    """A name is data: no line of the prompt can be made by one."""
    return "".join(
        "?" if character < " " or character == "\x7f" else character for character in name[:NAME_CHARACTERS_MAX]
    )


def summarise(files: list[Facts], skipped: Skipped) -> str:
    lines = [f"{len(files)} files, {sum(facts.file.bytes for facts in files)} bytes"]
    for kind in KINDS.values():
        sizes = [facts.file.bytes for facts in files if facts.file.kind == kind]
        lines.append(f"{kind}: {len(sizes)} files, {sum(sizes)} bytes")
    lines += [f"left out: {number} ({reason})" for reason, number in sorted(skipped.items())]
    largest = sorted(files, key=lambda facts: (-facts.file.bytes, facts.file.name.encode()))[:FILES_SHOWN]
    lines.append(f"the largest {len(largest)}:")
    lines += [f"{plain(facts.file.name)}: {facts.text}" for facts in largest]
    return "\n".join(lines)
