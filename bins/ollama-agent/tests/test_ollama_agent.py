"""The Python side of the protocol, held to the same demands as crates/llm/src/exchange/tests.rs."""

import json
import os

import ollama_agent
import pytest
from ollama_agent import Exchange, Failure

GOOD = (
    '{"response":"Hel","done":false}\n{"response":"lo é","done":false}\n'
    '{"response":"","done":true,"done_reason":"stop","eval_count":2,"eval_duration":10,"load_duration":0}\n'
)
FIRST = '{"response":"a","done":false}\n'


def fed(*pieces: bytes) -> Exchange:
    exchange = Exchange(json.loads)
    exchange.sent()
    for piece in pieces:
        exchange.piece(piece)
    exchange.end()
    return exchange


def test_the_answer_is_the_same_wherever_the_stream_is_cut() -> None:
    data = GOOD.encode()
    for cut in range(len(data)):
        exchange = fed(data[:cut], data[cut : cut + 1], data[cut + 1 :])
        assert (exchange.answer, len(exchange.token_ns), exchange.done_reason) == ("Hello é", 2, "stop")
        assert exchange.server["eval_count"] == 2
        assert exchange.server["load_duration"] is None


def test_a_stream_cut_off_is_never_a_call() -> None:
    data = GOOD.encode()
    for end in range(len(data) - 2):
        with pytest.raises(Failure) as failed:
            fed(data[:end])
        assert failed.value.kind in ("stream_incomplete", "stream_truncated")


@pytest.mark.parametrize(
    ("rest", "kind"),
    [
        ('{"error":"out of memory"}\n', "server_error_midstream"),
        ("nonsense\n", "protocol"),
        ('{"response":1,"done":false}\n', "protocol"),
        ('{"response":"x"}\n', "protocol"),
        ('{"response":"\\ud800","done":false}\n', "protocol"),
        ('{"done":false}{"done":true}\n', "protocol"),
        ("[]\n", "protocol"),
        ('{"done":true}\n{"response":"b","done":false}\n', "inconsistent"),
        ('{"done":true}\n{"done":true}\n', "inconsistent"),
        ('{"response":"b","done":true,"eval_count":1}\n', "inconsistent"),
        ('{"done":true,"eval_duration":-1}\n', "clock_inconsistent"),
        ('{"done":true,"total_duration":9000000000000}\n', "clock_inconsistent"),
        ("", "stream_incomplete"),
        ('{"response":"b', "stream_truncated"),
    ],
)
def test_every_fault_has_its_class(rest: str, kind: str) -> None:
    with pytest.raises(Failure) as failed:
        fed(f"{FIRST}{rest}".encode())
    assert failed.value.kind == kind


@pytest.mark.parametrize("text", ["\ufeff" + GOOD, GOOD.replace("\n", "\r\n\r\n"), GOOD.rstrip(), f"\n \n{GOOD}\n"])
def test_legal_variants_are_one(text: str) -> None:
    assert fed(text.encode()).answer == "Hello é"


def test_what_cannot_be_read_is_counted_and_left_out(tmp_path) -> None:
    files = {
        "binary.csv": b"a,b\n\0,1\n",
        "latin.md": b"caf\xe9",
        "ragged.csv": b"a,b\n1\n",
        "empty.csv": b"",
        "broken.json": b'{"a": ',
        "deep.json": b"[" * 200,
        "nan.json": b"[NaN]",
        "huge.md": b"x" * (ollama_agent.FILE_BYTES_MAX + 1),
        "picture.png": b"\x89PNG",
        "good.md": b"# A\n",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.csv")
    found, skipped = ollama_agent.scan(tmp_path)
    facts = ollama_agent.ingest(found, skipped)
    assert [one.file.name for one in facts] == ["good.md"]
    assert skipped == {
        "a link": 1,
        "another kind": 1,
        "binary": 1,
        "malformed CSV": 2,
        "malformed JSON": 3,
        "no UTF-8": 1,
        "no regular file": 1,
        "too large": 1,
    }
