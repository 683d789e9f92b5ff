"""Sending of one-time codes: by mail through the tenant's notifier, else to the phone on file.

A code is drawn when it is sent, so that neither an event nor a document before has it. If a mail has to be
tried again, it has a new code, and the newest one counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared import notifiers
from shared.conversation import outbox
from shared.errors import ConfigurationError, Retry
from shared.handoff.reaching import Reach, Reaching
from shared.language.texts import text
from shared.models.events import OneTimeDue
from shared.models.history import CONCEALED
from shared.models.locks import ADDRESSES, KNOWN, Lock, Rule, in_force, lock_id
from shared.models.one_time import OneTime, known_lock, reference
from shared.models.parts import Text
from shared.models.people import plain_id
from shared.models.tenant import Tenant
from shared.notifiers import Later, Notice
from shared.platform import logs
from shared.platform.clock import Clock, Ids
from shared.platform.pause import Pause
from shared.platform.publishing import Publisher
from shared.platform.store import Store, Transaction, Where
from shared.tenants.directory import Directory

#: How often a mail is tried, how long a call counts as under way, and how long to wait before another.
_TRIES, _UNDER_WAY, _PAUSE = 3, timedelta(minutes=2), timedelta(seconds=20)
_LIMIT = 100


@dataclass(frozen=True)
class _Drawn:
    """A code that was drawn: to be mailed by `notifier`, or `queued` already (conversation and message)."""

    one_time: OneTime
    code: str = ""
    notifier: str = ""
    queued: tuple[str, str] | None = None


class OneTimes:
    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        directory: Directory,
        publisher: Publisher,
        pause: Pause,
    ) -> None:
        self._store, self._clock, self._directory = store, clock, directory
        self._publisher, self._pause = publisher, pause
        self._reaching = Reaching(directory, ids)

    async def handle(self, event: OneTimeDue) -> None:
        """Sends the one-time code of a conversation if one is due."""
        tenant = await self._directory.tenant(event.tenant)
        logs.bind(tenant=event.tenant, conversation=event.conversation)
        if tenant is not None and not await self._pause.in_force():
            await self._send(tenant, event.conversation)

    async def run(self) -> int:
        """Sends the codes that are due still; returns their number."""
        due = [Where("due_at", "<=", self._clock.now())]
        found = await self._store.query(OneTime, where=due, order="due_at", limit=_LIMIT)
        for each in found:
            await self.handle(OneTimeDue(tenant=each.tenant, conversation=each.conversation))
        return len(found)

    async def _send(self, tenant: Tenant, conversation: str) -> None:
        drawn = await self._store.transaction(lambda tx: self._draw(tx, tenant, conversation))
        if drawn is None:
            return
        if drawn.queued is not None:
            await outbox.announce(self._publisher, tenant.tenant, *drawn.queued)
        if drawn.notifier:
            result = await self._mail(tenant, drawn)
            await self._store.transaction(lambda tx: self._record(tx, drawn.one_time, result))

    async def _draw(self, tx: Transaction, tenant: Tenant, conversation: str) -> _Drawn | None:
        """Draws the code of a conversation if one is due, and claims its mail or queues its message."""
        now = self._clock.now()
        found = await tx.get(OneTime, tenant=tenant.tenant, conversation=conversation, one_time="now")
        if found is None or found.due_at is None or now < found.due_at:
            return None
        notifier = _mailer(tenant) if found.email else ""
        address = found.email if notifier else found.phone
        held, rule = await _allowance(tx, found, address, now)
        refused = _refused(found, address, held, now)
        reach = None if refused or notifier else await self._reach(tx, tenant, found, now)
        if refused or isinstance(reach, str):
            if found.verified is not None:
                logs.logger().error("one_time_unsent", reason=refused or reach)
            found.settle()
            tx.put(found)
            return None
        if not found.sent:
            held.count(rule, now)
            tx.put(held)
        code = found.draw(now)
        found.due_at = now + _UNDER_WAY
        drawn = _Drawn(found.model_copy(), code, notifier)
        if reach is not None:
            drawn = _Drawn(found, code, queued=_queue(tx, tenant, found, code, reach, now))
            found.settle()
        tx.put(found)
        return drawn

    async def _reach(self, tx: Transaction, tenant: Tenant, found: OneTime, now: datetime) -> Reach | str:
        """Returns the conversation with the phone on file, or why none of the tenant's channels leads there.

        The channel on which the code was asked for comes first. A message goes out only if the network takes
        it now.
        """
        reason = "no_channel"
        for name in dict.fromkeys([found.channel, *tenant.messaging.channels]):
            reach = await self._reaching.reach(tx, tenant.tenant, name, found.phone, now)
            reason = reach if isinstance(reach, str) else _hindrance(reach, now)
            if not isinstance(reach, str) and not reason:
                return reach
        return reason

    async def _mail(self, tenant: Tenant, drawn: _Drawn) -> notifiers.Result:
        one_time = drawn.one_time
        said = _words(tenant, one_time, drawn.code)
        notice = Notice(
            id=plain_id(f"{one_time.conversation}.{one_time.salt[:16]}"),
            purpose="code",
            tenant_name=tenant.name,
            thread=plain_id(f"{one_time.conversation}.one_time"),
            title=text(tenant, one_time.language, "one_time_title"),
            text=said,
            language=one_time.language,
        )
        try:
            notifier = self._directory.notifier(tenant, drawn.notifier)
            result = await notifier.notify(one_time.email, notice)
        except ConfigurationError as error:
            result = notifiers.Refused(str(error)[:200])
        except Retry as error:
            result = Later(error.reason, error.after)
        if not isinstance(result, notifiers.Told):
            logs.logger().error("notifier_failed", notifier=drawn.notifier, reason=result.reason)
        return result

    async def _record(self, tx: Transaction, seen: OneTime, result: notifiers.Result) -> None:
        """Records the result, unless another code has been drawn since."""
        keys = {"tenant": seen.tenant, "conversation": seen.conversation, "one_time": seen.one_time}
        found = await tx.get(OneTime, **keys)
        if found is None or found.salt != seen.salt:
            return
        if isinstance(result, Later) and found.sent < _TRIES:
            found.due_at = self._clock.now() + _PAUSE
        else:
            found.settle()
        tx.put(found)


def _mailer(tenant: Tenant) -> str:
    """Returns the tenant's notifier for mail, "" if it has none."""
    return next((name for name, entry in tenant.notifiers.items() if entry.kind == "email"), "")


