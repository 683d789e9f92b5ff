"""The answerer port: one file or package for each kind of answer, tried in the order of `wiring/reply`.

An answerer returns the parts to send and the acts to carry out, and writes nothing itself. The turn carries
the acts out in its transaction.
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
    """A choice that we offered and the person made: `id` as we gave it, `title` as the person read it."""

    id: str
    title: str


@dataclass(frozen=True)
class Understood:
    """The words of a turn, read once: `said` is the text of all messages, choices by their titles.

    `choice` is set if the turn is one choice and nothing else, `command` if the whole text is a command.
    `urgent` means an emergency, `wants_human` a wish to speak to a person.
    """

    said: str
    language: str
    choice: Chosen | None = None
    command: Command | None = None
    urgent: bool = False
    wants_human: bool = False


@dataclass(frozen=True)
class Asked:
    """The input of an answerer: one turn. `batch` holds at least one message, in the person's order."""

    tenant: Tenant
    conversation: Conversation
    batch: Sequence[Inbound]
    words: Understood
    now: datetime


@dataclass(frozen=True)
class Answer:
    """The parts to send and the acts to carry out; empty `parts` are a deliberate silence.

    `outcome` becomes the outcome of the turn's messages, `why` its short reason in the console, `language`
    the session's language.
    """

    parts: Sequence[Part]
    outcome: Outcome
    why: str
    language: str
    acts: Sequence[Act] = field(default_factory=tuple)


class Answerer(Protocol):
    async def answer(self, asked: Asked) -> Answer | None:
        """Returns the answer, or None to leave the turn to the next answerer."""
        ...
