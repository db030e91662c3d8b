"""The agent over httpx and asyncio, as their documentation uses them."""

import json
import sys

import ferrobench_task as task
import httpx
import ollama_agent
from ollama_agent import ERROR_BYTES_MAX, Exchange, Failure, Limits, Waiting

PROGRAM = task.Program(
    implementation="ollama_agent_httpx",
    klass="library",
    framework="httpx",
    algorithms=["analysis_report"],
    requires=["httpcore"],
    arrays=False,
)


class Httpx:
    async def connect(self, base: str, limits: Limits) -> None:
        self.limits = limits
        # No proxy from the environment; the limits are kept by `Waiting`, for the whole call.
        timeout = httpx.Timeout(None, connect=10.0)
        self.client = httpx.AsyncClient(base_url=base, trust_env=False, follow_redirects=False, timeout=timeout)

    async def version(self) -> bytes:
        try:
            answer = await self.client.get("/api/version", timeout=self.limits.first_byte_s)
        except httpx.HTTPError as error:
            raise failure(error) from error
        return answer.content[:ERROR_BYTES_MAX]

    async def generate(self, body: bytes) -> Exchange:
        exchange = Exchange(json.loads)
        headers = {"content-type": "application/json", "accept-encoding": "identity"}

        async def carry(waiting: Waiting) -> None:
            exchange.sent()
            try:
                async with self.client.stream("POST", "/api/generate", content=body, headers=headers) as answer:
                    is_stream, refusal = exchange.head(answer.status_code, answer.headers), b""
                    async for piece in answer.aiter_raw():
                        waiting.came()
                        if is_stream:
                            exchange.piece(piece)
                        elif len(refusal := refusal + piece) > ERROR_BYTES_MAX:
                            break
            except httpx.HTTPError as error:
                raise failure(error) from error
            if not is_stream:
                raise exchange.refused(answer.status_code, answer.headers, refusal)

        return await ollama_agent.carried(exchange, self.limits, carry)

    async def close(self) -> None:
        await self.client.aclose()


def failure(error: httpx.HTTPError) -> Failure:
    kind = "stream_truncated"
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        kind = "server_unreachable"
    elif isinstance(error, httpx.ReadTimeout):
        kind = "timeout_first_byte"
    return Failure(kind, str(error) or type(error).__name__)


def work(run: task.Run) -> None:
    ollama_agent.work(run, Httpx())


if __name__ == "__main__":
    sys.exit(task.main(PROGRAM, work, __file__))
