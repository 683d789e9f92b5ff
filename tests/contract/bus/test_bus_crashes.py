"""Crashes of a process that uses the SQLite queue: a published event is pushed, again if needed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from starlette.responses import Response

from shared.platform.bus.envelope import Delivery
from shared.platform.bus.pusher import Pusher
from shared.platform.bus.sqlite import SqliteBus
from tests.contract.bus.pushes import Receiver, acknowledge, patient, pushing

ROOT = Path(__file__).resolve().parents[3]


def start(script: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Starts a script in a process of its own, which ends without any chance to clean up."""
    prelude = """
import asyncio, os, sys
from pathlib import Path
from shared.platform.bus.pusher import Pusher
from shared.platform.bus.sqlite import SqliteBus, Subscription
"""
    return subprocess.Popen([sys.executable, "-c", prelude + script, *arguments], cwd=ROOT)


PUBLISH_AND_CRASH = """
async def main():
    bus = SqliteBus(Path(sys.argv[1]))
    for number in range(20):
        await bus.publish("inbound", b"%d" % number, attributes={})
    os._exit(9)

asyncio.run(main())
"""

PUSH_UNTIL_KILLED = """
subscription = Subscription("reply-inbound", "inbound", sys.argv[2], False, 600, 600, 600, 5)
asyncio.run(Pusher(Path(sys.argv[1]), [subscription]).run())
"""


async def test_what_was_published_survives_the_publishers_death(path: Path, receiver: Receiver) -> None:
    endpoint = receiver.endpoint()
    pusher = Pusher(path, [patient(endpoint)])
    publisher = start(PUBLISH_AND_CRASH, str(path))
    assert await asyncio.to_thread(publisher.wait, 30) == 9

    async with pushing(pusher):
        deliveries = await endpoint.received(20)

    assert sorted(int(delivery.data) for delivery in deliveries) == list(range(20))


async def test_another_processs_publish_is_noticed(path: Path, receiver: Receiver) -> None:
    endpoint = receiver.endpoint()
    async with pushing(Pusher(path, [patient(endpoint)])):
        publisher = start(PUBLISH_AND_CRASH, str(path))

        await endpoint.received(20, within=30)
    await asyncio.to_thread(publisher.wait, 30)


async def test_a_pusher_killed_in_the_middle_of_a_push_pushes_again_at_once(
    path: Path, receiver: Receiver
) -> None:
    pids: list[int] = []

    async def kill_the_pusher(_: Delivery) -> Response:
        os.kill(pids[0], signal.SIGKILL)
        return Response(status_code=204)  # the killed pusher never reads it

    endpoint = receiver.endpoint(kill_the_pusher)
    restarted = Pusher(path, [patient(endpoint)])
    message_id = await SqliteBus(path).publish("inbound", b"twice", attributes={})
    killed = start(PUSH_UNTIL_KILLED, str(path), endpoint.url)
    pids.append(killed.pid)
    assert await asyncio.to_thread(killed.wait, 30) == -signal.SIGKILL
    endpoint.answer = acknowledge

    async with pushing(restarted):
        first, second = await endpoint.received(2)
        await asyncio.wait_for(restarted.drained(), 10)

    assert (first.message_id, second.message_id) == (message_id, message_id)
    assert (first.attempt, second.attempt) == (1, 1), "our own crash is not an attempt of the endpoint's"


async def test_a_cancelled_pusher_leaves_what_it_was_pushing(path: Path, receiver: Receiver) -> None:
    hanging = asyncio.Event()

    async def hang(_: Delivery) -> Response:
        await hanging.wait()
        return Response(status_code=204)

    endpoint = receiver.endpoint(hang)
    pusher = Pusher(path, [patient(endpoint)])
    await SqliteBus(path).publish("inbound", b"twice", attributes={})
    async with pushing(pusher):
        await endpoint.received(1)
    hanging.set()

    async with pushing(pusher):
        await endpoint.received(2)
        await asyncio.wait_for(pusher.drained(), 10)
