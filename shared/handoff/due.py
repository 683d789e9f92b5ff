"""The work on a request for a human, each time that something is due: on an event, and at every tick.

One transaction decides and writes; then its messages are announced, and notifiers are called. A repeat
finds the steps written, and does nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.conversation import handoffs, outbox, taking
from shared.conversation.relaying import Relays
from shared.errors import Drop
from shared.handoff import ladder, undelivered
from shared.handoff.case import Case, Done
from shared.handoff.ending import Ending, told_targets
from shared.handoff.notices import Notices
from shared.handoff.promises import Promises
from shared.handoff.telling import Telling, Told
from shared.models.events import HandoffDue
from shared.models.handoff import Handoff, Step
from shared.models.people import Contact
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.clock import Clock, Ids
from shared.platform.pause import Pause
from shared.platform.publishing import Publisher
from shared.platform.store import Store, Transaction, Where
from shared.tenants import roster
from shared.tenants.directory import Directory

#: Requests that one tick works on, and steps of one request at a time; the rest is still due.
LIMIT, STEPS = 200, 10
#: How often a request that somebody took is looked at.
_EVERY = timedelta(minutes=2)
#: When a request is looked at again at the latest: somebody may have come on duty.
_AGAIN = timedelta(minutes=5)


class Due:
    """Works on requests that are due."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        directory: Directory,
        publisher: Publisher,
        notices: Notices,
        relays: Relays,
        pause: Pause,
    ) -> None:
        self._store, self._clock, self._ids, self._directory = store, clock, ids, directory
        self._publisher, self._notices, self._relays = publisher, notices, relays
        self._pause = pause
        self._telling = Telling(directory, ids)
        self._promises, self._ending = Promises(directory.terms), Ending(directory.terms, self._telling)

    async def handle(self, event: HandoffDue) -> None:
        """Works on one request until nothing more is due now.

        Raises Drop if its tenant is gone, or if the deployment is paused: the request stays due.
        """
        await self._pause.check()
        tenant = await self._directory.tenant(event.tenant)
        if tenant is None:
            raise Drop("tenant_is_gone")
        logs.bind(tenant=event.tenant)
        for _ in range(STEPS):
            worked = await self._store.transaction(lambda tx: self._work(tx, tenant, event.handoff))
            if worked is None:
                return
            done, request, new = worked
            _log(request, new)
            failed = await self._carry_out(tenant, done)
            if not done.again and not failed:
                return

    async def run(self) -> int:
        """Announces all requests that are due, so that none holds back another; returns their number."""
        due = [Where("due_at", "<=", self._clock.now())]
        found = await self._store.query(Handoff, where=due, order="due_at", limit=LIMIT)
        for request in found:
            await handoffs.announce(self._publisher, request.tenant, request.handoff)
        return len(found)

    async def _carry_out(self, tenant: Tenant, done: Done) -> bool:
        """Does the work after a transaction. Returns whether a notice failed, so that the next way is due."""
        queued = [*done.queued, *(done.told.outbound if done.told else ())]
        for conversation, message in queued:
            await outbox.announce(self._publisher, tenant.tenant, conversation, message)
        notices = done.told.notifications if done.told else ()
        sent = await asyncio.gather(*(self._notices.send(tenant, each) for each in notices))
        if done.flush:
            await self._relays.send(tenant.tenant, done.flush)
        return not all(sent)

    async def _work(
        self, tx: Transaction, tenant: Tenant, handoff: str
    ) -> tuple[Done, Handoff, Sequence[Step]] | None:
        """Does the next step. Returns what follows, the request, and its steps that are to be logged."""
        request = await tx.get(Handoff, tenant=tenant.tenant, handoff=handoff)
        if request is None or request.due_at is None:
            return None
        person = await taking.person_of(tx, request)
        desk = await taking.desk_of(tx, tenant.tenant)
        case, since = Case(tx, tenant, request, person, desk, self._clock.now()), request.logged_at
        # Set before the request is put; steps are made at one moment at the latest, which is now.
        request.logged_at = case.now
        done = await self._step(case)
        return done, request, [step for step in request.steps if since is None or step.at > since]

    async def _step(self, case: Case) -> Done:
        case.desk.admit(case.request)
        case.request.token = case.request.token or self._ids.new("t").lower()
        if staff := undelivered.writers(case.request):
            return await undelivered.tell(case, self._telling, staff)
        if not case.request.open:
            return await self._ending.finish(case)
        if case.request.state != "taken":
            return await self._waiting(case)
        over = self._ending.over(case)
        return await self._talking(case) if over is None else self._ending.stop(case, over)

    async def _waiting(self, case: Case) -> Done:
        """Tells staff of a request that nobody has taken, and the person of a promise that breaks."""
        tenant, request, now = case.tenant, case.request, case.now
        case.desk.wait(request)
        sorry = await self._promises.keep(case)
        if sorry.expired:
            request.end("", now, why="nobody took it", expired=True)
            case.put()
            return Done(again=True)
        climb = ladder.climb(tenant, case.desk, request, now, await _own(case))
        told = await self._told(case, climb) if climb is not None else None
        reached = told is not None and bool(told.outbound or told.notifications)
        if reached:
            request.state, request.notified_at = "notified", request.notified_at or now
        request.due_at = self._next(case, failed=told is not None and not reached)
        sorry.write()
        if told is not None:
            told.write()
        case.put()
        return Done(sorry.outbound, told, again=request.due_at <= now)

    async def _told(self, case: Case, climb: ladder.Climb) -> Told:
        request = case.request
        if climb.escalated:
            request.step(Step(at=case.now, step="escalated", result=str(len(climb.targets))))
        words = self._notices.request_words(case)
        why = f"transfer:{request.transfer_to}" if request.transfer_to else ""
        told = await self._telling.prepare(
            case.tx, case.tenant, request, climb.targets, words, case.now, why=why
        )
        request.rung, request.climbed_at = climb.rung, case.now
        return told

    def _next(self, case: Case, *, failed: bool) -> datetime:
        """Returns when the request is due again: the next rung, the next shift, or the time that was
        promised."""
        tenant, request, now = case.tenant, case.request, case.now
        if failed and request.rung <= ladder.ONE_BY_ONE:
            return now
        times = [
            ladder.next_at(tenant, request),
            roster.next_duty(tenant, now),
            request.promised_at,
            now + _AGAIN,
        ]
        return min(time for time in times if time is not None and time > now)

    async def _talking(self, case: Case) -> Done:
        """Looks after a request that somebody took: passes it on, and tells the others who has it."""
        request, now = case.request, case.now
        calls = request.transfer_to or _called_again(request)
        climb = ladder.climb(case.tenant, case.desk, request, now, await _own(case)) if calls else None
        if climb is not None and climb.targets:
            told: Told | None = await self._told(case, climb)
        else:
            told = await self._news(case)
        request.due_at = now if told is not None else now + _EVERY
        if told is not None:
            told.write()
        case.put()
        flush = case.person.conversation if case.person.staff.relays else ""
        return Done((), told, again=told is not None, flush=flush)

    async def _news(self, case: Case) -> Told | None:
        """Tells the others who has the request, once."""
        request = case.request
        if request.announced == request.holder:
            return None
        request.announced = request.holder
        known = told_targets(case.tenant, request)
        others = [target for target in known if target.staff != request.holder]
        words = self._notices.taken_words(case)
        return await self._telling.prepare(
            case.tx, case.tenant, request, others, words, case.now, why="taken", purpose="news"
        )


