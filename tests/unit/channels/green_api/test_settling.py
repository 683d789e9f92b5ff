"""Settling a send through Green API whose answer was lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from scripts.local.vendors.broken import CutOff
from shared.errors import Retry
from shared.models.parts import Location, Media, Part, Template, Text
from tests.fakes.connection import NOW
from tests.unit.channels.green_api.calls import CHAT, CHOICES, FILE_URL, LONG_AGO, Line, found, method, send


async def test_what_waits_in_the_queue_is_found_at_once(line: Line) -> None:
    line.gateway.network.queued_s = 60
    for text in ("Autre", "Bonjour", "Bonjour"):
        await send(line.channel, Text(text=text))
    _, second, third = line.gateway.ids
    assert await found(line, since=NOW) == second
    assert await found(line, since=NOW, known=[second]) == third


async def test_what_has_gone_is_found_oldest_first_and_not_before_its_time(line: Line) -> None:
    line.gateway.clock.at = LONG_AGO
    for text in ("Bonjour", "Autre", "Bonjour"):
        await send(line.channel, Text(text=text))
        line.gateway.clock.forward(seconds=1)
    first, _, third = line.gateway.ids
    assert await found(line) == first
    assert await found(line, Text(text="Bonjour \n")) == first
    assert await found(line, known=[first]) == third
    assert await found(line, known=[first, third]) is None
    assert await found(line, since=LONG_AGO + timedelta(seconds=5)) == first
    assert await found(line, since=LONG_AGO + timedelta(seconds=6)) == third
    assert line.gateway.calls[-1].query == {"minutes": "6"}


async def test_what_is_not_listed_may_still_come_for_two_minutes(line: Line) -> None:
    for age in (0, 60, 129):
        with pytest.raises(Retry, match="not_listed_yet"):
            await found(line, since=NOW - timedelta(seconds=age))
    assert await found(line, since=NOW - timedelta(seconds=131)) is None


@pytest.mark.parametrize("gone", [False, True])
@pytest.mark.parametrize(
    "part",
    [
        CHOICES,
        Text(text="Voyez https://hotel.example"),
        Text(text="À 9 h.", reply_to="3A0001"),
        Template(name="rappel", language="fr", text="Rappel"),
        Media(kind="image", caption="Plan", url=FILE_URL),
        Media(kind="document", filename="reçu.pdf", url=FILE_URL),
        Location(latitude=14.6937, longitude=-17.4441),
    ],
)
async def test_every_part_is_found_again(line: Line, part: Part, gone: bool) -> None:
    line.gateway.clock.at = LONG_AGO
    line.gateway.network.queued_s = 0 if gone else 600
    other = {"text": "Autre", "caption": "Autre", "latitude": 14.7}
    for one in (part.model_copy(update={k: v for k, v in other.items() if hasattr(part, k)}), part):
        await send(line.channel, one)
        line.gateway.clock.forward(seconds=1)
    assert await found(line, part) == line.gateway.ids[1]


async def test_only_our_own_words_in_this_chat_are_found(line: Line) -> None:
    mine: dict[str, Any] = {"idMessage": "3EB0AA", "chatId": CHAT, "timestamp": NOW.timestamp()}
    mine |= {"typeMessage": "textMessage", "textMessage": "Bonjour", "sendByApi": True}
    others: list[dict[str, Any]] = [
        {"chatId": "221770000002@c.us"},
        {"sendByApi": False},
        {"textMessage": None},
        {"timestamp": None},
        {"timestamp": 1},
        {"idMessage": None},
        {"location": {"latitude": "nord"}},
    ]
    journal = [*(mine | other for other in others), 5, None]
    line.gateway.fault = lambda call: JSONResponse(journal if method(call) == "lastOutgoingMessages" else [])
    assert await found(line) is None
    journal.append(mine)
    assert await found(line) == "3EB0AA"


@pytest.mark.parametrize("status", [400, 401, 429, 500, 502, 503])
async def test_it_cannot_tell_now(line: Line, status: int) -> None:
    line.gateway.fault = Response(status_code=status, headers={"retry-after": "3"})
    with pytest.raises(Retry) as later:
        await found(line)
    assert later.value.after == 3.0


@pytest.mark.parametrize("given", [CutOff(), Response("<html>"), JSONResponse({})])
async def test_an_answer_that_is_none(line: Line, given: Response) -> None:
    line.gateway.fault = given
    with pytest.raises(Retry):
        await found(line)
