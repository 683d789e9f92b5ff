"""The simulated gateways of the local run, over HTTP, as the functions and other tests use them."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from scripts.local import sim
from scripts.local.sim import ledger
from scripts.local.sim.app import PAGE
from scripts.local.vendors import database
from scripts.local.vendors.calls import LIMIT, Call, CallLog
from scripts.local.vendors.chats import TYPING, Chat, Chats
from shared.errors import Rejected
from shared.platform.clock import SystemClock
from tests.fakes.stand_in import SECRETS, StandIn, standing_in

PEER = "+221770000001"
CHAT = "221770000001@c.us"
TEXT = {"session": "default", "chatId": CHAT, "text": "Bonjour"}
OPENAPI = Path(__file__).resolve().parents[3].parent / "shared" / "contracts" / "waha" / "openapi.json"

Json = dict[str, Any]


class StoppedClock(SystemClock):
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 20, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


class Bench:
    """A served stand-in for Concierge, and a client for it."""

    def __init__(self, concierge: StandIn, client: httpx.AsyncClient) -> None:
        self.concierge = concierge
        self.client = client

    async def waha(self, path: str, body: Any, *, tenant: str = "hotel", turn: str = "") -> httpx.Response:
        headers = {"X-Api-Key": SECRETS[f"{tenant}-key"], "X-Concierge-Turn": turn}
        method = "PUT" if path == "reaction" else "POST"
        return await self.client.request(method, f"/_sim/waha/api/{path}", json=body, headers=headers)

    async def listed(self, **query: str) -> list[Json]:
        headers = {"X-Api-Key": SECRETS["hotel-key"]}
        path = f"/_sim/waha/api/default/chats/{CHAT}/messages"
        answer = await self.client.get(path, params={"limit": "50"} | query, headers=headers)
        found: list[Json] = answer.json()
        return found

    async def outbox(self, since: int = 0) -> Json:
        answer: Json = (await self.client.get("/_sim/outbox", params={"since": since})).json()
        return answer

    async def say(self, text: str = "Bonjour", **more: Any) -> Json:
        body = {"tenant": "hotel", "channel": "waha", "peer": PEER, "text": text} | more
        answer: Json = (await self.client.post("/_sim/phone", json=body)).raise_for_status().json()
        return answer

    async def chat(self, **query: Any) -> Json:
        place = {"tenant": "hotel", "channel": "waha", "peer": PEER} | query
        answer: Json = (await self.client.get("/_sim/phone/chat", params=place)).json()
        return answer

    async def arm(self, **fault: Any) -> None:
        (await self.client.post("/_sim/faults", json={"channel": "waha"} | fault)).raise_for_status()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with (
        standing_in(tmp_path) as concierge,
        httpx.AsyncClient(base_url=concierge.origin, timeout=10) as client,
    ):
        yield Bench(concierge, client)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Waits until the condition holds. Raises AssertionError after five seconds."""
    for _ in range(500):
        if await holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the condition does not hold")


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


# The outbox


async def test_next_is_the_seq_to_go_on_from(bench: Bench) -> None:
    assert await bench.outbox() == {"next": 0, "calls": []}
    await bench.waha("sendText", TEXT)
    begun = await bench.outbox()
    await bench.waha("sendText", TEXT | {"text": "later"})
    then = await bench.outbox(begun["next"])
    assert [call["text"] for call in then["calls"]] == ["later"]
    assert await bench.outbox(then["next"]) == {"next": then["next"], "calls": []}


async def test_calls_and_messages_outlive_the_process_and_seq_goes_on(bench: Bench) -> None:
    await bench.waha("sendText", TEXT)
    again = sim.create(bench.concierge.settings)  # as after a kill: the first process never closed its file
    transport = httpx.ASGITransport(again)
    async with httpx.AsyncClient(transport=transport, base_url="http://sim") as client:
        headers = {"X-Api-Key": SECRETS["hotel-key"]}
        await client.post("/_sim/waha/api/sendText", json=TEXT | {"text": "after"}, headers=headers)
        calls = (await client.get("/_sim/outbox")).json()["calls"]
        listed = await client.get(
            f"/_sim/waha/api/default/chats/{CHAT}/messages?limit=9&sortOrder=asc", headers=headers
        )
    assert [(call["seq"], call["text"]) for call in calls] == [(1, "Bonjour"), (2, "after")]
    assert [each["body"] for each in listed.json()] == ["Bonjour", "after"]