async def _allowance(tx: Transaction, found: OneTime, address: str, now: datetime) -> tuple[Lock, Rule]:
    """Returns what counts the codes to this address: the person's own, if they have proven the identity
    before."""
    if found.verified is not None:
        own = await tx.get(Lock, tenant=found.tenant, lock=known_lock(found.contact, found.verified))
        if own is not None and now < own.expires_at:
            return own, KNOWN
    lock = lock_id("address", address.casefold())
    shared = await tx.get(Lock, tenant=found.tenant, lock=lock)
    return in_force(shared, found.tenant, lock, now), ADDRESSES


def _refused(found: OneTime, address: str, held: Lock, now: datetime) -> str:
    """Returns why no code is sent, "" if one is."""
    if found.verified is None:
        return "wrong_code"
    if now >= found.expires_at or found.sent >= _TRIES:
        return "too_late"
    if not address:
        return "no_address"
    return "too_many" if held.locked(now) and not found.sent else ""


def _hindrance(reach: Reach, now: datetime) -> str:
    """Returns why we cannot begin a message in this conversation now, "" if we can."""
    conversation, channel, _ = reach
    heard, terms = conversation.writer.heard_at, channel.terms
    if conversation.human_present(now):
        return "human_present"
    if not terms.pushes or (heard is None and not terms.strangers):
        return "has_never_written"
    open_now = terms.window is None or (heard is not None and now < heard + terms.window)
    return "" if open_now else "window_is_closed"


def _queue(
    tx: Transaction, tenant: Tenant, found: OneTime, code: str, reach: Reach, now: datetime
) -> tuple[str, str]:
    """Queues the code in the conversation with the phone on file, whose history does not show it."""
    conversation, channel, written = reach
    for document in written:
        tx.put(document)
    name = plain_id(f"one-time-{found.conversation}.{found.salt[:16]}")
    said = Text(text=_words(tenant, found, code))
    outbox.queue(
        tx, conversation, outbox.Draft(name, [said], keeps_offer=True, private=CONCEALED), channel.terms, now
    )
    tx.put(conversation)
    return conversation.conversation, name


def _words(tenant: Tenant, found: OneTime, code: str) -> str:
    mark = reference(found.tenant, found.conversation)
    return text(tenant, found.language, "one_time_message", code=code, reference=mark)
