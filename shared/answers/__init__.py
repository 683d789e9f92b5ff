"""The answerer port: one file or package for each kind of answer, tried in the order of `wiring/reply`.

An answerer returns the parts to send and the acts to carry out, and writes nothing itself. The turn carries
the acts out in its transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, Protocol

from shared.conversation.acts import Act
from shared.conversation.conversation import Conversation
from shared.conversation.moods import Feeling
from shared.language.commands import Command
from shared.models.handoff import HandoffReason
from shared.models.message import Inbound, Outcome
from shared.models.parts import Part
from shared.models.tenant import Tenant
from shared.understanding.reader import Danger
from shared.understanding.signs import Sign


@dataclass(frozen=True)
class Chosen:
    """A choice that we offered and the person made: `id` as we gave it, `title` as the person read it."""

    id: str
    title: str


@dataclass(frozen=True)
class Understood:
    """The words of a turn, read once: `said` is the text of all messages, choices by their titles.

    `language` is the person's, also one that the tenant does not list. `choice` is set if the turn is one
    choice and nothing else, `command` if the text is a command or says as much. `care` is the sign of an
    emergency that needs words of care, `talk` is set if the turn is small talk and nothing else.
    `wants_human` means a wish to speak to a person, of the name or function `whom` if one is given. `before`
    is the question that the turn may follow up, "" if there is none. `may_opt_out` is set if it is in
    doubt whether the person wants no more messages. `wishes` are the person's questions and requests, each
    complete in itself, as far as a model has read them. `feeling` is the mood by a model; `unread` is set if
    a model is to read the mood later.
    """

    said: str
    language: str
    choice: Chosen | None = None
    command: Command | None = None
    danger: Danger = Danger.NONE
    care: Sign | None = None
    talk: Sign | None = None
    wants_human: bool = False
    whom: str = ""
    before: str = ""
    may_opt_out: bool = False
    mood: Literal["neutral", "unhappy"] = "neutral"
    wishes: tuple[str, ...] = ()
    feeling: Feeling | None = None
    unread: bool = False

    @property
    def urgent(self) -> bool:
        """Whether it is an emergency."""
        return self.danger == Danger.ALARM


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
    the session's language. `calls` are the reasons to call a human, whose coming the order of answerers
    announces after the parts (answers/handing_over.py). `common` is set if the answer is made of the
    knowledge alone, so that it holds for every person with the same question (answers/cached.py).
    `private` replaces its words in the history if they hold a proven person's data: neither a later model nor
    the next person with the same phone reads them there. `concealed` is set if the person's own words are a
    secret, such as a code: then they are not in the history either.
    """

    parts: Sequence[Part]
    outcome: Outcome
    why: str
    language: str
    acts: Sequence[Act] = field(default_factory=tuple)
    calls: tuple[HandoffReason, ...] = ()
    common: bool = False
    private: str = ""
    concealed: bool = False


class Understanding(Protocol):
    """The reading of a turn's words, by rules or by a model."""

    async def understand(
        self, tenant: Tenant, conversation: Conversation, batch: Sequence[Inbound]
    ) -> Understood:
        """Returns the words, language and wishes of at least one message, in the person's order."""
        ...


def safer(one: Understood, other: Understood) -> Understood:
    """Returns `one`, with the danger, the opt-out and the wish for a human of either reading."""
    opt_out = Command.STOP in (one.command, other.command)
    return replace(
        one,
        danger=max(one.danger, other.danger),
        care=one.care or other.care,
        command=Command.STOP if opt_out else one.command,
        wants_human=one.wants_human or other.wants_human,
        whom=one.whom or other.whom,
    )


class Answerer(Protocol):
    async def answer(self, asked: Asked) -> Answer | None:
        """Returns the answer, or None to leave the turn to the next answerer."""
        ...
