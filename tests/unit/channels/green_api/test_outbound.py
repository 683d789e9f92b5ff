"""Sending through Green API, ticks and typing, and the meaning of its answers."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from scripts.local.vendors.broken import CutOff
from shared.channels import Later, Refused, SendResult, Sent, Unclear
from shared.errors import Retry
from shared.models.parts import ContactCard, Location, Media, Part, Pressed, Template, Text
from shared.platform.http import Unanswered
from shared.platform.http_httpx import HttpxHttp
from tests.fakes.http import ScriptedHttp
from tests.unit.channels.green_api.calls import CHAT, CHOICES, FILE_URL, Line, green_api, method, send, told

# Sending.


async def test_a_text_is_sent(line: Line) -> None:
    sent = await send(line.channel, Text(text="Bonjour *Awa* 🙏"))
    assert [sent] == [Sent(key) for key in line.gateway.ids]
    (call,) = line.gateway.calls
    assert (call.method, method(call)) == ("POST", "sendMessage")
    assert call.body == {"chatId": CHAT, "message": "Bonjour *Awa* 🙏"}
    assert call.headers["x-concierge-turn"] == "turn-1"


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
