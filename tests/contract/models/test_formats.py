"""Requests of the formats over the HTTP port: addresses, keys, and parameters that models refuse."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.responses import JSONResponse, PlainTextResponse

from scripts.local.vendors.models import anthropic as vendor_anthropic
from scripts.local.vendors.models import openai as vendor_openai
from scripts.local.vendors.models.server import ModelServer
from shared.llm import Connection, Failure, Message, Model, ModelFailed, Request, Text, Tool, ToolCall
from shared.models.parts import whole
from shared.platform.http_httpx import HttpxHttp
from shared.tenants import plugins
from tests.contract.models.conftest import Vendor, created
from tests.contract.models.questions import KEY
from tests.fakes.http import ScriptedHttp, answer

ASKED = Request("Be kind.", [Message("person", [Text("Where is the pool?")])], temperature=0.2)


class Shape(BaseModel):
    answer: str
    note: str | None = None


def at(file: str, url: str, model: str, *, body: Any = None) -> tuple[Model, ScriptedHttp]:
    """Returns a model at an address, and the HTTP port that answers it."""
    http = ScriptedHttp(answer(200, json.dumps(body or {}).encode()))

    async def key() -> str | None:
        return KEY

    return plugins.model(file, Connection(model, key, http, url)), http


async def sent(file: str, url: str, model: str, request: Request) -> dict[str, Any]:
    """Returns the request that a model file makes."""
    asked, http = at(file, url, model)
    with pytest.raises(ModelFailed):
        await asked.complete(request)
    return http.requests[0]


async def test_the_key_is_in_its_header_and_nowhere_else(each: Vendor) -> None:
    await each.create().complete(ASKED)
    [asked] = each.server.asked
    name = {"gemini": "x-goog-api-key", "anthropic": "x-api-key", "openai": "authorization"}[each.name]
    assert asked.headers[name].removeprefix("Bearer ") == KEY
    others = {header: value for header, value in asked.headers.items() if header != name}
    assert KEY not in json.dumps([asked.path, asked.query, asked.body, others])


@pytest.mark.parametrize(
    ("file", "url", "path"),
    [
        ("anthropic", "", "https://api.anthropic.com/v1/messages"),
        ("anthropic", "https://api.z.ai/api/anthropic/", "https://api.z.ai/api/anthropic/v1/messages"),
        ("openai_compatible", "", "https://api.openai.com/v1/chat/completions"),
        ("openai_compatible", "https://api.deepseek.com", "https://api.deepseek.com/chat/completions"),
        ("openai_compatible", "http://localhost:11434/v1", "http://localhost:11434/v1/chat/completions"),
    ],
)
async def test_addresses(file: str, url: str, path: str) -> None:
    assert (await sent(file, url, "some-model", ASKED))["url"] == path


async def test_without_a_key_no_header_is_sent() -> None:
    async def none() -> str | None:
        return None

    for file in ("anthropic", "openai_compatible"):
        http = ScriptedHttp(answer(200, b"{}"))
        model = plugins.model(file, Connection("llama", none, http, "http://localhost:11434/v1"))
        with pytest.raises(ModelFailed):
            await model.complete(ASKED)
        assert not {"authorization", "x-api-key"} & http.requests[0]["headers"].keys()


async def test_a_format_of_many_vendors_needs_a_model() -> None:
    model, http = at("openai_compatible", "", "")
    with pytest.raises(ModelFailed) as raised:
        await model.complete(ASKED)
    assert (raised.value.failure, http.requests) == (Failure.REFUSED_KEY, [])


@pytest.mark.parametrize("name", ["anthropic", "openai_compatible"])
async def test_what_a_newer_model_refuses_is_left_out_from_then_on(
    fake: ModelServer, http: HttpxHttp, name: str
) -> None:
    newer = f"gpt-6-{name}" if name == "openai_compatible" else "claude-haiku-5-9"
    model = created(name, fake, http, newer)
    assert (await model.complete(ASKED)).text
    refusals = len(fake.asked) - 1
    assert refusals == (2 if name == "openai_compatible" else 1)
    again = created(name, fake, http, newer)
    assert (await again.complete(ASKED)).text
    assert len(fake.asked) == refusals + 2
    assert "temperature" not in fake.asked[-1].body
    older = created(name, fake, http, "an-older-model")
    await older.complete(ASKED)
    assert fake.asked[-1].body["temperature"] == 0.2


async def test_a_refusal_that_nothing_mends_ends(fake: ModelServer, http: HttpxHttp) -> None:
    words = "temperature, max_completion_tokens, reasoning_effort, json_schema, json_object, output_config"
    for name in ("anthropic", "openai_compatible"):
        fake.reset()
        fake.script.extend([lambda _: vendor_openai.failure(400, None, words=words)] * 20)
        model = created(name, fake, http, "stubborn")
        with pytest.raises(ModelFailed) as raised:
            await model.complete(replace(ASKED, schema=Shape))
        assert raised.value.failure is Failure.BAD_REQUEST
        assert len(fake.asked) <= 7


async def test_no_temperature_is_sent_if_none_is_asked_for(each: Vendor) -> None:
    await each.create().complete(replace(ASKED, temperature=None))
    assert "temperature" not in json.dumps(each.server.asked[0].body)


async def test_schemas_by_vendor() -> None:
    request = replace(ASKED, schema=Shape)
    at_openai = (await sent("openai_compatible", "", "gpt-6-luna", request))["json"]
    format_ = at_openai["response_format"]["json_schema"]
    assert format_["strict"]
    assert format_["schema"]["required"] == ["answer", "note"]
    assert format_["schema"]["additionalProperties"] is False
    assert at_openai["max_completion_tokens"] == ASKED.output_tokens
    assert "max_tokens" not in at_openai
    at_deepseek = (await sent("openai_compatible", "https://api.deepseek.com", "deepseek-flash", request))[
        "json"
    ]
    assert at_deepseek["response_format"] == {"type": "json_object"}
    assert "JSON" in at_deepseek["messages"][0]["content"]
    assert "additionalProperties" not in at_deepseek["messages"][0]["content"]
    at_anthropic = (await sent("anthropic", "", "claude-haiku-5-5", request))["json"]
    assert at_anthropic["output_config"]["format"]["schema"]["required"] == ["answer", "note"]
    at_zai = (await sent("anthropic", "https://api.z.ai/api/anthropic", "glm-5.3", request))["json"]
    assert "output_config" not in at_zai
    assert '"answer"' in at_zai["system"]


async def test_empty_lines_of_a_busy_vendor_are_skipped(fake: ModelServer, http: HttpxHttp) -> None:
    body = vendor_openai.completed({"role": "assistant", "content": "Yes."}, "stop").body
    fake.script.append(
        lambda _: PlainTextResponse(b"\n\n\r\n\n" + bytes(body), media_type="application/json")
    )
    assert (await created("openai_compatible", fake, http).complete(ASKED)).text == "Yes."


async def test_deepseeks_thoughts_go_back_with_the_call(fake: ModelServer, http: HttpxHttp) -> None:
    model = created("openai_compatible", fake, http)
    call = {"id": "call_1", "type": "function", "function": {"name": "call_human", "arguments": ""}}
    message = {"role": "assistant", "content": "", "reasoning_content": "I must.", "tool_calls": [call]}
    fake.script.append(lambda _: vendor_openai.completed(message, "stop"))
    request = replace(ASKED, tools=[Tool("call_human", "", {"type": "object", "properties": {}})])
    first = await model.complete(request)
    [made] = first.parts
    assert isinstance(made, ToolCall)
    assert (first.stop, made.arguments) == ("tools", {})
    await model.complete(replace(request, messages=[*request.messages, Message("model", first.parts)]))
    [back] = [each for each in fake.asked[-1].body["messages"] if each["role"] == "assistant"]
    assert (back["reasoning_content"], back["content"]) == ("I must.", None)
    assert back["tool_calls"][0]["function"]["arguments"] == "{}"


async def test_claudes_thoughts_go_back_before_the_call_whole(fake: ModelServer, http: HttpxHttp) -> None:
    model = created("anthropic", fake, http)
    thought = {"type": "thinking", "thinking": "I must.", "signature": "s" * 60_000}
    call = {"type": "tool_use", "id": "toolu_1", "name": "call_human", "input": {}}
    fake.script.append(lambda _: vendor_anthropic.message([thought, call], "tool_use"))
    first = await model.complete(ASKED)
    await model.complete(replace(ASKED, messages=[*ASKED.messages, Message("model", first.parts)]))
    assert fake.asked[-1].body["messages"][1]["content"] == [thought, call]


@pytest.mark.parametrize(
    "broken",
    [
        {"choices": []},
        {"choices": [None]},
        {"choices": [{"message": None}]},
        {"choices": [{"message": {"content": {"a": 1}, "tool_calls": [None, {"function": 3}]}}]},
        {"content": [None, 3, {"type": "text"}, {"type": "text", "text": 5}, {"type": "tool_use"}]},
        {"content": {}, "usage": []},
        {"candidates": [{"content": {"parts": [{"functionCall": {}}]}}]},
        {"candidates": [{}], "usageMetadata": {}},
    ],
    ids=lambda each: next(iter(each)),
)
async def test_odd_answers_never_are_a_bug(each: Vendor, broken: dict[str, Any]) -> None:
    each.server.script.append(lambda _: JSONResponse(broken))
    with pytest.raises(ModelFailed) as raised:
        await each.create().complete(ASKED)
    assert raised.value.failure in (Failure.MALFORMED, Failure.EMPTY)


async def test_half_an_emoji_is_repaired(fake: ModelServer, http: HttpxHttp) -> None:
    body = rb'{"choices": [{"message": {"content": "pool \ud83c!"}, "finish_reason": "stop"}]}'
    fake.script.append(lambda _: PlainTextResponse(body, media_type="application/json"))
    text = (await created("openai_compatible", fake, http).complete(ASKED)).text
    assert text == whole(text)


@pytest.mark.parametrize("name", ["anthropic", "openai_compatible"])
def test_a_format_over_http_brings_no_vendors_library(name: str) -> None:
    code = (
        f"import sys; import shared.llm.{name}; "
        "print([each for each in ('google.genai', 'httpx', 'anthropic', 'openai') if each in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == "[]"