def _called_again(request: Handoff) -> bool:
    """Whether an emergency came after the request was taken: everybody is told once more."""
    return request.rung < ladder.URGENT_RUNGS and request.since_call()[0].why == "emergency"


async def _own(case: Case) -> str:
    """Returns the member of staff whose own request it is, or ""."""
    if not case.tenant.staff:
        return ""
    found = await case.tx.get(Contact, tenant=case.tenant.tenant, contact=case.person.contact)
    names = found.identities if found else []
    return roster.member_of(case.tenant, case.person.channel, names) or ""


def _log(request: Handoff, steps: Sequence[Step]) -> None:
    """Logs steps, for the metrics: of the notices of one call only the first."""
    first = next((step for step in request.since_call() if step.step == "notified"), None)
    for step in steps:
        if step.step == "notified" and step != first:
            continue
        seconds = (step.at - request.created_at).total_seconds()
        logs.logger().info(
            "handoff_step",
            step=step.step,
            way=step.way,
            result=step.result,
            reason=request.reason,
            urgent=request.urgent,
            seconds=seconds,
        )
        promised = step.step == "taken" and request.promised_at is not None
        if promised or step.step == "apologised":
            kept = promised and request.promised_at is not None and step.at <= request.promised_at
            logs.logger().info("handoff_promise", kept=kept, seconds=seconds)
