"""Two agents as an expert in Python writes them: aiohttp on uvloop, with orjson."""

import sys

import ferrobench_task as task
import multi_agent  # puts ollama_agent_aiohttp on the path
import uvloop
from ollama_agent_aiohttp import Aiohttp

PROGRAM = task.Program(
    implementation="multi_agent_aiohttp",
    klass="tuned",
    framework="aiohttp",
    algorithms=["two_agents"],
    requires=["orjson", "uvloop"],
    arrays=False,
)


def work(run: task.Run) -> None:
    multi_agent.work(run, (Aiohttp(), Aiohttp()), uvloop.new_event_loop)


if __name__ == "__main__":
    sys.exit(task.main(PROGRAM, work, __file__))
