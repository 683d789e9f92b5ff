"""The simulated gateways against our own channels over HTTP: they read our messages."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scripts.local.vendors.telegram import html
from shared.channels import Later, Refused, Sent, Unclear
from shared.formats import marks
from shared.models.parts import Part, Text
from tests.fakes.correspondence import Correspondence
from tests.unit.scripts.vendors.parts import (
    ALL,
    DOCUMENT,
    FEW,
    IMAGE,
    MANY,
    PLACE,
    TEMPLATE,
    TEXT,
    VOICE,
    person,
)

KINDS_OF_PARTS: list[tuple[Part, dict[str, str]]] = [
    (TEXT, dict.fromkeys(ALL, "text")),
    (IMAGE, dict.fromkeys(ALL, "image")),
    (DOCUMENT, dict.fromkeys(ALL, "document")),
    (VOICE, dict.fromkeys(ALL, "voice")),
    (PLACE, dict.fromkeys(ALL, "location")),
    (FEW, {"waha": "text", "green_api": "text", "cloud_api": "buttons", "telegram": "buttons"}),
    (MANY, {"waha": "text", "green_api": "text", "cloud_api": "list", "telegram": "buttons"}),
    (TEMPLATE, {"waha": "text", "green_api": "text", "cloud_api": "template", "telegram": "text"}),
]


# Parts that we send


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize(("part", "kinds"), KINDS_OF_PARTS, ids=[part.type for part, _ in KINDS_OF_PARTS])
async def test_every_part_is_taken_and_listed(
    correspondence: Correspondence, kind: str, part: Part, kinds: dict[str, str]
) -> None:
    result = await correspondence.channels[kind].send(person(kind), part, turn="turn-1")
    assert isinstance(result, Sent), result
    call = (await correspondence.calls())[-1]
    assert (call["tenant"], call["channel"], call["kind"]) == ("hotel", kind, kinds[kind])
    assert (call["to"], call["turn"]) == (person(kind), "turn-1")
    assert call["status"] == (201 if kind == "waha" else 200)


@pytest.mark.parametrize("kind", ALL)
async def test_a_text_reads_the_same_on_every_channel(correspondence: Correspondence, kind: str) -> None:
    result = await correspondence.channels[kind].send(person(kind), TEXT, turn="turn-2")
    assert isinstance(result, Sent)
    assert (await correspondence.calls())[-1]["text"] == TEXT.text
    shown = (await correspondence.chat(kind))[-1]
    assert (shown["id"], shown["author"], shown["text"]) == (result.gateway_id, "concierge", TEXT.text)


@pytest.mark.parametrize("kind", ALL)
async def test_an_answer_quotes_what_it_answers(correspondence: Correspondence, kind: str) -> None:
    asked = await correspondence.say(kind, "Breakfast?")
    since, channel = datetime.now(UTC) - timedelta(seconds=1), correspondence.channels[kind]
    text = Text(text=f"At seven {time.time_ns()}", reply_to=asked["id"])
    sent = await channel.send(person(kind), text, turn="turn-q")
    assert isinstance(sent, Sent)
    shown = (await correspondence.chat(kind))[-1]
    assert shown["detail"]["quote"]["text"] == "Breakfast?"
    if kind in ("waha", "green_api"):
        assert await channel.find_sent(person(kind), text, since=since, known=[]) == sent.gateway_id


@pytest.mark.parametrize("kind", ALL)
async def test_what_quotes_a_message_that_has_gone_is_sent_all_the_same(
    correspondence: Correspondence, kind: str
) -> None:
    gone = f"{person(kind)}.999999999" if kind == "telegram" else "GONE"
    text = Text(text="At seven", reply_to=gone)
    assert isinstance(await correspondence.channels[kind].send(person(kind), text, turn="turn-g"), Sent)
    shown = (await correspondence.chat(kind))[-1]
    assert (shown["text"], shown["detail"]) == ("At seven", {})


@pytest.mark.parametrize("kind", ["cloud_api", "telegram"])
async def test_choices_are_shown_to_be_pressed(correspondence: Correspondence, kind: str) -> None:
    await correspondence.channels[kind].send(person(kind), FEW, turn="turn-3")
    shown = (await correspondence.chat(kind))[-1]
    assert shown["text"] == "Which one?"
    rows = shown["detail"]["choices"]["rows"]
    assert [(row["id"], row["title"]) for row in rows] == [("room", "Room"), ("spa", "Spa")]


@pytest.mark.parametrize("kind", ALL)
async def test_a_wrong_key_is_credentials_and_leaves_no_trace(
    correspondence: Correspondence, kind: str
) -> None:
    before = len(await correspondence.calls())
    paths = {
        "waha": "/api/sendText",
        "green_api": "/waInstance7103000000/sendMessage/wrong",
        "cloud_api": "/106540352242922/messages",
        "telegram": "/botwrong/sendMessage",
    }
    answer = await correspondence.client.post(f"/_sim/{kind}{paths[kind]}", json={})
    assert answer.status_code == 401
    assert len(await correspondence.calls()) == before


@pytest.mark.parametrize("kind", ALL)
async def test_a_limit_tells_how_long_to_wait(correspondence: Correspondence, kind: str) -> None:
    await correspondence.fault(kind, status=429, retry_after=7)
    result = await correspondence.channels[kind].send(person(kind), TEXT, turn="turn-4")
    assert isinstance(result, Later)
    assert result.after == 7
    assert (await correspondence.calls())[-1]["status"] == 429


@pytest.mark.parametrize("kind", ALL)
async def test_an_answer_that_is_dropped_is_unclear(correspondence: Correspondence, kind: str) -> None:
    await correspondence.fault(kind, drop=True)
    result = await correspondence.channels[kind].send(person(kind), TEXT, turn="turn-5")
    assert isinstance(result, Unclear)
    assert (await correspondence.calls())[-1]["status"] == 0
    assert (await correspondence.chat(kind))[-1]["turn"] == "turn-5"


@pytest.mark.parametrize("kind", ALL)
async def test_garbage_is_unclear(correspondence: Correspondence, kind: str) -> None:
    await correspondence.fault(kind, garbage=True)
    assert isinstance(await correspondence.channels[kind].send(person(kind), TEXT, turn="turn-6"), Unclear)


@pytest.mark.parametrize(
    ("kind", "fault", "reason"),
    [
        ("cloud_api", {"status": 400, "code": 131047}, "window_closed"),
        ("telegram", {"status": 403}, "http_403"),
        ("green_api", {"status": 466}, "quota_exceeded"),
        ("green_api", {"status": 400}, "http_400"),
        ("waha", {"status": 400}, "http_400"),
    ],
)
async def test_a_refusal_is_final(
    correspondence: Correspondence, kind: str, fault: dict[str, Any], reason: str
) -> None:
    await correspondence.fault(kind, **fault)
    result = await correspondence.channels[kind].send(person(kind), TEXT, turn="turn-7")
    assert result == Refused(reason)


@pytest.mark.parametrize("kind", ["cloud_api", "telegram"])
async def test_what_is_too_long_is_refused(correspondence: Correspondence, kind: str) -> None:
    result = await correspondence.channels[kind].send(person(kind), Text(text="a" * 4097), turn="turn-8")
    assert result == Refused("too_long")


async def test_telegram_takes_no_html_that_it_cannot_parse(correspondence: Correspondence) -> None:
    for text, words in (("<b>open", "can't find end tag"), ("<img>", "unsupported start tag")):
        answer = await correspondence.client.post(
            "/_sim/telegram/bothotel-telegram-key/sendMessage",
            json={"chat_id": 770000001, "text": text, "parse_mode": "HTML"},
        )
        assert answer.status_code == 400
        assert "can't parse entities" in answer.json()["description"]
        assert words in answer.json()["description"].lower()


#: Gateways' calls that set the webhook's address, and the status of each for an unreadable body.
REGISTER = [
    ("telegram/bothotel-telegram-key/setWebhook", 400),
    ("telegram/bothotel-telegram-key/setMyCommands", 400),
    ("waha/api/sessions", 422),
    ("green_api/waInstance7103000000/setSettings/hotel-green_api-key", 400),
    ("cloud_api/106540352242922", 400),
]

NO_OBJECT = [b"", b"[]", b"null", b"nonsense"]

NOT_ALL = [b"{}", b'{"url": 5}', b'{"name": 5}']  # but Green API accepts a part of its settings


@pytest.mark.parametrize(
    ("path", "status", "content"),
    [
        (path, status, content)
        for path, status in REGISTER
        for content in (NO_OBJECT if path.startswith("green_api") else [*NO_OBJECT, *NOT_ALL])
    ],
)
async def test_what_cannot_be_registered_is_refused_in_the_vendors_way(
    correspondence: Correspondence, path: str, status: int, content: bytes
) -> None:
    kind = path.partition("/")[0]
    headers = {"X-Api-Key": f"hotel-{kind}-key", "Authorization": f"Bearer hotel-{kind}-key"}
    answer = await correspondence.client.post(f"/_sim/{path}", content=content, headers=headers)
    assert answer.status_code == status
    if kind == "telegram":
        assert answer.json()["ok"] is False
        assert (answer.json()["error_code"], answer.json()["description"][:13]) == (400, "Bad Request: ")


@pytest.mark.parametrize("text", ["*a* & <b>", "_x_ *y _z_*", "plain", "a > b"])
def test_telegrams_html_reads_back_as_our_marks(text: str) -> None:
    assert html.read(marks.to_html(text)) == text


@pytest.mark.parametrize("kind", ["waha", "green_api"])
async def test_what_was_sent_can_be_found(correspondence: Correspondence, kind: str) -> None:
    since = datetime.now(UTC) - timedelta(seconds=1)
    text = Text(text=f"settled {time.time_ns()}")
    await correspondence.fault(kind, drop=True)
    channel = correspondence.channels[kind]
    assert isinstance(await channel.send(person(kind), text, turn="turn-9"), Unclear)
    found = await channel.find_sent(person(kind), text, since=since, known=[])
    assert found == (await correspondence.chat(kind))[-1]["id"]
