"""Promises of the SQLite queue beyond the port: latency, deadlines, keys, dead letters, fair turns."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.responses import Response

from shared.platform.bus.envelope import Delivery
from shared.platform.bus.pusher import CONCURRENCY, Pusher
from shared.platform.bus.sqlite import Queue, SqliteBus
from tests.contract.bus.pushes import Endpoint, Receiver, acknowledge, failing, patient, pushing, quick


async def test_a_publish_reaches_the_endpoint_without_waiting_for_a_poll(
    path: Path, receiver: Receiver
) -> None:
    endpoint = receiver.endpoint()
    bus = SqliteBus(path)
    pusher = Pusher(path, [patient(endpoint)])
    waits = []
    async with pushing(pusher):
        for count in range(1, 21):
            published = time.monotonic()
            await bus.publish("inbound", b"now", attributes={})
            await endpoint.received(count)
            waits.append(endpoint.times[-1] - published)
            await pusher.idle()

    assert sorted(waits)[10] < 0.05, "the median is a few milliseconds; with the poll alone it is 100"


async def test_a_hung_endpoint_is_cut_off_at_the_deadline(path: Path, receiver: Receiver) -> None:
    async def hang_once(delivery: Delivery) -> Response:
        if delivery.attempt == 1:
            await asyncio.sleep(30)
        return Response(status_code=204)

    endpoint = receiver.endpoint(hang_once)
    pusher = Pusher(path, [replace(quick(endpoint), ack_deadline=0.2)])
    async with pushing(pusher):
        await SqliteBus(path).publish("inbound", b"slow", attributes={})

        deliveries = await endpoint.received(2, within=5)
        await asyncio.wait_for(pusher.drained(), 5)

    assert [delivery.attempt for delivery in deliveries] == [1, 2]
    assert endpoint.times[1] - endpoint.times[0] >= 0.2


async def test_an_endpoint_that_is_not_there_ends_in_dead_letters_too(path: Path) -> None:
    nowhere = Endpoint("http://127.0.0.1:9/", acknowledge)  # the discard port: it refuses connections
    pusher = Pusher(path, [quick(nowhere)])
    await SqliteBus(path).publish("inbound", b"x", attributes={})
    async with pushing(pusher):
        await asyncio.wait_for(pusher.drained(), 10)

    (dead,) = Queue(path).dead_letters(1)
    assert dead.reason == "ConnectError"


async def test_a_failing_key_holds_back_its_own_messages_only(path: Path, receiver: Receiver) -> None:
    async def refuse_the_poison(delivery: Delivery) -> Response:
        return Response(status_code=500 if delivery.data == b"poison" else 204)

    endpoint = receiver.endpoint(refuse_the_poison)
    bus = SqliteBus(path)
    pusher = Pusher(path, [patient(endpoint, ordered=True)])
    for data, key in [(b"poison", "a"), (b"behind", "a"), (b"fine", "b"), (b"also fine", "b"), (b"free", "")]:
        await bus.publish("inbound", data, attributes={}, key=key)

    async with pushing(pusher):
        await endpoint.received(4)
        await asyncio.wait_for(pusher.idle(), 10)

    assert Counter(delivery.data for delivery in endpoint.deliveries) == Counter(
        [b"poison", b"fine", b"also fine", b"free"]
    )


async def test_a_dead_letter_frees_its_key(path: Path, receiver: Receiver) -> None:
    async def refuse_the_poison(delivery: Delivery) -> Response:
        return Response(status_code=500 if delivery.data == b"poison" else 204)

    endpoint = receiver.endpoint(refuse_the_poison)
    bus = SqliteBus(path)
    pusher = Pusher(path, [quick(endpoint, ordered=True)])
    await bus.publish("inbound", b"poison", attributes={"tenant": "hotel"}, key="a")
    await bus.publish("inbound", b"behind", attributes={}, key="a")
    async with pushing(pusher):
        await asyncio.wait_for(pusher.drained(), 10)

    assert [delivery.data for delivery in endpoint.deliveries] == [b"poison"] * 5 + [b"behind"]
    (dead,) = Queue(path).dead_letters(10)
    assert (dead.data, dead.attributes, dead.key) == (b"poison", {"tenant": "hotel"}, "a")
    assert (dead.topic, dead.subscription) == ("inbound", "reply-inbound")
    assert (dead.attempts, dead.reason) == (5, "status 500")
    assert dead.published_at < dead.died_at


async def test_a_dead_letter_that_cannot_be_handled_either_is_kept_and_goes_no_further(
    path: Path, receiver: Receiver
) -> None:
    living, dead_endpoint = receiver.endpoint(failing(1000)), receiver.endpoint(failing(1000))
    dead = replace(quick(dead_endpoint), name="maintenance-reply-inbound-dead", topic="reply-inbound-dead")
    pusher = Pusher(path, [replace(quick(living), dead_letter_topic="reply-inbound-dead"), dead])
    await SqliteBus(path).publish("inbound", b"poison", attributes={"tenant": "hotel"}, key="a")
    async with pushing(pusher):
        await asyncio.wait_for(pusher.drained(), 10)

    assert (len(living.deliveries), len(dead_endpoint.deliveries)) == (5, 5)
    assert dead_endpoint.deliveries[0].ordering_key == "a"
    assert [letter.subscription for letter in Queue(path).dead_letters(10)] == [
        "maintenance-reply-inbound-dead",
        "reply-inbound",
    ]


async def test_one_of_a_key_is_under_way_at_a_time(path: Path, receiver: Receiver) -> None:
    under_way: Counter[str] = Counter()
    most: Counter[str] = Counter()

    async def count(delivery: Delivery) -> Response:
        key = delivery.ordering_key
        under_way[key] += 1
        most[key] = max(most[key], under_way[key])
        await asyncio.sleep(0.005)
        under_way[key] -= 1
        return Response(status_code=204)

    endpoint = receiver.endpoint(count)
    bus = SqliteBus(path)
    pusher = Pusher(path, [patient(endpoint, ordered=True)])
    for key in ("a", "b", "") * 5:
        await bus.publish("inbound", b"x", attributes={}, key=key)
    async with pushing(pusher):
        await asyncio.wait_for(pusher.drained(), 10)

    assert (most["a"], most["b"]) == (1, 1)
    assert most[""] > 1


async def test_what_is_being_pushed_is_not_pushed_a_second_time(path: Path, receiver: Receiver) -> None:
    release = asyncio.Event()

    async def slow_or_quick(delivery: Delivery) -> Response:
        if delivery.data == b"slow":
            await release.wait()
        return Response(status_code=204)

    endpoint = receiver.endpoint(slow_or_quick)
    bus = SqliteBus(path)
    pusher = Pusher(path, [patient(endpoint)])
    async with pushing(pusher):
        for count, data in enumerate([b"slow", b"quick", b"quick"], start=1):
            await bus.publish("inbound", data, attributes={})
            await endpoint.received(count)
        release.set()
        await asyncio.wait_for(pusher.drained(), 10)

    assert [delivery.data for delivery in endpoint.deliveries] == [b"slow", b"quick", b"quick"]


async def test_pushes_under_way_are_bounded_and_no_tenant_has_all_of_them(
    path: Path, receiver: Receiver
) -> None:
    release, half = asyncio.Event(), CONCURRENCY // 2

    async def wait(_: Delivery) -> Response:
        await release.wait()
        return Response(status_code=204)

    endpoint = receiver.endpoint(wait)
    bus = SqliteBus(path)
    pusher = Pusher(path, [patient(endpoint)])
    flood = [bus.publish("inbound", b"x", attributes={"tenant": "a"}) for _ in range(CONCURRENCY)]
    await asyncio.gather(*flood)
    async with pushing(pusher):
        await endpoint.received(half)
        with pytest.raises(TimeoutError):
            await endpoint.received(half + 1, within=0.3)
        await asyncio.gather(*(bus.publish("inbound", b"y", attributes={"tenant": "b"}) for _ in range(5)))
        await endpoint.received(half + 5)
        release.set()
        await asyncio.wait_for(pusher.drained(), 10)

    assert len(endpoint.deliveries) == CONCURRENCY + 5


async def test_nobody_waits_behind_anothers_flood(path: Path, receiver: Receiver) -> None:
    """Queued events go out in turns, one of each tenant, in the order of their publishing."""
    endpoint = receiver.endpoint()
    bus = SqliteBus(path)
    pusher = Pusher(path, [patient(endpoint)])
    for number in range(200):
        await bus.publish("inbound", f"flood {number}".encode(), attributes={"tenant": "flooded"})
    for number in range(3):
        await bus.publish("inbound", f"calm {number}".encode(), attributes={"tenant": "calm"})
        await bus.publish("inbound", f"none {number}".encode(), attributes={})
    async with pushing(pusher):
        await asyncio.wait_for(pusher.drained(), 20)

    said = [delivery.data.decode() for delivery in endpoint.deliveries]
    assert len(said) == 206
    assert all(said.index(f"{who} 2") < CONCURRENCY for who in ("calm", "none"))


async def test_a_topic_that_nobody_subscribed_to_keeps_nothing(path: Path, receiver: Receiver) -> None:
    subscription = patient(receiver.endpoint())
    Pusher(path, [subscription])

    assert await SqliteBus(path).publish("events", b"x", attributes={})
    assert Queue(path).waiting(subscription) == 0


async def test_what_waits_for_a_subscription_that_is_gone_is_there_when_it_returns(
    path: Path, receiver: Receiver
) -> None:
    endpoint = receiver.endpoint()
    Pusher(path, [patient(endpoint)])
    await SqliteBus(path).publish("inbound", b"kept", attributes={})
    Pusher(path, [])

    async with pushing(Pusher(path, [patient(endpoint)])):
        await endpoint.received(1)


async def test_a_file_that_fails_stops_the_pusher_aloud(path: Path, receiver: Receiver) -> None:
    pusher = Pusher(path, [patient(receiver.endpoint())])
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE messages")

    with pytest.raises(ExceptionGroup) as failed:
        await asyncio.wait_for(pusher.run(), 10)

    assert failed.group_contains(sqlite3.OperationalError)
