"""The outbox of the simulated gateways, and the faults that a test sets."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.local import sim
from scripts.local.vendors import database
from scripts.local.vendors.calls import LIMIT, Call, CallLog
from tests.fakes.stand_in import SECRETS
from tests.unit.scripts.sim.bench import CHAT, TEXT, Bench, until

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


async def test_a_fault_for_a_chat_leaves_the_others_alone(bench: Bench) -> None:
    await bench.arm(to=CHAT, status=500)
    assert (await bench.waha("sendText", TEXT | {"chatId": "221770000199@c.us"})).status_code == 201
    assert [(await bench.waha("sendText", TEXT)).status_code for _ in range(2)] == [500, 201]


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
