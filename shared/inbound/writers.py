"""The writer of a message: a person, or a member of staff, who is recognised by their identities on the
channel."""

from __future__ import annotations

from dataclasses import dataclass

from shared.answers.administration.addressing import allowed
from shared.answers.staff.addressing import UNSEEN
from shared.conversation.people import Person
from shared.language.administration import order
from shared.models.events import MessageReceived
from shared.models.handoff import Desk
from shared.models.tenant import Tenant
from shared.models.words import words
from shared.platform.store import Store
from shared.tenants import roster


@dataclass(frozen=True)
class Writer:
    """The member of staff, "" for a person, and whether they are at work at the desk.

    Words of staff at work are for somebody else: they are no emergency, and have no limit of rate. A talk
    that ended a moment ago counts: its holder may not have seen it.
    """

    staff: str = ""
    working: bool = False


async def recognised(store: Store, tenant: Tenant, event: MessageReceived, known: Person | None) -> Writer:
    """Returns the writer of a message. Reads one document, only for staff."""
    if not tenant.staff:
        return Writer()
    names = [*event.peer.identities, *(known.names if known else ())]
    staff = roster.member_of(tenant, event.channel, names)
    if not staff:
        return Writer()
    desk = await store.get(Desk, tenant=tenant.tenant, desk="now")
    talks = [talk for talk in desk.talks if talk.staff == staff] if desk else []
    talking = any(talk.until is None or event.at < talk.until + UNSEEN for talk in talks)
    said = words(event.parts)
    orders = allowed(tenant, staff, "find") and order(said) is not None
    return Writer(staff, talking or orders or said.lstrip().startswith("#"))
