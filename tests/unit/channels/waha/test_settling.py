"""Settling a send through WAHA whose answer was lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from scripts.local.vendors.broken import CutOff
from scripts.local.vendors.waha.gateway import message
from shared.errors import Retry
from shared.models.parts import Media, Part, Text
from tests.fakes.http import ScriptedHttp, answer
from tests.unit.channels.waha.calls import CHAT, PARTS, PDF, SENT_AT, Line, found, send, waha


async def test_a_lost_answer_is_found_again(line: Line) -> None:
    assert await found(line) is None
    for text in ("Bonjour", "Autre", "Bonjour"):
        await send(line.channel, text)
        line.gateway.clock.forward(seconds=1)
    first, _, third = line.gateway.ids
    assert await found(line) == first
    assert await found(line, "Bonjour \n") == first
    assert await found(line, known=[first]) == third
    assert await found(line, known=[first, third]) is None
    assert await found(line, since=SENT_AT + timedelta(seconds=5)) == first
    assert await found(line, since=SENT_AT + timedelta(seconds=6)) == third
    assert await found(line, since=SENT_AT + timedelta(seconds=8)) is None


@pytest.mark.parametrize(("part", "_method", "_body"), PARTS)
async def test_every_part_is_found_again(line: Line, part: Part, _method: str, _body: Any) -> None:
    other = {"text": "Autre", "caption": "Autre", "latitude": 14.7}
    for one in (part.model_copy(update={k: v for k, v in other.items() if hasattr(part, k)}), part):
        await line.channel.send(CHAT, one, turn="turn-1")
        line.gateway.clock.forward(seconds=1)
    first, second = line.gateway.ids
    sounds = isinstance(part, Media) and part.kind == "voice"  # both look alike: no caption
    found = await line.channel.find_sent(CHAT, part, since=SENT_AT, known=[])
    assert found == (first if sounds else second)


async def test_a_documents_name_may_stand_for_its_caption(line: Line) -> None:
    """WAHA's WEBJS engine reports it so."""
    file = PDF.model_copy(update={"caption": ""})
    await line.channel.send(CHAT, file, turn="turn-1")
    [(chat, said)] = line.gateway.network.chats.sent("hotel", "waha", 0)
    line.gateway.fault = JSONResponse([message(chat, said) | {"body": "reçu.pdf"}])
    assert await line.channel.find_sent(CHAT, file, since=SENT_AT, known=[]) == said.id


async def test_only_own_words_at_their_time_are_found(line: Line) -> None:
    mine: dict[str, Any] = {
        "id": "3EB0AA",
        "fromMe": True,
        "body": "Bonjour",
        "timestamp": SENT_AT.timestamp(),
    }
    others: list[dict[str, Any]] = [
        {"fromMe": False},
        {"fromMe": "true"},
        {"body": None},
        {"timestamp": None},
        {"timestamp": 1},
    ]
    line.gateway.fault = JSONResponse([*(mine | other for other in others), 5, None, {"id": []}])
    assert await found(line) is None
    line.gateway.fault = JSONResponse([mine | {"id": f"true_{CHAT}_3EB0AA"}])
    assert await found(line) == "3EB0AA"


async def test_a_chat_id_cannot_leave_its_place() -> None:
    http = ScriptedHttp(answer(200, b"[]"))
    await waha("http://waha", http).find_sent("a/b?c", Text(text="x"), since=SENT_AT, known=[])
    assert http.requests[0]["url"] == "http://waha/api/default/chats/a%2Fb%3Fc/messages"


@pytest.mark.parametrize("status", [401, 404, 429, 500, 502, 503])
async def test_it_cannot_tell_now(line: Line, status: int) -> None:
    line.gateway.fault = Response(status_code=status, headers={"retry-after": "3"})
    with pytest.raises(Retry) as later:
        await found(line)
    assert later.value.after == 3.0


@pytest.mark.parametrize("given", [CutOff(), Response("<html>", 200), JSONResponse({}, 200)])
async def test_an_answer_that_is_none(line: Line, given: Response) -> None:
    line.gateway.fault = given
    with pytest.raises(Retry):
        await found(line)


async def test_an_engine_that_keeps_no_messages_never_can(line: Line) -> None:
    line.gateway.fault = JSONResponse({"message": 'Enable NOWEB store "config.noweb.store"'}, 400)
    with pytest.raises(NotImplementedError):
        await found(line)
