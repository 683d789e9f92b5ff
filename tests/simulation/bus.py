"""Simulated bus: delivers at least once, in any order, with backoff and dead letters
(infra/functions.yaml)."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from shared.errors import Drop, Retry
from tests.simulation.model import InjectedBug
from tests.simulation.process import Killed, Process

if TYPE_CHECKING:
    from tests.simulation.world import World

FUNCTIONS = {
    "inbound": "reply",
    "outbound": "deliver",
    "receipts": "deliver",
    "handoffs": "handoff",
    "occurrences": "triggers",
}
ACK_DEADLINE = 60.0
ATTEMPTS = 20
LONGEST_BACKOFF = 300.0
_NEWS = re.compile(rb'"kind":"(?:edited|blocked|moved)"')


@dataclass
class Message:
    number: int
    topic: str
    data: bytes
    attempts: int = 0
    acknowledged: bool = False


def _news(topic: str, data: bytes) -> str:
    """Returns the journal's name for an event that carries a state (edit, block, move), or "" for others."""
    if topic != "inbound" or not _NEWS.search(data):
        return ""
    event = json.loads(data)
    return str(event["id"]) if event["kind"] != "edited" else f"{event['target']} {event['parts'][0]['text']}"


@dataclass
class Attempt:
    """One push; it ends with its answer or at the acknowledgement deadline."""

    message: Message
    process: Process
    over: bool = False


class SimulatedBus:
    def __init__(self, world: World) -> None:
        self._world = world
        self._published = 0
        #: Number of pushes scheduled or under way.
        self.busy = 0

    def publish(self, topic: str, data: bytes) -> str:
        self._published += 1
        message = Message(self._published, topic, data)
        self._world.journal.note("published", number=message.number, topic=topic, about=_news(topic, data))
        self._later(message, self._delay())
        if self._world.faults.strikes("bus_duplicate"):
            self._later(message, self._delay())
        return str(message.number)

    def _delay(self) -> float:
        random = self._world.random
        if self._world.faults.strikes("bus_delay"):
            return float(random.choice([2, 20, 120, 600]) * random.random())
        return random.uniform(0.01, 0.3)

    def _later(self, message: Message, delay: float) -> None:
        self.busy += 1
        self._world.loop.after(delay, self._push, message)

    def _push(self, message: Message) -> None:
        self.busy -= 1
        if message.attempts >= ATTEMPTS:
            return
        message.attempts += 1
        process = self._world.pick(FUNCTIONS[message.topic])
        if process is None:
            self._refused(message, "no_process")
            return
        attempt = Attempt(message, process)
        self.busy += 1
        self._world.loop.after(ACK_DEADLINE, self._expired, attempt)
        process.run(process.handler(message.topic, message.data), partial(self._answered, attempt))

    def _expired(self, attempt: Attempt) -> None:
        """Counts the push as failed at the deadline; its work may go on."""
        if attempt.over:
            return
        attempt.over = True
        self._refused(attempt.message, "deadline")

    def _answered(self, attempt: Attempt, task: asyncio.Task[Any]) -> None:
        self.busy -= 1
        result = self._result(attempt, task)
        facts = {"number": attempt.message.number, "process": attempt.process.name, "result": result}
        self._world.journal.note("handled", attempt=attempt.message.attempts, **facts)
        if attempt.over:
            return
        attempt.over = True
        if result.startswith(("done", "drop")) and attempt.process.alive:
            self._acknowledged(attempt.message)
        else:
            self._refused(attempt.message, result)

    def _result(self, attempt: Attempt, task: asyncio.Task[Any]) -> str:
        if task.cancelled():
            return "killed"
        match error := task.exception():
            case None:
                return "done"
            case Drop(reason=reason):
                return f"drop:{reason}"
            case Retry(reason=reason):
                return f"retry:{reason}"
            case Killed():
                return "killed"
            case InjectedBug():
                return "bug"
        if attempt.process.alive:
            self._world.bugs.append(error)
        return f"bug:{type(error).__name__}"

    def _acknowledged(self, message: Message) -> None:
        if self._world.faults.strikes("ack_lost"):
            self._later(message, self._world.random.uniform(0.1, 90))
        else:
            message.acknowledged = True

    def _refused(self, message: Message, reason: str) -> None:
        if message.acknowledged:
            return
        if message.attempts >= ATTEMPTS:
            message.acknowledged = True
            self._world.journal.note("dead", number=message.number, topic=message.topic, reason=reason)
            self._world.dead.append(message)
            return
        backoff = min(LONGEST_BACKOFF, 2.0 ** (message.attempts - 1))
        self._later(message, backoff * self._world.random.uniform(1, 1.2))
