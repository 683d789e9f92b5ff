"""The first documents of a message that arrives: its conversation, new or known, and its own."""

from __future__ import annotations

from datetime import datetime

from shared.conversation.conversation import Conversation
from shared.conversation.groups import ALWAYS, Archive, Session
from shared.models.events import MessageReceived, StaffMessage
from shared.models.message import Inbound
from shared.models.parts import preview
from shared.models.people import Address, document_id
from shared.platform.clock import Ids
from shared.platform.store import Transaction


async def find_or_begin(
    tx: Transaction, event: MessageReceived | StaffMessage, contact: str, ids: Ids, now: datetime
) -> Conversation:
    """Returns the contact's conversation on the event's channel, or a new one if there is none."""
    return await of_contact(tx, event.tenant, event.channel, contact, event.peer, ids, now)


async def of_contact(
    tx: Transaction, tenant: str, channel: str, contact: str, peer: Address, ids: Ids, now: datetime
) -> Conversation:
    """Returns the contact's conversation on a channel, or a new one at the address if there is none."""
    conversation = f"{channel}.{contact}"
    found = await tx.get(Conversation, tenant=tenant, conversation=conversation)
    return found or Conversation(
        tenant=tenant,
        conversation=conversation,
        channel=channel,
        contact=contact,
        name=peer.name,
        chat=peer.chat,
        updated_at=now,
        session=Session(id=ids.new("s"), started_at=now, last_at=now),
        archive=Archive(ids_since=ALWAYS),
    )


def document(event: MessageReceived, conversation: str) -> Inbound:
    """Returns the message's document, still without an outcome."""
    return Inbound(
        tenant=event.tenant,
        conversation=conversation,
        message=document_id(event.id),
        channel=event.channel,
        text=preview(event.parts, 300),
        gateway_id=event.id,
        parts=event.parts,
        at=event.at,
        order=event.order,
        received_at=event.received_at,
        quote=event.quote,
        forwarded=event.forwarded,
    )
