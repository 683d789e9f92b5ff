"""The ledger of the simulated gateways, and the route of a message."""

from __future__ import annotations

import pytest

from scripts.local import sim
from scripts.local.sim import ledger
from scripts.local.sim.app import PAGE
from shared.errors import Rejected
from tests.unit.scripts.sim.bench import CHAT, PEER, Bench

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
