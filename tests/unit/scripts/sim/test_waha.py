"""The simulated WAHA gateway of the local run, over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.fakes.stand_in import SECRETS
from tests.unit.scripts.sim.bench import CHAT, TEXT, Bench, Json

OPENAPI = Path(__file__).resolve().parents[4].parent / "shared" / "contracts" / "waha" / "openapi.json"


# WAHA


async def test_a_caller_that_hangs_up_halfway_is_no_error(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    host, port = bench.concierge.origin.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /_sim/waha/api/sendText HTTP/1.1\r\nHost: x\r\nX-Api-Key: {SECRETS['hotel-key']}\r\n"
    writer.write(f"{head}Content-Length: 100\r\n\r\n{{".encode())
    await writer.drain()
    await asyncio.sleep(0.2)
    writer.close()
    await asyncio.sleep(0.2)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert (await bench.waha("sendText", TEXT)).status_code == 201


async def test_a_sent_text_is_answered_as_waha_does_and_listed_in_the_outbox(bench: Bench) -> None:
    answer = await bench.waha("sendText", TEXT, turn="out-1")
    assert answer.status_code == 201
    assert answer.json()["id"].startswith(f"true_{CHAT}_")
    [call] = (await bench.outbox())["calls"]
    assert call.pop("at").endswith("+00:00")
    assert call == {
        "seq": 1,
        "tenant": "hotel",
        "channel": "waha",
        "kind": "text",
        "to": CHAT,
        "text": "Bonjour",
        "turn": "out-1",
        "body": TEXT,
        "status": 201,
    }


FILE = {"mimetype": "image/png", "url": "https://example.org/a.png"}

PLACE = {"latitude": 14.7, "longitude": -17.4, "title": "Office"}


@pytest.mark.parametrize(
    ("path", "body", "kind", "text"),
    [
        ("sendImage", {"file": FILE, "caption": "See"}, "image", "See"),
        ("sendFile", {"file": FILE}, "document", ""),
        ("sendVoice", {"file": {"url": "https://example.org/a.ogg"}, "convert": True}, "voice", ""),
        ("sendLocation", PLACE, "location", "Office"),
        ("sendSeen", {}, "seen", ""),
        ("startTyping", {}, "typing", ""),
        ("stopTyping", {}, "other", ""),
    ],
)
async def test_every_call_has_its_kind(bench: Bench, path: str, body: Json, kind: str, text: str) -> None:
    answer = await bench.waha(path, {"session": "default", "chatId": CHAT} | body, tenant="diocese")
    assert answer.status_code == 201
    [call] = (await bench.outbox())["calls"]
    assert (call["tenant"], call["kind"], call["to"], call["text"]) == ("diocese", kind, CHAT, text)


async def test_a_reaction_goes_to_the_chat_of_its_message(bench: Bench) -> None:
    body = {"session": "default", "messageId": f"false_{CHAT}_3A00", "reaction": "🙏"}
    assert (await bench.waha("reaction", body)).status_code == 200
    [call] = (await bench.outbox())["calls"]
    assert (call["kind"], call["to"], call["text"]) == ("reaction", CHAT, "🙏")


async def test_answers_fit_wahas_own_schema(bench: Bench) -> None:
    if not OPENAPI.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{OPENAPI.name} is not beside the project")
        pytest.skip("WAHA's OpenAPI document is not beside the project")
    schema = json.loads(OPENAPI.read_text())
    message = dict(schema["components"]["schemas"]["WAMessage"], components=schema["components"])
    sent = (await bench.waha("sendText", TEXT)).json()
    present = {name: value for name, value in sent.items() if value is not None}
    jsonschema.validate(present, message | {"required": ["id", "timestamp", "from", "fromMe", "to", "body"]})


async def test_a_wrong_key_is_refused_and_leaves_no_trace(bench: Bench) -> None:
    answer = await bench.client.post("/_sim/waha/api/sendText", json=TEXT, headers={"X-Api-Key": "wrong"})
    assert (answer.status_code, answer.json()["statusCode"]) == (401, 401)
    assert (await bench.outbox())["calls"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        TEXT | {"text": 5},
        TEXT | {"chatId": ""},
        TEXT | {"session": "other"},
        {"session": "default", "text": "Bonjour"},
    ],
)
async def test_a_bad_body_is_422_in_nests_shape_and_listed(bench: Bench, body: Any) -> None:
    answer = await bench.waha("sendText", body)
    assert answer.status_code == 422
    assert (answer.json()["statusCode"], answer.json()["error"]) == (422, "Unprocessable Entity")
    assert [call["status"] for call in (await bench.outbox())["calls"]] == [422]


async def test_the_chats_messages_are_listed_newest_first_and_filtered(bench: Bench) -> None:
    bench.concierge.silent = True
    await bench.say("from the person")
    first = (await bench.waha("sendText", TEXT | {"text": "one"})).json()
    await bench.waha("sendText", TEXT | {"text": "two"})
    assert [each["body"] for each in await bench.listed()] == ["two", "one", "from the person"]
    own = await bench.listed(**{"filter.fromMe": "true", "filter.timestamp.gte": str(first["timestamp"])})
    assert [each["body"] for each in own] == ["two", "one"]
    assert own[1]["id"] == first["id"]
    assert await bench.listed(**{"filter.timestamp.gte": str(first["timestamp"] + 1000)}) == []
    assert len(await bench.listed(limit="1")) == 1


async def test_a_session_that_is_the_channels_works(bench: Bench) -> None:
    headers = {"X-Api-Key": SECRETS["hotel-key"]}
    answer = await bench.client.get("/_sim/waha/api/sessions/default", headers=headers)
    assert answer.json()["status"] == "WORKING"
    unknown = await bench.client.get("/_sim/waha/api/sessions/none", headers=headers)
    assert unknown.status_code == 404
