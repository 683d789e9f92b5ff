"""Conversations of the evaluation, played through the whole chain, each case by a new person.

A turn is judged from the documents that it leaves: the message with its outcome and reason, the answer's
parts, the requests for a human, and the person's standing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.knowledge.vectors import embed
from shared.models.events import MessageReceived
from shared.models.handoff import Handoff
from shared.models.message import Inbound, Outbound
from shared.models.parts import Choice, Choices, Part, Pressed, words
from shared.models.people import Contact, Identity, Standing, document_id, identity_id
from shared.models.tenant import Channel
from shared.platform import logs
from shared.platform.store import Where
from shared.tenants.directory import Plugins
from tests.evals.cases import EMBEDDER, Case, tenant
from tests.evals.verdicts import Turn, verdict
from tests.parts import Parts
from tests.world import FakePlugins, World

#: Seconds between two messages of a person.
_PAUSE = 20.0
#: Reasons of a turn that list the entries which it answers from, and the reason that lists those it offers.
_ANSWERED, _OFFERED = ("facts", "offline"), "offer"


@dataclass(frozen=True)
class Result:
    """A case with the turn of its last message, and the verdict on it."""

    case: Case
    turn: Turn
    verdict: str


@dataclass(frozen=True)
class Handled:
    """A message that was handled, with the parts of its answer and the contact who wrote it."""

    message: Inbound
    parts: list[Part]
    contact: str


class Organisation(World):
    """A world with one of the evaluation's tenants, and with the search that is deployed."""

    def build(self, files: Plugins) -> Parts:
        return Parts(self.ports, self.directory(files))

    async def open(self, name: str) -> Organisation:
        """Stores the tenant with its knowledge, and a channel for it."""
        found = tenant(name)
        await embed(found.knowledge, EMBEDDER)
        self.name = name
        self.answers = {
            entry.entry: [wording.answer for wording in entry.wordings.values()] for entry in found.knowledge
        }
        for document in (found.tenant, Channel(tenant=name, channel="waha", kind="waha"), *found.knowledge):
            await self.store.put(document)
        return self

    async def play(self, number: int, case: Case) -> Result:
        """Plays a case with a person of this number."""
        person = f"+22177{number:07}"
        for text in case.before:
            await self.hear(self.message(text, peer=person))
        turn, parts = await self.hear(self.message(case.ask, peer=person))
        right = next((entry for entry in turn.offered if entry in case.entries), "")
        tapped = bool(right) and await self.tap(parts, right, person)
        return Result(case, turn, verdict(case, turn, tapped=tapped))

    async def tap(self, parts: Sequence[Part], entry: str, person: str) -> bool:
        """Chooses the offered entry as the person's phone does. Returns whether its answer came."""
        choice = _choice(parts, entry)
        if choice is None:
            return False
        event = self.message(choice.title, peer=person)
        pressed = Pressed(id=choice.id, title=choice.title)
        turn, _ = await self.hear(event.model_copy(update={"parts": [pressed]}))
        return entry in turn.answered

    async def hear(self, event: MessageReceived) -> tuple[Turn, list[Part]]:
        """Handles a message to the end. Returns its turn, with the parts of the answer."""
        handled = await self.handle(event)
        return await self._turn(handled.message, handled.parts, handled.contact), handled.parts

    async def handle(self, event: MessageReceived) -> Handled:
        """Handles a message to the end. Returns what it left, and lets some time pass."""
        event = event.model_copy(update={"tenant": self.name})
        await self.receive(event)
        await self.pump()
        identity = await self.store.get(
            Identity, tenant=self.name, identity=identity_id(event.peer.identities[0])
        )
        assert identity is not None
        place = {"tenant": self.name, "conversation": f"{event.channel}.{identity.contact}"}
        message = await self.store.get(Inbound, **place, message=document_id(event.id))
        assert message is not None
        assert message.outcome is not None
        answer = await self.store.get(Outbound, **place, message=message.turn) if message.turn else None
        parts = [sent.part for sent in answer.parts] if answer else []
        self.clock.pass_(_PAUSE)
        return Handled(message, parts, identity.contact)

    async def _turn(self, message: Inbound, parts: Sequence[Part], contact: str) -> Turn:
        about = [Where("messages", "array_contains", message.message)]
        calls = await self.store.query(Handoff, where=about, limit=10, tenant=self.name)
        person = await self.store.get(Contact, tenant=self.name, contact=contact)
        kind, _, names = message.reason.partition(":")
        offered = names.split(",") if kind == _OFFERED else []
        return Turn(
            why=message.reason,
            answered=() if offered else self._answered(message.reason, parts),
            offered=offered,
            calls=frozenset(call.reason for call in calls),
            opted_out=person is not None and person.standing == Standing.OPTED_OUT,
        )

    def _answered(self, why: str, parts: Sequence[Part]) -> Sequence[str]:
        """Returns the entries that the reason names, else those whose whole answer is in the parts."""
        kind, _, names = why.partition(":")
        if kind in _ANSWERED:
            return [name for name in names.split(",") if name in self.answers]
        said = "\n".join(map(words, parts))
        return [name for name, answers in self.answers.items() if any(each in said for each in answers)]


def play(cases: Sequence[Case], processes: int) -> list[Result]:
    """Plays the cases in several processes. Returns the results in the order of the cases."""
    order = sorted(range(len(cases)), key=lambda place: cases[place].tenant)
    size = -(-len(order) // processes) or 1
    shares = [order[start : start + size] for start in range(0, len(order), size)]
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        played = pool.map(_play, [[cases[place] for place in share] for share in shares])
        results = dict(zip(chain(*shares), chain(*played), strict=True))
    return [results[place] for place in range(len(cases))]


def _play(cases: Sequence[Case]) -> list[Result]:
    """Plays cases in this process, each tenant's in a world of its own."""
    logs.configure("critical", lambda _: None)
    return asyncio.run(_played(cases))


async def _played(cases: Sequence[Case]) -> list[Result]:
    with TemporaryDirectory() as folder:
        worlds: dict[str, Organisation] = {}
        results = []
        for number, case in enumerate(cases):
            if case.tenant not in worlds:
                own = Path(folder) / case.tenant
                own.mkdir()
                world = Organisation(own)
                world.rebuild(FakePlugins(world), embedder=EMBEDDER)
                worlds[case.tenant] = await world.open(case.tenant)
            results.append(await worlds[case.tenant].play(number, case))
        return results


def _choice(parts: Sequence[Part], entry: str) -> Choice | None:
    """Returns the choice that leads to the entry: its id ends with the entry's name."""
    offered = chain.from_iterable(part.choices for part in parts if isinstance(part, Choices))
    return next((choice for choice in offered if choice.id.rpartition(":")[2] == entry), None)
