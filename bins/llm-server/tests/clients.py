"""Calls a server by the published `ollama` and `openai` clients: clients.py URL MODEL."""

import asyncio
import sys

import ollama
import openai

URL, MODEL = sys.argv[1:]
OPTIONS = {"temperature": 0, "seed": 1, "num_predict": 24}
MESSAGES = [{"role": "user", "content": "What is measured?"}]


def check_ollama() -> None:
    client = ollama.Client(host=URL)
    assert client.list().models[0].model == f"{MODEL}:latest"
    assert client.show(MODEL).details.family == "llama"
    whole = client.generate(model=MODEL, prompt="What is measured?", options=OPTIONS)
    assert whole.done and whole.done_reason == "length" and whole.eval_count == 24
    pieces = list(client.generate(model=MODEL, prompt="What is measured?", options=OPTIONS, stream=True))
    assert "".join(piece.response for piece in pieces) == whole.response
    assert pieces[-1].eval_duration > 0 and pieces[-1].context == whole.context
    chat = client.chat(model=MODEL, messages=MESSAGES, options=OPTIONS)
    assert chat.message.role == "assistant" and chat.message.content
    pieces = list(client.chat(model=MODEL, messages=MESSAGES, options=OPTIONS, stream=True))
    assert "".join(piece.message.content for piece in pieces) == chat.message.content
    assert client.ps().models[0].model == f"{MODEL}:latest"
    client.generate(model=MODEL, keep_alive=0)
    assert not client.ps().models
    try:
        client.generate(model="none", prompt="a")
    except ollama.ResponseError as error:
        assert (error.status_code, error.error) == (404, "model 'none' not found")
    else:
        raise AssertionError("a model that is not there answered")


async def check_ollama_asyncio() -> None:
    client = ollama.AsyncClient(host=URL)
    stream = await client.chat(model=MODEL, messages=MESSAGES, options=OPTIONS, stream=True)
    pieces = [piece async for piece in stream]
    assert pieces[-1].done and len(pieces) > 2


def check_openai() -> None:
    client = openai.OpenAI(base_url=f"{URL}/v1", api_key="none", max_retries=0)
    assert client.models.list().data[0].id == f"{MODEL}:latest"
    assert client.models.retrieve(MODEL).id == f"{MODEL}:latest"
    settings = {"model": MODEL, "messages": MESSAGES, "temperature": 0, "seed": 1, "max_tokens": 24}
    whole = client.chat.completions.create(**settings)
    assert whole.choices[0].finish_reason == "length" and whole.usage.completion_tokens == 24
    stream = client.chat.completions.create(**settings, stream=True, stream_options={"include_usage": True})
    chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage == whole.usage
    completion = client.completions.create(model=MODEL, prompt="What is", max_tokens=5)
    assert completion.usage.completion_tokens <= 5
    try:
        client.chat.completions.create(**(settings | {"model": "none"}))
    except openai.NotFoundError as error:
        assert "not found" in error.message
    else:
        raise AssertionError("a model that is not there answered")


if __name__ == "__main__":
    check_ollama()
    asyncio.run(check_ollama_asyncio())
    check_openai()
