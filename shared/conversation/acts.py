"""Acts: what follows from an answer beside its words, such as a call for a human.

An act is a typed value with one owner. In the turn's transaction every act first reads, then all of them
write: Firestore takes no read after a write (https://firebase.google.com/docs/firestore/manage-data/transactions).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.conversation.conversation import Conversation
from shared.models.message import Inbound
from shared.platform.store import Transaction

#: Writes to the transaction, and changes the conversation, which its turn puts.
Write = Callable[[], None]


@dataclass(frozen=True)
class Scene:
    """The turn that an act follows from: its transaction, the conversation as it is now, and its messages."""

    tx: Transaction
    conversation: Conversation
    batch: Sequence[Inbound]
    now: datetime


class Act(Protocol):
    async def prepare(self, scene: Scene) -> Write:
        """Reads what the act needs, and returns what carries it out."""
        ...
