"""The reader's kept texts: a message is read when it is accepted, and again in its turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shared.understanding import reader
from shared.understanding.reader import Reader
from tests.evals.cases import EMBEDDER

if TYPE_CHECKING:
    from shared.embeddings import Vectors

DANGER = "my son fell in the pool hes not moving help"


class Counting:
    """The local embedder, with a count of the texts that it was asked for."""

    name, loaded = EMBEDDER.name, True

    def __init__(self) -> None:
        self.texts = 0

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts += len(texts)
        return await EMBEDDER.embed(texts)


async def test_a_text_is_read_once() -> None:
    embedder = Counting()
    reads = Reader(embedder)
    first = await reads.signs(DANGER)
    assert await reads.signs(DANGER) == first
    assert embedder.texts == 1


async def test_only_the_last_texts_are_kept() -> None:
    embedder = Counting()
    reads = Reader(embedder)
    await reads.signs(DANGER)
    for number in range(reader._KEPT):
        await reads.signs(f"{DANGER} {number}")
    before = embedder.texts
    await reads.signs(f"{DANGER} 1")
    assert embedder.texts == before
    await reads.signs(DANGER)
    assert embedder.texts == before + 1


async def test_a_text_with_half_a_character_is_read() -> None:
    assert await Reader(EMBEDDER).signs(f"{DANGER} \ud83c") is not None
