"""Sending through WAHA, ticks and typing, against a simulated gateway and its published schemas."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.responses import JSONResponse, Response

from scripts.local.vendors.broken import CutOff
from shared.channels import Later, Refused, SendResult, Sent, Unclear
from shared.errors import Retry
from shared.models.parts import ContactCard, Media, Part, Pressed, Template, Text
from shared.platform.http import Unanswered
from shared.platform.http_httpx import HttpxHttp
from tests.fakes.http import ScriptedHttp
from tests.unit.channels.waha.calls import CHAT, PARTS, Line, found, send, waha

OPENAPI = Path(__file__).resolve().parents[4].parent / "shared" / "contracts" / "waha" / "openapi.json"


# Sending.


async def test_a_text_is_sent(line: Line) -> None:
    sent = await send(line.channel, "Bonjour *Awa* 🙏")
    assert [sent] == [Sent(key) for key in line.gateway.ids]
    (call,) = line.gateway.calls
    assert (call.method, call.path) == ("POST", "/api/sendText")
    assert call.body == {"session": "default", "chatId": CHAT, "text": "Bonjour *Awa* 🙏"}
    assert (call.headers["x-api-key"], call.headers["x-concierge-turn"]) == ("api-secret", "turn-1")


@pytest.mark.parametrize(
    "sent",
    [
        {"id": f"true_{CHAT}_3EB0AA", "timestamp": 1, "body": "Bonjour"},
        {"id": "3EB0AA"},
        {"id": {"fromMe": True, "remote": CHAT, "id": "3EB0AA", "_serialized": f"true_{CHAT}_3EB0AA"}},
        {"id": {"fromMe": True, "remote": CHAT, "id": "3EB0AA"}},
        {"_data": {"id": {"fromMe": True, "id": "3EB0AA", "_serialized": f"true_{CHAT}_3EB0AA"}}, "ack": 0},
        {"key": {"remoteJid": "221770000001@s.whatsapp.net", "fromMe": True, "id": "3EB0AA"}, "status": 1},
    ],
)
async def test_each_engines_way_to_name_what_it_sent(line: Line, sent: Any) -> None:
    line.gateway.fault = JSONResponse(sent, 201)
    assert await send(line.channel) == Sent("3EB0AA")


async def test_a_quote_names_the_message_by_its_full_id(line: Line) -> None:
    quoting = Text(text="À 9 h.", reply_to="3A0001")
    assert isinstance(await line.channel.send(CHAT, quoting, turn="turn-1"), Sent)
    (call,) = line.gateway.calls
    assert call.path == "/api/sendText"
    assert call.body == {
        "session": "default",
        "chatId": CHAT,
        "text": "À 9 h.",
        "reply_to": f"false_{CHAT}_3A0001",
    }


NOT_WORKING = {"error": "…", "session": "default", "status": "STARTING", "expected": ["WORKING"]}


@pytest.mark.parametrize(
    ("given", "meaning"),
    [
        (JSONResponse({"id": ""}, 201), Unclear("no_id_in_answer")),
        (JSONResponse({"id": 5}, 201), Unclear("no_id_in_answer")),
        (JSONResponse([], 201), Unclear("no_id_in_answer")),
        (Response("<html>", 200), Unclear("no_id_in_answer")),
        (Response(status_code=204), Unclear("no_id_in_answer")),
        (Response(status_code=302, headers={"location": "/login"}), Later("http_302")),
        (JSONResponse({"message": ["text must be a string"], "statusCode": 400}, 400), Refused("http_400")),
        (Response(status_code=401), Later("credentials")),
        (Response(status_code=403), Later("credentials")),
        (JSONResponse({"message": "Session not found", "statusCode": 404}, 404), Later("http_404")),
        (Response(status_code=413), Refused("http_413")),
        (JSONResponse(NOT_WORKING, 422), Later("http_422")),
        (JSONResponse({"message": "no such number", "statusCode": 422}, 422), Refused("http_422")),
        (Response(status_code=429), Later("http_429")),
        (Response(status_code=429, headers={"retry-after": "7"}), Later("http_429", after=7.0)),
        (Response(status_code=503, headers={"retry-after": "999999"}), Later("http_503", after=3600.0)),
        (Response(status_code=503, headers={"retry-after": "soon"}), Later("http_503")),
        (Response(status_code=500), Unclear("http_500", over=True)),
        (Response(status_code=502), Unclear("http_502")),
        (Response(status_code=504), Unclear("http_504")),
        (Response(status_code=524), Unclear("http_524")),
        (CutOff(), Unclear("unanswered")),
    ],
)
async def test_what_an_answer_means(line: Line, given: Response, meaning: SendResult) -> None:
    line.gateway.fault = given
    assert await send(line.channel) == meaning
    assert len(line.gateway.calls) == 1


async def test_a_wrong_key_can_be_put_right(line: Line) -> None:
    line.gateway.api_key = "rotated"
    assert await send(line.channel) == Later("credentials")
    assert line.gateway.ids == []


async def test_nobody_there() -> None:
    http = HttpxHttp()
    assert await send(waha("http://127.0.0.1:1", http)) == Later("unreachable")
    await http.close()


@pytest.mark.parametrize(("part", "method", "body"), PARTS)
async def test_each_part_has_its_call(line: Line, part: Part, method: str, body: dict[str, Any]) -> None:
    sent = await line.channel.send(CHAT, part, turn="turn-1")
    assert [sent] == [Sent(key) for key in line.gateway.ids]
    (call,) = line.gateway.calls
    assert (call.path, call.headers["x-concierge-turn"]) == (f"/api/{method}", "turn-1")
    assert call.body == {"session": "default", "chatId": CHAT, **body}


@pytest.mark.parametrize(
    "part",
    [
        Text(text=""),
        Template(name="rappel", language="fr"),
        Media(kind="image"),
        ContactCard(name="Fatou", vcard="BEGIN:VCARD"),
        Pressed(id="a"),
    ],
)
async def test_what_it_cannot_send_is_refused_unasked(part: Part) -> None:
    http = ScriptedHttp(Unanswered())
    refused = Refused(f"unsupported_part:{part.type}")
    assert await waha("http://waha", http).send(CHAT, part, turn="t") == refused
    assert http.requests == []


# Ticks and typing.


async def test_seen_and_typing(line: Line) -> None:
    await line.channel.show_seen(CHAT, ["3EB0A1", "3EB0A2"])
    await line.channel.show_typing(CHAT)
    seen, typing = line.gateway.calls
    ids = [f"false_{CHAT}_3EB0A1", f"false_{CHAT}_3EB0A2"]
    assert (seen.path, seen.body) == (
        "/api/sendSeen",
        {"session": "default", "chatId": CHAT, "messageIds": ids},
    )
    assert (typing.path, typing.body) == ("/api/startTyping", {"session": "default", "chatId": CHAT})


@pytest.mark.parametrize("given", [Response(status_code=500), Response(status_code=422), CutOff()])
async def test_seen_and_typing_that_did_not_work(line: Line, given: Response) -> None:
    line.gateway.fault = given
    with pytest.raises(Retry):
        await line.channel.show_seen(CHAT, [])
    with pytest.raises(Retry):
        await line.channel.show_typing(CHAT)


# The published schemas.


async def test_requests_are_what_the_openapi_describes(line: Line) -> None:
    if not OPENAPI.is_file():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "the wire contracts are not beside the project"
        )
    api = json.loads(OPENAPI.read_text())
    schemas = api["components"]["schemas"]
    # It says "object" and has a text as its default; the documented sample has a text.
    assert schemas["VoiceRemoteFile"]["properties"]["mimetype"].pop("type") == "object"
    await send(line.channel)
    for part, _, _ in PARTS:
        await line.channel.send(CHAT, part, turn="turn-1")
    await line.channel.show_seen(CHAT, ["3EB0A1"])
    await line.channel.show_typing(CHAT)
    await found(line)
    for call in line.gateway.calls:
        path = call.path.replace("/api/default/chats/", "/api/{session}/chats/").replace(CHAT, "{chatId}")
        operation = api["paths"][path][call.method.lower()]
        if call.body is not None:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            Draft202012Validator(schema | {"components": api["components"]}).validate(call.body)
            named = schemas[schema["$ref"].rsplit("/", 1)[1]]
            assert set(call.body) <= set(named["properties"])
        described = {one["name"]: one for one in operation["parameters"] if one["in"] == "query"}
        assert set(call.query) <= set(described)
        assert {name for name, one in described.items() if one["required"]} <= set(call.query)
    assert len(line.gateway.calls) == 4 + len(PARTS)
