"""Passages of a tenant's knowledge that may answer a question, and the sources of an answer."""

from __future__ import annotations

from collections.abc import Sequence

from shared.answers import Asked
from shared.answers.sourced import Sourced
from shared.embeddings.attempts import Attempts
from shared.knowledge.library import Library
from shared.knowledge.passage import Passage
from shared.language.texts import text
from shared.models.tenant import Tenant
from shared.platform import tracing
from shared.understanding.following import follows, together

PASSAGES = 5
#: A best passage of this confidence by words is not worth loading the embedder.
_CERTAIN = 0.8
#: A short question of this confidence has a subject of its own.
_ITS_OWN = 0.95


class Grounding:
    """Searches the tenant's knowledge for a turn, its entries and its sources; at most PASSAGES passages.

    It searches entries by words and letters alone if `embedder` is None.
    """

    def __init__(
        self, library: Library, embedder: Attempts | None = None, sourced: Sourced | None = None
    ) -> None:
        self._library, self._embedder, self._sourced = library, embedder, sourced

    async def passages(self, asked: Asked) -> list[Passage]:
        """Returns the passages for the words of the turn, best first.

        Words that may follow up the question before are also searched together with it, unless they are
        certain alone.
        """
        with tracing.span("knowledge.search"):
            return await self._read(asked, asked.words.said, asked.words.before)

    async def top(self, asked: Asked, question: str, before: str = "") -> Passage | None:
        """Returns the best passage for one question of the turn, which may follow up the one `before`."""
        return next(iter(await self._read(asked, question, before)), None)

    async def entry(self, asked: Asked, entry: str) -> Passage | None:
        """Returns the entry as a passage in the person's language, or the piece; None if it is gone."""
        index = await self._library.index(asked.tenant.tenant)
        if (found := index.passage(entry, asked.words.language)) or self._sourced is None:
            return found
        return await self._sourced.passage(asked, entry)

    async def question(self, asked: Asked, passage: Passage) -> str:
        """Returns the entry's own question, in the passage's language; of a piece, its topic."""
        index = await self._library.index(asked.tenant.tenant)
        if index.passage(passage.id, None) is None:
            return passage.topic
        return index.question(passage.id, passage.language)

    async def unknown_names(self, asked: Asked) -> list[str]:
        """Returns the names in the turn's question that the knowledge does not have.

        None are told apart in a language that the tenant does not list: there, words are unknown too.
        """
        if asked.words.language not in asked.tenant.languages:
            return []
        index = await self._library.index(asked.tenant.tenant)
        unknown = index.unknown_names(asked.words.said)
        if self._sourced is None:
            return unknown
        return [name for name in unknown if not await self._sourced.knows(asked, name)]

    async def lacking(self, asked: Asked, words: Sequence[str]) -> list[str]:
        """Returns those of the folded words that the knowledge does not have."""
        index = await self._library.index(asked.tenant.tenant)
        unknown = [word for word in words if not index.knows(word)]
        if self._sourced is None:
            return unknown
        return [word for word in unknown if not await self._sourced.knows(asked, word)]

    async def version(self, asked: Asked) -> str:
        """Returns a word that changes whenever the words of the tenant's entries or pieces do."""
        entries = await self._library.version(asked.tenant.tenant)
        return f"{entries}-{await self._sourced.version(asked)}" if self._sourced else entries

    async def _read(self, asked: Asked, said: str, before: str) -> list[Passage]:
        alone = await self._joined(asked, said, await self._search(asked, said))
        if not before or not follows(said) or _best(alone) >= _ITS_OWN:
            return alone
        readings = [said, together(before, said), before]
        return await self._joined(asked, readings[1], await self._follow_up(asked, readings))

    async def _joined(self, asked: Asked, said: str, entries: list[Passage]) -> list[Passage]:
        """Returns the passages of entries and of sources, best first; entries before equal pieces."""
        if self._sourced is None:
            return entries
        sure = _best(entries) >= _CERTAIN
        pieces = await self._sourced.passages(asked, said, PASSAGES, sure=sure)
        return (
            sorted([*entries, *pieces], key=lambda each: -each.confidence)[:PASSAGES] if pieces else entries
        )

    async def _follow_up(self, asked: Asked, readings: Sequence[str]) -> list[Passage]:
        index = await self._library.index(asked.tenant.tenant)
        language = asked.words.language
        if self._embedder is None or not index.has_vectors:
            return list(index.follow_up(readings, language, PASSAGES))
        vectors = [await self._embedder.embed(index.texts(each, language)) for each in readings]
        return list(index.follow_up(readings, language, PASSAGES, vectors))

    async def _search(self, asked: Asked, said: str) -> list[Passage]:
        index = await self._library.index(asked.tenant.tenant)
        language = asked.words.language
        if self._embedder is None or not index.has_vectors:
            return list(index.search(said, language, PASSAGES))
        if not self._embedder.loaded:
            found = list(index.search(said, language, PASSAGES))
            if found and found[0].confidence >= _CERTAIN:
                return found
        vectors = await self._embedder.embed(index.texts(said, language))
        return list(index.search(said, language, PASSAGES, vectors))


def _best(passages: Sequence[Passage]) -> float:
    return passages[0].confidence if passages else 0.0


def with_sources(tenant: Tenant, answer: str, passages: Sequence[Passage], language: str) -> str:
    """Returns the answer with the sources of its passages on a last line in WhatsApp's italics."""
    names = "; ".join(dict.fromkeys(passage.source for passage in passages if passage.source))
    return f"{answer}\n\n_{text(tenant, language, 'source')} {names}_" if names else answer
