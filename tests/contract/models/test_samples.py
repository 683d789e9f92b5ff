"""The vendors' documented answers and errors, read by the model files.

The samples lie beside the project, where the wire contracts are.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse

from scripts.local.vendors.models.server import ModelServer
from shared.llm import (
    Completion,
    Failure,
    File,
    Hearing,
    Message,
    Model,
    ModelFailed,
    Request,
    Text,
    Tool,
    ToolCall,
)
from shared.platform.http_httpx import HttpxHttp
from tests.contract.models.conftest import created

SAMPLES = Path(__file__).resolve().parents[3].parent / "shared" / "contracts" / "llm"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the wire contracts are not beside the project")

WEATHER = {"type": "object", "properties": {"location": {"type": "string"}}}
NOTHING = {"type": "object", "properties": {}}
ASKED = Request(
    "Be kind.",
    [Message("person", [Text("What is the weather like?")])],
    tools=[
        Tool("weather", "", WEATHER),
        Tool("get_weather", "", WEATHER),
        Tool("updateIssueList", "", NOTHING),
    ],
)


def sample(name: str, *path: str) -> Any:
    found = json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))
    for step in path:
        found = found[step]
    return found


@pytest.fixture
def models(fake: ModelServer, http: HttpxHttp) -> dict[str, Model]:
    return {name: created(name, fake, http) for name in ("gemini", "anthropic", "openai_compatible")}


async def answered(fake: ModelServer, model: Model, body: Any, status: int = 200) -> Completion:
    fake.script.append(lambda _: JSONResponse(body, status))
    return await model.complete(ASKED)


ANSWERS = {
    ("anthropic", "anthropic_messages_response"): ("done", 12, 18, 0, None),
    ("anthropic", "anthropic_thinking_first_response"): ("done", 51, 1699, 0, None),
    ("anthropic", "anthropic_refusal_response"): ("refused", 18, 5, 0, None),
    ("anthropic", "anthropic_tool_use_response"): ("tools", 843, 28, 0, {"location": "San Francisco"}),
    ("anthropic", "anthropic_tool_use_no_args_response"): ("tools", 602, 93, 0, {}),
    ("openai_compatible", "openrouter_chat_response"): ("done", 25, 10, 0, None),
    ("openai_compatible", "openrouter_chat_response_with_cost"): ("done", 10, 15, 2, None),
    ("openai_compatible", "deepseek_json_response"): ("done", 495, 144, 320, None),
    ("openai_compatible", "deepseek_length_response"): ("cut_off", 13, 300, 0, None),
    ("openai_compatible", "deepseek_tool_call_response"): (
        "tools", 339, 92, 320, {"location": "San Francisco"},
    ),
    ("gemini", "gemini3_tool_call_thought_signature"): ("tools", 29, 1816, 0, {"location": "San Francisco"}),
    ("gemini", "gemini_blocked_prompt_response"): ("refused", 0, 0, 0, None),
    ("gemini", "gemini_max_tokens_response"): ("cut_off", 6, 20, 0, None),
}  # fmt: skip


@pytest.mark.parametrize(("name", "expected"), ANSWERS.items(), ids=lambda each: str(each))
async def test_an_answer(
    fake: ModelServer,
    models: dict[str, Model],
    name: tuple[str, str],
    expected: tuple[str, int, int, int, Any],
) -> None:
    found = await answered(fake, models[name[0]], sample(name[1]))
    calls = [part.arguments for part in found.parts if isinstance(part, ToolCall)]
    used = found.usage
    arguments = calls[0] if calls else None
    assert (found.stop, used.input, used.output, used.cached, arguments) == expected
    assert "I need to find all roots" not in found.text


async def test_openrouters_price_is_taken(fake: ModelServer, models: dict[str, Model]) -> None:
    body = sample("openrouter_chat_response_with_cost")
    assert (await answered(fake, models["openai_compatible"], body)).usage.cost == 0.0012


async def test_sounds_are_counted(fake: ModelServer, models: dict[str, Model]) -> None:
    found = await answered(fake, models["gemini"], sample("gemini_audio", "response"))
    assert (found.usage.input, found.usage.audio) == (754, 750)


ARGUMENTS = {
    "empty_string": ("tools", [None]),
    "stray_quotes_after_object": ("tools", [None]),
    "truncated_but_tool_calls": ("tools", [None]),
    "truncated_with_length": ("cut_off", []),
    "unquoted_value": ("tools", [None]),
}


@pytest.mark.parametrize("name", ARGUMENTS)
async def test_arguments_are_never_made_up(fake: ModelServer, models: dict[str, Model], name: str) -> None:
    found = await answered(fake, models["openai_compatible"], sample("openai_tool_calls_malformed", name))
    calls = [part.arguments for part in found.parts if isinstance(part, ToolCall)]
    assert (found.stop, calls) == ARGUMENTS[name]


ERRORS: dict[tuple[str, str], dict[str, tuple[Failure, float | None]]] = {
    ("anthropic", "anthropic_errors"): {
        "400_credit": (Failure.SPENT, None),
        "400_tool_input": (Failure.BAD_REQUEST, None),
        "404": (Failure.REFUSED_KEY, None),
        "429_openrouter_form": (Failure.RATE, None),
        "529": (Failure.BUSY, None),
        "529_short": (Failure.BUSY, None),
    },
    ("openai_compatible", "deepseek_errors"): {
        "200_blank_json": (Failure.EMPTY, None),
        "200_no_resource": (Failure.BUSY, None),
        "400_reasoning_missing": (Failure.BAD_REQUEST, None),
        "402": (Failure.SPENT, None),
    },
    ("openai_compatible", "openai_errors"): {
        "400_audio_format": (Failure.BAD_REQUEST, None),
        "400_audio_format_4o_transcribe": (Failure.BAD_REQUEST, None),
        "429_no_money": (Failure.SPENT, None),
        "429_rate": (Failure.RATE, 3.89),
        "429_too_large": (Failure.TOO_LONG, None),
    },
    ("openai_compatible", "openrouter_errors"): {
        "408": (Failure.BUSY, None),
        "413": (Failure.TOO_LONG, None),
        "429_free_per_day": (Failure.RATE, None),
        "429_upstream_shared_pool": (Failure.RATE, None),
        "502": (Failure.BUSY, None),
        "503": (Failure.BUSY, None),
        "524": (Failure.BUSY, None),
        "529": (Failure.BUSY, None),
    },
    ("anthropic", "zai_errors"): {
        "anthropic_route_no_balance_2025": (Failure.SPENT, None),
        "anthropic_route_no_balance_2026": (Failure.SPENT, None),
        "anthropic_route_rate_2026": (Failure.RATE, None),
    },
    ("openai_compatible", "zai_errors"): {
        "openai_route_concurrency": (Failure.RATE, None),
        "openai_route_no_balance": (Failure.SPENT, None),
    },
    ("gemini", "gemini_errors"): {
        "400_function_parts_mismatch": (Failure.BAD_REQUEST, None),
        "400_missing_thought_signature": (Failure.BAD_REQUEST, None),
        "404_model_shut_down": (Failure.REFUSED_KEY, None),
        "429_bare": (Failure.RATE, None),
        "429_fraction_delay": (Failure.RATE, 34.4),
        "429_help_only": (Failure.RATE, None),
        "429_per_day_with_short_retry": (Failure.RATE, 36.0),
        "429_per_minute_tokens": (Failure.RATE, 26.0),
        "429_vertex_list": (Failure.RATE, None),
        "503_overloaded": (Failure.BUSY, None),
    },
}
EACH = [(*place, name, *wanted) for place, all_ in ERRORS.items() for name, wanted in all_.items()]


@pytest.mark.parametrize(("file", "folder", "name", "failure", "after"), EACH)
async def test_an_error(
    fake: ModelServer,
    models: dict[str, Model],
    file: str,
    folder: str,
    name: str,
    failure: Failure,
    after: float | None,
) -> None:
    error = sample(folder, name)
    with pytest.raises(ModelFailed) as raised:
        await answered(fake, models[file], error["body"], error["status"])
    assert (raised.value.failure, raised.value.after) == (failure, after)


async def test_an_error_inside_a_200(fake: ModelServer, models: dict[str, Model]) -> None:
    for name in ("no_choices", "no_choices_upstream", "finish_reason_error"):
        with pytest.raises(ModelFailed) as raised:
            await answered(fake, models["openai_compatible"], sample("openrouter_error_inside_200", name))
        assert raised.value.failure is Failure.MALFORMED
    chunk = sample("openrouter_error_inside_200", "stream_chunk")
    with pytest.raises(ModelFailed) as raised:
        await answered(fake, models["openai_compatible"], chunk)
    assert raised.value.failure is Failure.RATE


async def test_moderation_is_a_refusal(fake: ModelServer, models: dict[str, Model]) -> None:
    error = sample("openrouter_errors", "403_guardrail")
    found = await answered(fake, models["openai_compatible"], error["body"], error["status"])
    assert (found.stop, found.parts) == ("refused", [])


@pytest.mark.parametrize("name", ["malformed_function_call", "malformed_function_call_empty_content"])
async def test_a_call_that_gemini_could_not_write_is_malformed(
    fake: ModelServer, models: dict[str, Model], name: str
) -> None:
    with pytest.raises(ModelFailed) as raised:
        await answered(fake, models["gemini"], sample("gemini_candidate_without_content", name))
    assert raised.value.failure is Failure.MALFORMED


async def test_transcriptions_are_paid_by_tokens_time_or_price(
    fake: ModelServer, models: dict[str, Model]
) -> None:
    model = models["openai_compatible"]
    assert isinstance(model, Hearing)

    async def heard(body: Any) -> Completion:
        fake.script.append(lambda _: JSONResponse(body))
        return await model.transcribe(File(b"OggS", "audio/ogg"), "en")

    by_tokens = (await heard(sample("transcription_response"))).usage
    assert (by_tokens.input, by_tokens.audio, by_tokens.output, by_tokens.seconds) == (14, 14, 45, 0)
    by_time = (await heard(sample("transcription_verbose_response"))).usage
    assert (by_time.total, by_time.seconds) == (0, 9)
    assert (await heard(sample("openrouter_transcription", "response"))).usage.cost == 0.000508


async def test_a_spent_limit_of_openrouters_key_is_seen_before_an_answer(fake: ModelServer) -> None:
    from shared.llm import Connection, Reachable, openai_compatible
    from tests.fakes.http import ScriptedHttp, answer

    async def key() -> str | None:
        return "sk-or-not-a-real-key"

    for left, spent in ((74.5, False), (0, True), (None, False)):
        body = sample("openrouter_key")
        body["data"]["limit_remaining"] = left
        http = ScriptedHttp(answer(200, json.dumps(body).encode()))
        model = openai_compatible.create(
            Connection("z-ai/glm-5.3-flash", key, http, "https://openrouter.ai/api/v1")
        )
        assert isinstance(model, Reachable)
        if spent:
            with pytest.raises(ModelFailed) as raised:
                await model.reach()
            assert raised.value.failure is Failure.SPENT
        else:
            await model.reach()
        assert http.requests[0]["url"] == "https://openrouter.ai/api/v1/key"
