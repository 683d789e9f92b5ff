"""Posts of gateways to our webhook: late, in any order and spelling, repeated until accepted or longer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from shared.channels import Webhook
from shared.models.events import StaffAnswered
from tests.simulation import wire
from tests.simulation.agents import PAGER, staff_of
from tests.simulation.clock import BEGINNING
from tests.simulation.people import Act
from tests.simulation.process import Killed

if TYPE_CHECKING:
    from tests.simulation.gateway import Call
    from tests.simulation.process import Process
    from tests.simulation.world import World

_LONGEST_PAUSE = 60.0
#: How long (s) a gateway collects events for one request.
_COLLECTED_FOR = 2.0


@dataclass
class Post:
    """One request of a gateway; `about` names its events in the journal."""

    channel: str
    hook: Webhook
    about: list[str]
    refusals: int = 0


class Posting:
    def __init__(self, world: World) -> None:
        self._world = world
        #: Number of posts scheduled or not accepted yet.
        self.busy = 0
        #: Events that each channel's gateway has collected and not posted yet.
        self._batches: dict[str, Post] = {}

    def do(self, act: Act) -> None:
        """Schedules the gateway's posts of an act, at least one."""
        random, strikes = self._world.random, self._world.faults.strikes
        delay = random.uniform(0.02, 0.4)
        if strikes("post_late"):
            delay = random.choice([10, 60, 400]) * random.random()
        self._post(act.channel, wire.post(act, random.getrandbits(8)), delay, act.id)
        for later in act.again:
            self.again(act, later)
        while strikes("post_repeated"):
            self.again(act, delay + random.choice([0.1, 5, 60, 900]) * random.random())

    def answer(self, act: Act, handoff: str) -> None:
        """Publishes an act that the notifier brought from an agent, once for each of its posts."""
        kind: Any = {"take": "take", "say": "say", "close": "close"}[act.how.partition("_")[0]]
        event = StaffAnswered(
            tenant=wire.TENANT,
            notifier=PAGER,
            id=act.id,
            act=kind,
            handoff=handoff,
            who=staff_of(act.person),
            text=act.text if kind == "say" else "",
            at=BEGINNING + timedelta(seconds=act.at),
        )
        for later in (0.0, *act.again):
            self._world.loop.after(later, self._bring, act.id, event.model_dump_json().encode())

    def _bring(self, about: str, event: bytes) -> None:
        self._world.journal.note("posted", about=about)
        self._world.journal.note("accepted", about=about)
        self._world.bus.publish("handoffs", event)

    def again(self, act: Act, delay: float) -> None:
        """Schedules one more post of an act."""
        self._post(act.channel, wire.post(act, self._world.random.getrandbits(8)), delay, act.id)

    def follow(self, call: Call) -> None:
        """Schedules the echo and the receipts of a sent message, in any order."""
        random, strikes = self._world.random, self._world.faults.strikes
        if call.channel == "waha" and random.random() < 0.2:
            self._post(call.channel, wire.echo(call.chat, call.gateway_id, call.text), random.random(), "")
        if strikes("receipts_missing"):
            return
        statuses = ["failed"] if strikes("receipt_failed") else ["sent", "delivered", "read"]
        for status in statuses:
            if not strikes("receipt_missing"):
                hook = wire.receipt(call.channel, call.chat, call.gateway_id, status, call.turn)
                delay = random.choice([0.1, 2, 30]) * random.random()
                self._post(call.channel, hook, delay, f"{call.gateway_id}/{status}")

    def _post(self, channel: str, hook: Webhook, delay: float, about: str) -> None:
        self.busy += 1
        self._world.loop.after(delay, self._post_or_collect, Post(channel, hook, [about]))

    def _post_or_collect(self, post: Post) -> None:
        """Posts an event; a plain gateway may collect it with later events, also of other people."""
        if batch := self._batches.get(post.channel):
            batch.hook = wire.together(batch.hook, post.hook)
            batch.about += post.about
        elif post.channel != "waha" and self._world.faults.strikes("post_batched"):
            self._batches[post.channel] = post
            self._world.loop.after(_COLLECTED_FOR, self._post_batch, post.channel)
        else:
            self._request(post)

    def _post_batch(self, channel: str) -> None:
        self._request(self._batches.pop(channel))

    def _request(self, post: Post) -> None:
        process = self._world.pick("webhook")
        if process is None:
            self._again(post)
            return
        self._note("posted", post)
        work = process.parts.intake.accept(wire.TENANT, post.channel, post.hook)
        process.run(work, partial(self._answered, post, process))

    def _answered(self, post: Post, process: Process, task: asyncio.Task[Any]) -> None:
        error = Killed() if task.cancelled() else task.exception()
        if error is None:
            self._note("accepted", post)
            self.busy -= len(post.about)
            return
        if process.alive:
            self._world.failed(error)
        self._again(post)

    def _note(self, what: str, post: Post) -> None:
        for about in post.about:
            self._world.journal.note(what, about=about)

    def _again(self, post: Post) -> None:
        self._world.loop.after(min(_LONGEST_PAUSE, 2.0**post.refusals), self._request, post)
        post.refusals += 1
