"""Calls to Green API, against a simulated server and its documented samples."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from scripts.local.vendors.broken import CutOff
from shared.channels import Later, Refused, SendResult, Sent, Unclear
from shared.channels.green_api import GreenApi, create
from shared.errors import Retry
from shared.models.parts import Choice, Choices, ContactCard, Location, Media, Part, Pressed, Template, Text
from shared.platform.http import Unanswered, Unreachable
from shared.platform.http_httpx import HttpxHttp
from tests.fakes.connection import NOW, connection
from tests.fakes.http import ScriptedHttp
from tests.fakes.served import served
from tests.fakes.vendor import Call, Vendor

INSTANCE = "7103000000"
#: A token that needs escaping in a path.
TOKEN = "d75b3a66/374942?c5"
CONTRACTS = Path(__file__).resolve().parents[4].parent / "shared" / "contracts" / "green_api"
CHAT = "221770000001@c.us"
TEXT = Text(text="Bonjour")
LONG_AGO = NOW - timedelta(minutes=5)


@dataclass
class Line:
    """A channel of ours and the simulated gateway that it calls."""

    channel: GreenApi
    gateway: Vendor


@pytest.fixture(scope="module")
async def open_line() -> AsyncIterator[Line]:
    gateway, http = Vendor("green_api", TOKEN), HttpxHttp()
    async with served(gateway.app) as origin:
        yield Line(green_api(f"{origin}/", http), gateway)
        await http.close()


@pytest.fixture
def line(open_line: Line) -> Line:
    open_line.gateway.reset()
    return open_line


def green_api(base_url: str, http: HttpxHttp | ScriptedHttp) -> GreenApi:
    settings: dict[str, Any] = {"base_url": base_url, "instance": INSTANCE}
    return create(connection("green_api", settings, {"api_key": TOKEN}, http))


def method(call: Call) -> str:
    """Returns the API's method that a call names."""
    return call.path.split("/")[2]


async def send(channel: GreenApi, part: Part = TEXT) -> SendResult:
    return await channel.send(CHAT, part, turn="turn-1")


# Sending.


async def test_a_text_is_sent(line: Line) -> None:
    sent = await send(line.channel, Text(text="Bonjour *Awa* 🙏"))
    assert [sent] == [Sent(key) for key in line.gateway.ids]
    (call,) = line.gateway.calls
    assert (call.method, method(call)) == ("POST", "sendMessage")
    assert call.body == {"chatId": CHAT, "message": "Bonjour *Awa* 🙏"}
    assert call.headers["x-concierge-turn"] == "turn-1"


CHOICES = Choices(
    text="Quel parcours ?",
    choices=[Choice(id="a", title="Éveil", description="4 à 6 ans"), Choice(id="b", title="Autre")],
)
FILE_URL = "https://files.example/a1"


@pytest.mark.parametrize(
    ("part", "name", "body"),
    [
        (
            Text(text="À 9 h.", reply_to="3A0001"),
            "sendMessage",
            {"message": "À 9 h.", "quotedMessageId": "3A0001"},
        ),
        (CHOICES, "sendMessage", {"message": "Quel parcours ?\n\n1. Éveil: 4 à 6 ans\n2. Autre"}),
        (
            Template(name="rappel", language="fr", parameters=["Awa"], text="Rappel pour Awa"),
            "sendMessage",
            {"message": "Rappel pour Awa"},
        ),
        (
            Media(kind="document", filename="reçu.pdf", caption="Votre reçu", url=FILE_URL),
            "sendFileByUrl",
            {"urlFile": FILE_URL, "fileName": "reçu.pdf", "caption": "Votre reçu"},
        ),
        (
            Location(latitude=14.6937, longitude=-17.4441, name="Bureau", address="Dakar"),
            "sendLocation",
            {"latitude": 14.6937, "longitude": -17.4441, "nameLocation": "Bureau", "address": "Dakar"},
        ),
        (Location(latitude=0, longitude=0), "sendLocation", {"latitude": 0, "longitude": 0}),
    ],
)
async def test_each_part_has_its_call(line: Line, part: Part, name: str, body: dict[str, Any]) -> None:
    sent = await send(line.channel, part)
    assert [sent] == [Sent(key) for key in line.gateway.ids]
    (call,) = line.gateway.calls
    assert (method(call), call.body) == (name, {"chatId": CHAT, **body})


