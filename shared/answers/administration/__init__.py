"""Administration over chat: the commands of supervisors and administrators on the tenant's own channels.

A member of staff is recognised by their identity on the channel (tenants/roster.py), and their role is
checked for each command, whatever a choice's id says.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.answers import Answer, Asked
from shared.answers.administration.addressing import Meant, Reading, allowed
from shared.answers.administration.deeds import Block, Forget, SayTo, TakeOver
from shared.answers.administration.figures import Figures
from shared.answers.administration.performing import Deed, Perform, Unable, Whom
from shared.answers.administration.running import Broadcast, Pause, Tell
from shared.answers.administration.search import Search
from shared.answers.administration.showing import Showing
from shared.answers.staff.wording import Wording
from shared.conversation.relaying import TermsOf
from shared.errors import ConfigurationError
from shared.language.administration import order
from shared.models.administrator import Administrator
from shared.models.handoff import Desk, Handoff
from shared.models.message import Inbound, Outcome
from shared.models.parts import Choice, Choices, Part, Text, shortened
from shared.models.people import Contact
from shared.models.tenant import Tenant
from shared.models.trigger import Trigger
from shared.platform.store import Store, Where
from shared.tenants import pins

#: Most triggers whose names are told.
_TRIGGERS = 500
#: Most characters of a search that are repeated in its answer.
_REPEATED = 60
#: Returns a link on which a member of staff of a tenant sets their PIN. Raises ConfigurationError.
PinLink = Callable[[Tenant, str, datetime], Awaitable[str]]


@dataclass(frozen=True)
class _Task:
    """A command in its turn; `own` is as it was before the turn."""

    asked: Asked
    message: Inbound
    meant: Meant
    own: Administrator
    said: Wording

    @property
    def tenant(self) -> Tenant:
        return self.asked.tenant

    @property
    def whom(self) -> Whom:
        meant = self.meant
        about = meant.waits.about if meant.waits else ""
        return Whom(meant.order.number, about, self.message.at, meant.stamp)

    def text(self, key: str, **values: object) -> list[Part]:
        return [Text(text=self.said.of(key, **values))]


class Administration:
    """Answers a message of staff that is a command of administration; no other message."""

    def __init__(self, store: Store, terms: TermsOf, link: PinLink) -> None:
        self._store, self._terms, self._link = store, terms, link
        self._reading, self._search = Reading(store), Search(store)
        self._showing, self._figures = Showing(store), Figures(store)

    async def claims(self, asked: Asked, desk: Desk) -> bool:
        """Whether a message of staff is for this answerer, and not for StaffWords."""
        return await self._reading.read(asked, desk) is not None

    async def answer(self, asked: Asked) -> Answer | None:
        message = asked.batch[-1]
        if not message.staff:
            return None
        keys = {"tenant": asked.tenant.tenant}
        desk = await self._store.get(Desk, **keys, desk="now") or Desk(**keys)
        meant = await self._reading.read(asked, desk)
        if meant is None:
            return None
        own = await self._store.get(Administrator, **keys, staff=message.staff)
        own = own or Administrator(**keys, staff=message.staff)
        task = _Task(asked, message, meant, own, Wording(asked.tenant, message.staff))
        answer = await self._performed(task)
        return replace(answer, private=f"[{answer.why}]")  # its words may be about people

    async def _performed(self, task: _Task) -> Answer:
        """Returns the answer with the act that carries the command out, or refuses it."""
        meant = task.meant
        try:
            if not allowed(task.tenant, task.message.staff, meant.order.word):
                raise Unable("admin_refused")
            deed = None if meant.locked else await self._deed(task)
            refused = None
        except Unable as unable:
            deed, refused = None, unable
        attempt = None
        if meant.digits and (meant.locked or (meant.waits and meant.waits.step == "pin")):
            salt = task.own.pin.salt if task.own.pin else ""
            attempt = await pins.attempt(meant.digits, salt)
        act = Perform(
            task.tenant,
            task.message.staff,
            meant.order.word,
            deed,
            refused,
            meant.order.number,
            attempt,
            int(meant.digits or 0),
            meant.waits,
        )
        return Answer(
            [],
            Outcome.ANSWERED,
            f"admin:{meant.order.word}",
            task.said.language,
            [act],
            private=f"[{meant.order.word}]",
            concealed=attempt is not None,
        )

    async def _deed(self, task: _Task) -> Deed:
        """Returns the deed of a command. Raises Unable if it lacks something."""
        tenant, staff, order = task.tenant, task.message.staff, task.meant.order
        if not order.whole and order.word != "broadcast":
            raise Unable("admin_incomplete", word=order.word)
        match order.word:
            case "take":
                return await self._take(task)
            case "say":
                return SayTo(tenant, staff, task.whom, order.rest, self._terms)
            case "block" | "unblock" as word:
                return Block(tenant, staff, task.whom, word == "block")
            case "forget":
                return Forget(tenant, staff, task.whom, confirmed=task.meant.confirms)
            case "pause" | "resume" as word:
                return Pause(tenant, staff, word == "pause")
            case "broadcast":
                return await self._broadcast(task)
        return await self._told(task)

    async def _told(self, task: _Task) -> Tell:
        """Returns the deed of a command that reads and changes nothing."""
        match task.meant.order.word:
            case "find":
                return await self._find(task)
            case "show":
                contact = await self._listed(task)
                words = await self._showing.whole(task.tenant, contact, task.said)
                return Tell([Text(text=words)], contact.contact)
            case "today":
                return Tell([Text(text=await self._figures.today(task.tenant, task.said, task.asked.now))])
            case "health":
                return Tell([Text(text=await self._figures.health(task.tenant, task.said, task.asked.now))])
            case "pin":
                return await self._pin(task)
        return Tell(_help(task))

    async def _find(self, task: _Task) -> Tell:
        asked, stamp = shortened(task.meant.order.rest, _REPEATED), int(task.asked.now.timestamp())
        hits = await self._search.find(task.tenant.tenant, task.meant.order.rest)
        listed = [each.contact for each in hits.people]
        if not listed:
            return Tell(task.text("admin_nobody", asked=asked), listed=[])
        choices = await self._showing.choices(task.tenant, hits.people, stamp)
        words = task.said.of("admin_near" if hits.near else "admin_found", asked=asked)
        more = " " + task.said.of("admin_more") if hits.more else ""
        return Tell([Choices(text=words + more, choices=choices)], listed=listed, stamp=stamp)

    async def _listed(self, task: _Task) -> Contact:
        """Returns the contact of a number in the last list. Raises Unable."""
        whom, here = task.whom, task.asked.conversation.conversation
        found = whom.listed(task.own, here, task.asked.now)
        contact = await self._store.get(Contact, tenant=task.tenant.tenant, contact=found) if found else None
        if contact is not None and contact.merged_into:
            keys = {"tenant": task.tenant.tenant, "contact": contact.merged_into}
            contact = await self._store.get(Contact, **keys)
        if contact is None:
            raise Unable("admin_no_number", number=whom.number)
        return contact

    async def _take(self, task: _Task) -> Deed:
        """Returns the taking of a listed person; asks if there is a request of the same number."""
        number, stamp = task.meant.order.number, task.meant.stamp
        where = [Where("number", "==", number)]
        found = await self._store.query(Handoff, where=where, limit=1, tenant=task.tenant.tenant)
        if stamp or not found or not found[0].open:
            return TakeOver(task.tenant, task.message.staff, task.whom, self._terms)
        contact = await self._listed(task)
        if found[0].contact == contact.contact or task.own.listed is None:
            return TakeOver(task.tenant, task.message.staff, task.whom, self._terms)
        choices = [
            Choice(id=f"staff:take:{found[0].handoff}", title=shortened(f"#{number} {found[0].name}", 24)),
            Choice(
                id=f"admin:take:{number}:{task.own.listed.stamp}",
                title=shortened(f"{number}. {contact.name}".strip(), 24),
            ),
        ]
        return Tell([Choices(text=task.said.of("admin_which", number=number), choices=choices)])

    async def _broadcast(self, task: _Task) -> Broadcast:
        tenant, waits = task.tenant, task.meant.waits
        if waits is not None:
            count = waits.number if task.meant.confirms else 0
            return Broadcast(tenant, task.message.staff, waits.about, count)
        found = await self._store.query(Trigger, limit=_TRIGGERS, tenant=tenant.tenant)
        names = sorted(each.trigger for each in found if each.broadcast and each.state == "active")
        name = task.meant.order.rest.strip().lower()
        if name not in names:
            told = ", ".join(names) or "–"
            if not name:
                raise Unable("admin_broadcast_names", names=told)
            raise Unable("admin_broadcast_none", name=shortened(name, _REPEATED), names=told)
        return Broadcast(tenant, task.message.staff, name)

    async def _pin(self, task: _Task) -> Tell:
        try:
            link = await self._link(task.tenant, task.message.staff, task.asked.now)
        except ConfigurationError:
            raise Unable("admin_no_link") from None
        return Tell(task.text("admin_pin_link", link=link))


def _help(task: _Task) -> Sequence[Part]:
    """Returns the commands that the member's role allows, after those of all staff."""
    staff, tenant = task.message.staff, task.tenant
    lines = [
        line
        for line in task.said.of("admin_help").splitlines()
        if (found := order(line)) is not None and allowed(tenant, staff, found.word)
    ]
    return [Text(text="\n".join([task.said.of("staff_help"), *lines]))]
