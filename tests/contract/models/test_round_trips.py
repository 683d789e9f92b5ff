"""Tools, files, schemas and tokens, to each vendor and back, over a socket."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import pytest
from pydantic import BaseModel

from scripts.local.vendors.models.exchange import Call, Medium, Reply
from shared.errors import ConfigurationError
from shared.llm import (
    Embedding,
    Failure,
    File,
    Hearing,
    Message,
    ModelFailed,
    Part,
    Request,
    Text,
    Tool,
    ToolCall,
    ToolResult,
)
from tests.contract.models.conftest import Vendor

SEARCH = Tool(
    "search_knowledge",
    "Finds what the organisation has published.",
    {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
)
HUMAN = Tool("call_human", "Calls a person of the team.", {"type": "object", "properties": {}})
ASKED = Request("Be kind.", [Message("person", [Text("Where is the pool?")])], tools=[SEARCH, HUMAN])


class Inner(BaseModel):
    word: str = ""


class Shape(BaseModel):
    answer: str
    mood: Literal["good", "bad"] = "good"
    sure: bool
    inner: list[Inner] = []


def following(request: Request, said: Sequence[Part], *results: Part) -> Request:
    """Returns the next request of a loop with tools."""
    more = [Message("model", said), Message("person", results)]
    return replace(request, messages=[*request.messages, *more])


async def test_a_tool_is_called_and_its_result_comes_back(each: Vendor) -> None:
    model = each.create()
    first = await model.complete(ASKED)
    [call] = first.parts
    assert isinstance(call, ToolCall)
    assert (first.stop, call.name) == ("tools", "search_knowledge")
    assert call.arguments == {"query": "Where is the pool?"}
    second = await model.complete(
        following(ASKED, first.parts, ToolResult(call.id, call.name, "On the roof."))
    )
    assert (second.stop, second.text) == ("done", "On the roof.")


async def test_several_calls_have_their_results_in_order_and_failures_are_told(each: Vendor) -> None:
    model = each.create()
    calls = [Call("search_knowledge", {"query": "pool"}), Call("call_human", {})]
    each.server.replies.append(Reply("One moment.", calls, thoughts="Both are needed."))
    first = await model.complete(ASKED)
    found = [part for part in first.parts if isinstance(part, ToolCall)]
    assert [(call.name, call.arguments) for call in found] == [(each.name, each.arguments) for each in calls]
    assert first.text == "One moment."
    assert len({call.id for call in found}) == 2
    results: list[Part] = [
        ToolResult(found[1].id, "call_human", "nobody is there", failed=True),
        ToolResult(found[0].id, "search_knowledge", "On the roof."),
        Text("And quickly!"),
    ]
    await model.complete(following(ASKED, first.parts, *results))
    seen = each.server.asked[-1].seen
    assert seen is not None
    assert [result.text.removeprefix("error: ") for result in seen.results] == [
        "On the roof.",
        "nobody is there",
    ]
    assert [result.failed for result in seen.results] == [False, True]
    assert seen.last[-1] == "And quickly!"


async def test_a_call_without_a_result_gets_a_failed_one(each: Vendor) -> None:
    model = each.create()
    first = await model.complete(ASKED)
    await model.complete(following(ASKED, first.parts, Text("Well?")))
    seen = each.server.asked[-1].seen
    assert seen is not None
    assert [(result.failed, "no result" in result.text) for result in seen.results] == [(True, True)]


async def test_unreadable_arguments_go_back_as_none(each: Vendor) -> None:
    model = each.create()
    first = await model.complete(ASKED)
    [call] = [part for part in first.parts if isinstance(part, ToolCall)]
    wrong = replace(call, arguments=None)
    await model.complete(following(ASKED, [wrong], ToolResult(call.id, call.name, "unreadable", failed=True)))
    seen = each.server.asked[-1].seen
    assert seen is not None
    assert [part.arguments for part in seen.lines[-2].parts if isinstance(part, Call)] == [{}]


async def test_calls_of_another_account_or_model_are_told_as_text(each: Vendor) -> None:
    first = await each.create(key="another-account").complete(ASKED)
    [call] = [part for part in first.parts if isinstance(part, ToolCall)]
    second = following(ASKED, first.parts, ToolResult(call.id, call.name, "On the roof."))
    for key in ("AIza-not-a-real-key", "another-account"):
        each.server.replies.append(Reply("On the roof, it says."))
        assert (await each.create(key=key).complete(second)).text == "On the roof, it says."
        seen = each.server.asked[-1].seen
        assert seen is not None
        assert bool(seen.results) == (key == "another-account")
        told = [part for line in seen.lines for part in line.parts]
        assert any("On the roof." in str(part) for part in told)


async def test_a_history_that_begins_with_the_model_is_taken(each: Vendor) -> None:
    lines = [Message("model", [Text("Bienvenue !")]), Message("person", [Text("")]), *ASKED.messages]
    await each.create().complete(replace(ASKED, messages=lines))
    seen = each.server.asked[-1].seen
    assert seen is not None
    assert [line.role for line in seen.lines] == ["person", "model", "person"]


async def test_an_answer_of_a_shape(each: Vendor) -> None:
    found = await each.create().complete(replace(ASKED, schema=Shape, tools=()))
    assert Shape.model_validate_json(found.text).mood == "good"
    each.server.replies.append(Reply('```json\n{"answer": "yes", "sure": true}\n```'))
    fenced = await each.create().complete(replace(ASKED, schema=Shape))
    assert Shape.model_validate_json(fenced.text).sure


async def test_a_picture_and_a_document_are_seen(each: Vendor) -> None:
    files: list[Part] = [
        File(b"\x89PNG", "image/png"),
        File(b"%PDF-", "application/pdf"),
        Text("What is this?"),
    ]
    await each.create().complete(Request("Be kind.", [Message("person", files)]))
    seen = each.server.asked[-1].seen
    assert seen is not None
    assert seen.last == [
        Medium("image/png", b"\x89PNG"),
        Medium("application/pdf", b"%PDF-"),
        "What is this?",
    ]


async def test_a_sound_is_heard_or_refused_before_it_is_sent(each: Vendor) -> None:
    asked = Request("Be kind.", [Message("person", [File(b"OggS", "audio/ogg; codecs=opus")])])
    if each.name == "anthropic":
        with pytest.raises(ModelFailed) as raised:
            await each.create().complete(asked)
        assert raised.value.failure is Failure.BAD_REQUEST
        assert isinstance(raised.value.__cause__, ConfigurationError)
        assert each.server.asked == []
        return
    await each.create().complete(asked)
    seen = each.server.asked[-1].seen
    assert seen is not None
    assert seen.last == [Medium("audio/ogg", b"OggS")]


async def test_what_is_charged_for_is_told(each: Vendor) -> None:
    each.server.replies.append(Reply("Yes.", input=100, output=7, cached=40, audio=25))
    usage = (await each.create().complete(ASKED)).usage
    assert (usage.input, usage.output, usage.cached, usage.total) == (100, 7, 40, 107)
    assert usage.audio == (0 if each.name == "anthropic" else 25)
    assert usage.cost == (0.0012 if each.name == "openai" else None)


async def test_the_model_that_answered_is_named(each: Vendor) -> None:
    found = await each.create().complete(ASKED)
    assert found.model == ("fake" if each.name == "gemini" else "scripted")


async def test_a_call_in_a_cut_off_answer_is_not_run(each: Vendor) -> None:
    each.server.replies.append(Reply(calls=[Call("call_human", {})], stop="cut_off"))
    found = await each.create().complete(ASKED)
    if each.name == "gemini":
        assert (found.stop, found.parts) == ("cut_off", [])


async def test_texts_have_vectors_of_length_one_in_order(each: Vendor) -> None:
    model = each.create("text-embedding-3-small")
    if not isinstance(model, Embedding):
        return
    texts = [f"room {number}" for number in range(45)]
    vectors, usage = await model.embed(texts)
    assert len(vectors) == 45
    assert all(math.isclose(math.hypot(*vector), 1, rel_tol=1e-6) for vector in vectors)
    [[alone], _] = await model.embed([texts[44]])
    assert vectors[44] == pytest.approx(alone)
    assert vectors[0] != pytest.approx(alone)
    assert usage.input == (45 if each.name == "openai" else 0)
    assert (await model.embed([]))[0] == []


async def test_a_sound_is_transcribed(each: Vendor) -> None:
    model = each.create("gpt-transcribe")
    if not isinstance(model, Hearing):
        return
    sound = File(b"text:Quand ouvre la piscine\r\n--?", "audio/ogg; codecs=opus")
    found = await model.transcribe(sound, "fr")
    assert found.text == "Quand ouvre la piscine\r\n--?"
    assert (found.usage.input, found.usage.output, found.usage.audio) == (14, 45, 14)
    form = each.server.asked[-1].body
    assert (form["file"].media_type, form["model"].data, form["language"].data) == (
        "audio/ogg",
        b"gpt-transcribe",
        b"fr",
    )
    with pytest.raises(ModelFailed) as raised:
        await model.transcribe(File(b"", "audio/amr"), "fr")
    assert raised.value.failure is Failure.BAD_REQUEST


async def test_the_scripted_model_keeps_a_shape_beside_tools(each: Vendor) -> None:
    """Some formats take the shape in words then."""
    told = '{"passages": [{"id": "pool", "text": "At nine."}], "message": "When?"}'
    request = replace(ASKED, messages=[Message("person", [Text(told)])], schema=Answered)
    completion = await each.create().complete(request)
    assert Answered.model_validate_json(completion.text).answer == "At nine."


class Answered(BaseModel):
    answer: str
    known: bool
