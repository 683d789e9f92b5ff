"""Voice notes that no turn hears: left to a human, of a person who opted out, or fetched after their turn.

An emergency in one calls a human.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.answers.emergency import help_comes
from shared.conversation import emergencies, handoffs, outbox
from shared.conversation.conversation import Conversation
from shared.errors import Drop
from shared.inbound.hearing import Hearing
from shared.inbound.media import awaited
from shared.models.message import Inbound
from shared.models.parts import Media, preview, with_files
from shared.models.tenant import Tenant
from shared.models.terms import Terms
from shared.models.words import words_of
from shared.platform.clock import Clock
from shared.platform.publishing import Publisher
from shared.platform.store import Store, Transaction
from shared.tenants.directory import Directory
from shared.understanding.reader import Danger, Reader


@dataclass(frozen=True)
class Called:
    """The request for a human that has something to do, and the message that tells the person; "" if none."""

    handoff: str = ""
    told: str = ""


class VoiceAlarms:
    def __init__(
        self,
        store: Store,
        clock: Clock,
        publisher: Publisher,
        directory: Directory,
        hearing: Hearing,
        reader: Reader,
    ) -> None:
        self._store, self._clock, self._publisher = store, clock, publisher
        self._directory, self._hearing, self._reader = directory, hearing, reader

    def hears(self, tenant: Tenant, message: Inbound) -> bool:
        """Whether the message has a voice note that a model of the tenant can put into words."""
        return self._hearing.hears(tenant, [message])

    async def check(self, tenant: Tenant, message: Inbound) -> None:
        """Keeps the words of the message's voice notes, and calls a human for an emergency in them.

        Nothing is done while a file of the message may still come: it is checked then.
        """
        if awaited(message):
            return
        (heard,) = await self._hearing.hear(tenant, tenant.languages[0], [message])
        await self._hearing.write_usage(tenant.tenant)
        if heard.parts == message.parts:
            return
        await self._keep(tenant, heard, urgent=await self._is_alarm(tenant, heard))

    async def overheard(self, tenant: Tenant, messages: Sequence[Inbound]) -> None:
        """Calls a human for emergencies in voice notes that a turn heard, if it was lost to a human.

        The messages are of one conversation.
        """
        heard = [
            each for each in messages if any(isinstance(part, Media) and part.heard for part in each.parts)
        ]
        alarming = [each for each in heard if await self._is_alarm(tenant, each)]
        if not alarming:
            return
        keys = {"tenant": tenant.tenant, "conversation": alarming[0].conversation}
        current = await self._store.get(Conversation, **keys)
        if current is not None and current.human_present(self._clock.now()):
            for message in alarming:
                await self._keep(tenant, message, urgent=True)

    async def _is_alarm(self, tenant: Tenant, heard: Inbound) -> bool:
        danger = await self._reader.danger(tenant, words_of(heard), forwarded=heard.forwarded)
        return danger == Danger.ALARM

    async def _keep(self, tenant: Tenant, heard: Inbound, *, urgent: bool) -> None:
        """Keeps the words of the message's voice notes, and calls a human if they are `urgent`."""
        terms = await self._directory.terms(tenant.tenant, heard.channel)
        called = await self._store.transaction(
            lambda tx: self._write(tx, tenant, heard, terms, urgent=urgent)
        )
        if called.told:
            await outbox.announce(self._publisher, tenant.tenant, heard.conversation, called.told)
        if called.handoff:
            await handoffs.announce(self._publisher, tenant.tenant, called.handoff)

    async def _write(
        self, tx: Transaction, tenant: Tenant, heard: Inbound, terms: Terms, *, urgent: bool
    ) -> Called:
        keys = {"tenant": tenant.tenant, "conversation": heard.conversation}
        message = await tx.get(Inbound, **keys, message=heard.message)
        if message is None:
            raise Drop("message_is_gone")
        conversation = await tx.get(Conversation, **keys) if urgent and not message.urgent else None
        found = await handoffs.open_request(tx, conversation) if conversation else None
        message.parts = with_files(message.parts, heard.parts)
        message.text = preview(message.parts, 300)
        called = Called()
        if conversation is not None:
            now = self._clock.now()
            handoff = emergencies.call(tx, conversation, found, [message], now)
            message.urgent = True
            called = Called(handoff, self._tell(tx, tenant, conversation, message, terms))
            tx.put(conversation)
        tx.put(message)
        return called

    def _tell(
        self, tx: Transaction, tenant: Tenant, conversation: Conversation, message: Inbound, terms: Terms
    ) -> str:
        """Queues the words for an emergency unless the person was told, or a human is there to say them."""
        now, name = self._clock.now(), f"voice-{message.message}"
        if conversation.human_present(now) or not emergencies.tell(conversation, name):
            return ""
        words = help_comes(tenant, conversation.session.language or tenant.languages[0])
        return outbox.queue(tx, conversation, outbox.Draft(name, words.parts), terms, now).message
