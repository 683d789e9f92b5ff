"""A parish in memory in which people type codes: the real answers and acts, on a clock moved by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, cast

from shared.answers import Answer, Asked, Understood
from shared.answers.services.proving import Proving
from shared.conversation.acts import Scene
from shared.conversation.conversation import Conversation
from shared.conversation.groups import Archive, Session
from shared.handoff.one_times import OneTimes
from shared.models.events import OneTimeDue
from shared.models.message import Inbound
from shared.models.parts import Text
from shared.models.tenant import Tenant
from shared.models.verification import Errand
from shared.platform.pause import Pause
from shared.platform.publishing import Publisher
from shared.platform.store import Transaction
from shared.tenants.directory import Directory
from tests.simulation.documents import Documents
from tests.simulation.memory import GoodLine, MemoryStore
from tests.unit.answers.services.families import Families, proven, said, tenant, wished
from tests.world import CountedIds, FakeChannel, FakeNotifier, HandBus, ManualClock


@dataclass
class Desk:
    """The part of the directory that proofs need."""

    parish: Tenant
    notified: FakeNotifier = field(default_factory=FakeNotifier)
    gateway: FakeChannel = field(default_factory=FakeChannel)

    async def tenant(self, _: str) -> Tenant:
        return self.parish

    async def channel(self, *_: str) -> FakeChannel:
        return self.gateway

    def notifier(self, *_: object) -> FakeNotifier:
        return self.notified


class Stage:
    """Plays turns after the question for a code; `families` are those of the source."""

    def __init__(self, families: Families) -> None:
        settings = {"tenant": "parish", "name": "Parish", "languages": ["fr"], **tenant()}
        self.clock, self.families = ManualClock(), families
        self.store = MemoryStore(Documents(), GoodLine())
        self._desk = Desk(Tenant.model_validate(settings))
        directory = cast(Directory, self._desk)
        self._proving = Proving(families, self.store, directory, proven, wished)
        publisher, pause = Publisher(HandBus()), Pause(self.store, self.clock)
        self._sending = OneTimes(self.store, self.clock, CountedIds(), directory, publisher, pause)
        self._turns = 0

    async def types(self, person: str, words: str) -> str:
        """Plays one turn of this number; returns the words that the person gets."""
        keys = {"tenant": "parish", "conversation": f"waha.{person}"}
        before = await self.store.get(Conversation, **keys) or self._begun(person)
        inbound = self._message(before, words)
        understood = Understood(words, "fr")
        asked = Asked(self._desk.parish, before, [inbound], understood, self.clock.now())
        answer = await self._proving.answer(asked)
        assert answer is not None

        async def work(tx: Transaction) -> str:
            return await self._carried_out(tx, before, answer, inbound)

        told = await self.store.transaction(work)
        await self._sending.handle(OneTimeDue(tenant="parish", conversation=before.conversation))
        return told

    async def proved(self, person: str) -> str:
        """Returns the family that this number has proved to be of, "" if none, and ends the session."""
        keys = {"tenant": "parish", "conversation": f"waha.{person}"}
        found = await self.store.get(Conversation, **keys)
        if found is None or found.session.verified is None:
            return ""
        name = found.session.verified.name
        await self.store.delete(Conversation, **keys)
        return name

    def mailed(self, address: str) -> str:
        """Returns the newest one-time code that was mailed to this address, "" if none was."""
        notices = [notice for to, notice in self._desk.notified.told if to == address]
        return re.findall(r"\b\d{6}\b", notices[-1].text)[0] if notices else ""

    async def _carried_out(
        self, tx: Transaction, before: Conversation, answer: Answer, inbound: Inbound
    ) -> str:
        current = await tx.get(Conversation, tenant="parish", conversation=before.conversation) or before
        scene = Scene(tx, current, [inbound], self.clock.now())
        acts = [await act.prepare(scene) for act in answer.acts]
        for act in acts:
            act.write()
        tx.put(current)
        own = answer.parts if all(act.says for act in acts) else ()
        return said([*own, *(part for act in acts for part in act.more)])

    def _begun(self, person: str) -> Conversation:
        now = self.clock.now()
        errand = Errand(step="code", profile="parent", at=now)
        session = Session(id="s", started_at=now, last_at=now, language="fr", errand=errand)
        known: dict[str, Any] = {"tenant": "parish", "channel": "waha", "contact": person, "updated_at": now}
        return Conversation(
            conversation=f"waha.{person}",
            chat=f"{person[1:]}@c.us",
            session=session,
            archive=Archive(),
            name="",
            **known,
        )

    def _message(self, conversation: Conversation, words: str) -> Inbound:
        self._turns += 1
        now = self.clock.now()
        return Inbound(
            tenant="parish",
            conversation=conversation.conversation,
            message=f"M{self._turns}",
            gateway_id=f"M{self._turns}",
            channel="waha",
            parts=[Text(text=words)],
            at=now,
            received_at=now,
        )
