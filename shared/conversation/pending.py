"""Loading of pending messages: a reference's parts are only in the message's own document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shared.models.message import Inbound
from shared.models.pending import Reference
from shared.platform.store import D


class Reader(Protocol):
    """The `get` of a store or a transaction."""

    async def get(self, model: type[D], /, **keys: str) -> D | None: ...


async def load(reader: Reader, tenant: str, waiting: Sequence[Inbound | Reference]) -> list[Inbound]:
    """Returns the messages whole, in the same order, with one read for each reference.

    Raises LookupError if the document of a reference is gone.
    """
    return [await _whole(reader, tenant, each) for each in waiting]


async def _whole(reader: Reader, tenant: str, waiting: Inbound | Reference) -> Inbound:
    if isinstance(waiting, Inbound):
        return waiting
    keys = {"conversation": waiting.conversation, "message": waiting.message}
    found = await reader.get(Inbound, tenant=tenant, **keys)
    if found is None:
        raise LookupError(f"{waiting.message} waits, and its document is gone")
    return found
