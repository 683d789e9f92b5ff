"""The provider port: one file per family of language models beside this one; its name is its registration.

A provider file defines `create(connection) -> Provider`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from shared.models.history import Line
from shared.models.tenant import Tenant


@dataclass(frozen=True)
class Connection:
    """What a provider file is given: the tenant's choice of model, and its secrets by the file's own names
    for them, where the tenant has any."""

    model: str
    secret: Callable[[str], Awaitable[str | None]]


@dataclass(frozen=True)
class Passage:
    """One piece of the tenant's knowledge that may hold the answer; `confidence` is 0…1, how much of what
    was asked it covers."""

    id: str
    language: str
    topic: str
    text: str
    source: str
    confidence: float


@dataclass(frozen=True)
class Question:
    """One turn as a provider sees it. `text` is the person's words: data, never instructions. `passages`
    come best first; `history` ends before `text`."""

    tenant: Tenant
    language: str
    text: str
    passages: list[Passage]
    history: list[Line]


@dataclass(frozen=True)
class Reply:
    """`text` goes to the person, in their language, with its source in it where there is one. `known` is
    False where the knowledge does not hold the answer; `wants_human` where the person asks for one.
    `tokens` are those that the vendor charges for, in and out; 0 where it tells none."""

    text: str
    known: bool
    wants_human: bool = False
    sources: list[str] = field(default_factory=list)
    tokens: int = 0


_SOURCE = {"ar": "المصدر:", "es": "Fuente:", "fr": "Source :", "pt": "Fonte:"}


def with_sources(text: str, passages: list[Passage], language: str) -> str:
    """The text with what it was taken from on a last line, in WhatsApp's italics, as every provider ends an
    answer. Passages without a source are not mentioned."""
    names = "; ".join(dict.fromkeys(passage.source for passage in passages if passage.source))
    return f"{text}\n\n_{_SOURCE.get(language, 'Source:')} {names}_" if names else text


class Provider(Protocol):
    async def reply(self, question: Question) -> Reply:
        """Raises Retry where the vendor fails for now (`after` as it asked), ConfigurationError where it
        never will work as configured. The caller bounds the time."""
        ...


@runtime_checkable
class Reachable(Provider, Protocol):
    """A provider whose vendor can be asked, at no cost, whether it would answer."""

    async def reach(self) -> None:
        """Raises what `reply` raises."""
        ...
