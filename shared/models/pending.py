"""The pending messages of a conversation, within the size of one document.

A message is kept whole, so that its turn settles it without another read. If it is too large, or the others
leave no room, it is kept as a reference: its turn reads its document.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.models import size
from shared.models.message import Inbound
from shared.models.news import Latest
from shared.models.parts import Part, as_told

#: Most bytes of one message that is kept whole, and of all such messages: the rest of 1 MiB is for the
#: history and for references.
WHOLE_BYTES, ALL_BYTES = 20_000, 200_000


class Reference(BaseModel):
    """A pending message without its parts, which are only in its own document.

    `kinds` are the types of the parts; `digest` changes if the parts change.
    """

    model_config = ConfigDict(extra="forbid")

    conversation: str
    message: str
    at: datetime
    received_at: datetime
    order: int = 0
    late: bool = False
    staff: str = ""
    edit: Latest | None = None
    kinds: list[str]
    digest: str


Waiting = Annotated[Inbound | Reference, Field(union_mode="left_to_right")]


def added(waiting: Sequence[Inbound | Reference], message: Inbound | Reference) -> list[Inbound | Reference]:
    """Returns the list with the message at its end, without an earlier copy of it."""
    others = without(waiting, message.message)
    if isinstance(message, Inbound):
        taken = sum(_bytes(other) for other in others if isinstance(other, Inbound))
        own = _bytes(message)
        if own > WHOLE_BYTES or taken + own > ALL_BYTES:
            message = _reference(message)
    return [*others, message]


def without(waiting: Sequence[Inbound | Reference], *messages: str) -> list[Inbound | Reference]:
    """Returns the list without the messages with these ids."""
    return [each for each in waiting if each.message not in messages]


def unchanged(waiting: Inbound | Reference, message: Inbound) -> bool:
    """Whether a pending message has the same edit and content as `message`, regardless of stored files."""
    if waiting.edit != message.edit:
        return False
    if isinstance(waiting, Reference):
        return waiting.digest == _digest(message.parts)
    return as_told(waiting.parts) == as_told(message.parts)


def _bytes(message: Inbound) -> int:
    return size.value(message.model_dump())


def _reference(message: Inbound) -> Reference:
    return Reference(
        conversation=message.conversation,
        message=message.message,
        at=message.at,
        received_at=message.received_at,
        order=message.order,
        late=message.late,
        staff=message.staff,
        edit=message.edit,
        kinds=sorted({part.type for part in message.parts}),
        digest=_digest(message.parts),
    )


def _digest(parts: list[Part]) -> str:
    told = "\n".join(part.model_dump_json() for part in as_told(parts))
    return hashlib.sha256(told.encode()).hexdigest()[:16]
