"""Two agents over httpx and asyncio, as their documentation uses them."""

import sys

import ferrobench_task as task
import multi_agent  # puts ollama_agent_httpx on the path
from ollama_agent_httpx import Httpx

PROGRAM = task.Program(
    implementation="multi_agent_httpx",
    klass="library",
    framework="httpx",
    algorithms=["two_agents"],
    requires=["httpcore"],
    arrays=False,
)


def work(run: task.Run) -> None:
    multi_agent.work(run, (Httpx(), Httpx()))


if __name__ == "__main__":
    sys.exit(task.main(PROGRAM, work, __file__))
