"""Passages of a tenant's knowledge that may answer a question, and the sources of an answer."""

from __future__ import annotations

from collections.abc import Sequence

from shared.answers import Asked
from shared.knowledge.library import Library
from shared.knowledge.passage import Passage
from shared.language.texts import text
from shared.models.tenant import Tenant
from shared.platform import tracing

PASSAGES = 5


class Grounding:
    """Searches the tenant's knowledge for a turn; at most PASSAGES passages."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def passages(self, asked: Asked) -> list[Passage]:
        """Returns the passages for the words of the turn, best first."""
        with tracing.span("knowledge.search"):
            index = await self._library.index(asked.tenant.tenant)
            return index.search(asked.words.said, asked.words.language, PASSAGES)


def with_sources(tenant: Tenant, answer: str, passages: Sequence[Passage], language: str) -> str:
    """Returns the answer with the sources of its passages on a last line in WhatsApp's italics."""
    names = "; ".join(dict.fromkeys(passage.source for passage in passages if passage.source))
    return f"{answer}\n\n_{text(tenant, language, 'source')} {names}_" if names else answer