def test_only_the_last_calls_are_kept(tmp_path: Path) -> None:
    log = CallLog(database.connect(tmp_path / "calls.db"))
    for _ in range(LIMIT + 5):
        last = log.add(Call("", "hotel", "waha", "text", CHAT, "", "", {}, 201))
    kept = [call["seq"] for call in log.since(0)]
    assert (len(kept), kept[0], kept[-1]) == (LIMIT, 6, last)


async def test_a_bad_since_is_told(bench: Bench) -> None:
    answer = await bench.client.get("/_sim/outbox", params={"since": "-1"})
    assert answer.status_code == 400
    assert "since" in answer.json()["detail"]


# Faults


async def test_a_status_fault_strikes_as_often_as_armed_and_does_nothing(bench: Bench) -> None:
    await bench.arm(tenant="hotel", status=500, times=2)
    assert (await bench.waha("sendText", TEXT, tenant="diocese")).status_code == 201
    assert (await bench.waha("startTyping", {"session": "default", "chatId": CHAT})).status_code == 201
    statuses = [(await bench.waha("sendText", TEXT)).status_code for _ in range(3)]
    assert statuses == [500, 500, 201]
    listed = [call["status"] for call in (await bench.outbox())["calls"] if call["kind"] == "text"]
    assert listed == [201, 500, 500, 201]
    assert len(await bench.listed()) == 1


async def test_a_fault_for_a_kind_leaves_the_others_alone(bench: Bench) -> None:
    await bench.arm(kind="typing", status=503)
    assert (await bench.waha("sendText", TEXT)).status_code == 201
    assert (await bench.waha("startTyping", {"session": "default", "chatId": CHAT})).status_code == 503


async def test_a_dropped_answer_was_done(bench: Bench) -> None:
    await bench.arm(drop=True)
    with pytest.raises(httpx.RemoteProtocolError):
        await bench.waha("sendText", TEXT)
    assert [call["status"] for call in (await bench.outbox())["calls"]] == [0]
    assert len(await bench.listed()) == 1
    assert (await bench.waha("sendText", TEXT)).status_code == 201


async def test_a_hung_answer_comes_late_but_is_recorded_at_once(bench: Bench) -> None:
    await bench.arm(hang_s=0.4)
    call = asyncio.create_task(bench.waha("sendText", TEXT))

    async def recorded() -> bool:
        return bool((await bench.outbox())["calls"])

    await until(recorded)
    assert not call.done()
    assert (await call).status_code == 201


async def test_garbage_is_not_json(bench: Bench) -> None:
    await bench.arm(garbage=True)
    answer = await bench.waha("sendText", TEXT)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Expecting"):
        answer.json()


async def test_armed_faults_are_listed_and_cleared(bench: Bench) -> None:
    await bench.arm(status=500, times=3)
    await bench.waha("sendText", TEXT)
    [armed] = (await bench.client.get("/_sim/faults")).json()["faults"]
    assert (armed["channel"], armed["status"], armed["times"]) == ("waha", 500, 2)
    assert (await bench.client.delete("/_sim/faults")).json() == {"faults": []}
    assert (await bench.waha("sendText", TEXT)).status_code == 201


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "channel"),
        ({"channel": "waha"}, "status, drop or garbage"),
        ({"channel": "waha", "status": 500, "drop": True}, "status, drop or garbage"),
        ({"channel": "waha", "status": "many"}, "status"),
        ({"channel": "waha", "status": 500, "times": 0}, "times"),
        ({"channel": "waha", "drop": True, "retry_after": 5}, "retry_after"),
        ({"channel": "webchat", "status": 500}, "no gateway"),
        ({"channel": "waha", "status": 500, "colour": "red"}, "not permitted"),
        ({"channel": "pigeon", "status": 500}, "waha"),
        ([], "body"),
    ],
)
async def test_a_bad_fault_is_told_what_was_wrong(bench: Bench, body: Any, named: str) -> None:
    answer = await bench.client.post("/_sim/faults", json=body)
    assert answer.status_code == 400
    assert named in answer.json()["detail"]


