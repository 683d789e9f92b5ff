"""Gaps: questions without a known answer, counted for each tenant and tied to no person.

They tell an organisation the knowledge that it lacks. A document holds the question and no link to a person:
no contact, conversation, channel or message. Numbers and addresses in the question are left out too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from shared.conversation.acts import Prepared, Scene
from shared.language.folding import folded
from shared.language.languages import shipped
from shared.models.document import Document

#: Time until a gap is deleted after its last question: the field `expires_at` is Firestore's TTL.
KEPT = timedelta(days=180)
#: Most characters of a question that are kept.
LENGTH = 300

#: Words with an e-mail address, an @name or a web address, also one without a scheme ("wa.me/…").
_ADDRESS = re.compile(
    r"(?<!\S)\S*(?:[@＠]|://|www\.|\w\.(?:com|org|net|info|app)\b|\w\.[a-z]{2,}/)\S*", re.IGNORECASE
)
#: Digits in a row, and numbers written in groups ("77 123 45 67", "12/05/85"); not times ("8h30") or "2-3".
_NUMBER = re.compile(r"\d(?:[\W_]{0,3}\d){5,}|\d{4,}")
_LEFT_OUT = "…"


class Gap(Document):
    """One question without an answer, in its first wording, with all others of the same content words.

    `count` is how often it was asked, `first_at` and `last_at` are when.
    """

    path: ClassVar[str] = "tenants/{tenant}/gaps/{gap}"
    tenant: str
    gap: str
    question: str
    language: str
    count: int = 1
    first_at: datetime
    last_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, tenant: str, gap: str, question: str, language: str, now: datetime) -> Gap:
        """Returns the gap of a question that is asked for the first time."""
        kept = question if len(question) <= LENGTH else question[: LENGTH - 1] + _LEFT_OUT
        return cls(
            tenant=tenant,
            gap=gap,
            question=kept,
            language=language,
            first_at=now,
            last_at=now,
            expires_at=now + KEPT,
        )

    def count_again(self, now: datetime) -> None:
        """Counts the question once more, and keeps it for longer."""
        self.count += 1
        self.last_at = max(self.last_at, now)
        self.expires_at = self.last_at + KEPT


@dataclass(frozen=True)
class NoteGap:
    """Notes a question that had no known answer; one without any words of its own is not noted."""

    question: str
    language: str

    async def prepare(self, scene: Scene) -> Prepared:
        tx, tenant, now = scene.tx, scene.conversation.tenant, scene.now
        question = impersonal(self.question)
        words = _content(question, self.language)
        if not words:
            return Prepared(lambda: None)
        name = hashlib.sha256(" ".join(words).encode()).hexdigest()[:20]
        gap = await tx.get(Gap, tenant=tenant, gap=name)
        if gap is None or gap.expires_at <= now:  # Firestore deletes within a day, the local run never
            gap = Gap.of(tenant, name, question, self.language, now)
        else:
            gap.count_again(now)
        return Prepared(lambda: tx.put(gap))


def impersonal(text: str) -> str:
    """Returns the text on one line, with "…" for numbers of four digits or more and for addresses.

    Rather too much is left out than too little: a year and a price of four digits go as well.
    """
    words = _NUMBER.sub(_LEFT_OUT, _ADDRESS.sub(_LEFT_OUT, text))
    return " ".join(words.split())


def _content(text: str, language: str) -> Sequence[str]:
    """Returns the text's content words, folded and sorted, each once; all its words if it has no other."""
    ours = shipped().get(language)
    everyday = ours.everyday.difference(*ours.alike) if ours else frozenset[str]()
    words = set(folded(text).split())
    return sorted(words - everyday or words)
