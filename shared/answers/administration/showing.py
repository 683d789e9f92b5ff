"""People as an administrator sees them: a line in a list, and the whole of one person."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from shared.answers.staff.wording import Wording
from shared.conversation.briefing import AUTHORS
from shared.conversation.conversation import Conversation
from shared.models.handoff import OPEN, Handoff
from shared.models.occurrence import Occurrence
from shared.models.parts import Choice, shortened
from shared.models.people import Contact, Standing
from shared.models.tenant import Tenant
from shared.platform.store import Store, Where

#: Most conversations, requests and messages to come of one person that are shown; lines, and characters of
#: one; attributes in a list and of one person.
_CONVERSATIONS, _REQUESTS, _COMING, _LINES, _LINE, _FEW, _MANY = 10, 5, 5, 6, 300, 2, 20


class Showing:
    """Reads one tenant's people."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def choices(self, tenant: Tenant, people: Sequence[Contact], stamp: int) -> list[Choice]:
        """Returns one choice for each contact: its name, attributes, channel and the time it last wrote.

        `stamp` names the list.
        """
        talks = await asyncio.gather(*(self._conversations(each) for each in people))
        return [
            Choice(
                id=f"admin:show:{number}:{stamp}",
                title=shortened(name_of(contact), 24),
                description=shortened(_about(tenant, contact, found), 72),
            )
            for number, (contact, found) in enumerate(zip(people, talks, strict=True), start=1)
        ]

    async def whole(self, tenant: Tenant, contact: Contact, said: Wording) -> str:
        """Returns the person, the conversation in which they wrote last, their requests and messages to
        come."""
        talks, requests, coming = await asyncio.gather(
            self._conversations(contact), self._requests(contact), self._coming(contact)
        )
        lines = [f"*{name_of(contact)}*", *_person(tenant, contact, said.language)]
        if contact.standing != Standing.OPEN:
            lines.append(said.of(f"admin_standing_{contact.standing}"))
        lines += _talk(tenant, talks[0], said) if talks else [said.of("admin_never_wrote")]
        lines += [
            f"#{each.number}: " + ", ".join(said.of(f"staff_reason_{reason}") for reason in each.reasons)
            for each in requests
        ]
        lines += [f"📅 {_local(tenant, each.planned_for)} {each.trigger}" for each in coming]
        return "\n".join(lines)

    async def _conversations(self, contact: Contact) -> list[Conversation]:
        """Returns the contact's conversations, the last one first."""
        where = [Where("contact", "==", contact.contact)]
        found = await self._store.query(
            Conversation, where=where, limit=_CONVERSATIONS, tenant=contact.tenant
        )
        living = [each for each in found if not each.merged_into]
        return sorted(living, key=lambda each: each.updated_at, reverse=True)

    async def _requests(self, contact: Contact) -> list[Handoff]:
        where = [Where("contact", "==", contact.contact), Where("state", "in", list(OPEN))]
        return await self._store.query(Handoff, where=where, limit=_REQUESTS, tenant=contact.tenant)

    async def _coming(self, contact: Contact) -> list[Occurrence]:
        where = [Where("contact", "==", contact.contact), Where("state", "==", "planned")]
        found = await self._store.query(Occurrence, where=where, limit=_MANY, tenant=contact.tenant)
        return sorted(found, key=lambda each: each.planned_for)[:_COMING]


def name_of(contact: Contact) -> str:
    """Returns the contact's name, or the end of their number."""
    return contact.name or (f"…{contact.phone[-4:]}" if contact.phone else "?")


def _about(tenant: Tenant, contact: Contact, talks: Sequence[Conversation]) -> str:
    facts = _facts(tenant, contact)[:_FEW]
    number = f"…{contact.phone[-4:]}" if contact.phone else ""
    last = f"{talks[0].channel}, {_local(tenant, talks[0].updated_at)}" if talks else ""
    return " · ".join(filter(None, [*(value for _, value in facts), number, last]))


def _person(tenant: Tenant, contact: Contact, language: str) -> list[str]:
    labels = {name: each.label.get(language, name) for name, each in tenant.attributes.items()}
    facts = [f"{labels[name]}: {value}" for name, value in _facts(tenant, contact)]
    return list(filter(None, [contact.phone, *facts]))


def _facts(tenant: Tenant, contact: Contact) -> list[tuple[str, str]]:
    """Returns the attributes that administrators may see, in the order of the tenant's file."""
    shown = [name for name, each in tenant.attributes.items() if not each.private]
    found = [(name, contact.attributes[name]) for name in shown if name in contact.attributes]
    return [
        (name, ", ".join(value) if isinstance(value, list) else str(value)) for name, value in found[:_MANY]
    ]


def _talk(tenant: Tenant, person: Conversation, said: Wording) -> list[str]:
    """Returns the conversation's state, the ledger's reason and the last lines."""
    lines = [
        f"{AUTHORS[line.author]} {_local(tenant, line.at)} {shortened(' '.join(line.text.split()), _LINE)}"
        for line in person.history[-_LINES:]
    ]
    state = said.of(f"admin_state_{person.state}")
    return [f"{person.channel}: {state}", *([f"→ {person.why}"] if person.why else []), *lines]


def _local(tenant: Tenant, at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo(tenant.timezone)):%d.%m. %H:%M}"
