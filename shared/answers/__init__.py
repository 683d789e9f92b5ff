"""The answerer port: one file or package for each thing that can answer, tried in the order of `order.py`.

An answerer says what a turn says and what follows from it; it writes nothing itself. What follows are acts,
which their owners carry out in the turn's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.conversation.acts import Act
from shared.conversation.conversation import Conversation
from shared.language.commands import Command
from shared.models.message import Inbound, Outcome
from shared.models.parts import Part
from shared.models.tenant import Tenant


@dataclass(frozen=True)
class Chosen:
    """One of the choices that we offered: `id` as we gave it, `title` as the person read it."""

    id: str
    title: str


@dataclass(frozen=True)
class Understood:
    """The words of a turn, read once: `said` is the text of all messages, choices by their titles.

    `choice` is the choice of the last message, if all of the turn is that choice; `command` the command that
    the whole text is. `urgent` means an emergency, `wants_human` a wish to speak to a person.
    """

    said: str
    language: str
    choice: Chosen | None = None
    command: Command | None = None
    urgent: bool = False
    wants_human: bool = False


@dataclass(frozen=True)
class Asked:
    """One turn as an answerer sees it. `batch` holds at least one message, in the person's order."""

    tenant: Tenant
    conversation: Conversation
    batch: Sequence[Inbound]
    words: Understood
    now: datetime


@dataclass(frozen=True)
class Answer:
    """The parts to send, none of them for a deliberate silence, and the acts that follow.

    `outcome` ends the turn's messages, with `why` as the short reason that the console shows. `language`
    becomes the session's.
    """

    parts: Sequence[Part]
    outcome: Outcome
    why: str
    language: str
    acts: Sequence[Act] = field(default_factory=tuple)


class Answerer(Protocol):
    async def answer(self, asked: Asked) -> Answer | None:
        """Returns the answer, or None if this answerer has none for the turn."""
        ...
