"""What a request did to the outside: documents read and written, topics published to.

The endpoint begins a fresh account, the adapters add to it, and the endpoint says it in its log line: the
cost of a request is then a figure that a test can hold. Outside a request nothing is counted.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass
class Effects:
    """`reads` counts documents as Firestore bills them; `writes` are the paths written or deleted and
    `published` the topics, in order. An identity's path holds a number: the endpoint logs it without.
    `waited` is how long (s) the message had been on the bus, None for a call."""

    waited: float | None = None
    reads: int = 0
    writes: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)


_current: ContextVar[Effects | None] = ContextVar("effects", default=None)


def begin() -> Effects:
    """Opens a fresh account for this context and the tasks that it starts."""
    effects = Effects()
    _current.set(effects)
    return effects


def current() -> Effects | None:
    """This context's account; None where none was begun."""
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
