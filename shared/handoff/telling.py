"""Notices to staff: through the tenant's channels by the outbox, and through notifiers with a record of each
attempt.

Whatever repeats, each notice is tried once: it is written down in the transaction that decides for it,
together with its step. A notice whose result is not known is not repeated; the ladder's next step makes up
for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.channels import Channel
from shared.conversation import handoffs, outbox
from shared.conversation.conversation import Conversation
from shared.handoff.ladder import Target
from shared.handoff.reaching import Reach, Reaching
from shared.models.handoff import Handoff, Step, StepName
from shared.models.notification import Notification
from shared.models.parts import Choice, Choices, Part, Text
from shared.models.people import Contact, Identity, plain_id
from shared.models.tenant import Tenant
from shared.platform.clock import Ids
from shared.platform.store import Transaction
from shared.tenants.directory import Directory

#: How long a notice without a result counts as under way; then its result is unknown.
UNDER_WAY = timedelta(minutes=2)
#: Most characters of a text with choices (models/parts.py).
_LONGEST = 1_024


@dataclass(frozen=True)
class Words:
    """What is told: the text as plain text with WhatsApp's marks, and the choices below it."""

    text: str
    choices: Sequence[Choice] = ()


@dataclass(frozen=True)
class Told:
    """Notices that were prepared, with their writes.

    `outbound` are messages to announce, by conversation; `notifications` are to be sent after the commit.
    """

    write: Callable[[], None]
    outbound: Sequence[tuple[str, str]]
    notifications: Sequence[Notification]


class _Plan:
    """Notices about one request, as they are prepared; each gets its step in the request at once."""

    def __init__(self, request: Handoff, now: datetime, why: str, purpose: str) -> None:
        self._request, self._now, self._why, self._purpose = request, now, why, purpose
        self._step: StepName = "notified" if purpose == "notice" else "told"
        self._desks: dict[str, Conversation] = {}
        self._drafts: list[tuple[Conversation, outbox.Draft, Channel]] = []
        self._notifications: list[Notification] = []
        self._documents: dict[str, Contact | Identity] = {}

    def notify(self, target: Target, name: str, words: Callable[[Target], Words]) -> None:
        """Adds a notice by a notifier; the request itself is worded when it is sent."""
        told = "" if self._purpose == "notice" else words(target).text
        self._notifications.append(notification_of(self._request, target, name, self._now, told))
        self._record(self._step, target, "sending")

    def queue(self, target: Target, name: str, words: Callable[[Target], Words], found: Reach) -> None:
        """Adds a notice through a channel. Two notices in one conversation change the same document."""
        desk, channel, written = found
        desk = self._desks.setdefault(desk.conversation, desk)
        self._documents |= {each.location(): each for each in written}
        draft = outbox.Draft(
            name,
            _parts(words(target)),
            handoff=self._request.handoff,
            staff=target.staff,
            keeps_offer=self._purpose != "notice",
            private=f"[#{self._request.number}]",
        )
        self._drafts.append((desk, draft, channel))
        self._record(self._step, target, "queued")

    def fail(self, target: Target, reason: str) -> None:
        """Records a way that cannot be used at all."""
        self._record("not_notified", target, reason)

    def told(self, tx: Transaction) -> Told:
        """Returns the notices with their writes."""

        def write() -> None:
            for document in self._documents.values():
                tx.put(document)
            for desk, draft, channel in self._drafts:
                outbox.queue(tx, desk, draft, channel.terms, self._now)
                tx.put(desk)
            for notification in self._notifications:
                tx.create(notification)

        queued = [(desk.conversation, draft.id) for desk, draft, _ in self._drafts]
        return Told(write, queued, self._notifications)

    def _record(self, step: StepName, target: Target, result: str) -> None:
        about = {"to": target.staff, "way": target.label, "result": result}
        self._request.step(Step(at=self._now, step=step, why=self._why, **about))


class Telling:
    def __init__(self, directory: Directory, ids: Ids) -> None:
        self._reaching = Reaching(directory, ids)

    async def prepare(
        self,
        tx: Transaction,
        tenant: Tenant,
        request: Handoff,
        targets: Sequence[Target],
        words: Callable[[Target], Words],
        now: datetime,
        *,
        why: str = "",
        purpose: str = "notice",
    ) -> Told:
        """Makes the reads for telling all targets, and records the steps in the request. The caller puts it.

        A target that cannot be reached at all gets its step as failed at once.
        """
        number = len(request.steps)
        plan = _Plan(request, now, why, purpose)
        for place, target in enumerate(targets):
            name = plain_id(f"{purpose}-{handoffs.origin(request)}-{number + place}-{target.staff}")
            if target.way.notifier:
                plan.notify(target, name, words)
                continue
            found = await self._reach(tx, tenant, target, now)
            if isinstance(found, str):
                plan.fail(target, found)
            else:
                plan.queue(target, name, words, found)
        return plan.told(tx)

    async def desk(
        self, tx: Transaction, tenant: Tenant, target: Target, now: datetime
    ) -> tuple[Conversation, Sequence[Contact | Identity]] | None:
        """Returns the staff's own conversation on a way through a channel, new or known, with documents to
        put."""
        found = await self._reach(tx, tenant, target, now)
        return None if isinstance(found, str) else (found[0], found[2])

    async def _reach(self, tx: Transaction, tenant: Tenant, target: Target, now: datetime) -> Reach | str:
        way = target.way
        return await self._reaching.reach(tx, tenant.tenant, way.channel, way.to, now)


def notification_of(request: Handoff, target: Target, name: str, now: datetime, words: str) -> Notification:
    """Returns the record of a notice to a target by a notifier; `words` is "" for the request itself."""
    return Notification(
        tenant=request.tenant,
        handoff=request.handoff,
        notice=name,
        staff=target.staff,
        notifier=target.way.notifier,
        label=target.label,
        to=target.way.to,
        words=words,
        at=now,
        due_at=now,
    )


def _parts(words: Words) -> list[Part]:
    if not words.choices:
        return [Text(text=words.text)]
    if len(words.text) <= _LONGEST:
        return [Choices(text=words.text, choices=list(words.choices))]
    first, _, _ = words.text.partition("\n")
    return [Text(text=words.text), Choices(text=first[:_LONGEST], choices=list(words.choices))]
