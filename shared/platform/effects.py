"""The effects of a request: documents read and written, topics published to.

The endpoint begins a fresh record, the adapters add to it, and the endpoint logs it: so a test can assert the
cost of a request. Outside a request no effect is counted.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass
class Effects:
    """The effects of one request.

    `reads` counts documents as Firestore bills them; `writes` are the paths written or deleted and
    `published` the topics, in order. An identity's path holds a phone number: the endpoint logs it without.
    `waited` is how long (s) the message had been on the bus, None for a call.
    """

    waited: float | None = None
    reads: int = 0
    writes: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)


_current: ContextVar[Effects | None] = ContextVar("effects", default=None)


def begin() -> Effects:
    """Begins a fresh record for this context and the tasks that it starts."""
    effects = Effects()
    _current.set(effects)
    return effects


def current() -> Effects | None:
    """Returns this context's record, or None if none was begun."""
    return _current.get()


def waited(seconds: float) -> None:
    if effects := _current.get():
        effects.waited = seconds


def read(documents: int = 1) -> None:
    if effects := _current.get():
        effects.reads += documents


def wrote(path: str) -> None:
    if effects := _current.get():
        effects.writes.append(path)


def published(topic: str) -> None:
    if effects := _current.get():
        effects.published.append(topic)