@pytest.mark.parametrize(
    ("file", "name"),
    [
        (Media(kind="image", url=FILE_URL), "image.jpg"),
        (Media(kind="image", mimetype="image/png", url=FILE_URL), "image.png"),
        (Media(kind="voice", mimetype="audio/ogg; codecs=opus", url=FILE_URL), "voice.ogg"),
        (Media(kind="audio", url=FILE_URL), "audio.mp3"),
        (Media(kind="video", url=FILE_URL), "video.mp4"),
        (Media(kind="sticker", url=FILE_URL), "sticker.webp"),
        (
            Media(kind="document", mimetype="application/pdf", filename="Certificat", url=FILE_URL),
            "Certificat.pdf",
        ),
        (
            Media(kind="document", mimetype="nonsense", filename="No. 5, the rest", url=FILE_URL),
            "No. 5, the rest.bin",
        ),
        (Media(kind="document", filename="notes.2026.txt", url=FILE_URL), "notes.2026.txt"),
    ],
)
async def test_a_files_name_has_the_ending_that_decides_how_it_is_shown(
    line: Line, file: Media, name: str
) -> None:
    await send(line.channel, file)
    assert line.gateway.calls[0].body == {"chatId": CHAT, "urlFile": FILE_URL, "fileName": name}


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (Text(text=""), "unsupported_part:text"),
        (Template(name="rappel", language="fr"), "unsupported_part:template"),
        (Media(kind="image"), "unsupported_part:media"),
        (ContactCard(name="Fatou", vcard="BEGIN:VCARD"), "unsupported_part:contact"),
        (Pressed(id="a"), "unsupported_part:pressed"),
        (Text(text="é" * 20_001), "too_long"),
        (Media(kind="image", caption="é" * 20_001, url=FILE_URL), "too_long"),
    ],
)
async def test_what_it_cannot_send_is_refused_unasked(part: Part, reason: str) -> None:
    http = ScriptedHttp(Unanswered())
    assert await send(green_api("http://green", http), part) == Refused(reason)
    assert http.requests == []


async def test_20_000_characters_are_allowed(line: Line) -> None:
    assert isinstance(await send(line.channel, Text(text="é" * 20_000)), Sent)


def told(status: int, message: str) -> Response:
    """Returns an error in Green API's format, which repeats the request's path."""
    path = f"/waInstance{INSTANCE}/sendMessage/{TOKEN}"
    return JSONResponse({"statusCode": status, "path": path, "message": message}, status)


@pytest.mark.parametrize(
    ("given", "meaning"),
    [
        (JSONResponse({"idMessage": ""}), Unclear("no_id_in_answer")),
        (JSONResponse({"idMessage": 5}), Unclear("no_id_in_answer")),
        (JSONResponse([]), Unclear("no_id_in_answer")),
        (Response("<html>"), Unclear("no_id_in_answer")),
        (Response(status_code=204), Unclear("no_id_in_answer")),
        (Response(status_code=302, headers={"location": "/login"}), Later("http_302")),
        (told(400, "Validation failed. Details: 'chatId' must be a string"), Refused("http_400")),
        (told(400, "bad request data"), Refused("http_400")),
        (Response(status_code=400), Refused("http_400")),
        (
            told(400, "instance in starting process try later"),
            Later("instance_in_starting_process_try_later"),
        ),
        (Response("instance account not authorized", 400), Later("instance_account_not_authorized")),
        (
            told(400, "Instance account is expired. Renew your instance from personal area"),
            Later("instance_account_is_expired._renew_your_instance_from_person"),
        ),
        (Response('"Instance is deleted"', 400), Later("instance_is_deleted")),
        (Response("Unauthorized", 401), Later("credentials")),
        (Response("Forbidden", 403), Later("credentials")),
        (Response(status_code=404), Later("http_404")),
        (Response(status_code=413), Refused("http_413")),
        (Response(status_code=429), Later("http_429")),
        (Response(status_code=429, headers={"retry-after": "7"}), Later("http_429", after=7.0)),
        (JSONResponse({"invokeStatus": {"status": "QUOTE_EXCEEDED"}}, 466), Refused("quota_exceeded")),
        (Response(status_code=499), Unclear("http_499")),
        (Response(status_code=500), Unclear("http_500", over=True)),
        (told(500, "File from url exceeded max upload size. Size: 170mb Limit: 100mb"), Refused("http_500")),
        (Response(status_code=502), Unclear("http_502")),
        (Response(status_code=503, headers={"retry-after": "999999"}), Later("http_503", after=3600.0)),
        (Response(status_code=504), Unclear("http_504")),
        (CutOff(), Unclear("unanswered")),
    ],
)
async def test_what_an_answer_means(line: Line, given: Response, meaning: SendResult) -> None:
    line.gateway.fault = given
    assert await send(line.channel) == meaning
    assert len(line.gateway.calls) == 1


