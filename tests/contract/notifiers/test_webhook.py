"""The tenant's own webhook: signed in both directions."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from shared.errors import ConfigurationError, Rejected
from shared.models.events import StaffAnswered
from shared.notifiers import Later, Refused, Told, webhook
from shared.tenants import plugins
from tests.contract.notifiers.rooms import KINDS, NOTICE, Room, connected, opened, posted, reader, relay
from tests.fakes.connection import NOW

KEY = KINDS["webhook"].secrets["signing_key"]
SAID: dict[str, Any] = {"id": "a-1", "token": "abcdefghij234567", "act": "say", "who": "dana", "text": "Yes."}


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with opened("webhook") as found:
        yield found


async def test_a_receiver_can_verify_a_notice_by_the_documented_rule(room: Room) -> None:
    assert await room.tell(NOTICE, to="desk-3") == Told("theirs-1")
    (got,) = room.vendor.posted
    stamp, digest = (part.split("=")[1] for part in got.headers["x-concierge-signature"].split(","))
    wanted = hmac.new(KEY.encode(), stamp.encode() + b"." + got.raw, hashlib.sha256).hexdigest()
    assert (int(stamp), digest) == (int(NOW.timestamp()), wanted)
    assert got.headers["idempotency-key"] == NOTICE.id
    assert got.headers["content-type"].startswith("application/json")


async def test_the_envelope_has_the_whole_notice(room: Room) -> None:
    await room.tell(NOTICE, to="desk-3")
    await room.tell(relay("half an emoji \ud83d"))
    envelope = room.vendor.posted[0].body
    assert webhook.Envelope.model_validate(envelope).version == 1
    assert (envelope["id"], envelope["to"], envelope["thread"]) == ("notice-1", "desk-3", "handoff-42")
    assert (envelope["tenant"], envelope["token"]) == ("hotel", NOTICE.answer_token)
    assert envelope["text"] == NOTICE.text
    assert envelope["facts"][0] == {"label": "Reason", "value": "asked"}
    assert envelope["lines"][0]["author"] == "person"
    assert [each["url"] for each in envelope["actions"]] == [action.url for action in NOTICE.actions]
    assert envelope["files"][0]["media_type"] == "image/png"


async def test_a_repeat_is_the_same_notice(room: Room) -> None:
    room.vendor.script.append(lambda _: Response(status_code=503, headers={"Retry-After": "7"}))
    assert await room.tell(NOTICE) == Later("http_503", after=7.0)
    assert isinstance(await room.tell(NOTICE), Told)
    first, second = room.vendor.posted
    assert (first.raw, first.headers["idempotency-key"]) == (second.raw, second.headers["idempotency-key"])


async def test_the_address_may_be_a_setting(room: Room) -> None:
    connection = connected("webhook", room.http, {"signing_key": KEY}, {"url": room.url})
    assert isinstance(await plugins.notifier("webhook", connection).notify("", NOTICE), Told)


async def test_an_empty_key_signs_nothing(room: Room) -> None:
    with pytest.raises(ConfigurationError, match="signing_key"):
        await room.tell(NOTICE, signing_key=" ")
    assert room.vendor.posted == []


async def test_a_redirect_is_refused_and_not_followed(room: Room) -> None:
    room.vendor.script.append(lambda _: Response(status_code=307, headers={"Location": "/in/elsewhere"}))
    told = await room.tell(NOTICE)
    assert isinstance(told, Refused)
    assert len(room.vendor.posted) == 1


async def test_any_2xx_accepts(room: Room) -> None:
    room.vendor.script.append(lambda _: Response(status_code=204))
    room.vendor.script.append(lambda _: JSONResponse(["taken"], 202))
    assert await room.tell(NOTICE) == Told() == await room.tell(NOTICE)


# Answers


def parsed(body: dict[str, Any]) -> StaffAnswered:
    (found,) = reader("webhook", {"signing_key": KEY}).parse(posted(json.dumps(body).encode(), {}))
    return found


def test_an_answer_names_the_request_and_the_act() -> None:
    said = parsed(SAID)
    assert (said.id, said.act, said.token, said.handoff) == ("a-1", "say", "abcdefghij234567", "")
    assert (said.tenant, said.notifier, said.who, said.text, said.at) == (
        "hotel",
        "desk",
        "dana",
        "Yes.",
        NOW,
    )
    took = parsed({"id": "a-2", "handoff": "handoff-42", "act": "take", "name": "Dana", "text": "ignored"})
    assert (took.act, took.handoff, took.name, took.text) == ("take", "handoff-42", "Dana", "")


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        SAID | {"id": ""},
        SAID | {"act": "shout"},
        SAID | {"token": None},
        SAID | {"text": " "},
        SAID | {"who": 7},
        SAID | {"token": "t" * 501},
    ],
)
def test_an_answer_that_is_none_is_refused(body: Any) -> None:
    with pytest.raises(Rejected) as raised:
        parsed(body)
    assert raised.value.status == 400


async def test_a_signature_is_of_these_bytes_and_recent() -> None:
    answers, body = reader("webhook", {"signing_key": KEY}), json.dumps(SAID).encode()

    def signed(secret: str = KEY, of: bytes = body, age: int = 0) -> dict[str, str]:
        at = NOW - timedelta(seconds=age)
        return {"x-concierge-signature": webhook.signature(secret, of, at)}

    for age in (0, 299, -299):
        await answers.verify(posted(body, signed(age=age)))
    wrong = [{}, signed("other"), signed(of=body + b" "), signed(age=301), signed(age=-301)]
    wrong += [
        {"x-concierge-signature": text} for text in ("", "t=,v1=", "v1=é", "t=1,v1=00,", "t=" + "9" * 40)
    ]
    for headers in wrong:
        with pytest.raises(Rejected) as raised:
            await answers.verify(posted(body, headers))
        assert raised.value.status == 401
