"""Gemini over HTTP: its requests, its answers and its failures."""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
from starlette.responses import PlainTextResponse, Response

from scripts.local.vendors.broken import CutOff, Hang
from scripts.local.vendors.models.gemini import blocked, body, failure, generated
from scripts.local.vendors.models.server import ModelServer, Script
from shared.answers.assistant.prompt import request
from shared.answers.assistant.reading import Reading
from shared.errors import ConfigurationError, Retry
from shared.llm import Connection, Failure, ModelFailed, gemini
from shared.models.history import Line
from shared.platform import google_ai
from shared.platform.http import Unreachable
from tests.contract.models.questions import (
    BAR,
    EARLIER,
    INJECTION,
    KEY,
    POOL,
    TENANT,
    Question,
    connection,
    put,
    question,
)
from tests.fakes.asked import asked
from tests.fakes.http import ScriptedHttp
from tests.fakes.served import served

SHAPE = {"answer", "known", "wants_human", "sources"}


Ask = Callable[[Question], Awaitable[Reading]]


# Gemini, over HTTP


async def test_gemini_tells_what_it_charges_for(fake: ModelServer) -> None:
    turn = asked(TENANT, "la piscine ?", "fr")
    assert (await gemini.create(connection()).complete(request(turn, [POOL]))).usage.total == 120


@pytest.fixture
def ask(fake: ModelServer) -> Ask:
    return partial(put, gemini.create(connection()))


async def test_what_gemini_is_sent(fake: ModelServer, ask: Ask) -> None:
    history = [
        Line(author="person", text="bonjour", at=EARLIER),
        Line(author="concierge", text="Bienvenue !", at=EARLIER),
        Line(author="staff", text="Je suis Awa.", at=EARLIER),
    ]
    await ask(question(INJECTION, POOL, BAR, history=history))
    [sent] = fake.asked
    assert sent.path.endswith(f"/models/{gemini.DEFAULT_MODEL}:generateContent")
    assert TENANT.name in sent.instruction
    assert TENANT.scope in sent.instruction
    assert "French" in sent.instruction
    assert INJECTION not in sent.instruction
    assert [(turn["role"], [part["text"] for part in turn["parts"]]) for turn in sent.body["contents"]][
        :-1
    ] == [
        ("user", ["bonjour"]),
        ("model", ["Bienvenue !", "Je suis Awa."]),
    ]
    assert sent.question["message"] == INJECTION
    assert [passage["id"] for passage in sent.question["passages"]] == ["pool", "bar"]


async def test_gemini_is_asked_for_a_short_cool_answer_of_one_shape(fake: ModelServer, ask: Ask) -> None:
    await ask(question("la piscine ?", POOL))
    config = fake.asked[0].body["generationConfig"]
    assert config["responseMimeType"] == "application/json"
    assert set(config["responseSchema"]["required"]) == SHAPE
    assert config["temperature"] <= 0.5
    assert config["maxOutputTokens"] <= 4_096


async def test_the_key_is_in_its_header_and_nowhere_else(fake: ModelServer, ask: Ask) -> None:
    await ask(question("la piscine ?", POOL))
    [sent] = fake.asked
    assert sent.headers["x-goog-api-key"] == KEY
    others = {name: value for name, value in sent.headers.items() if name != "x-goog-api-key"}
    assert KEY not in json.dumps([sent.path, sent.query, sent.body, others])


async def test_long_texts_and_histories_are_bounded(fake: ModelServer, ask: Ask) -> None:
    history = [Line(author="person", text="x" * 20_000, at=EARLIER)] * 20
    passages = [replace(POOL, id=f"p{n}", text="y" * 20_000) for n in range(30)]
    await ask(question("z" * 100_000, *passages, history=history))
    assert len(json.dumps(fake.asked[0].body)) < 100_000


async def test_the_tenants_model_is_used(fake: ModelServer) -> None:
    await put(gemini.create(connection(model="gemini-9-pro")), question("la piscine ?", POOL))
    assert "/models/gemini-9-pro:" in fake.asked[0].path


async def test_only_passages_that_were_given_are_quoted(fake: ModelServer, ask: Ask) -> None:
    said = {
        "answer": "De 8h à 20h.",
        "known": True,
        "wants_human": False,
        "sources": ["made-up", "bar", "pool"],
    }
    fake.script.append(lambda _: generated(said))
    reply = await ask(question("la piscine ?", POOL, BAR))
    assert reply.sources == ["pool", "bar"]
    assert reply.text == "De 8h à 20h.\n\n_Source : Livret, p. 3; Livret, p. 9_"


@pytest.mark.parametrize("sources", [[], ["made-up"]])
async def test_an_answer_without_a_passage_to_show_is_not_known(
    fake: ModelServer, ask: Ask, sources: list[str]
) -> None:
    said = {"answer": "Oui, sûrement.", "known": True, "wants_human": True, "sources": sources}
    fake.script.append(lambda _: generated(said))
    reply = await ask(question("la piscine ?", POOL))
    assert (reply.known, reply.wants_human, reply.sources) == (False, True, [])


@dataclass(frozen=True)
class Fault:
    script: Script
    reason: str
    after: float | None = None


