"""Acts: what follows from an answer beside its words, such as a call for a human.

An act is a typed value with one owner. In the turn's transaction every act first reads, then all of them
write: Firestore takes no read after a write (https://firebase.google.com/docs/firestore/manage-data/transactions).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.conversation.conversation import Conversation
from shared.models.message import Inbound
from shared.platform.store import Transaction


@dataclass(frozen=True)
class Prepared:
    """An act that has read what it needs. `write` writes to the transaction and changes the conversation,
    which its turn puts; it is called in any case.

    `stands` is False if newer news has overtaken the answer, such as an opting-in after a STOP that came
    late: then nothing is said.
    """

    write: Callable[[], None]
    stands: bool = True
    #: False if the person has been told already; the turn ends as it would with the words.
    says: bool = True
    #: Fields of the turn's messages that the act sets.
    marks: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """The turn that an act follows from: its transaction, the conversation as it is now, and its messages."""

    tx: Transaction
    conversation: Conversation
    batch: Sequence[Inbound]
    now: datetime


class Act(Protocol):
    async def prepare(self, scene: Scene) -> Prepared:
        """Reads what the act needs, and returns what carries it out."""
        ...
