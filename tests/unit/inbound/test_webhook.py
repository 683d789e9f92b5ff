"""Webhook requests on the bus: all events of a request at once, or a refusal that makes the gateway retry."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scripts.local.vendors.cloud_api import webhooks as cloud_api
from shared.channels import Connection, Webhook, webchat
from shared.channels.cloud_api import CloudApi, create
from shared.errors import Rejected, Retry
from shared.models.events import INBOUND, RECEIPTS, Receipt
from shared.models.tenant import Channel
from shared.platform.bus.sqlite import Queue, SqliteBus, Subscription
from tests.fakes.http import ScriptedHttp
from tests.world import FakePlugins, World


class SlowBus:
    """A bus whose publishes take 20 ms. `refuses` has the numbers of those that fail, counted from 0."""

    def __init__(self, refuses: set[int] | None = None) -> None:
        self.taken: list[tuple[str, str, bytes]] = []
        self.most_at_once = 0
        self._refuses, self._asked, self._at_once = refuses or set(), 0, 0

    async def publish(self, topic: str, data: bytes, *, attributes: Mapping[str, str], key: str = "") -> str:
        number, self._asked = self._asked, self._asked + 1
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await asyncio.sleep(0.02)
        self._at_once -= 1
        if number in self._refuses:
            raise Retry("bus_unreachable")
        self.taken.append((topic, key, data))
        return str(number)

    async def reach(self) -> None: ...


async def posted(world: World, bus: object, *changes: cloud_api.Json) -> int:
    """Posts these changes as Meta does; returns how many events were published."""
    world.channel = _cloud_api(world)  # type: ignore[assignment]
    world.rebuild(FakePlugins(world), bus=bus)
    body = json.dumps(cloud_api.posted(*changes)).encode()
    webhook = Webhook("POST", cloud_api.signed(body), {}, body)
    return (await world.parts.intake.accept("parish", "waha", webhook)).published


def _cloud_api(world: World) -> CloudApi:
    place = {"base_url": "https://graph.example/v23.0", "phone_number_id": cloud_api.NUMBER_ID}
    settings = Channel(tenant="parish", channel="waha", kind="cloud_api", settings={**place})
    return create(Connection(settings, _secret, ScriptedHttp(OSError()), world.clock.now))


async def _secret(name: str) -> str:
    return "local-secret"


def messages(count: int) -> cloud_api.Json:
    said = [cloud_api.text(f"Question {n}", key=f"wamid.N{n}") for n in range(count)]
    return cloud_api.change(contacts=[cloud_api.CONTACT], messages=said)


def ids(bus: SlowBus) -> list[str]:
    return [INBOUND.validate_json(data).id for topic, _, data in bus.taken if topic == "inbound"]  # type: ignore[union-attr]


async def test_a_thousand_messages_are_published_together(world: World) -> None:
    bus, began = SlowBus(), time.perf_counter()
    assert await posted(world, bus, messages(1_000)) == 1_000
    assert time.perf_counter() - began < 2.0
    assert sorted(ids(bus)) == sorted(f"wamid.N{n}" for n in range(1_000))
    assert bus.most_at_once < 1_000


async def test_receipts_of_one_message_keep_their_order(world: World) -> None:
    told = [
        cloud_api.status(how, id=f"wamid.C{n}") for how in ("sent", "delivered", "read") for n in range(30)
    ]
    bus = SlowBus()
    await posted(world, bus, cloud_api.change(statuses=told))
    by_key: defaultdict[str, list[str]] = defaultdict(list)
    for _, key, data in bus.taken:
        receipt = RECEIPTS.validate_json(data)
        assert isinstance(receipt, Receipt)
        by_key[key].append(receipt.status)
    assert len(by_key) == 30
    assert set(map(tuple, by_key.values())) == {("sent", "delivered", "read")}
    assert bus.most_at_once == 30


async def test_one_that_fails_brings_the_whole_request_back_with_the_same_ids(world: World) -> None:
    bus = SlowBus(refuses={1})
    with pytest.raises(Retry, match="bus_unreachable"):
        await posted(world, bus, messages(5))
    first = set(ids(bus))
    assert len(first) == 4  # it waited for the others
    world.clock.pass_(60)
    await posted(world, bus, messages(5))
    assert first < set(ids(bus))
    assert len(set(ids(bus))) == 5


async def test_after_one_that_fails_nothing_of_its_key_goes_before_it(world: World) -> None:
    bus = SlowBus(refuses={0})
    told = [cloud_api.status(how) for how in ("sent", "delivered")]
    with pytest.raises(Retry):
        await posted(world, bus, cloud_api.change(statuses=told))
    assert bus.taken == []


async def test_a_bug_is_not_hidden_behind_a_bus_that_is_ill(world: World) -> None:
    class Broken(SlowBus):
        async def publish(
            self, topic: str, data: bytes, *, attributes: Mapping[str, str], key: str = ""
        ) -> str:
            if b"wamid.N3" in data:
                raise KeyError("attributes")
            return await super().publish(topic, data, attributes=attributes, key=key)

    with pytest.raises(KeyError):
        await posted(world, Broken({0, 1}), messages(5))


async def test_the_local_queue_takes_a_request_in_one_commit(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = Queue(tmp_path / "bus.db")
    wanted = {"endpoint": "", "ordered": False, "ack_deadline": 60, "min_backoff": 1, "max_backoff": 300}
    reply = Subscription("reply-inbound", "inbound", max_attempts=20, **wanted)  # type: ignore[arg-type]
    queue.declare([reply])
    commits, commit = [], Queue._commit

    async def counted(self: Queue) -> None:
        commits.append(self)
        await commit(self)

    monkeypatch.setattr(Queue, "_commit", counted)
    await posted(world, SqliteBus(tmp_path / "bus.db"), messages(200))
    assert queue.waiting(reply) == 200
    assert len(commits) == 1


async def refuse(world: World, tenant: str, channel: str, kind: object) -> None:
    world.channel = kind  # type: ignore[assignment]
    with pytest.raises(Rejected) as refused:
        await world.parts.intake.accept(tenant, channel, Webhook("POST", {}, {}, b"garbage"))
    assert refused.value.status in (401, 404)


async def test_a_refused_post_is_told_with_its_tenant_and_channel(
    world: World, lines: list[dict[str, Any]]
) -> None:
    await refuse(world, "parish", "waha", _cloud_api(world))
    (line,) = (line for line in lines if line["event"] == "post_refused")
    assert (line["tenant"], line["channel"], line["severity"]) == ("parish", "waha", "WARNING")
    assert "X-Hub-Signature-256" in line["reason"]


async def test_neither_strangers_names_nor_a_visitors_old_token_are_told(
    world: World, lines: list[dict[str, Any]]
) -> None:
    await refuse(world, "parish", "made-up", _cloud_api(world))
    await refuse(world, "made-up", "waha", _cloud_api(world))
    settings = Channel(tenant="parish", channel="waha", kind="webchat")
    page = webchat.create(Connection(settings, _secret, ScriptedHttp(OSError()), world.clock.now))
    await refuse(world, "parish", "waha", page)
    assert [line for line in lines if line["event"] == "post_refused"] == []
    assert "made-up" not in str(lines)
