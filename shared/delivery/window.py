"""The time after a person's last message in which a network lets us write freely (Meta's 24 hours).

What answers is nearly always inside; what was queued long ago, or begun by us, may be outside. Then nothing
is tried: whoever queued it said what happens instead, a template or a human.
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
    """Whether this part may go now. Reads the conversation only where what the message knows is not enough:
    the person may have written since it was queued."""
    window = channel.terms.window
    if window is None or isinstance(part, Template):
        return True
    if head.heard_at and now < head.heard_at + window:
        return True
    found = await store.get(Conversation, tenant=head.tenant, conversation=head.conversation)
    return bool(found and found.heard_at and now < found.heard_at + window)


def use_template(doc: Outbound, index: int, template: Template, now: datetime) -> None:
    """The template goes in place of this part and all that follow it."""
    doc.parts = [
        *doc.parts[:index],
        SentPart(part=template, status=Status.SENDING, calls=1, attempted_at=now),
    ]
    doc.template = None
