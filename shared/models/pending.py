"""What waits in a conversation for its turn, within the size of one document.

A message is kept whole, so that its turn reads and settles it without a read of its own. One that is too
large, or comes when the others have taken the room, is kept as a reference: the turn that takes it reads its
document.
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

#: Bytes of one message that is kept whole, and of all of them: what is left of 1 MiB is for the history, and
#: for references.
WHOLE_BYTES, ALL_BYTES = 20_000, 200_000


class Reference(BaseModel):
    """A message that waits and whose parts are only in its own document. `kinds` are the types of its parts;
    `digest` changes with them."""

    model_config = ConfigDict(extra="forbid")

    conversation: str
    message: str
    at: datetime
    received_at: datetime
    order: int = 0
    late: bool = False
    edit: Latest | None = None
    kinds: list[str]
    digest: str


Waiting = Annotated[Inbound | Reference, Field(union_mode="left_to_right")]


def added(waiting: Sequence[Inbound | Reference], message: Inbound | Reference) -> list[Inbound | Reference]:
    """The list with the message at its end, in the place of an earlier copy of it."""
    others = without(waiting, message.message)
    if isinstance(message, Inbound):
        taken = sum(_bytes(other) for other in others if isinstance(other, Inbound))
        own = _bytes(message)
        if own > WHOLE_BYTES or taken + own > ALL_BYTES:
            message = _reference(message)
    return [*others, message]


def without(waiting: Sequence[Inbound | Reference], *messages: str) -> list[Inbound | Reference]:
    """The list without the messages of these ids."""
    return [each for each in waiting if each.message not in messages]


def unchanged(waiting: Inbound | Reference, message: Inbound) -> bool:
    """Whether a message that waits still says what it did when it was taken, whatever became of its files."""
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
        edit=message.edit,
        kinds=sorted({part.type for part in message.parts}),
        digest=_digest(message.parts),
    )


def _digest(parts: list[Part]) -> str:
    told = "\n".join(part.model_dump_json() for part in as_told(parts))
    return hashlib.sha256(told.encode()).hexdigest()[:16]
