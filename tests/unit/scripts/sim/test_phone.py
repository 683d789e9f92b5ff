"""The person's side of the simulated gateways: messages, ticks, typing, the stream of news."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scripts.local.vendors import database
from scripts.local.vendors.chats import TYPING, Chat, Chats
from shared.platform.clock import SystemClock
from tests.unit.scripts.sim.bench import CHAT, PEER, TEXT, Bench, Json, until


class StoppedClock(SystemClock):
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 20, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


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
