"""Google Chat: a card in the request's thread, without markup of people."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.responses import JSONResponse

from shared.models.history import Line
from shared.notifiers import Later, Refused, Told
from shared.tenants import plugins
from tests.contract.notifiers.rooms import HOSTILE, NOTICE, Room, connected, huge, opened, relay, sampled
from tests.fakes.connection import NOW
from tests.fakes.http import ScriptedHttp, answer


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with opened("google_chat") as found:
        yield found


def widgets(body: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = body["cardsV2"][0]["card"]["sections"][0]["widgets"]
    return found


def markup(body: dict[str, Any]) -> list[str]:
    """Returns the texts that Google Chat reads as HTML."""
    kinds = ("textParagraph", "decoratedText")
    return [each[kind]["text"] for each in widgets(body) for kind in kinds if kind in each]


async def test_the_whole_notice_is_on_the_card(room: Room) -> None:
    assert await room.tell(NOTICE) == Told("spaces/SPACE/messages/THREAD.MESSAGE")
    body = room.vendor.posted[0].body
    for words in (NOTICE.title, "asked", "Can I check out late?", "I will ask"):
        assert words in " ".join(markup(body))
    links = {
        each["text"]: each["onClick"]["openLink"]["url"]
        for each in widgets(body)[-1]["buttonList"]["buttons"]
    }
    assert links == {action.title: action.url for action in NOTICE.actions} | {
        f"📎 {NOTICE.files[0].name}": NOTICE.files[0].url
    }


async def test_all_notices_of_a_request_are_in_one_thread(room: Room) -> None:
    await room.tell(NOTICE)
    await room.tell(relay("My taxi is late."))
    assert [each.body["thread"] for each in room.vendor.posted] == [{"threadKey": "handoff-42"}] * 2
    assert {each.query["messageReplyOption"] for each in room.vendor.posted} == {
        "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
    }


async def test_words_of_people_are_no_markup(room: Room) -> None:
    line = Line(author="person", text=HOSTILE, at=NOW)
    await room.tell(replace(NOTICE, title=HOSTILE, facts=[(HOSTILE, HOSTILE)], lines=[line]))
    body = room.vendor.posted[0].body
    escaped = html.escape(HOSTILE, quote=False)
    assert markup(body) == [f"<b>{escaped}</b>", escaped, f"👤 {escaped}"]
    assert "text" not in body, "there, words in angle brackets would mention people"


async def test_a_long_notice_fits(room: Room) -> None:
    for notice in (huge(), relay("&" * 20_000)):
        assert isinstance(await room.tell(notice), Told)
    assert all(len(each.raw) <= 32_000 for each in room.vendor.posted)


async def test_a_webhook_brings_no_answers() -> None:
    connection = connected("google_chat", ScriptedHttp(answer(500)), {"url": "https://chat.example"})
    assert plugins.answers("google_chat", connection) is None


# The vendor's published samples


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("200_what_may_be_relied_on", Told("spaces/FAKE_SPACE/messages/FAKE_THREAD.FAKE_MESSAGE")),
        ("400_too_long", Refused("Google Chat does not accept the message")),
        ("429", Later("http_429")),
    ],
)
async def test_published_answers(room: Room, name: str, result: object) -> None:
    told = sampled("gchat_responses.json")[name]
    room.vendor.script.append(lambda _: JSONResponse(told["body"], told["status"]))
    assert await room.tell(NOTICE) == result


async def test_our_message_has_the_published_form(room: Room) -> None:
    await room.tell(NOTICE)
    ours, published = room.vendor.posted[0].body, sampled("gchat_webhook_request_cards_v2.json")
    assert ours["thread"].keys() == published["thread"].keys()
    theirs = published["cardsV2"][0]["card"]["sections"][0]["widgets"]
    assert widgets(ours)[-1].keys() == theirs[-1].keys()
    assert (
        widgets(ours)[-1]["buttonList"]["buttons"][0].keys() == theirs[-1]["buttonList"]["buttons"][0].keys()
    )
