"""Looking back at conversations outside their turns: summaries, and moods that no model has read.

A conversation is due from `reflect_at` on (conversation/memory.py, conversation/moods.py). A claim moves that
on, so that a repeat of the event finds nothing due, and a failure is tried again until the conversation is
old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from shared.answers import feelings
from shared.answers.asking import Router
from shared.answers.summaries import summary
from shared.conversation import handoffs, moods
from shared.conversation.conversation import Conversation
from shared.conversation.groups import Memory
from shared.conversation.memory import ENOUGH, unsummarised
from shared.conversation.moods import Feeling
from shared.errors import Drop, Retry
from shared.language.content import has_content
from shared.models.events import Reflect
from shared.models.handoff import Handoff
from shared.models.history import Line
from shared.models.parts import shortened
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.publishing import Publisher
from shared.platform.store import Store, Transaction
from shared.understanding.reader import Reader

#: How long a claim lasts, and after which silence of the person nothing is tried again.
CLAIM, TRIED = timedelta(minutes=5), timedelta(hours=2)
_SUMMARY = 300


@dataclass(frozen=True)
class _Found:
    """A conversation as it was claimed, and the findings about it.

    `spoken` are the person's lines whose mood is not known.
    """

    conversation: Conversation
    spoken: Sequence[Line]
    summary: str = ""
    feeling: Feeling | None = None
    failed: bool = False


class Reflecting:
    def __init__(
        self, store: Store, clock: Clock, publisher: Publisher, router: Router, reader: Reader
    ) -> None:
        self._store, self._clock, self._publisher = store, clock, publisher
        self._router, self._reader = router, reader

    async def handle(self, tenant: Tenant, event: Reflect) -> None:
        """Refreshes the summaries and moods that are due. Raises Drop if none is."""
        works = [partial(self._claim, tenant=tenant.tenant, name=name) for name in event.conversations]
        claimed = [each for work in works if (each := await self._store.transaction(work))]
        if not claimed:
            raise Drop("nothing_to_reflect_on")
        found = [_Found(each, _spoken(each)) for each in claimed]
        found = await asyncio.gather(*(self._summarised(tenant, each) for each in found))
        for finding in await self._felt(tenant, found):
            if due := await self._store.transaction(partial(self._keep, found=finding)):
                await handoffs.announce(self._publisher, tenant.tenant, due)
        await self._router.write_usage(tenant.tenant)

    async def _claim(self, tx: Transaction, *, tenant: str, name: str) -> Conversation | None:
        found = await tx.get(Conversation, tenant=tenant, conversation=name)
        now = self._clock.now()
        if found is None or found.memory.reflect_at is None or found.memory.reflect_at > now:
            return None
        old = now - found.session.last_at > TRIED
        found.memory.reflect_at = None if old else now + CLAIM
        tx.put(found)
        return found

    async def _summarised(self, tenant: Tenant, found: _Found) -> _Found:
        conversation = found.conversation
        if len(unsummarised(conversation)) < ENOUGH or not self._router.does(tenant, "summarise"):
            return found
        try:
            text = await summary(self._router, tenant, conversation)
        except (Retry, TimeoutError) as error:
            logs.logger().warning("summary_failed", **logs.describe(error))
            return replace(found, failed=True)
        return replace(found, summary=text)

    async def _felt(self, tenant: Tenant, found: Sequence[_Found]) -> list[_Found]:
        """Returns the findings with the moods, read together."""
        words = ["\n".join(line.text for line in each.spoken) for each in found]
        spoken = [number for number, said in enumerate(words) if said]
        read = await feelings.read(self._router, self._reader, tenant, [words[number] for number in spoken])
        felt = dict(zip(spoken, read, strict=True))
        return [replace(each, feeling=felt.get(number)) for number, each in enumerate(found)]

    async def _keep(self, tx: Transaction, *, found: _Found) -> str:
        """Writes the findings, but none that a later reading has overtaken.

        Returns the request for a human that has something to do, "" if none has.
        """
        claimed = found.conversation
        keys = {"tenant": claimed.tenant, "conversation": claimed.conversation}
        current = await tx.get(Conversation, **keys)
        if current is None or current.merged_into:
            return ""
        now, feeling = self._clock.now(), found.feeling
        if current.mood.mood_at != claimed.mood.mood_at:
            feeling = None
        calls = feeling is not None and moods.calls(current, feeling, now)
        request = await handoffs.open_request(tx, current) if calls else None
        if found.summary and _last(current.memory) == _last(claimed.memory):
            current.memory.summary = found.summary
            current.memory.summarised_until = claimed.history[-1].at
        if current.memory.reflect_at == claimed.memory.reflect_at and not found.failed:
            current.memory.reflect_at = None
        if feeling is not None:
            moods.note(current, feeling, found.spoken[-1].at, now, called=calls)
        due = _call(tx, current, request, found.spoken[-1], now) if calls else ""
        tx.put(current)
        return due


def _last(memory: Memory) -> tuple[datetime | None, datetime | None]:
    """Returns when a memory was summarised and erased last: after either, an earlier reading is void."""
    return memory.summarised_until, memory.erased_at


def _spoken(conversation: Conversation) -> list[Line]:
    """Returns the person's lines with content since their mood was read."""
    since = conversation.mood.mood_at
    return [
        line
        for line in conversation.history
        if line.author == "person" and (since is None or line.at > since) and has_content(line.text)
    ]


def _call(tx: Transaction, current: Conversation, request: Handoff | None, line: Line, now: datetime) -> str:
    """Calls a human for the mood. The history does not know its messages: the line's time names this one."""
    message = f"mood-{int(line.at.timestamp())}"
    made = request or handoffs.new(current, message, "mood", now)
    made.ask("mood", message, shortened(" ".join(line.text.split()), _SUMMARY), now)
    made.mood, made.mood_reason = "unhappy", current.mood.mood_reason
    handoffs.put(tx, current, made, now)
    return made.handoff
