"""The index over one tenant's knowledge, in memory: the entries that answer a question, with confidence.

Three measures are taken of each entry: the words that it shares with the question, the letters of these
words, and, if there are vectors, the nearness in meaning. Weights fitted on questions as people type them
(ranking.py) make one confidence of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shared.knowledge import follow_ups
from shared.knowledge.lacking import Vocabulary
from shared.knowledge.letters import Letters
from shared.knowledge.naming import unknown_names
from shared.knowledge.passage import Passage
from shared.knowledge.pieces import Kind, pieces
from shared.knowledge.ranking import certainty, confidences
from shared.knowledge.vectors import stacked
from shared.knowledge.words import Match, Words
from shared.language.content import has_content
from shared.language.detection import LIMIT
from shared.language.folding import folded
from shared.language.sentences import sentences
from shared.language.spelling import spelled
from shared.models.tenant import KnowledgeEntry

if TYPE_CHECKING:
    from shared.embeddings import Vectors

#: The kinds of pieces whose letters are compared, and those whose meaning is.
_BY_LETTERS: tuple[Kind, ...] = ("question", "answer", "whole")
_BY_MEANING: tuple[Kind, ...] = ("question", "answer", "questions", "whole")
#: From this many words on, each sentence of a question is compared too: people tell a story around it.
_LONG = 12
#: The least confidence of a passage worth its place.
_LEAST = 0.01
#: Most characters of a question that are read.
LONGEST = 2_000
#: Most sentences of a question that are compared, and least words of one.
SENTENCES, _WORDS = 8, 3


class Index:
    """The index of one tenant; built once from its `entries`, then read only.

    `embedder` is the name of the embedder whose vectors of the entries are used, "" for none.
    """

    def __init__(self, entries: Sequence[KnowledgeEntry], embedder: str = "") -> None:
        self.entries = entries
        self._words = Words(entries)
        self._languages = {language for entry in entries for language in entry.wordings}
        owned = [(number, piece) for number, entry in enumerate(entries) for piece in pieces(entry)]
        self._rows = {
            kind: [row for row, (_, piece) in enumerate(owned) if piece.kind == kind] for kind in _BY_MEANING
        }
        self._owners = np.array([number for number, _ in owned], dtype=np.int64)
        self._letters = {
            kind: Letters([owned[row][1].text for row in self._rows[kind]]) for kind in _BY_LETTERS
        }
        self._known = {word for _, piece in owned for word in folded(piece.text).split()}
        self.topics = [next(iter(entry.topic.values()), "") for entry in entries]
        self._vocabulary = Vocabulary([_texts(entry) for entry in entries])
        rows, there = stacked(entries, embedder)
        self._vectors = {kind: rows[self._rows[kind]] for kind in _BY_MEANING}
        self.has_vectors = bool(entries) and bool(there.mean() >= 0.5)

    def search(
        self, text: str, language: str | None, limit: int, vectors: Vectors | None = None
    ) -> list[Passage]:
        """Returns the passages that most likely answer the text, best first.

        A passage is in the person's `language` if its entry has that language; None means any language.
        `vectors` are those of `texts(…)`; without them words and letters decide alone.
        """
        text = text[:LONGEST]
        if not self.entries or not has_content(text):
            return []
        matches, found = self.confidences(text, language, vectors)
        order = [int(number) for number in np.argsort(-found, kind="stable")[:limit]]
        sure = certainty(found, self.lacks(text, language, order[0]), meaning=self._by_meaning(vectors))
        best = [(number, min(float(found[number]), sure)) for number in order]
        best[0] = order[0], sure
        return self._passages(best, matches, language)

    def follow_up(
        self,
        readings: Sequence[str],
        language: str | None,
        limit: int,
        vectors: Sequence[Vectors | None] = (None, None, None),
    ) -> list[Passage]:
        """Returns the passages that most likely answer a text after another question, best first.

        `readings` are the text alone, both together, and the question before, with the `vectors` of each.
        """
        readings = [reading[:LONGEST] for reading in readings]
        if not self.entries:
            return []
        read = [self.confidences(text, language, each) for text, each in zip(readings, vectors, strict=True)]
        meaning = all(self._by_meaning(each) for each in vectors)
        found = follow_ups.confidences(
            [confidence for _, confidence in read], readings[0], self.topics, meaning=meaning
        )
        order = np.argsort(-found, kind="stable")[:limit]
        return self._passages([(int(number), float(found[number])) for number in order], read[1][0], language)

    def confidences(
        self, text: str, language: str | None, vectors: Vectors | None
    ) -> tuple[dict[int, Match], NDArray[np.float64]]:
        """Returns the matches by words, and each entry's confidence by all measures."""
        matches = self._words.matches(spelled(text[:LIMIT], language), language)
        return matches, confidences(self.measures(text, language, matches, vectors), len(text.split()))

    def lacks(self, text: str, language: str | None, number: int) -> list[float]:
        """Returns what the entry with this number lacks of the question (lacking.py)."""
        foreign = language is not None and language not in self._languages
        return self._vocabulary.lacks(text, spelled(text, language), number, foreign=foreign)

    def texts(self, text: str, language: str | None) -> list[str]:
        """Returns the texts whose vectors `search` wants for this question."""
        return [spelled(part, language) for part in segments(text)]

    def passage(self, entry: str, language: str | None) -> Passage | None:
        """Returns the entry with this id as a certain passage, or None if there is none."""
        number = next((n for n, each in enumerate(self.entries) if each.entry == entry), None)
        return None if number is None else self._passage(number, 1.0, {}, language)

    def unknown_names(self, text: str) -> list[str]:
        """Returns the names in a short question that no entry has."""
        return unknown_names(text, self._known)

    def knows(self, word: str) -> bool:
        """Whether any entry has this word, folded."""
        return word in self._known

    def question(self, entry: str, language: str) -> str:
        """Returns the entry's first question in the language, or in its own first one."""
        found = next(each for each in self.entries if each.entry == entry)
        wording = found.wordings.get(language) or next(iter(found.wordings.values()))
        return wording.questions[0]

    def measures(
        self, text: str, language: str | None, matches: dict[int, Match], vectors: Vectors | None
    ) -> dict[str, NDArray[np.float64]]:
        """Returns each measure of all entries, by the measure's name (ranking.py)."""
        size = len(self.entries)
        found = {name: np.zeros(size) for name in ("covered", "rank")}
        for place, (number, match) in enumerate(sorted(matches.items(), key=lambda each: -each[1].rank)):
            found["covered"][number], found["rank"][number] = match.confidence, 1 / (1 + place)
        parts = self.texts(text, language)
        for kind, letters in self._letters.items():
            scores = np.stack([letters.scores(part) for part in parts])
            found[f"letters_{kind}"] = self._best(scores.max(axis=0), kind)
        if vectors is not None and self._by_meaning(vectors):
            for kind, theirs in self._vectors.items():
                near = np.einsum("ij,kj->ik", theirs, vectors)  # BLAS threads wait for one another
                found[f"near_{kind}"] = self._best(near.max(axis=1), kind)
        return found

    def _by_meaning(self, vectors: Vectors | None) -> bool:
        return vectors is not None and self.has_vectors

    def _passages(
        self, found: Sequence[tuple[int, float]], matches: dict[int, Match], language: str | None
    ) -> list[Passage]:
        """Returns the entries with these numbers and confidences as passages, without unlikely ones."""
        return [
            self._passage(number, confidence, matches, language)
            for number, confidence in found
            if confidence >= _LEAST
        ]

    def _best(self, scores: NDArray[np.floating], kind: Kind) -> NDArray[np.float64]:
        """Returns the best score of each entry's pieces of this kind."""
        best = np.zeros(len(self.entries))
        np.maximum.at(best, self._owners[self._rows[kind]], scores)
        return best

    def _passage(
        self, number: int, confidence: float, matches: dict[int, Match], asked: str | None
    ) -> Passage:
        entry = self.entries[number]
        matched = matches[number].language if number in matches else next(iter(entry.wordings))
        language = asked if asked in entry.wordings else matched
        return Passage(
            id=entry.entry,
            language=language,
            topic=entry.topic.get(language, ""),
            text=entry.wordings[language].answer,
            source=entry.source.get(language, ""),
            confidence=confidence,
        )


def _texts(entry: KnowledgeEntry) -> list[str]:
    """Returns all texts of the entry, in all languages."""
    return [piece.text for piece in pieces(entry) if piece.kind == "whole"]


def segments(text: str) -> list[str]:
    """Returns the text, and each sentence of a long one: a story around a question hides its meaning."""
    if len(text.split()) < _LONG:
        return [text]
    return [text, *sentences(text, _WORDS)[-SENTENCES:]]
