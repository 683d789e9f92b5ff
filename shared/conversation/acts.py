"""Acts: the effects of an answer besides its words, such as a call for a human.

An act is a typed value with one owner. In the turn's transaction every act first reads, then all acts write:
Firestore takes no read after a write (https://firebase.google.com/docs/firestore/manage-data/transactions).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.conversation.conversation import Conversation
from shared.models.message import Inbound
from shared.models.parts import Part, preview
from shared.platform.store import Transaction


@dataclass(frozen=True)
class Prepared:
    """An act after its reads. `write` writes to the transaction and changes the conversation.

    The turn always calls `write`, and puts the conversation itself.
    """

    write: Callable[[], None]
    #: Messages that newer news has made obsolete, such as a late STOP after an opting-in: they end without an
    #: answer, and the next turn answers the rest.
    overtaken: Sequence[Inbound] = ()
    #: False if the person has been told already: no answer is sent, but the turn ends as if one were.
    says: bool = True
    #: Fields that the act sets in the turn's messages.
    marks: Mapping[str, object] = field(default_factory=dict)
    #: The request for a human that has something to do after the commit, "" if none has.
    due: str = ""
    #: The outbound messages that the act queued in other conversations, by conversation: they are to be sent.
    queued: Mapping[str, str] = field(default_factory=dict)
    #: What is said after the answer's parts: it depends on what the act read.
    more: Sequence[Part] = ()
    #: Whether the conversation has a one-time code to be sent after the commit.
    one_time: bool = False


@dataclass(frozen=True)
class Scene:
    """The turn of an act: its transaction, the conversation as it is now, and the messages.

    `private` is what others read instead of the person's words, "" if they may read them.
    """

    tx: Transaction
    conversation: Conversation
    batch: Sequence[Inbound]
    now: datetime
    private: str = ""

    def heard(self) -> list[str]:
        """Returns each message on one line, as others may read it."""
        return [self.private or preview(message.parts) for message in self.batch]


class Act(Protocol):
    async def prepare(self, scene: Scene) -> Prepared:
        """Makes the reads of the act; returns its writes."""
        ...


def together(prepared: Sequence[Prepared]) -> Prepared:
    """Returns several acts as one; at most one of them has a request that is due."""

    def write() -> None:
        for each in prepared:
            each.write()

    return Prepared(
        write,
        overtaken=[message for each in prepared for message in each.overtaken],
        says=all(each.says for each in prepared),
        marks={name: value for each in prepared for name, value in each.marks.items()},
        due=next((each.due for each in prepared if each.due), ""),
        queued={conversation: message for each in prepared for conversation, message in each.queued.items()},
        more=[part for each in prepared for part in each.more],
        one_time=any(each.one_time for each in prepared),
    )
