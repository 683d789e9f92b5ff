"""Settling of a restored database: work that was open at the moment of its data may have been done since.

Messages that were open at that moment are not sent or answered again by themselves, because the person may
have the answer. Each is held, and an operator decides about it; staff are told anew of a request for a human,
so that no emergency is missed. Settling can be repeated, and goes on after the last document of an earlier
run, since a settled document is not open.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.conversation import handoffs, taking
from shared.conversation.outbox import answer_id
from shared.conversation.relaying import living
from shared.errors import ConfigurationError
from shared.models.handoff import Handoff
from shared.models.message import RESTORED, Inbound, Outbound, Outcome
from shared.models.notification import Notification
from shared.platform.clock import Clock
from shared.platform.pause import KEEP
from shared.platform.store import Store, Transaction
from shared.upkeep.open_work import IN, OUT, walk
from shared.upkeep.pausing import Pausing
from shared.upkeep.settling_occurrences import SCHEDULE, Occurrences, place, release

Kind = Literal["unsent", "unanswered", "request", "occurrence"]


@dataclass(frozen=True)
class Settled:
    """A document that was settled: a message that may not have been sent, a person's message that may not
    have been answered, a request for a human, or an occurrence of a trigger that may not have been sent. `id`
    names a message or an occurrence to `Settling.release`."""

    kind: Kind
    tenant: str
    id: str
    at: datetime


class Settling:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._pausing = Pausing(store, clock)
        self._occurrences = Occurrences(store, clock)

    async def settle(self, since: datetime) -> AsyncIterator[Settled]:
        """Settles all work that was open at `since`, the moment of the data, and yields it.

        Raises ConfigurationError if the deployment is not paused.
        """
        paused_at = await self._paused_at()
        # Before the pause was in force everywhere, messages that came due were still sent.
        async for one in self._occurrences.settle(since, max(since, paused_at + KEEP)):
            yield Settled("occurrence", one.tenant, place(one), one.planned_for)
        async for notice in walk(self._store, Notification):
            if notice.at <= since:
                await self._store.transaction(lambda tx, n=notice: _hold_notice(tx, n))  # type: ignore[misc]
        async for message in walk(self._store, Outbound, OUT):
            if message.at <= since and await self._store.transaction(
                lambda tx, m=message: _hold(tx, m)  # type: ignore[misc]
            ):
                yield Settled("unsent", message.tenant, _id(message), message.at)
        async for heard in walk(self._store, Inbound, IN):
            if heard.received_at <= since and await self._store.transaction(
                lambda tx, m=heard: self._suppress(tx, m)  # type: ignore[misc]
            ):
                yield Settled("unanswered", heard.tenant, _id(heard), heard.at)
        async for request in walk(self._store, Handoff):
            if request.created_at <= since and await self._store.transaction(
                lambda tx, r=request: self._restore(tx, r, since)  # type: ignore[misc]
            ):
                yield Settled("request", request.tenant, request.handoff, request.created_at)

    async def _paused_at(self) -> datetime:
        paused_at = (await self._pausing.deployment()).paused_at
        if paused_at is None:
            raise ConfigurationError("the deployment is not paused (expected make pause before)")
        return paused_at

    async def release(self, name: str) -> str:
        """Makes a held message due: an unsent one or an occurrence to be sent, a person's to be answered.
        Returns which of the two, in words.

        `name` is `TENANT/CONVERSATION/MESSAGE` or `TENANT/schedule/OCCURRENCE`. Raises ConfigurationError if
        that one is not held.
        """
        tenant, _, rest = name.partition("/")
        conversation, _, message = rest.partition("/")
        if not (tenant and conversation and message) or "/" in message:
            raise ConfigurationError(f"{name!r} is no held message (expected TENANT/CONVERSATION/MESSAGE)")
        keys = {"tenant": tenant, "conversation": conversation, "message": message}
        done = await self._store.transaction(lambda tx: self._release(tx, keys))
        if not done:
            raise ConfigurationError(f"{name} is not held, or has an answer")
        return done

    async def _suppress(self, tx: Transaction, seen: Inbound) -> bool:
        """Ends a message without an answer, and takes it off its conversation's turn."""
        message = await tx.get(Inbound, **_keys(seen))
        conversation = await living(tx, seen.tenant, seen.conversation)
        if message is None or message.outcome is not None:
            return False
        message.settle(Outcome.SUPPRESSED, RESTORED)
        tx.put(message)
        if conversation is not None:
            conversation.settle_pending(message.message, self._clock.now())
            tx.put(conversation)
        return True

    async def _restore(self, tx: Transaction, seen: Handoff, since: datetime) -> bool:
        """Reopens a request, also one that staff have taken, and removes relays of messages up to `since`.

        Returns whether the request is open. A human on the phone keeps the conversation.
        """
        request = await tx.get(Handoff, tenant=seen.tenant, handoff=seen.handoff)
        if request is None or (request.restored_at or since) > since or request.due_at is None:
            return False
        person, desk = await taking.person_of(tx, request), await taking.desk_of(tx, request.tenant)
        waiting = [
            await tx.get(Inbound, tenant=request.tenant, conversation=each.conversation, message=each.message)
            for each in person.staff.relays
        ]
        newer = {each.message for each in waiting if each is not None and each.received_at > since}
        person.staff.relays = [each for each in person.staff.relays if each.message in newer]
        if request.open and person.staff.handoff == request.handoff:
            person.leave_desk("waits for staff: restored", self._clock.now())
        desk.end(request.handoff, self._clock.now())
        handoffs.restore(request, self._clock.now())
        for document in (request, person, desk):
            tx.put(document)
        return request.open

    async def _release(self, tx: Transaction, keys: dict[str, str]) -> str:
        now = self._clock.now()
        if keys["conversation"] == SCHEDULE:
            sends = await release(tx, keys["tenant"], keys["message"], now)
            return "will be sent" if sends else ""
        unsent = await tx.get(Outbound, **keys)
        if unsent is not None and unsent.held:
            unsent.release(now)
            tx.put(unsent)
            return "will be sent"
        heard = await tx.get(Inbound, **keys)
        conversation = await living(tx, keys["tenant"], keys["conversation"])
        answered = await tx.get(Outbound, **(keys | {"message": answer_id(keys["message"])}))
        held = heard is not None and (heard.outcome, heard.reason) == (Outcome.SUPPRESSED, RESTORED)
        if heard is None or not held or conversation is None or answered is not None:
            return ""
        heard.reopen(now)
        conversation.turn.enqueue(heard)
        conversation.due_at = conversation.due_at or now
        tx.put(heard)
        tx.put(conversation)
        return "will be answered"


async def _hold(tx: Transaction, seen: Outbound) -> bool:
    message = await tx.get(Outbound, **_keys(seen))
    if message is None or not message.open:
        return False
    message.hold()
    tx.put(message)
    return True


async def _hold_notice(tx: Transaction, seen: Notification) -> None:
    keys = {"tenant": seen.tenant, "handoff": seen.handoff, "notice": seen.notice}
    notice = await tx.get(Notification, **keys)
    if notice is not None and notice.due_at is not None:
        notice.hold()
        tx.put(notice)


def _keys(message: Inbound | Outbound) -> dict[str, str]:
    return {
        "tenant": message.tenant,
        "conversation": message.conversation,
        "message": message.message,
    }


def _id(message: Inbound | Outbound) -> str:
    return "/".join(_keys(message).values())
