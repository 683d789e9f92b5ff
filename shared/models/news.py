"""The rule for every event with a state (a block, an edit, a move): older never overwrites newer."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel, model_validator

#: Most ids of one moment: gateways give times in seconds, and an edit may have its message's own time.
_IDS_KEPT = 20


class News(Protocol):
    """An event with a state: its id, its time, and its order among events of that time (0 if unknown)."""

    @property
    def id(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def order(self) -> int: ...


class Latest(BaseModel):
    """The newest event that set a state, by the gateway's time and order.

    `ids` are digests of the ids of all events of that time that were applied.
    """

    at: datetime
    order: int = 0
    ids: list[str] = []

    @model_validator(mode="before")
    @classmethod
    def _from_time(cls, value: Any) -> Any:
        """Reads a plain time too, which older documents have."""
        return {"at": value} if isinstance(value, datetime | str) else value

    def admits(self, event: News) -> bool:
        """Whether the event is newer.

        At the same time, the higher order is newer if both are known; else any event is newer but a repeat.
        """
        if event.at != self.at or self._ordered(event):
            return self.precedes(event)
        return not event.id or _digest(event.id) not in self.ids

    def precedes(self, event: News) -> bool:
        """Whether the event is certainly later: by its time, or by its order if both orders are known."""
        if event.at != self.at:
            return event.at > self.at
        return self._ordered(event) and event.order > self.order

    def _ordered(self, event: News) -> bool:
        return bool(event.order and self.order) and event.order != self.order


def admits(latest: Latest | None, event: News) -> bool:
    """Whether the event is newer than `latest`; any event is if `latest` is None."""
    return latest is None or latest.admits(event)


def applied(latest: Latest | None, event: News) -> Latest:
    """Returns `latest` after this event has been applied."""
    same = latest if latest and latest.at == event.at else None
    ids = [*(same.ids if same else []), *([_digest(event.id)] if event.id else [])]
    order = max(same.order, event.order) if same else event.order
    return Latest(at=event.at, order=order, ids=ids[-_IDS_KEPT:])


def newest(one: Latest | None, other: Latest | None) -> Latest | None:
    """Returns the newer of the two, or None if both are None."""
    return max(filter(None, (one, other)), key=lambda latest: (latest.at, latest.order), default=None)


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode(errors="surrogatepass")).hexdigest()[:16]