async def test_a_wrong_token_can_be_put_right(line: Line) -> None:
    line.gateway.api_key = "rotated"
    assert await send(line.channel) == Later("credentials")
    assert line.gateway.ids == []


async def test_nobody_there() -> None:
    http = HttpxHttp()
    assert await send(green_api("http://127.0.0.1:1", http)) == Later("unreachable")
    await http.close()


# Settling a send whose answer was lost.


async def found(
    line: Line, part: Part = TEXT, *, since: datetime = LONG_AGO, known: Sequence[str] = ()
) -> str | None:
    return await line.channel.find_sent(CHAT, part, since=since, known=known)


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


# Ticks and typing.


async def test_seen_and_typing(line: Line) -> None:
    await line.channel.show_seen(CHAT, ["3EB0A1"])
    await line.channel.show_seen(CHAT, ["3EB0A1", "3EB0A2"])
    await line.channel.show_typing(CHAT)
    assert [(method(call), call.body) for call in line.gateway.calls] == [
        ("readChat", {"chatId": CHAT, "idMessage": "3EB0A1"}),
        ("readChat", {"chatId": CHAT}),
        ("sendTyping", {"chatId": CHAT, "typingTime": 2000}),
    ]


@pytest.mark.parametrize("given", [Response(status_code=500), Response(status_code=400), CutOff()])
async def test_seen_and_typing_that_did_not_work(line: Line, given: Response) -> None:
    line.gateway.fault = given
    with pytest.raises(Retry):
        await line.channel.show_seen(CHAT, [])
    with pytest.raises(Retry):
        await line.channel.show_typing(CHAT)


# The token, which is in every URL.


async def test_the_token_is_never_told(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    faults = [told(400, "bad request data"), told(500, "oops"), Response(status_code=302), CutOff(), None]
    seen = []
    for line.gateway.fault in faults:
        seen.append(repr(await send(line.channel)))
        for ask in (line.channel.show_typing(CHAT), found(line)):
            try:
                await ask
            except Retry as later:
                seen.append(chain(later))
    for outcome in (Unreachable("ConnectError at green"), Unanswered("ReadTimeout at green")):
        with pytest.raises(Retry) as failed:
            await green_api("http://green", ScriptedHttp(outcome)).show_typing(CHAT)
        seen.append(chain(failed.value))
    ours = [one.getMessage() for one in caplog.records if not one.name.startswith("uvicorn")]
    everything = "\n".join([*seen, *ours])
    assert TOKEN not in everything
    assert "d75b3a66" not in everything
    assert CHAT not in everything


def chain(error: BaseException | None) -> str:
    """Returns an exception with all its causes, as a log would show it."""
    return f"{error!r} {chain(error.__cause__ or error.__context__)}" if error else ""


async def test_a_token_cannot_leave_its_place_in_the_url() -> None:
    http = ScriptedHttp(Unreachable())
    await send(green_api("http://green/", http))
    quoted = "d75b3a66%2F374942%3Fc5"
    assert http.requests[0]["url"] == f"http://green/waInstance{INSTANCE}/sendMessage/{quoted}"


# The documented requests and answers.


def sample(name: str) -> Any:
    if not CONTRACTS.is_dir():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "the wire contracts are not beside the project"
        )
    return json.loads((CONTRACTS / name).read_text("utf-8"))


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("sendMessage", Text(text="I use Green-API to send this message to you!")),
        (
            "sendFileByUrl",
            Media(
                kind="image",
                filename="horse.png",
                caption="Little horse",
                url="https://my.site.com/img/horse.png",
            ),
        ),
        (
            "sendLocation",
            Location(latitude=12.3456789, longitude=10.1112131, name="Restaurant", address="123456, Perm"),
        ),
    ],
)
async def test_we_send_the_documented_request(line: Line, name: str, part: Part) -> None:
    documented = sample(f"request_{name}.json")
    await line.channel.send(documented["chatId"], part, turn="turn-1")
    (call,) = line.gateway.calls
    assert (method(call), call.body) == (name, documented)


async def test_we_mark_as_read_with_the_documented_request(line: Line) -> None:
    documented = sample("request_readChat.json")
    await line.channel.show_seen(documented["chatId"], [documented["idMessage"]])
    assert line.gateway.calls[0].body == documented


async def test_the_documented_answers_are_understood(line: Line) -> None:
    line.gateway.fault = JSONResponse(sample("response_sendMessage.json"))
    assert await send(line.channel) == Sent("3EB0C767D097B7C7C030")
    line.gateway.fault = JSONResponse(sample("response_readChat.json"))
    await line.channel.show_seen(CHAT, ["3EB0A1"])
