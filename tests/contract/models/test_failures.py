"""Each way to fail of each vendor, over a socket, as one of our Failures."""

from __future__ import annotations

import asyncio
import time

import pytest

from scripts.local.vendors.models.server import FAILURES
from shared.errors import ConfigurationError
from shared.llm import Completion, Embedding, Failure, File, Hearing, Message, ModelFailed, Request, Text
from shared.platform import google_ai
from tests.contract.models.conftest import Vendor
from tests.contract.models.questions import KEY

ASKED = Request("Be kind.", [Message("person", [Text("canary-in-the-prompt")])])
#: The Failure of each way, the same for all vendors.
EXPECTED = {
    "busy": Failure.BUSY,
    "rate": Failure.RATE,
    "rate_later": Failure.RATE,
    "no_credit": Failure.SPENT,
    "spend_limit": Failure.SPENT,
    "refused_key": Failure.REFUSED_KEY,
    "unknown_model": Failure.REFUSED_KEY,
    "too_long": Failure.TOO_LONG,
    "bad_request": Failure.BAD_REQUEST,
    "malformed": Failure.MALFORMED,
    "error_inside": Failure.MALFORMED,
    "empty": Failure.EMPTY,
    "html": Failure.MALFORMED,
    "gateway_page": Failure.BUSY,
    "half_json": Failure.MALFORMED,
    "disconnected": Failure.BUSY,
    "list": Failure.MALFORMED,
    "huge": Failure.BUSY,
}
#: Ways whose Failure depends on the vendor: an empty body is an object without fields to google-genai.
EITHER = {"no_answer": {Failure.EMPTY}, "nothing": {Failure.EMPTY, Failure.MALFORMED}}
#: Ways that are answers, and ways that never end.
ANSWERS, SILENT = {"cut_off", "refused"}, {"hang", "endless"}


def test_each_way_to_fail_is_tested() -> None:
    assert set(FAILURES) == {*EXPECTED, *EITHER, *ANSWERS, *SILENT}


@pytest.mark.parametrize("how", [*EXPECTED, *EITHER])
async def test_a_failure_is_named_by_a_word_of_ours(each: Vendor, how: str) -> None:
    each.fail(how)
    with pytest.raises(ModelFailed) as raised:
        await each.create().complete(ASKED)
    failed = raised.value
    assert failed.failure in EITHER.get(how, {EXPECTED.get(how)})
    assert failed.reason.startswith(f"{each.file}_")
    assert failed.reason.replace("_", "").isalnum()
    for secret in (KEY, "canary", "scripted"):
        assert secret not in failed.reason
        assert secret not in str(failed.__cause__).replace("model 'scripted'", "")


@pytest.mark.parametrize("how", ["refused_key", "unknown_model", "bad_request"])
async def test_operators_are_told_of_a_failure_that_only_they_can_mend(each: Vendor, how: str) -> None:
    each.fail(how)
    with pytest.raises(ModelFailed) as raised:
        await each.create().complete(ASKED)
    assert isinstance(raised.value.__cause__, ConfigurationError)
    assert "'scripted'" in str(raised.value.__cause__)


async def test_the_vendors_wait_is_told(each: Vendor) -> None:
    each.fail("rate_later")
    with pytest.raises(ModelFailed) as raised:
        await each.create().complete(ASKED)
    assert raised.value.after == (7.0 if each.name == "anthropic" else 7.5)
    each.fail("rate")
    with pytest.raises(ModelFailed) as raised:
        await each.create().complete(ASKED)
    assert raised.value.after is None


@pytest.mark.parametrize("how", sorted(SILENT))
async def test_the_caller_may_lose_patience_with_a_silent_vendor(each: Vendor, how: str) -> None:
    model = each.create()
    await model.complete(ASKED)
    each.fail(how)
    began = time.perf_counter()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await model.complete(ASKED)
    assert time.perf_counter() - began < 1.5


@pytest.mark.parametrize("how", sorted(SILENT))
async def test_an_abandoned_call_ends(each: Vendor, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from shared.llm import _calls

    monkeypatch.setattr(google_ai, "TIMEOUT", 0.3)
    monkeypatch.setattr(_calls, "TIMEOUT", 0.3)
    each.fail(how)
    with pytest.raises(ModelFailed) as raised:
        await asyncio.wait_for(each.create().complete(ASKED), 5)
    assert raised.value.failure is Failure.BUSY


async def test_a_cut_off_answer_is_told_as_one(each: Vendor) -> None:
    each.fail("cut_off")
    found: Completion = await each.create().complete(ASKED)
    assert (found.stop, found.text) == ("cut_off", '{"answer": "La pis')
    assert found.usage.output == 30


async def test_a_refusal_is_an_answer_without_words(each: Vendor) -> None:
    each.fail("refused")
    found = await each.create().complete(ASKED)
    assert (found.stop, found.parts) == ("refused", [])


@pytest.mark.parametrize("how", ["busy", "no_credit", "huge", "html", "half_json", "disconnected"])
async def test_transcriptions_and_embeddings_fail_in_the_same_words(each: Vendor, how: str) -> None:
    model = each.create()
    each.fail(how)
    if isinstance(model, Hearing):
        with pytest.raises(ModelFailed) as raised:
            await model.transcribe(File(b"text:la piscine ?", "audio/ogg"), "fr")
        assert raised.value.failure is EXPECTED[how]
    if isinstance(model, Embedding):
        with pytest.raises(ModelFailed) as raised:
            await model.embed(["pool"])
        assert raised.value.failure is EXPECTED[how]


@pytest.mark.parametrize("key", ["two\nlines", "clé", ""])
async def test_a_key_that_is_none_is_refused_here(each: Vendor, key: str) -> None:
    with pytest.raises(ModelFailed) as raised:
        await each.create(key=key).complete(ASKED)
    assert raised.value.failure is Failure.REFUSED_KEY
    assert each.server.asked == []


@pytest.mark.parametrize("url", ["api.example.com", "ftp://api.example.com", "http://[", "http://x:99999"])
async def test_an_address_that_is_none_is_refused_here(each: Vendor, url: str) -> None:
    with pytest.raises(ModelFailed) as raised:
        await each.create(url=url).complete(ASKED)
    assert raised.value.failure is Failure.REFUSED_KEY
    assert isinstance(raised.value.__cause__, ConfigurationError)


async def test_a_vendor_out_of_reach_is_busy(each: Vendor) -> None:
    with pytest.raises(ModelFailed) as raised:
        await each.create(url="http://127.0.0.1:9/v1").complete(ASKED)
    assert (raised.value.failure, raised.value.reason) == (Failure.BUSY, f"{each.file}_unreachable")
