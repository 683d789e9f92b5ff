"""Simulated model: its answer repeats the marks of the question, so that the two can be matched."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from shared import llm
from shared.errors import Retry
from shared.knowledge.library import Library
from shared.knowledge.passage import Passage
from tests.fakes.model import ECHO, Reply, question

if TYPE_CHECKING:
    from tests.simulation.world import World

#: Identifies a person's message in any text that repeats it: `q12`, and once edited `q12v0`, `q12v1` …
MARK = re.compile(r"\bq\d+(?:v\d+)?\b")


class InjectedBug(Exception):
    """An unforeseen failure of our own code."""


class SimulatedModel:
    def __init__(self, world: World) -> None:
        self._world = world

    async def complete(self, request: llm.Request) -> llm.Completion:
        return (await self._reply(marks(str(question(request)["message"])))).completion()

    async def _reply(self, asked: str) -> Reply:
        random, strikes, sleep = self._world.random, self._world.faults.strikes, self._world.loop.sleep
        self._world.journal.note("asked", model="model", marks=asked)
        if strikes("model_hangs"):
            await sleep(3600)
        await sleep(random.uniform(3, 11) if strikes("model_slow") else random.uniform(0.2, 1.5))
        if strikes("model_failed"):
            raise Retry("model_failed")
        if strikes("model_bug"):
            raise InjectedBug
        if strikes("model_nonsense"):
            return random.choice([Reply("…?!"), Reply("who knows", known=False)])
        if random.random() < 0.08:
            return Reply(f"first on {asked} {'word ' * 650}\n\nsecond on {asked} {'word ' * 650}")
        return Reply(f"answer on {asked}", wants_human=random.random() < 0.02)


class SimulatedLibrary(Library):
    """Knowledge that repeats the marks of a question, so that the offline answer can be matched too."""

    async def index(self, tenant: str) -> Any:
        return _Repeating


class _Repeating:
    entries: list[Any] = []

    @staticmethod
    def search(text: str, language: str, _: int) -> list[Passage]:
        return [Passage(ECHO.id, language, "", f"offline on {marks(text)}", "", 1.0)]

    @staticmethod
    def unknown_names(_: str) -> list[str]:
        return []


def marks(text: str) -> str:
    return " ".join(MARK.findall(text))
