"""Two agents, one after another and at once, for every way of talking to the servers: the twin of the
Rust side's `settings`, `agent`, `outputs` and `workflow`. What one agent does is ollama_agent.py's.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ferrobench_task as task

OLLAMA_AGENT = Path(__file__).resolve().parents[3] / "ollama-agent"
sys.path.append(str(OLLAMA_AGENT / "src/bin"))

import ollama_agent  # noqa: E402 - its folder is on the path only now
from ollama_agent import Backend, Exchange, Failure, Limits, Skipped, now_ns  # noqa: E402

AGENTS = 2
URLS = ("FERROBENCH_LLM_URL", "FERROBENCH_LLM_2_URL")
MODELS = ("FERROBENCH_LLM_MODEL", "FERROBENCH_LLM_2_MODEL")
BY_HAND = (
    "a study starts two servers and sets it; by hand: FERROBENCH_LLM_URL=http://127.0.0.1:11434 "
    "FERROBENCH_LLM_2_URL=http://127.0.0.1:11435 FERROBENCH_LLM_MODEL=NAME"
)
CHIMERA = {
    "num_ctx": int | None, "num_gpu": int | None, "repeat_penalty": float | None, "temperature": float | None,
    "top_k": int | None, "top_p": float | None,
}  # fmt: skip
PARAMETERS = {
    "scenario": str, "model": str | None, "model_2": str | None, "canned_analysis": bool, "permits": int,
    "contention_ttft_s": float, "num_predict": int, **CHIMERA,
    **{f"second_{name}": kind for name, kind in CHIMERA.items()},
    "first_byte_s": float, "idle_s": float, "total_s": float,
}  # fmt: skip

Options = dict[str, Any]


@dataclass
class Agent:
    """`number` is 1 or 2."""

    number: int
    backend: Backend
    base: str
    model: str
    options: Options


@dataclass
class Common:
    """What the agents share: `permits` bounds the calls in flight, at `start` both wait for each other."""

    tree: Path
    templates: dict[str, list[str]]
    canned_analysis: bool
    permits: asyncio.Semaphore
    start: asyncio.Barrier


@dataclass
class Spoken:
    """`wanted_ns` is before waiting for a permit."""

    name: str
    prompt: str
    wanted_ns: int
    call: Exchange


@dataclass
class Round:
    started_ns: int = 0
    ended_ns: int = 0
    files: int = 0
    left_out: Skipped = field(default_factory=dict)
    calls: list[Spoken] = field(default_factory=list)
    failure: tuple[str, Failure] | None = None


def work(
    run: task.Run,
    backends: tuple[Backend, Backend],
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> None:
    parameters = run.hyperparameters(**PARAMETERS)
    told = options(parameters, run.seed)
    addresses = servers(parameters)
    with run.mark("load"):
        tree = run.tree("corpus")
    templates = json.loads((OLLAMA_AGENT / "prompts.json").read_bytes())
    permits, start = asyncio.Semaphore(parameters["permits"]), asyncio.Barrier(AGENTS)
    common = Common(tree, templates, parameters["canned_analysis"], permits, start)
    limits = Limits(parameters["first_byte_s"], parameters["idle_s"], parameters["total_s"])
    agents = [
        Agent(number, backend, base, model, given)
        for number, backend, (base, model), given in zip((1, 2), backends, addresses, told, strict=True)
    ]
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        try:
            with run.mark("setup"):
                versions, unready = runner.run(ready(agents, limits))
            if unready:
                raise stopped(run, unready[0], "setup", unready[1])
            run.fact("server_versions", versions)
            run.fact("models", [agent.model for agent in agents])
            phases(run, parameters, agents, common, runner.run)
        finally:
            for agent in agents:
                runner.run(agent.backend.close())


def phases(
    run: task.Run,
    parameters: dict[str, Any],
    agents: list[Agent],
    common: Common,
    wait: Callable[[Any], list[Round]],
) -> None:
    """One round of each agent, under one mark. Before or after a cold round the other would find the models loaded."""
    ways: list[tuple[str, Callable[[list[Agent], Common], Awaitable[list[Round]]]]] = [("concurrent", together)]
    if run.params["mode"] == "warm":
        ways.insert(0, ("sequential", alone))
    exchanges: list[dict[str, Any]] = []
    timings: list[dict[str, Any]] = []
    for iteration in run.iterations():
        for phase, way in ways:
            with run.mark(phase, iteration):
                rounds = wait(way(agents, common))
            for number, one in enumerate(rounds, start=1):
                if one.failure:
                    raise stopped(run, number, *one.failure)
                run.fact("files", one.files)
                run.fact("left_out", one.left_out)
                place = {"iteration": iteration, "phase": phase, "agent": number}
                exchanges += [place | exchanged(spoken) for spoken in one.calls]
                timings.append(
                    {
                        **place,
                        "counted": iteration >= run.params["warmup"],
                        "started_ns": one.started_ns,
                        "ended_ns": one.ended_ns,
                        "contention_ttft_s": parameters["contention_ttft_s"],
                        "calls": [timed(spoken) for spoken in one.calls],
                    }
                )
    run.lines("exchanges", exchanges)
    run.lines("timings", timings)


async def ready(agents: list[Agent], limits: Limits) -> tuple[list[str], tuple[int, Failure] | None]:
    versions: list[str] = []
    for agent in agents:
        try:
            await agent.backend.connect(agent.base, limits)
            versions.append(ollama_agent.version_in(await agent.backend.version(), agent.base))
        except Failure as failure:
            return versions, (agent.number, failure)
    return versions, None


async def alone(agents: list[Agent], common: Common) -> list[Round]:
    """As tasks too, so that only being alone is what differs."""
    rounds: list[Round] = []
    for agent in agents:
        rounds.append(await asyncio.create_task(one_round(agent, common)))
        if rounds[-1].failure:
            break
    return rounds


async def together(agents: list[Agent], common: Common) -> list[Round]:
    """Whatever becomes of one, the other comes to its own end."""

    async def at_once(agent: Agent) -> Round:
        await common.start.wait()
        return await one_round(agent, common)

    return list(await asyncio.gather(*(at_once(agent) for agent in agents)))


async def one_round(agent: Agent, common: Common) -> Round:
    one = Round(started_ns=now_ns())
    await agent_work(agent, common, one)
    one.ended_ns = now_ns()
    return one


async def agent_work(agent: Agent, common: Common, one: Round) -> None:
    found, skipped = ollama_agent.scan(common.tree)
    facts = ollama_agent.ingest(found, skipped)
    prompt = ollama_agent.filled(common.templates, "analysis", "summary", ollama_agent.summarise(facts, skipped))
    one.files, one.left_out = len(facts), skipped
    if not await called(agent, "analysis", prompt, common, one):
        return
    canned = "\n".join(common.templates["canned_analysis"])
    text = canned if common.canned_analysis else one.calls[-1].call.answer
    prompt = ollama_agent.filled(common.templates, "report", "analysis", text)
    await called(agent, "report", prompt, common, one)


async def called(agent: Agent, name: str, prompt: str, common: Common, one: Round) -> bool:
    wanted_ns = now_ns()
    async with common.permits:
        try:
            call = await agent.backend.generate(ollama_agent.request(agent.model, prompt, agent.options))
        except Failure as failure:
            one.failure = (name, failure)
            return False
    one.calls.append(Spoken(name, prompt, wanted_ns, call))
    return True


def exchanged(spoken: Spoken) -> dict[str, Any]:
    call = spoken.call
    return {
        "call": spoken.name,
        "prompt": spoken.prompt,
        "answer": call.answer,
        "done_reason": call.done_reason,
        "prompt_eval_count": call.server["prompt_eval_count"],
        "eval_count": call.server["eval_count"],
    }


def timed(spoken: Spoken) -> dict[str, Any]:
    call = spoken.call
    return {
        "call": spoken.name,
        "wanted_ns": spoken.wanted_ns,
        **call.times,
        "bytes": call.bytes,
        "reads": call.reads,
        "server": call.server,
        "token_ns": call.token_ns,
    }


def options(parameters: dict[str, Any], seed: int) -> tuple[Options, Options]:
    """What the first and the second server are told. Their own seeds have 32 bits at most."""
    baseline = {"num_predict": parameters["num_predict"], "seed": seed % (1 << 31)}

    def given(prefix: str) -> Options:
        told = baseline | {name: parameters[prefix + name] for name in CHIMERA}
        return {name: told[name] for name in ollama_agent.OPTIONS if told.get(name) is not None}

    chimera, second = given(""), given("second_")
    scenario = parameters["scenario"]
    if scenario == "chimera_hetero":
        return chimera, second
    if second != baseline:
        what = "`second_…` is given, which only `scenario` chimera_hetero takes"
        raise task.BadInput("params.json: hyperparameters", what)
    return (baseline, chimera) if scenario == "baseline_vs_chimera" else (chimera, chimera)


def servers(parameters: dict[str, Any]) -> list[tuple[str, str]]:
    model = parameters["model"] or os.environ.get(MODELS[0])
    if not model:
        raise task.BadInput(MODELS[0], "is not set, and `model` is null", BY_HAND)
    model_2 = parameters["model_2"] or os.environ.get(MODELS[1]) or model
    bases = []
    for name in URLS:
        url = os.environ.get(name)
        if not url:
            raise task.BadInput(name, "is not set, and two agents need two servers", BY_HAND)
        bases.append(ollama_agent.base_url(url, name))
    return list(zip(bases, (model, model_2), strict=True))


def stopped(run: task.Run, agent: int, during: str, failure: Failure) -> task.Failed:
    """A run that did not get its answers is a failed one; what had arrived stays as a fact."""
    told = {"agent": agent, "during": during, "class": failure.kind, "partial": failure.partial}
    run.fact("failed", told)
    return task.Failed(f"{failure.kind}: agent {agent}: {failure.message}")
