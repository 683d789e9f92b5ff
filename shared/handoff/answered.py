"""Acts of staff outside the tenant's channels: a mail's reply, a button in a team's chat, a signed link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.answers.staff.doing import greet
from shared.conversation import handoffs, outbox, taking
from shared.conversation.relaying import TermsOf
from shared.conversation.speaking import Speech, speak
from shared.conversation.taking import Result
from shared.errors import Drop
from shared.handoff.notices import Notices
from shared.models.events import StaffAnswered
from shared.models.handoff import Desk, Handoff
from shared.models.message import Outbound
from shared.models.parts import Text
from shared.models.people import document_id
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.publishing import Publisher
from shared.platform.store import AlreadyExists, Store, Transaction, Where
from shared.tenants import roster
from shared.tenants.directory import Directory

_LIMIT = 50


@dataclass(frozen=True)
class Act:
    """One act of a member of staff about a request; `id` is "" for an act that cannot come twice."""

    act: Literal["take", "say", "close"]
    handoff: str
    staff: str
    way: str
    id: str = ""
    text: str = ""


class Answered:
    def __init__(
        self,
        store: Store,
        clock: Clock,
        directory: Directory,
        publisher: Publisher,
        notices: Notices,
    ) -> None:
        self._store, self._clock, self._directory = store, clock, directory
        self._publisher, self._notices = publisher, notices
        self._terms: TermsOf = directory.terms

    async def handle(self, event: StaffAnswered) -> None:
        """Carries out an act that a notifier brought. Raises Drop if its writer or its request is unknown."""
        tenant = await self._directory.tenant(event.tenant)
        if tenant is None:
            raise Drop("tenant_is_gone")
        staff = roster.by_account(tenant, event.notifier, event.who)
        if staff is None:
            logs.logger().warning("answer_of_a_stranger", notifier=event.notifier)
            raise Drop("answer_of_a_stranger")
        handoff = event.handoff or await self._named(event) or await self._meant(event, staff)
        if not handoff:
            raise Drop("answer_to_no_request")
        result = await self.act(tenant, Act(event.act, handoff, staff, event.notifier, event.id, event.text))
        if result.verdict in ("theirs", "over", "empty"):
            await self._notices.refuse(tenant, result, staff, event.notifier, event.id)

    async def act(self, tenant: Tenant, act: Act) -> Result:
        """Carries out an act, once. Words take a request that nobody has taken."""
        if act.act == "say" and not readable(act.text):
            return Result("empty", await self._store.get(Handoff, tenant=tenant.tenant, handoff=act.handoff))
        try:
            result = await self._store.transaction(lambda tx: self._work(tx, tenant, act))
        except AlreadyExists:
            return Result("done")
        if result.verdict in ("theirs", "over") and await self._said_before(tenant, act, result):
            return Result("done", result.request)
        logs.logger().info("staff_acted", act=act.act, verdict=result.verdict, way=act.way)
        if result.request is not None and result.verdict == "done":
            await self._publish(tenant, act, result)
        return result

    async def _said_before(self, tenant: Tenant, act: Act, result: Result) -> bool:
        """Whether these words were passed on earlier, before the request was closed or passed on."""
        request = result.request
        if act.act != "say" or request is None:
            return False
        person = await self._store.transaction(lambda tx: taking.person_of(tx, request))
        keys = {"conversation": person.conversation, "message": _speech_id(act)}
        return await self._store.get(Outbound, tenant=tenant.tenant, **keys) is not None

    async def _publish(self, tenant: Tenant, act: Act, result: Result) -> None:
        """Announces the messages that the act queued, and that the request has something to do."""
        if result.person is not None:
            last = result.person.conversation
            await outbox.announce(self._publisher, tenant.tenant, last, _speech_id(act))
        await handoffs.announce(self._publisher, tenant.tenant, act.handoff)

    async def _work(self, tx: Transaction, tenant: Tenant, act: Act) -> Result:
        now = self._clock.now()
        if act.act == "close":
            return await self._close(tx, tenant, act)
        found = await tx.get(Handoff, tenant=tenant.tenant, handoff=act.handoff)
        if act.act == "say" and found is not None and found.holder == act.staff:
            return await self._speak(tx, tenant, act, now)
        result = await taking.take(tx, tenant, act.handoff, act.staff, act.way, now)
        if act.act == "say" and result.verdict == "mine":  # since the first read, by other words of theirs
            return await self._speak(tx, tenant, act, now)
        if result.verdict != "done" or result.request is None or result.person is None:
            return result
        if act.act == "take":
            greeting = await greet(tenant, act.staff, result, now, self._terms)
            result.write()
            greeting(tx)
            return result
        pace = await self._terms(tenant.tenant, result.person.channel)
        result.write()
        taking.first_words(result.request, act.staff, now)
        draft = outbox.Draft(
            _speech_id(act),
            [Text(text=act.text)],
            author="staff",
            handoff=act.handoff,
            staff=act.staff,
        )
        outbox.queue(tx, result.person, draft, pace, now)
        tx.put(result.request)
        tx.put(result.person)
        return result

    async def _speak(self, tx: Transaction, tenant: Tenant, act: Act, now: datetime) -> Result:
        speech = Speech(_speech_id(act), act.handoff, act.staff, [Text(text=act.text)])
        said = await speak(tx, tenant, speech, self._terms, now)
        said.write()
        return said

    async def _close(self, tx: Transaction, tenant: Tenant, act: Act) -> Result:
        found = await tx.get(Handoff, tenant=tenant.tenant, handoff=act.handoff)
        if found is not None and found.state == "taken" and found.holder != act.staff:
            return Result("theirs", found)
        now = self._clock.now()
        result = await taking.give_back(tx, tenant.tenant, act.handoff, act.staff, now, why="closed")
        result.write()
        return result

    async def _named(self, event: StaffAnswered) -> str:
        """Returns the request that a token in an address names, "" if none."""
        if not event.token:
            return ""
        where = [Where("token", "==", event.token.lower())]
        found = await self._store.query(Handoff, where=where, limit=1, tenant=event.tenant)
        return found[0].handoff if found else ""

    async def _meant(self, event: StaffAnswered, staff: str) -> str:
        """Returns the one request that an answer without a name can mean, "" if it can mean several.

        That is the writer's only talk when it was written, or the only request of which they were told.
        """
        desk = await self._store.get(Desk, tenant=event.tenant, desk="now")
        talks = [each for each in desk.talks if each.staff == staff] if desk else []
        then = [each for each in talks if each.until is None or event.at < each.until]
        if event.act != "take":
            return then[0].handoff if len(then) == 1 and then[0].since <= event.at else ""
        waiting = [Where("state", "==", "notified")]
        found = await self._store.query(Handoff, where=waiting, limit=_LIMIT, tenant=event.tenant)
        told = [each for each in found if any(step.to == staff for step in each.since_call())]
        return told[0].handoff if len(told) == 1 else ""


def readable(text: str) -> bool:
    """Whether a text has anything that a person can see."""
    return any(each.isprintable() and not each.isspace() for each in text)


def _speech_id(act: Act) -> str:
    return f"relay-{document_id(act.id)}" if act.act == "say" else f"act-{act.handoff}"
