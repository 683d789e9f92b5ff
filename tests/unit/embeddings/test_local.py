"""The local embedder: texts of one meaning are near each other, in any of its languages."""

from __future__ import annotations

import numpy as np

from shared.embeddings import LIMIT
from shared.embeddings.local import Local
from shared.knowledge.vectors import embed, is_current
from shared.models.tenant import KnowledgeEntry, Wording


async def test_one_meaning_is_near_in_two_languages_and_another_is_far() -> None:
    embedder = Local()
    assert not embedder.loaded
    texts = ["À quelle heure est le petit déjeuner ?", "What time is breakfast?", "I lost my umbrella"]
    vectors = await embedder.embed(texts)
    assert embedder.loaded
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert vectors[0] @ vectors[1] > 0.7 > 0.4 > vectors[0] @ vectors[2]


async def test_an_empty_and_a_long_text_have_vectors() -> None:
    empty, long, cut = await Local().embed(["", "x y " * LIMIT, ("x y " * LIMIT)[:LIMIT]])
    assert np.isfinite(empty).all()
    assert np.allclose(long, cut)


async def test_the_vectors_of_an_entry_are_of_its_present_words() -> None:
    embedder = Local()
    entry = KnowledgeEntry(
        tenant="t", entry="pool", wordings={"en": Wording(questions=["Is there a pool?"], answer="Yes.")}
    )
    await embed([entry], embedder)
    assert is_current(entry, embedder.name)
    assert not is_current(entry, "another embedder")
    entry.wordings["en"].answer = "No, it is closed for the winter."
    assert not is_current(entry, embedder.name)
