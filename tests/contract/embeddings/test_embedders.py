"""The contract of every embedder: one vector of length 1 per text, in order, for any text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from scripts.local.vendors.models.server import ModelServer as Vendor
from shared import embeddings
from shared.embeddings import LIMIT, Embedder
from shared.embeddings.gemini import Gemini
from shared.embeddings.local import Local
from shared.knowledge.vectors import embed, is_current, stacked
from shared.models.tenant import KnowledgeEntry, Wording
from tests.contract.embeddings.conftest import KEY

EMBEDDERS: dict[str, Callable[[], Embedder]] = {"local": Local, "gemini": lambda: Gemini("", KEY)}
#: Files of the package that are no embedder.
OTHERS = {"__init__", "attempts", "by_tenant", "prepared"}


@pytest.fixture(params=sorted(EMBEDDERS))
def embedder(request: pytest.FixtureRequest, vendor: Vendor) -> Embedder:
    return EMBEDDERS[request.param]()


def test_every_embedder_is_here() -> None:
    files = {path.stem for path in Path(embeddings.__file__).parent.glob("*.py")}
    assert files - OTHERS == set(EMBEDDERS)


async def test_each_text_has_a_vector_of_length_one(embedder: Embedder) -> None:
    texts = ["Où est la piscine ?", "", "   ", "🏊", "\x00", "pool " * LIMIT, "\ud800"]
    vectors = await embedder.embed(texts)
    assert vectors.dtype == np.float32
    assert len(vectors) == len(texts)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)


async def test_no_text_has_no_vector(embedder: Embedder) -> None:
    assert len(await embedder.embed([])) == 0


async def test_the_order_of_many_texts_is_kept(embedder: Embedder) -> None:
    texts = [f"room {number}" for number in range(230)]
    vectors = await embedder.embed(texts)
    assert len(vectors) == len(texts)
    for number in (0, 99, 100, 229):
        [alone] = await embedder.embed([texts[number]])
        assert np.allclose(vectors[number], alone, atol=1e-3)


async def test_the_same_words_are_nearer_than_others(embedder: Embedder) -> None:
    one, same, other = await embedder.embed(["where is the pool", "where is the pool ?", "two eggs, please"])
    assert one @ same > one @ other


async def test_only_the_first_characters_count(embedder: Embedder) -> None:
    long, cut = await embedder.embed(["x y " * LIMIT, ("x y " * LIMIT)[:LIMIT]])
    assert np.allclose(long, cut, atol=1e-3)


async def test_vectors_of_another_embedder_are_replaced_and_never_compared(embedder: Embedder) -> None:
    wording = Wording(questions=["Is there a pool?"], answer="Yes, on the roof of the hotel.")
    entry = KnowledgeEntry(tenant="t", entry="pool", wordings={"en": wording})
    for other in EMBEDDERS.values():
        await embed([entry], other())
        assert is_current(entry, other().name)
    assert await embed([entry], embedder) in ([], [entry])
    others = {each().name for each in EMBEDDERS.values()} - {embedder.name}
    assert is_current(entry, embedder.name)
    for name in others:
        _, there = stacked([entry], name)
        assert not there.any()
