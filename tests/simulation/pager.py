"""Simulated notifier: it accepts, refuses, is slow, hangs up, or accepts and loses a notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.notifiers import Later, Notice, Refused, Result, Told, Unclear
from tests.simulation.inbox import Seen

if TYPE_CHECKING:
    from tests.simulation.process import Process
    from tests.simulation.world import World


@dataclass
class Page:
    """One notice that reached its reader; `message` is the relayed message if it has one."""

    at: float
    to: str
    notice: str
    purpose: str
    thread: str
    text: str


class Pager:
    """The notifier's own side: the notices that arrived."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.pages: list[Page] = []
        #: Number of calls, whether they arrived or not.
        self.calls = 0

    def deliver(self, to: str, notice: Notice) -> None:
        now = self._world.loop.now
        self.pages.append(Page(now, to, notice.id, notice.purpose, notice.thread, notice.text))
        self._world.inboxes.pages[to].append(Seen(now, notice.id, notice.text, thread=notice.thread))
        facts = {"to": to, "notice": notice.id, "purpose": notice.purpose}
        self._world.journal.note("paged", **facts, text=notice.text[:40])


class PagerNotifier:
    """A notifier as one process reaches it."""

    def __init__(self, process: Process, pager: Pager) -> None:
        self._process, self._world, self._pager = process, process.world, pager

    async def notify(self, to: str, notice: Notice) -> Result:
        world = self._world
        strikes, random, pager = world.faults.strikes, world.random, self._pager
        pager.calls += 1
        world.journal.note("page", to=to, notice=notice.id, process=self._process.name)
        await self._process.line.send(lambda: pager.deliver(to, notice))
        if strikes("notifier_later"):
            return Later("http_503", random.choice([None, 5.0, 40.0]))
        if strikes("notifier_refused"):
            return Refused("http_404")
        if strikes("notifier_loses"):
            return Told()
        if strikes("notifier_unclear"):
            if random.random() < 0.5:
                pager.deliver(to, notice)
            await world.loop.sleep(20)
            return Unclear("unanswered")
        pager.deliver(to, notice)
        self._process.maybe_crash("crash_after")
        await world.loop.sleep(random.uniform(3, 20) if strikes("notifier_slow") else random.random() * 0.4)
        self._process.check()
        return Told(notice.id)