def always(answer: Response) -> Script:
    return lambda _: answer


FAULTS = {
    "rate": Fault(always(failure(429, "RESOURCE_EXHAUSTED", delay="17s")), "gemini_429", 17.0),
    "rate, parts of a second": Fault(
        always(failure(429, "RESOURCE_EXHAUSTED", delay="0.25s")), "gemini_429", 0.25
    ),
    "rate without a word": Fault(always(failure(429, "RESOURCE_EXHAUSTED")), "gemini_429"),
    "internal": Fault(always(failure(500, "INTERNAL")), "gemini_500"),
    "overloaded": Fault(always(failure(503, "UNAVAILABLE")), "gemini_503"),
    "deadline": Fault(always(failure(504, "DEADLINE_EXCEEDED")), "gemini_504"),
    "a proxy's page": Fault(always(PlainTextResponse("<html>Bad gateway", 502)), "gemini_502"),
    "cut off half-way": Fault(always(CutOff(b'{"candidates"')), "gemini_unreachable"),
    "not JSON": Fault(always(PlainTextResponse("<html>hello")), "gemini_garbled"),
    "not an object": Fault(always(body(["candidates"])), "gemini_garbled"),
    "not its object": Fault(always(body({"candidates": "none"})), "gemini_empty"),
    "prompt blocked": Fault(always(blocked()), "model_refused"),
    "answer blocked": Fault(always(generated("", "SAFETY")), "model_refused"),
    "recited": Fault(always(generated("…", "RECITATION")), "model_refused"),
    "no candidates": Fault(always(body({"candidates": []})), "gemini_empty"),
    "nothing at all": Fault(always(body({})), "gemini_garbled"),
    "no words": Fault(
        always(generated({"answer": " ", "known": True, "wants_human": False, "sources": []})), "model_empty"
    ),
    "no text": Fault(always(generated("")), "gemini_empty"),
    "cut short": Fault(always(generated('{"answer": "La pis', "MAX_TOKENS")), "model_cut_off"),
    "truncated": Fault(always(generated('{"answer": "La pis')), "model_garbled"),
    "chatty": Fault(always(generated("Sure! The pool is open.")), "model_garbled"),
    "another shape": Fault(always(generated({"answer": "oui"})), "model_garbled"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_failure_that_may_heal_is_a_retry_after_one_attempt(
    fake: ModelServer, ask: Ask, fault: Fault
) -> None:
    fake.script.append(fault.script)
    with pytest.raises(Retry) as raised:
        await ask(question("la piscine ?", POOL))
    assert (raised.value.reason, raised.value.after) == (fault.reason, fault.after)
    assert len(fake.asked) == 1


@pytest.mark.parametrize(
    ("status", "name"),
    [(400, "INVALID_ARGUMENT"), (401, "UNAUTHENTICATED"), (403, "PERMISSION_DENIED"), (404, "NOT_FOUND")],
)
async def test_what_never_works_as_configured_says_so_without_the_key(
    fake: ModelServer, ask: Ask, status: int, name: str
) -> None:
    fake.script.append(lambda _: failure(status, name))
    with pytest.raises(ModelFailed, match=f"gemini_{status}") as raised:
        await ask(question("la piscine ?", POOL))
    assert isinstance(raised.value.__cause__, ConfigurationError)
    assert KEY not in str(raised.value.__cause__)


async def test_a_silent_vendor_is_a_retry(fake: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google_ai, "TIMEOUT", 0.2)
    monkeypatch.setattr(google_ai, "_clients", OrderedDict())
    fake.script.append(lambda _: Hang())
    with pytest.raises(Retry, match="gemini_timeout"):
        await put(gemini.create(connection()), question("la piscine ?", POOL))


async def test_the_caller_may_lose_patience_first(fake: ModelServer, ask: Ask) -> None:
    await ask(question("la piscine ?", POOL))
    fake.script.append(lambda _: Hang())
    began = time.perf_counter()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await ask(question("la piscine ?", POOL))
    assert time.perf_counter() - began < 1
    assert (await ask(question("la piscine ?", POOL))).known


async def test_a_vendor_out_of_reach_is_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(ModelServer().app) as gone:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", gone)
    monkeypatch.setattr(google_ai, "_clients", OrderedDict())
    with pytest.raises(Retry, match="gemini_unreachable"):
        await put(gemini.create(connection()), question("la piscine ?", POOL))


async def test_neither_a_key_nor_an_identity_is_a_wrong_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """With Vertex AI and an identity file that does not exist: nothing leaves this machine."""
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(ModelFailed) as raised:
        await put(gemini.create(connection(None)), question("la piscine ?", POOL))
    assert raised.value.failure is Failure.REFUSED_KEY
    assert "api_key" in str(raised.value.__cause__)


async def test_a_rotated_key_is_taken_up(fake: ModelServer) -> None:
    keys = iter(["old", "new"])

    async def value() -> str | None:
        return next(keys)

    model = gemini.create(Connection("", value, ScriptedHttp(Unreachable())))
    await put(model, question("la piscine ?", POOL))
    await put(model, question("la piscine ?", POOL))
    assert [sent.headers["x-goog-api-key"] for sent in fake.asked] == ["old", "new"]
