"""The model: it repeats the marks of what it was asked, so that an answer tells whose it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shared import llm
from shared.errors import Retry

if TYPE_CHECKING:
    from tests.simulation.world import World

#: What a person's message is known by, wherever its words go: `q12`.
MARK = re.compile(r"\bq\d+\b")


class InjectedBug(Exception):
    """A failure of ours that nobody foresaw."""


class SimulatedModel:
    def __init__(self, world: World, kind: str) -> None:
        self._world, self._kind = world, kind

    async def reply(self, question: llm.Question) -> llm.Reply:
        random, strikes, sleep = self._world.random, self._world.faults.strikes, self._world.loop.sleep
        marks = " ".join(MARK.findall(question.text))
        self._world.journal.note("asked", model=self._kind, marks=marks)
        if self._kind == "offline":
            return llm.Reply(f"offline on {marks}", known=True)
        if strikes("model_hangs"):
            await sleep(3600)
        await sleep(random.uniform(3, 11) if strikes("model_slow") else random.uniform(0.2, 1.5))
        if strikes("model_failed"):
            raise Retry("model_failed")
        if strikes("model_bug"):
            raise InjectedBug
        if strikes("model_nonsense"):
            return random.choice([llm.Reply("…?!", known=True), llm.Reply("who knows", known=False)])
        if random.random() < 0.08:
            return llm.Reply(f"first on {marks} {'word ' * 650}\n\nsecond on {marks} {'word ' * 650}", True)
        return llm.Reply(f"answer on {marks}", known=True, wants_human=random.random() < 0.02)
