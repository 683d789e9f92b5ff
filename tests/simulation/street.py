"""Between the people and our webhook: gateways post what happened, again and again until we accept it, and
sometimes once more after that; late, in any order, in different spellings."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from shared.channels import Webhook
from tests.simulation import wire
from tests.simulation.people import Act
from tests.simulation.process import Killed

if TYPE_CHECKING:
    from tests.simulation.gateway import Call
    from tests.simulation.process import Process
    from tests.simulation.world import World

_LONGEST_PAUSE = 60.0
#: How long (s) a gateway collects what it then posts together.
_COLLECTED_FOR = 2.0


@dataclass
class Post:
    """`about` says to the journal what its events are about."""

    channel: str
    hook: Webhook
    about: list[str]
    refusals: int = 0


class Street:
    def __init__(self, world: World) -> None:
        self._world = world
        #: Posts that are not accepted yet, or yet to come.
        self.busy = 0
        #: By channel, what its gateway has collected and not posted yet.
        self._batches: dict[str, Post] = {}

    def do(self, act: Act) -> None:
        """An act happens: its gateway will post it, at least once."""
        random, strikes = self._world.random, self._world.faults.strikes
        delay = random.uniform(0.02, 0.4)
        if strikes("post_late"):
            delay = random.choice([10, 60, 400]) * random.random()
        self._post(act.channel, wire.post(act, random.getrandbits(8)), delay, act.id)
        for later in act.again:
            self.again(act, later)
        while strikes("post_repeated"):
            self.again(act, delay + random.choice([0.1, 5, 60, 900]) * random.random())

    def again(self, act: Act, delay: float) -> None:
        """The gateway posts it once more."""
        self._post(act.channel, wire.post(act, self._world.random.getrandbits(8)), delay, act.id)

    def follow(self, call: Call) -> None:
        """What comes after a message was really sent: its echo and its receipts, in no order."""
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
        self._world.loop.after(delay, self._set_out, Post(channel, hook, [about]))

    def _set_out(self, post: Post) -> None:
        """A plain gateway may post it together with what happens next, also to other people."""
        if batch := self._batches.get(post.channel):
            batch.hook = wire.together(batch.hook, post.hook)
            batch.about += post.about
        elif post.channel != "waha" and self._world.faults.strikes("post_batched"):
            self._batches[post.channel] = post
            self._world.loop.after(_COLLECTED_FOR, self._post_batch, post.channel)
        else:
            self._knock(post)

    def _post_batch(self, channel: str) -> None:
        self._knock(self._batches.pop(channel))

    def _knock(self, post: Post) -> None:
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
        self._world.loop.after(min(_LONGEST_PAUSE, 2.0**post.refusals), self._knock, post)
        post.refusals += 1
