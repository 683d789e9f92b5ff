"""The index over pieces of a tenant's sources, in memory: the pieces that answer a question, with confidence.

The likeliest pieces by words and the likeliest by meaning are compared by three measures: the words that they
share with the question, the letters of these words, and the nearness in meaning. Weights fitted on questions
as people type them make one confidence of these (piece_ranking.json, `python -m tests.evals.fit_pieces`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shared.knowledge import ranking
from shared.knowledge.index import LONGEST, segments
from shared.knowledge.lacking import Vocabulary
from shared.knowledge.letters import likeness
from shared.knowledge.passage import Passage
from shared.knowledge.pieces import pieces as entry_pieces
from shared.knowledge.vectors import is_current, packed, unpacked
from shared.knowledge.words import Words
from shared.language.content import has_content
from shared.language.detection import LIMIT
from shared.language.folding import folded
from shared.language.spelling import spelled
from shared.models.source import SourcePiece
from shared.models.tenant import Embedded, KnowledgeEntry, Wording

if TYPE_CHECKING:
    from shared.embeddings import Vectors

#: Pieces that are compared, of the likeliest by words and of the likeliest by meaning.
_CANDIDATES = 20
#: The least confidence of a passage worth its place.
_LEAST = 0.01


class PieceIndex:
    """The index of some pieces; built once, then read only.

    `embedder` is the name of the embedder whose vectors are used, "" for none. The tenant's `entries` compete
    with the pieces, but are not found: beside them it shows that a question is not about a small source.
    """

    def __init__(
        self, pieces: Sequence[SourcePiece], embedder: str = "", entries: Sequence[KnowledgeEntry] = ()
    ) -> None:
        self._sources = len(pieces)
        self.pieces = pieces = [
            *pieces,
            *(each for entry in entries for each in _competitors(entry, embedder)),
        ]
        self._by_id = {piece.piece: piece for piece in pieces[: self._sources]}
        self._words = Words([_entry(piece) for piece in pieces])
        self._texts = [" ".join(folded(f"{piece.title} {piece.text}").split()) for piece in pieces]
        self._vocabulary = Vocabulary([[text] for text in self._texts])
        self._languages = {piece.language for piece in pieces}
        self._vectors, there = _stacked(pieces, embedder)
        self.has_vectors = bool(pieces) and there * 2 >= len(pieces)

    def search(
        self, text: str, language: str | None, limit: int, vectors: Vectors | None = None
    ) -> list[Passage]:
        """Returns the passages that most likely answer the text, best first, in whichever language they are.

        `vectors` are those of `texts(…)`; without them words and letters decide alone.
        """
        text = text[:LONGEST]
        if not self.pieces or not has_content(text):
            return []
        numbers, measures = self.measures(text, language, vectors)
        if not len(numbers):
            return []
        fitted = _fitted(meaning="near" in measures)
        found = ranking.probabilities(fitted[0], ranking.columns(measures, len(text.split())))
        order = [int(place) for place in np.argsort(-found, kind="stable")]
        lead = ranking.lead(found, self.lacks(text, language, int(numbers[order[0]])))
        sure = float(ranking.probabilities(fitted[1], lead[None])[0])
        best = [(int(numbers[place]), min(float(found[place]), sure)) for place in order]
        best[0] = best[0][0], sure
        ours = [(number, sure) for number, sure in best if number < self._sources and sure >= _LEAST]
        return [as_passage(self.pieces[number], sure) for number, sure in ours[:limit]]

    def measures(
        self, text: str, language: str | None, vectors: Vectors | None
    ) -> tuple[NDArray[np.int64], dict[str, NDArray[np.float64]]]:
        """Returns the numbers of the likeliest pieces, and each measure of these by its name."""
        matches = self._words.matches(spelled(text[:LIMIT], language), language)
        by_words = sorted(matches, key=lambda number: -matches[number].rank)
        near = None
        if vectors is not None and self.has_vectors and vectors.shape[1] == self._vectors.shape[1]:
            near = np.einsum("ij,kj->ik", self._vectors, vectors).max(axis=1)
        by_meaning = [] if near is None else np.argsort(-near, kind="stable")[:_CANDIDATES].tolist()
        numbers = np.array(sorted({*by_words[:_CANDIDATES], *by_meaning}), dtype=np.int64)
        places = {number: place for place, number in enumerate(by_words)}
        candidates = [self._texts[number] for number in numbers]
        letters = np.stack([likeness(part, candidates) for part in texts(text, language)])
        found = {
            "covered": np.array([matches[n].confidence if n in matches else 0.0 for n in numbers]),
            "rank": np.array([1 / (1 + places[n]) if n in places else 0.0 for n in numbers]),
            "letters": letters.max(axis=0),
        }
        if near is not None:
            found["near"] = near[numbers].astype(np.float64)
        return numbers, found

    def lacks(self, text: str, language: str | None, number: int) -> list[float]:
        """Returns what the piece with this number lacks of the question (lacking.py)."""
        foreign = language is not None and language not in self._languages
        return self._vocabulary.lacks(text, spelled(text, language), number, foreign=foreign)

    def passage(self, piece: str) -> Passage | None:
        """Returns the piece with this id as a certain passage, or None if there is none."""
        found = self._by_id.get(piece)
        return None if found is None else as_passage(found, 1.0)

    def knows(self, name: str) -> bool:
        """Whether the pieces have all words of a name."""
        return all(map(self._vocabulary.knows, folded(name).split()))


def _competitors(entry: KnowledgeEntry, embedder: str) -> Iterator[SourcePiece]:
    """Yields an entry as a piece in each of its languages, with its own vector if it is of this embedder."""
    rows = unpacked(entry.embedded.vectors) if entry.embedded and is_current(entry, embedder) else None
    wholes = [row for row, piece in enumerate(entry_pieces(entry)) if piece.kind == "whole"]
    for language, row in zip(sorted(entry.wordings), wholes, strict=True):
        vectors = None if rows is None else Embedded(of=embedder, vectors=packed(rows[row : row + 1]))
        topic = entry.topic.get(language, "")
        yield SourcePiece(
            tenant=entry.tenant,
            piece=f"{entry.entry}/{language}",
            source=entry.entry,
            item=entry.entry,
            title=topic,
            topic=topic,
            text=entry.wordings[language].answer,
            language=language,
            digest="",
            embedded=vectors,
        )


def _entry(piece: SourcePiece) -> KnowledgeEntry:
    """Returns the piece as the index of words takes it: its topic stands for the questions."""
    wording = Wording(questions=[piece.topic or "."], answer=piece.text)
    return KnowledgeEntry(
        tenant=piece.tenant,
        entry="piece",
        topic={piece.language: piece.title},
        wordings={piece.language: wording},
    )


def _stacked(pieces: Sequence[SourcePiece], embedder: str) -> tuple[Vectors, int]:
    """Returns a row per piece, zero without a vector, and the number of pieces with one."""
    found = [
        unpacked(piece.embedded.vectors)[0] if piece.embedded and piece.embedded.of == embedder else None
        for piece in pieces
    ]
    size = next((len(row) for row in found if row is not None), 1)
    rows = np.zeros((len(pieces), size), dtype=np.float32)
    for number, row in enumerate(found):
        if row is not None:
            rows[number] = row
    return rows, sum(row is not None for row in found)


def _fitted(*, meaning: bool) -> tuple[ranking.Weights, ranking.Weights]:
    name = "meaning" if meaning else "words"
    fitted = ranking.fitted(ranking.PIECES)
    return fitted[name], fitted[f"certain_{name}"]


def texts(text: str, language: str | None) -> list[str]:
    """Returns the texts whose vectors `search` wants for a question."""
    return [spelled(part, language) for part in segments(text[:LONGEST])]


def as_passage(piece: SourcePiece, confidence: float) -> Passage:
    """Returns a piece as a passage of this confidence."""
    return Passage(
        id=piece.piece,
        language=piece.language,
        topic=piece.topic,
        text=piece.text,
        source=piece.origin,
        confidence=confidence,
    )
