"""The time after a person's last message in which a network allows free messages (Meta's 24 hours).

An answer is nearly always inside; a message queued long ago, or begun by us, may be outside. It is then not
tried: its author has chosen the alternative, a template or a human.
"""

from __future__ import annotations

from datetime import datetime

from shared.channels import Channel
from shared.conversation.conversation import Conversation
from shared.models.message import Outbound, SentPart, Status
from shared.models.parts import Part, Template
from shared.platform.store import Store

CLOSED = "window_closed"


async def is_open(store: Store, channel: Channel, head: Outbound, part: Part, now: datetime) -> bool:
    """Whether this part may be sent now.

    Reads the conversation only if the message's own facts do not suffice: the person may have written since.
    """
    window = channel.terms.window
    if window is None or isinstance(part, Template):
        return True
    if head.heard_at and now < head.heard_at + window:
        return True
    found = await store.get(Conversation, tenant=head.tenant, conversation=head.conversation)
    return bool(found and found.writer.heard_at and now < found.writer.heard_at + window)


def use_template(doc: Outbound, index: int, template: Template, now: datetime) -> None:
    """Replaces this part and all after it by the template."""
    doc.parts = [
        *doc.parts[:index],
        SentPart(part=template, status=Status.SENDING, calls=1, attempted_at=now),
    ]
    doc.template = None
