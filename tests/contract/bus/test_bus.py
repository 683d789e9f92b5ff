"""Contract of the bus on both adapters, each pushing to a real HTTP server.

Tests of the SQLite queue alone are in `test_bus_sqlite.py`.
"""

from __future__ import annotations

import asyncio
import random
import socket
import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest
from starlette.responses import Response

from shared.errors import ConfigurationError, Retry
from shared.platform import effects
from shared.platform.bus import Bus, envelope
from shared.platform.bus.envelope import Delivery
from shared.platform.bus.pubsub import PubSubBus
from shared.platform.bus.sqlite import SqliteBus, Subscription
from tests.contract.bus.pushes import Endpoint, PubSubHarness, Receiver, SqliteHarness, failing, until

Harness = SqliteHarness | PubSubHarness


@pytest.fixture(params=["sqlite", pytest.param("pubsub", marks=pytest.mark.emulators)])
def harness(
    request: pytest.FixtureRequest, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Harness:
    if request.param == "sqlite":
        return SqliteHarness(tmp_path / "bus.db", receiver)
    host: str = request.getfixturevalue("pubsub_host")
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", host)
    return PubSubHarness(host, receiver)


def subscription(endpoint: Endpoint, name: str = "reply-inbound", *, ordered: bool = False) -> Subscription:
    return Subscription(
        name=name,
        topic="inbound",
        endpoint=endpoint.url,
        ordered=ordered,
        ack_deadline=10,
        min_backoff=0.1,
        max_backoff=0.2,
        max_attempts=5,
    )


async def test_a_message_is_pushed_as_it_was_published(harness: Harness, receiver: Receiver) -> None:
    endpoint = receiver.endpoint()
    async with harness.subscribed(subscription(endpoint)):
        attributes = {"tenant": "hotel", "note": "Ndànk, ndànk 🌴 ¿qué?"}
        data = "é\u0000😀\n".encode() + bytes(range(256)) * 400

        message_id = await harness.bus.publish("inbound", data, attributes=attributes)

        (delivery,) = await endpoint.received(1)
        assert (delivery.data, delivery.attributes, delivery.message_id) == (data, attributes, message_id)
        assert "reply-inbound" in delivery.subscription


async def test_a_message_may_be_empty(harness: Harness, receiver: Receiver) -> None:
    endpoint = receiver.endpoint()
    async with harness.subscribed(subscription(endpoint)):
        await harness.bus.publish("inbound", b"", attributes={"kind": "wake"})

        (delivery,) = await endpoint.received(1)
        assert (delivery.data, delivery.attributes) == (b"", {"kind": "wake"})


@pytest.mark.parametrize("status", [200, 204])
async def test_a_2xx_acknowledges(harness: Harness, receiver: Receiver, status: int) -> None:
    async def answer(_: Delivery) -> Response:
        return Response(status_code=status)

    endpoint = receiver.endpoint(answer)
    async with harness.subscribed(subscription(endpoint)):
        await harness.bus.publish("inbound", b"once", attributes={})
        await endpoint.received(1)

        with pytest.raises(TimeoutError):
            await endpoint.received(2, within=0.5)  # longer than the longest backoff


async def test_a_failed_push_comes_again_until_acknowledged(harness: Harness, receiver: Receiver) -> None:
    endpoint = receiver.endpoint(failing(2))
    async with harness.subscribed(subscription(endpoint)):
        message_id = await harness.bus.publish("inbound", b"again", attributes={"tenant": "hotel"})

        deliveries = await endpoint.received(3)
        with pytest.raises(TimeoutError):
            await endpoint.received(4, within=0.5)
        assert {(d.message_id, d.data) for d in deliveries} == {(message_id, b"again")}
        if harness.tells_attempts:
            assert [delivery.attempt for delivery in deliveries] == [1, 2, 3]


async def test_every_subscription_of_a_topic_gets_it(harness: Harness, receiver: Receiver) -> None:
    failing_once, fine = receiver.endpoint(failing(1)), receiver.endpoint()
    async with harness.subscribed(subscription(failing_once, "one"), subscription(fine, "other")):
        await harness.bus.publish("inbound", b"both", attributes={})

        await failing_once.received(2)
        assert [delivery.data for delivery in await fine.received(1)] == [b"both"]


async def test_a_key_keeps_its_order(harness: Harness, receiver: Receiver) -> None:
    dice = random.Random(7)  # noqa: S311

    async def answer(_: Delivery) -> Response:
        await asyncio.sleep(dice.uniform(0, 0.01))
        return Response(status_code=204)

    endpoint = receiver.endpoint(answer)
    async with harness.subscribed(subscription(endpoint, ordered=True)):
        for number in range(12):
            for key in ("a", "b", "c"):
                await harness.bus.publish("inbound", b"%d" % number, attributes={"of": key}, key=key)

        arrived: dict[str, list[int]] = defaultdict(list)
        for delivery in await endpoint.received(36):
            arrived[delivery.attributes["of"]].append(int(delivery.data))
        assert arrived == {key: list(range(12)) for key in ("a", "b", "c")}


async def test_a_poison_message_is_pushed_through_its_dead_letter_topic(
    harness: Harness, receiver: Receiver
) -> None:
    endpoint = receiver.endpoint(failing(1000))
    async with harness.subscribed(subscription(endpoint)):
        await harness.bus.publish("inbound", b"poison \xff", attributes={"tenant": "hotel"})

        (dead,) = await harness.dead.received(1, within=30)
        told = envelope.undelivered(dead)
        assert (told.data, told.attributes) == (b"poison \xff", {"tenant": "hotel"})
        assert (told.subscription, told.attempts) == ("reply-inbound", 5)
        assert told.error == ("status 500" if harness.tells_reasons else "")
        assert len(endpoint.deliveries) == 5


async def test_publishes_at_once_get_their_own_ids(harness: Harness, receiver: Receiver) -> None:
    endpoint = receiver.endpoint()
    async with harness.subscribed(subscription(endpoint)):
        texts = [b"%d" % number for number in range(250)]

        ids = await asyncio.gather(*(harness.bus.publish("inbound", text, attributes={}) for text in texts))

        deliveries = await endpoint.received(250)
        assert len(set(ids)) == 250
        assert {(d.message_id, d.data) for d in deliveries} == set(zip(ids, texts, strict=True))


async def test_one_publisher_that_gives_up_takes_no_other_along(harness: Harness, receiver: Receiver) -> None:
    endpoint = receiver.endpoint()
    async with harness.subscribed(subscription(endpoint)):
        impatient = asyncio.create_task(harness.bus.publish("inbound", b"impatient", attributes={}))
        patient = asyncio.create_task(harness.bus.publish("inbound", b"patient", attributes={}))
        await asyncio.sleep(0)
        impatient.cancel()

        message_id = await patient

        await until(lambda: message_id in {delivery.message_id for delivery in endpoint.deliveries})


async def test_a_publish_is_counted_among_the_effects(harness: Harness, receiver: Receiver) -> None:
    async with harness.subscribed(subscription(receiver.endpoint())):
        account = effects.begin()

        await harness.bus.publish("inbound", b"", attributes={"kind": "wake"})

        assert account.published == ["inbound"]


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("broken", ["pubsub", "no folder", "locked"])
async def test_a_bus_out_of_reach_is_a_retry(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", f"127.0.0.1:{_closed_port()}")
    path = tmp_path / "bus.db"
    buses: dict[str, Bus] = {
        "pubsub": PubSubBus("concierge-test", deadline=0.5),
        "no folder": SqliteBus(tmp_path / "missing" / "bus.db"),
        "locked": SqliteBus(path),
    }
    account = effects.begin()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Retry):
            await buses[broken].publish("inbound", b"", attributes={"kind": "wake"})
        with pytest.raises(Retry):
            await buses[broken].reach()

    assert account.published == []


async def test_a_bus_that_is_reached_carries_nothing_for_it(harness: Harness, receiver: Receiver) -> None:
    endpoint, account = receiver.endpoint(), effects.begin()
    async with harness.subscribed(subscription(endpoint)):
        await harness.bus.reach()
        await harness.bus.publish("inbound", b"after", attributes={})
        (delivery,) = await endpoint.received(1)
    assert (delivery.data, account.published) == (b"after", ["inbound"])


@pytest.mark.emulators
async def test_a_topic_that_is_missing_is_a_bug_that_names_it(
    pubsub_host: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", pubsub_host)
    harness = PubSubHarness(pubsub_host, receiver)
    async with harness.subscribed(subscription(receiver.endpoint())):
        missing, fine = await asyncio.gather(
            harness.bus.publish("outbound", b"x", attributes={}),
            harness.bus.publish("inbound", b"x", attributes={}),
            return_exceptions=True,
        )

    assert isinstance(missing, ConfigurationError)
    assert "/topics/outbound" in str(missing)
    assert isinstance(fine, str)
