"""Text from outside stays short, on one line, and out of error reports: in logs, traces and answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from scripts.local import console
from shared.errors import Drop, Rejected
from shared.formats import wire
from shared.platform import endpoint, logs, tracing
from shared.platform.tracing import Span

#: A forged second line, a colour, a change of writing direction, half an emoji, a new paragraph.
FORGED = "zebra\n12:00:00  webhook  \x1b[31mall is lost\x07\u202e\ud83d\u2029\x85"
LONG = "zebra" * 200_000


@pytest.fixture
def spans() -> Iterator[list[Span]]:
    found: list[Span] = []
    tracing.configure(found.append)
    yield found
    tracing.configure(None)


def strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for key, held in value.items():
                yield from (key, *strings(held))
        case list() | tuple() | set():
            for held in value:
                yield from strings(held)


@pytest.mark.misfits
@pytest.mark.parametrize("given", [FORGED, LONG, f"{FORGED}{LONG}"])
@pytest.mark.parametrize("nest", ["plain", "list", "dict", "key", "deep", "object"])
def test_every_string_of_a_line_is_short_and_printable(
    lines: list[dict[str, Any]], given: str, nest: str
) -> None:
    class Held:
        def __str__(self) -> str:
            return given

    values: dict[str, Any] = {
        "plain": given,
        "list": [given, 1, (given,)],
        "dict": {"a": {"b": given}},
        "key": {given: 1},
        "deep": [[[[[[[[[[given]]]]]]]]]],
        "object": Held(),
    }
    logs.begin(function="webhook", tenant=given)
    logs.logger().info("handled", reason=values[nest])
    (line,) = lines
    assert all(text.isprintable() and len(text) <= logs.TEXT for text in strings(line))
    assert len(json.dumps(line, default=str)) < 8_000


def test_a_long_list_is_cut(lines: list[dict[str, Any]]) -> None:
    logs.logger().info("handled", wrote=["x"] * 100_000, published=("x",) * 100_000)
    assert len(lines[0]["wrote"]) == len(lines[0]["published"]) == logs.ITEMS


def test_what_is_harmless_stays_as_it_is(lines: list[dict[str, Any]]) -> None:
    said = {"reason": "été à Dakar, 12 °C", "ms": 1.5, "reads": 3, "published": ["a"], "urgent": False}
    logs.logger().info("handled", **said)
    assert said.items() <= lines[0].items()


def test_a_spans_facts_are_cleaned_too(spans: list[Span]) -> None:
    tracing.begin("webhook", "server")
    tracing.follow("", trusted=False)
    logs.begin(tenant=FORGED)
    with tracing.span("part", place=LONG):
        pass
    tracing.end(failed=False, reason=FORGED, wrote=[FORGED])
    for span in spans:
        assert all(text.isprintable() and len(text) <= logs.TEXT for text in strings(span.facts))


@pytest.mark.parametrize("error", [Rejected(400, FORGED), Rejected(400, LONG), Drop(FORGED)])
def test_an_answer_quotes_nothing_long_and_nothing_odd(error: Exception) -> None:
    async def fail(_: Request) -> Response:
        raise error

    async def serve(request: Request) -> Response:
        return await endpoint.call("webhook", request, fail)

    answer = TestClient(Starlette(routes=[Route("/", serve)])).get("/")
    assert len(answer.content) < logs.TEXT + 50
    if answer.content:
        assert answer.json()["error"].isprintable()


@pytest.mark.parametrize("field", ["event", "tenant", "reason", "function", "time", "status", "other"])
def test_a_line_in_the_terminal_is_one_line(field: str, capsys: pytest.CaptureFixture[str]) -> None:
    for event in ("handled", "dropped"):
        console.show({"event": event, "severity": "INFO", "ms": 1, field: f"{FORGED}{LONG}"})
    printed = capsys.readouterr().out
    assert printed.count("\n") == 2
    assert printed.replace("\n", "").isprintable()
    assert len(printed) < 4_000


# --- errors name the invalid field, without its value


class Inner(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    number: int = 0


class Cat(BaseModel):
    kind: Literal["cat"]
    age: int = 0


class Dog(BaseModel):
    kind: Literal["dog"]
    age: int = 0


class Outer(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    inner: Inner = Inner()
    several: list[Inner] = []
    by_name: dict[str, Inner] = {}
    numbers: dict[str, int] = {}
    either: int | list[int] = 0
    animal: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None
    given: int = Field(0, alias="theirName")
    again: list[Outer] = []


ODD = [
    ({"zebra": 1}, "body"),
    ({"inner": {"zebra": 1}}, "body.inner"),
    ({"several": [{}, {"number": "x"}]}, "body.several.1.number"),
    ({"by_name": {"zebra": {"number": "x"}}}, "body.by_name.number"),
    ({"by_name": {"zebra": {"zebra": "x"}}}, "body.by_name"),
    ({"numbers": {"zebra": "x"}}, "body.numbers"),
    ({"animal": {"kind": "zebra"}}, "body.animal"),
    ({"animal": {"kind": "cat", "age": "zebra"}}, "body.animal"),
    ({"theirName": "zebra"}, "body.theirName"),
    ({"again": [{"again": [{"inner": {"zebra": 1}}]}]}, "body.again.0.again.0.inner"),
    ({"either": "zebra"}, "body.either"),
]


@pytest.mark.parametrize(("given", "field"), ODD)
def test_an_error_names_our_fields_and_never_theirs(given: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        wire.read(Outer, given)
    assert "zebra" not in refused.value.detail
    assert refused.value.detail.startswith(f"{field}")
    assert len(refused.value.detail) < 200


@pytest.mark.parametrize("given", [case[0] for case in ODD])
def test_the_same_for_an_event_on_the_bus(given: dict[str, Any]) -> None:
    adapter = TypeAdapter(dict[str, Outer])
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - pydantic's
        adapter.validate_python({"zebra": given})
    assert "zebra" not in wire.problem(refused.value, adapter, "body")  # type: ignore[arg-type]