# The person's side


async def test_a_message_from_the_phone_is_a_signed_webhook(bench: Bench) -> None:
    bench.concierge.silent = True
    said = await bench.say("Où êtes-vous ?", name="Awa")
    assert (said["webhook_status"], said["ms"] > 0) == (200, True)
    [event] = bench.concierge.events  # the stand-in refuses wrong signatures
    assert (event["event"], event["session"], event["engine"]) == ("message", "default", "WEBJS")
    payload = event["payload"]
    assert (payload["id"], payload["from"]) == (f"false_{CHAT}_{said['id']}", CHAT)
    assert (payload["body"], payload["fromMe"]) == ("Où êtes-vous ?", False)
    assert payload["_data"] == {"notifyName": "Awa"}


async def test_the_staff_types_on_the_organisations_phone(bench: Bench) -> None:
    await bench.say("I take over", staff=True)
    [event] = bench.concierge.events
    payload = event["payload"]
    assert event["event"] == "message.any"
    assert (payload["fromMe"], payload["source"], payload["to"]) == (True, "app", CHAT)


async def test_a_location_carries_strings_as_wahas_do(bench: Bench) -> None:
    bench.concierge.silent = True
    await bench.say("", location={"latitude": 14.5, "longitude": -17.25, "name": "Home"})
    place = bench.concierge.events[0]["payload"]["location"]
    assert place == {"latitude": "14.5", "longitude": "-17.25", "name": "Home", "live": False}


async def test_ticks_follow_a_message_on_its_way(bench: Bench) -> None:
    bench.concierge.silent = True
    said = await bench.say()
    [mine] = (await bench.chat())["messages"]
    assert (mine["id"], mine["author"], mine["ack"]) == (said["id"], "person", 2)
    seen = {"session": "default", "chatId": CHAT, "messageIds": [f"false_{CHAT}_{said['id']}"]}
    await bench.waha("sendSeen", seen)
    assert [each["ack"] for each in (await bench.chat())["messages"]] == [3]


async def test_a_webhook_that_fails_leaves_a_failed_message(bench: Bench) -> None:
    bench.concierge.status = 503
    assert (await bench.say())["webhook_status"] == 503
    assert [each["ack"] for each in (await bench.chat())["messages"]] == [-1]


async def test_receipts_come_where_a_phone_is_used_and_only_there(bench: Bench) -> None:
    await bench.waha("sendText", TEXT | {"chatId": "221770000099@c.us"})
    await bench.say()

    async def acks() -> list[tuple[str, int]]:
        found = [each["payload"] for each in bench.concierge.events if each["event"] == "message.ack"]
        return [(each["from"], each["ack"]) for each in found]

    async def delivered() -> bool:
        return await acks() == [(CHAT, 1), (CHAT, 2)]

    await until(delivered)
    read = await bench.client.post("/_sim/phone/read", json={"tenant": "hotel", "peer": PEER})
    assert read.json() == {"read": 1}
    assert await acks() == [(CHAT, 1), (CHAT, 2), (CHAT, 3)]


async def test_typing_shows_until_our_message_is_there(bench: Bench) -> None:
    here = {"session": "default", "chatId": CHAT}
    await bench.waha("startTyping", here)
    assert (await bench.chat())["typing"] is True
    await bench.waha("sendText", TEXT)
    assert (await bench.chat())["typing"] is False
    await bench.waha("startTyping", here)
    await bench.waha("stopTyping", here)
    assert (await bench.chat())["typing"] is False


