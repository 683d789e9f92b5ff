"""The pause of a deployment, for its operators: to begin it, to end it, and the work that waits meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.conversation.conversation import Conversation
from shared.models.deployment import Deployment
from shared.models.handoff import Handoff
from shared.models.message import Outbound
from shared.models.notification import Notification
from shared.models.occurrence import Occurrence
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction, Where
from shared.upkeep.open_work import OUT, walk


@dataclass(frozen=True)
class Backlog:
    """Open work: messages to send, conversations whose messages wait for an answer, requests for a human that
    staff are to be told of, and of these the emergencies; `oldest` is the time of the oldest of all these.
    `occurrences` is the number of messages of triggers that are due."""

    messages: int
    conversations: int
    requests: int
    emergencies: int
    oldest: datetime | None
    occurrences: int


class Pausing:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def deployment(self) -> Deployment:
        """Returns the deployment's state as it is stored now."""
        return await self._store.get(Deployment, document="state") or Deployment()

    async def pause(self, why: str) -> Deployment:
        """Pauses the deployment. One that is paused already keeps the time of its pause."""

        async def work(tx: Transaction) -> Deployment:
            found = await tx.get(Deployment, document="state") or Deployment()
            found.paused_at, found.why = found.paused_at or self._clock.now(), why or found.why
            tx.put(found)
            return found

        return await self._store.transaction(work)

    async def resume(self) -> None:
        """Ends the pause. Each instance knows it within platform.pause.KEEP.

        The document is deleted: so no backup of a deployment at work has one, and a paused deployment stays
        paused when such a backup is imported.
        """
        await self._store.delete(Deployment, document="state")

    async def in_flight(self) -> list[str]:
        """Returns the paths of documents that a worker holds at this moment."""
        now = self._clock.now()
        held = [
            each async for each in walk(self._store, Outbound, OUT) if each.claim and each.claim.until > now
        ]
        turns = [each async for each in walk(self._store, Conversation) if each.turn.at_work(now)]
        notices = [each async for each in walk(self._store, Notification) if each.state == "sending"]
        return [each.location() for each in (*held, *turns, *notices)]

    async def backlog(self) -> Backlog:
        """Counts the open work."""
        messages = [each.at async for each in walk(self._store, Outbound, OUT)]
        pending = [
            min(waiting.received_at for waiting in each.turn.pending)
            async for each in walk(self._store, Conversation)
            if each.turn.pending
        ]
        requests = [each async for each in walk(self._store, Handoff) if each.open and each.state != "taken"]
        times = [*messages, *pending, *(each.created_at for each in requests)]
        emergencies = sum(each.urgent for each in requests)
        due = await self._store.count(Occurrence, where=[Where("due_at", "<=", self._clock.now())])
        return Backlog(len(messages), len(pending), len(requests), emergencies, min(times, default=None), due)
