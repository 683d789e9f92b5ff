"""Answers of models that hold for every person with the same question, kept for a while and tied to none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from shared.conversation.acts import Prepared, Scene
from shared.models.document import Document


class KnownAnswer(Document):
    """One answer. Its id is a digest of the question and of all else that it depends on; neither the question
    nor a link to a person is kept."""

    path: ClassVar[str] = "tenants/{tenant}/answers/{answer}"
    tenant: str
    answer: str
    texts: list[str]
    why: str
    language: str
    #: When it may be deleted: Firestore's TTL.
    expires_at: datetime


@dataclass(frozen=True)
class KeepAnswer:
    """Keeps an answer for the other instances."""

    known: KnownAnswer

    async def prepare(self, scene: Scene) -> Prepared:
        return Prepared(lambda: scene.tx.put(self.known))
