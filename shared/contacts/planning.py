"""Planning of a contact's occurrences by an event, after its change was committed."""

from __future__ import annotations

from shared.contacts.writing import Plan
from shared.models.events import ContactsDue
from shared.platform.publishing import Publisher


def by_event(publisher: Publisher) -> Plan:
    """Returns a plan that leaves the work to the function `triggers`. It raises Retry as the bus does."""

    async def plan(tenant: str, contact: str) -> None:
        await publisher.publish("occurrences", ContactsDue(tenant=tenant, contacts=[contact]), tenant=tenant)

    return plan