def test_typing_is_over_after_a_while(tmp_path: Path) -> None:
    clock = StoppedClock()
    chats, chat = Chats(database.connect(tmp_path / "calls.db"), clock), Chat("hotel", "waha", CHAT)
    chats.show_typing(chat, on=True)
    clock.time += TYPING - timedelta(seconds=1)
    assert chats.typing(chat) == 1
    clock.time += timedelta(seconds=1)
    assert chats.typing(chat) == 0


async def test_the_chat_tells_only_what_changed_since(bench: Bench) -> None:
    bench.concierge.silent = True
    await bench.say("one")
    begun = await bench.chat()
    assert (await bench.chat(since=begun["next"]))["messages"] == []
    await bench.waha("sendSeen", {"session": "default", "chatId": CHAT})
    changed = await bench.chat(since=begun["next"])
    assert [(each["text"], each["ack"]) for each in changed["messages"]] == [("one", 3)]


async def test_the_stream_tells_news_at_once(bench: Bench) -> None:
    place = {"tenant": "hotel", "channel": "waha", "peer": PEER}
    async with bench.client.stream("GET", "/_sim/phone/stream", params=place) as stream:
        lines = stream.aiter_lines()

        async def next_news() -> Json:
            async with asyncio.timeout(5):
                async for line in lines:
                    if line.startswith("data: "):
                        news: Json = json.loads(line.removeprefix("data: "))
                        return news
            raise AssertionError("the stream ended")

        assert (await next_news())["messages"] == []
        await bench.waha("startTyping", {"session": "default", "chatId": CHAT})
        assert (await next_news())["typing"] is True
        await bench.waha("sendText", TEXT)
        news = await next_news()
        assert ([each["text"] for each in news["messages"]], news["typing"]) == (["Bonjour"], False)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"peer": "somebody"}, 400),
        ({"text": " "}, 400),
        ({"tenant": "nobody"}, 404),
        ({"channel": "webchat"}, 400),
        ({"extra": 1}, 400),
        ({"location": {"latitude": 91, "longitude": 0}}, 400),
    ],
)
async def test_a_phone_that_asks_wrongly_is_told(bench: Bench, change: Json, status: int) -> None:
    body = {"tenant": "hotel", "channel": "waha", "peer": PEER, "text": "Hello"} | change
    answer = await bench.client.post("/_sim/phone", json=body)
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert bench.concierge.events == []


async def test_the_page_learns_of_tenants_and_what_to_ask(bench: Bench) -> None:
    found = (await bench.client.get("/_sim/phone/tenants")).json()["tenants"]
    assert [each["tenant"] for each in found] == ["diocese", "hotel"]
    assert [each["kind"] for each in found[0]["channels"]] == ["waha", "webchat"]
    assert found[1]["suggestions"] == ["What time is breakfast?", "Is there a pool?"]


# The ledger and the route


@pytest.mark.parametrize("peer", [PEER, "221770000001", "+221 77 000 00 01", CHAT, "whatsapp:+221770000001"])
async def test_the_ledger_tells_both_sides_in_order(bench: Bench, peer: str) -> None:
    said = await bench.say("first")
    await bench.say("second")
    place = {"tenant": "hotel", "channel": "waha", "peer": peer}
    told = (await bench.client.get("/_sim/ledger", params=place)).json()
    assert [(each["direction"], each["turn"]) for each in told["messages"]] == [
        ("in", "turn-1"),
        ("out", "turn-1"),
        ("in", "turn-2"),
        ("out", "turn-2"),
    ]
    first, answer = told["messages"][:2]
    assert set(first) == {"id", "direction", "text", "outcome", "reason", "turn", "status", "at"}
    assert (first["id"], first["text"], first["outcome"]) == (said["id"], "first", "answered")
    assert (answer["id"], answer["status"]) == ("turn-1", "sent")
    assert (told["conversation"]["state"], told["conversation"]["human"]) == ("bot", None)


async def test_the_ledger_finds_a_hidden_id(bench: Bench) -> None:
    await bench.say("hello", peer="100200300@lid")
    place = {"tenant": "hotel", "channel": "waha", "peer": "100200300@lid"}
    told = (await bench.client.get("/_sim/ledger", params=place)).json()
    assert [each["direction"] for each in told["messages"]] == ["in", "out"]


