"""Simulated gateway: may take a message, may answer, and may list the messages that it sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shared.models.parts import Choice
from shared.platform.http import Unanswered, Unreachable
from tests.simulation.people import person_of
from tests.simulation.process import COMMITTED

if TYPE_CHECKING:
    from tests.simulation.process import Process
    from tests.simulation.world import World

#: The deadline of the HTTP port (s).
DEADLINE = 15.0


@dataclass
class Call:
    """One call to send a message. `intended` is the last commit of its process before the call began."""

    number: int
    channel: str
    chat: str
    turn: str
    text: str
    at: float
    intended: float
    process: Process
    executed: float | None = None
    gateway_id: str = ""
    #: Everything but the text, as a vendor keeps it.
    detail: dict[str, Any] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)


class Gateway:
    """A gateway; `lists` tells whether it can list its sent messages."""

    def __init__(self, world: World, channel: str, *, lists: bool) -> None:
        self.world, self.channel, self.lists = world, channel, lists
        self.calls: list[Call] = []
        #: When each file was asked for first (s), by its caption.
        self.files: dict[str, float] = {}
        self._down_until = 0.0
        self._by_person: defaultdict[int, list[Call]] = defaultdict(list)

    def calls_of(self, person: int) -> Sequence[Call]:
        """Returns the calls to send to this person."""
        return self._by_person[person]

    async def send(
        self,
        process: Process,
        chat: str,
        text: str,
        turn: str,
        *,
        detail: dict[str, Any] | None = None,
        choices: Sequence[Choice] = (),
    ) -> tuple[int, str]:
        """Returns the HTTP status and the message's id. Raises Unreachable, Unanswered."""
        strikes, random = self.world.faults.strikes, self.world.random
        now = self.world.loop.now
        call = Call(len(self.calls), self.channel, chat, turn, text, now, COMMITTED.get(), process)
        call.detail, call.choices = detail or {}, list(choices)
        self.calls.append(call)
        self._by_person[person_of(chat)].append(call)
        self._note("call", call)
        await process.line.send(lambda: self._execute(call))
        self._check_reachable()
        if status := self._unsent():
            return status, ""
        if strikes("gateway_late"):
            self.world.loop.after(random.uniform(1, 40), self._execute, call)
            await self.world.loop.sleep(DEADLINE)
            raise Unanswered
        if strikes("gateway_bad_proxy"):
            if random.random() < 0.5:
                self._execute(call)
            return 502, ""
        self._execute(call)
        return await self._answer(process, call)

    async def listed(self, process: Process, chat: str, since: float) -> list[Call]:
        """Returns the messages sent to this chat since then. Raises Unreachable, Unanswered."""
        process.check()
        await self.world.loop.sleep(self.world.random.random() * 0.2)
        process.check()
        self._check_reachable()
        if self.world.faults.strikes("list_failed"):
            raise Unanswered
        now = self.world.loop.now
        seen_until = now - self.world.random.uniform(0, 20) if self.world.faults.strikes("list_lags") else now
        found = [
            call
            for call in self.calls
            if call.chat == chat and call.executed is not None and since <= call.executed <= seen_until
        ]
        shown = ",".join(str(call.number) for call in found)
        self.world.journal.note("listed", channel=self.channel, chat=chat, shown=shown)
        return found

    async def show(self, process: Process) -> None:
        """Shows "read" and "typing…". Raises Unreachable."""
        process.check()
        await self.world.loop.sleep(self.world.random.random() * 0.2)
        process.check()
        self._check_reachable()

    def _check_reachable(self) -> None:
        now = self.world.loop.now
        if now >= self._down_until and self.world.faults.strikes("gateway_down"):
            self._down_until = now + self.world.random.choice([5, 60, 600]) * self.world.random.random()
        if now < self._down_until:
            raise Unreachable

    def _unsent(self) -> int:
        refusals = {"gateway_rate_limited": 429, "gateway_failed": 500, "gateway_refused": 400}
        return next((status for kind, status in refusals.items() if self.world.faults.strikes(kind)), 0)

    def _execute(self, call: Call) -> None:
        """Delivers the message to the person."""
        call.executed = self.world.loop.now
        call.gateway_id = f"{self.channel}S{call.number}"
        self._note("sent", call)
        self.world.posting.follow(call)

    async def _answer(self, process: Process, call: Call) -> tuple[int, str]:
        strikes, random = self.world.faults.strikes, self.world.random
        process.maybe_crash("crash_after")
        if strikes("gateway_failed_sent"):
            return 500, ""
        if strikes("gateway_answer_lost"):
            await self.world.loop.sleep(random.uniform(0, DEADLINE))
            raise Unanswered
        takes = random.uniform(3, DEADLINE) if strikes("gateway_slow") else random.random() * 0.3
        await self.world.loop.sleep(takes)
        process.check()
        return 201, "" if strikes("gateway_no_id") else call.gateway_id

    def _note(self, what: str, call: Call) -> None:
        facts = {"channel": self.channel, "call": call.number, "turn": call.turn}
        self.world.journal.note(what, **facts, process=call.process.name, text=call.text[:40])
