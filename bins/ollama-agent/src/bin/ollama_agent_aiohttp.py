"""The agent as an expert in Python writes it: aiohttp on uvloop, with orjson."""

import sys

import aiohttp
import ferrobench_task as task
import ollama_agent
import orjson
import uvloop
from ollama_agent import ERROR_BYTES_MAX, Exchange, Failure, Limits, Waiting

PROGRAM = task.Program(
    implementation="ollama_agent_aiohttp",
    klass="tuned",
    framework="aiohttp",
    algorithms=["analysis_report"],
    requires=["orjson", "uvloop"],
    arrays=False,
)


class Aiohttp:
    async def connect(self, base: str, limits: Limits) -> None:
        self.limits, self.base = limits, base
        self.session = aiohttp.ClientSession(
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10.0),
            headers={"content-type": "application/json", "accept-encoding": "identity"},
        )

    async def version(self) -> bytes:
        timeout = aiohttp.ClientTimeout(total=self.limits.first_byte_s)
        try:
            async with self.session.get(f"{self.base}/api/version", allow_redirects=False, timeout=timeout) as answer:
                return await answer.content.read(ERROR_BYTES_MAX)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise failure(error) from error

    async def generate(self, body: bytes) -> Exchange:
        exchange = Exchange(orjson.loads)

        async def carry(waiting: Waiting) -> None:
            exchange.sent()
            try:
                async with self.session.post(f"{self.base}/api/generate", data=body, allow_redirects=False) as answer:
                    is_stream, refusal = exchange.head(answer.status, answer.headers), b""
                    async for piece in answer.content.iter_any():
                        waiting.came()
                        if is_stream:
                            exchange.piece(piece)
                        elif len(refusal := refusal + piece) > ERROR_BYTES_MAX:
                            break
            except aiohttp.ClientError as error:
                raise failure(error) from error
            if not is_stream:
                raise exchange.refused(answer.status, answer.headers, refusal)

        return await ollama_agent.carried(exchange, self.limits, carry)

    async def close(self) -> None:
        await self.session.close()


def failure(error: Exception) -> Failure:
    kind = "stream_truncated"
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        kind = "server_unreachable"
    elif isinstance(error, TimeoutError):
        kind = "timeout_first_byte"
    return Failure(kind, str(error) or type(error).__name__)


def work(run: task.Run) -> None:
    ollama_agent.work(run, Aiohttp(), uvloop.new_event_loop)


if __name__ == "__main__":
    sys.exit(task.main(PROGRAM, work, __file__))
