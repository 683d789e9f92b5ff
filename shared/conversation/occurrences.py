"""Occurrences of triggers beside the function `triggers`: what begins them, and what ends their messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.conversation.conversation import Conversation
from shared.conversation.people import living
from shared.models.definition import EventName
from shared.models.document import Document
from shared.models.message import Outbound, Status
from shared.models.occurrence import Occurrence
from shared.models.people import Contact, Standing, plain_id
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.store import Transaction


def occurrence_id(trigger: str, contact: str, key: str) -> str:
    """Returns the id of a contact's occurrence, which is the same whenever it is derived."""
    return plain_id(f"{trigger}.{contact}.{key}")


def happened(
    tenant: Tenant, contact: str, event: EventName, key: str, now: datetime, **facts: Any
) -> Iterator[Occurrence]:
    """Yields an occurrence for each trigger of the event, due now, for the caller to create.

    `key` is the event's own id, which no other event of the contact has. The function `triggers` adds the
    trigger's delay and checks its conditions when it is due.
    """
    local = now.astimezone(ZoneInfo(tenant.timezone)).replace(tzinfo=None)
    for trigger in tenant.listens.events.get(event, ()):
        yield Occurrence(
            tenant=tenant.tenant,
            occurrence=occurrence_id(trigger, contact, key),
            trigger=trigger,
            contact=contact,
            local=local.isoformat(timespec="minutes"),
            zone=tenant.timezone,
            planned_for=now,
            due_at=now,
            facts={"event": event, **facts},
            created_at=now,
        )


def met(tenant: Tenant, written: Sequence[Document], now: datetime) -> Iterator[Occurrence]:
    """Yields the first occurrences of a new contact among documents that are to be written."""
    for contact in written:
        if isinstance(contact, Contact) and contact.created_at == now:
            yield from happened(tenant, contact.contact, "new_contact", "new", now)


async def of_message(tx: Transaction, message: Outbound) -> Occurrence | None:
    """Returns the occurrence that a message began with, None for all other messages."""
    if not message.trigger:
        return None
    return await tx.get(Occurrence, tenant=message.tenant, occurrence=message.message)


async def unwanted(tx: Transaction, message: Outbound) -> tuple[str, Occurrence | None]:
    """Returns why a message that we begin must not be sent after all, "" if it may, and its occurrence.

    The person may have opted out, or a human may have come, since it was queued.
    """
    if not message.trigger or message.gateway_ids:
        return "", None
    keys = {"tenant": message.tenant, "conversation": message.conversation}
    conversation = await tx.get(Conversation, **keys)
    contact = await living(tx, message.tenant, conversation.contact) if conversation else None
    why = ""
    if contact is None:
        why = "the person is no longer known"
    elif contact.standing != Standing.OPEN:
        why = f"the person is {contact.standing.replace('_', ' ')}"
    return why, await of_message(tx, message) if why else None


def stop(tx: Transaction, message: Outbound, occurrence: Occurrence | None, why: str, now: datetime) -> None:
    """Cancels a message that has not been sent, and its occurrence. The caller puts the message."""
    message.close(Status.CANCELLED, why)
    if occurrence is not None:
        occurrence.close("cancelled", why, now)
        tx.put(occurrence)
    logs.logger().info("occurrence_closed", tenant=message.tenant, trigger=message.trigger, state="cancelled")


async def fail(tx: Transaction, message: Outbound, reason: str, now: datetime) -> None:
    """Ends the occurrence of a message that could not be delivered: no human is called for it."""
    occurrence = await of_message(tx, message)
    if occurrence is not None:
        occurrence.close("failed", f"not delivered: {reason}", now)
        tx.put(occurrence)
