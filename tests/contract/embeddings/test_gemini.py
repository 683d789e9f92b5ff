"""Gemini's embeddings over HTTP: the requests, and each of the vendor's failures."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest
from starlette.responses import PlainTextResponse, Response

from scripts.local.vendors.broken import CutOff, Hang
from scripts.local.vendors.models.gemini import body, embedded, failure
from scripts.local.vendors.models.script import vector
from scripts.local.vendors.models.server import ModelServer as Vendor
from scripts.local.vendors.models.server import Script
from shared.embeddings import LIMIT, gemini
from shared.embeddings.gemini import BATCH, DEFAULT_MODEL, DIMENSIONS, Gemini
from shared.errors import ConfigurationError, Retry
from tests.contract.embeddings.conftest import KEY
from tests.fakes.served import served


async def test_what_gemini_is_sent(vendor: Vendor) -> None:
    await Gemini("", KEY).embed(["Où est la piscine ?", "x" * 2 * LIMIT])
    [sent] = vendor.asked
    assert sent.path.endswith(f"/models/{DEFAULT_MODEL}:batchEmbedContents")
    texts = [each["content"]["parts"][0]["text"] for each in sent.body["requests"]]
    assert texts == ["Où est la piscine ?", "x" * LIMIT]
    assert {each["outputDimensionality"] for each in sent.body["requests"]} == {DIMENSIONS}


async def test_the_key_is_in_its_header_and_nowhere_else(vendor: Vendor) -> None:
    await Gemini("", KEY).embed(["pool"])
    [sent] = vendor.asked
    assert sent.headers["x-goog-api-key"] == KEY
    others = {name: value for name, value in sent.headers.items() if name != "x-goog-api-key"}
    assert KEY not in json.dumps([sent.path, sent.query, sent.body, others])


async def test_another_model_is_asked_for_and_named(vendor: Vendor) -> None:
    embedder = Gemini("gemini-embedding-9", KEY)
    await embedder.embed(["pool"])
    assert "/models/gemini-embedding-9:" in vendor.asked[0].path
    assert "gemini-embedding-9" in embedder.name != Gemini("", KEY).name


async def test_many_texts_are_a_few_requests(vendor: Vendor) -> None:
    await Gemini("", KEY).embed([f"room {number}" for number in range(2 * BATCH + 1)])
    assert sorted(len(sent.body["requests"]) for sent in vendor.asked) == [1, BATCH, BATCH]


async def test_a_model_that_cannot_cut_is_cut_here(vendor: Vendor) -> None:
    vendor.script.append(lambda _: body({"embeddings": [{"values": vector("pool", 3_072)}]}))
    [found] = await Gemini("", KEY).embed(["pool"])
    assert found.shape == (DIMENSIONS,)
    assert np.isclose(np.linalg.norm(found), 1, atol=1e-3)


@dataclass(frozen=True)
class Fault:
    script: Script
    reason: str
    after: float | None = None


def always(answer: Response) -> Script:
    return lambda _: answer


def values(*numbers: list[float]) -> Script:
    return always(body({"embeddings": [{"values": each} for each in numbers]}))


LISTED = [{"error": {"code": 429, "message": "scripted", "status": "RESOURCE_EXHAUSTED"}}]
FAULTS = {
    "rate": Fault(always(failure(429, "RESOURCE_EXHAUSTED", delay="17s")), "gemini_429", 17.0),
    "rate, parts of a second": Fault(
        always(failure(429, "RESOURCE_EXHAUSTED", delay="34.4s")), "gemini_429", 34.4
    ),
    "rate without a word": Fault(always(failure(429, "RESOURCE_EXHAUSTED")), "gemini_429"),
    "rate, in a list": Fault(
        always(Response(json.dumps(LISTED), 429, media_type="application/json")), "gemini_429"
    ),
    "internal": Fault(always(failure(500, "INTERNAL")), "gemini_500"),
    "overloaded": Fault(always(failure(503, "UNAVAILABLE")), "gemini_503"),
    "a proxy's page": Fault(always(PlainTextResponse("<html>Bad gateway", 502)), "gemini_502"),
    "cut off half-way": Fault(always(CutOff(b'{"embeddings"')), "gemini_unreachable"),
    "not JSON": Fault(always(PlainTextResponse("<html>hello")), "gemini_garbled"),
    "not an object": Fault(always(body(["embeddings"])), "gemini_garbled"),
    "nothing at all": Fault(always(body({})), "gemini_garbled"),
    "no embedding": Fault(always(body({"embeddings": []})), "gemini_garbled"),
    "an empty one": Fault(always(body({"embeddings": [{}]})), "gemini_garbled"),
    "too many": Fault(values([0.5] * DIMENSIONS, [0.5] * DIMENSIONS), "gemini_garbled"),
    "too short": Fault(values([0.5] * (DIMENSIONS - 1)), "gemini_garbled"),
    "only zeros": Fault(values([0.0] * DIMENSIONS), "gemini_garbled"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_failure_that_may_heal_is_a_retry_after_one_attempt(vendor: Vendor, fault: Fault) -> None:
    vendor.script.append(fault.script)
    with pytest.raises(Retry) as raised:
        await Gemini("", KEY).embed(["where is the pool"])
    assert (raised.value.reason, raised.value.after) == (fault.reason, fault.after)
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    ("status", "name"),
    [(400, "INVALID_ARGUMENT"), (401, "UNAUTHENTICATED"), (403, "PERMISSION_DENIED"), (404, "NOT_FOUND")],
)
async def test_what_never_works_as_configured_says_so_without_the_key(
    vendor: Vendor, status: int, name: str
) -> None:
    vendor.script.append(lambda _: failure(status, name))
    with pytest.raises(ConfigurationError) as raised:
        await Gemini("", KEY).embed(["where is the pool"])
    assert f"{status} {name}" in str(raised.value)
    assert DEFAULT_MODEL in str(raised.value)
    assert KEY not in str(raised.value)


async def test_a_silent_vendor_is_a_retry(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = Gemini("", KEY)
    await embedder.embed(["pool"])
    monkeypatch.setattr(gemini, "DEADLINE", 0.2)
    vendor.script.append(lambda _: Hang())
    with pytest.raises(Retry, match="gemini_timeout"):
        await embedder.embed(["pool"])


async def test_one_failed_batch_fails_all(vendor: Vendor) -> None:
    vendor.script.extend([lambda asked: embedded(asked.body), always(failure(503, "UNAVAILABLE"))])
    with pytest.raises(Retry, match="gemini_503"):
        await Gemini("", KEY).embed(["pool"] * (BATCH + 1))


async def test_a_vendor_out_of_reach_is_a_retry(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(Vendor().app) as gone:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", f"{gone}/gemini")
    with pytest.raises(Retry, match="gemini_unreachable"):
        await Gemini("", KEY).embed(["pool"])