@pytest.mark.parametrize(
    ("kind", "peer", "identity"),
    [
        ("waha", "221770000001@c.us", "whatsapp:+221770000001"),
        ("green_api", "221770000001@c.us", "whatsapp:+221770000001"),
        ("green_api", "1000200030@lid", "whatsapp:lid-1000200030"),
        ("cloud_api", "221770000001", "whatsapp:+221770000001"),
        ("cloud_api", "+221 77 000 00 01", "whatsapp:+221770000001"),
        ("cloud_api", "US.13491208655302741918", "whatsapp:user-US.13491208655302741918"),
        ("telegram", "770000001", "telegram:770000001"),
        ("telegram", "telegram:770000001", "telegram:770000001"),
        ("webchat", "v-0123456789abcdef", "web:v-0123456789abcdef"),
        ("webchat", "v-0123456789abcdef.00ff", "web:v-0123456789abcdef"),
    ],
)
def test_a_person_is_known_in_each_channels_spelling(kind: str, peer: str, identity: str) -> None:
    assert ledger.identity(kind, peer) == identity


@pytest.mark.parametrize(("kind", "peer"), [("telegram", "@somebody"), ("cloud_api", "US"), ("waha", "1")])
def test_a_spelling_that_no_channel_knows_is_refused(kind: str, peer: str) -> None:
    with pytest.raises(Rejected):
        ledger.identity(kind, peer)


async def test_an_unknown_person_is_not_in_the_ledger(bench: Bench) -> None:
    place = {"tenant": "hotel", "channel": "waha", "peer": PEER}
    assert (await bench.client.get("/_sim/ledger", params=place)).status_code == 404
    missing = await bench.client.get("/_sim/ledger", params={"tenant": "hotel"})
    assert missing.status_code == 400


async def test_the_way_joins_hops_calls_and_outcome(bench: Bench) -> None:
    said = await bench.say("hello")
    asked = {"tenant": "hotel", "message": said["id"]}
    way = (await bench.client.get("/_sim/way", params=asked)).json()
    assert sorted(hop["function"] for hop in way["hops"]) == ["deliver", "reply", "webhook"]
    assert (way["outcome"], way["turn"]) == ("answered", "turn-1")
    assert [(call["kind"], call["status"]) for call in way["calls"]] == [("text", 201)]
    [reply] = [hop for hop in way["hops"] if hop["function"] == "reply"]
    assert reply["wrote"][0].startswith("tenants/hotel/conversations/")
    by_answer = await bench.client.get("/_sim/way", params={"tenant": "hotel", "message": "turn-1"})
    assert by_answer.json()["message"] == said["id"]


async def test_a_way_that_nobody_knows_is_empty(bench: Bench) -> None:
    way = (await bench.client.get("/_sim/way", params={"tenant": "hotel", "message": "3A00"})).json()
    assert (way["outcome"], way["hops"], way["calls"]) == (None, [], [])


def test_a_journal_forgets_the_oldest() -> None:
    journal = sim.Journal(limit=2)
    for second in range(3):
        journal.add(
            {"event": "handled", "time": f"2026-11-20T10:00:0{second}Z", "tenant": "t", "message": "m"}
        )
    journal.add({"event": "no time"})
    assert [line["time"][-3:] for line in journal.about("t", {"m"})] == ["01Z", "02Z"]
    assert journal.about("other", {"m"}) == []


async def test_the_page_loads_nothing_from_elsewhere(bench: Bench) -> None:
    page = await bench.client.get("/")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    for path in (p for p in PAGE.iterdir() if p.suffix in (".css", ".js", ".svg")):
        asset = path.name
        found = await bench.client.get(f"/phone/{asset}")
        assert found.status_code == 200, asset
        assert "//" not in found.text.replace("http://www.w3.org", "").replace("https?://", "").replace(
            "// ", ""
        ), asset
