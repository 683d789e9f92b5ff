"""Vectors of the knowledge: how near a question's meaning is to each piece of the entries.

They are computed when an entry is written, and stored in it, eight bits a number.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shared.knowledge.pieces import pieces
from shared.models.tenant import Embedded, KnowledgeEntry

if TYPE_CHECKING:
    from shared.embeddings import Embedder, Vectors
    from shared.embeddings.attempts import Attempts

#: Entries that are embedded together: a vendor takes many texts in one request.
_TOGETHER = 20
#: Characters of a digest of an entry's words.
_DIGEST = 20


async def embed(entries: Sequence[KnowledgeEntry], embedder: Embedder | Attempts) -> list[KnowledgeEntry]:
    """Computes the vectors of the entries that have none of their present words by this embedder.

    Returns the entries that got some: none if the embedder fails.
    """
    stale = [entry for entry in entries if not is_current(entry, embedder.name)]
    done: list[KnowledgeEntry] = []
    for start in range(0, len(stale), _TOGETHER):
        group = stale[start : start + _TOGETHER]
        texts = [[piece.text for piece in pieces(entry)] for entry in group]
        vectors = await embedder.embed([*chain(*texts)])
        if vectors is None:
            break
        ends = np.cumsum([len(each) for each in texts])
        for entry, rows in zip(group, np.split(vectors, ends[:-1]), strict=True):
            entry.embedded = Embedded(of=_digest(entry, embedder.name), vectors=packed(rows))
        done += group
    return done


def is_current(entry: KnowledgeEntry, name: str) -> bool:
    """Whether the entry has vectors of its present words by the embedder with this name."""
    return entry.embedded is not None and entry.embedded.of == _digest(entry, name)


def stacked(entries: Sequence[KnowledgeEntry], name: str) -> tuple[Vectors, NDArray[np.bool_]]:
    """Returns a row per piece of all entries, zero without a vector; and whether each entry has them."""
    found = [
        unpacked(entry.embedded.vectors) if entry.embedded and is_current(entry, name) else None
        for entry in entries
    ]
    size = next((rows.shape[1] for rows in found if rows is not None), 1)
    nothing = np.zeros((0, size), dtype=np.float32)
    rows = [
        np.zeros((sum(1 for _ in pieces(entry)), size), dtype=np.float32) if each is None else each
        for entry, each in zip(entries, found, strict=True)
    ]
    return np.concatenate([nothing, *rows]), np.array([each is not None for each in found], dtype=bool)


def _digest(entry: KnowledgeEntry, name: str) -> str:
    words = "\n".join([name, *(piece.text for piece in pieces(entry))])
    return hashlib.sha256(words.encode(errors="replace")).hexdigest()[:_DIGEST]


def packed(vectors: Vectors) -> str:
    """Returns vectors as text, eight bits a number."""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    small = np.round(vectors / np.where(largest, largest, 1) * 127).astype(np.int8)
    return f"{vectors.shape[1]} {base64.b64encode(small.tobytes()).decode()}"


def unpacked(text: str) -> Vectors:
    """Returns the vectors of `packed`, each of length 1."""
    size, _, data = text.partition(" ")
    rows = np.frombuffer(base64.b64decode(data), dtype=np.int8).reshape(-1, int(size)).astype(np.float32)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)
    return rows
