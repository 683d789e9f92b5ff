"""A question after another one, in a small knowledge."""

from __future__ import annotations

import pytest

from shared.knowledge.index import Index
from shared.understanding.following import together
from tests.unit.knowledge.test_index import INDEX


def found(index: Index, before: str, text: str) -> list[str]:
    return [each.id for each in index.follow_up([text, together(before, text), before], "fr", 3)]


def test_a_follow_up_finds_the_entry_before() -> None:
    before = "à quelle heure ouvre la piscine ?"
    assert found(INDEX, before, "et le dimanche ?")[0] == INDEX.search(before, "fr", 1)[0].id


@pytest.mark.parametrize("text", ["", "et ?", "?"])
def test_words_without_content_follow_up_too(text: str) -> None:
    assert found(INDEX, "à quelle heure ouvre la piscine ?", text)[:1] in ([], ["pool"])


def test_an_empty_knowledge_finds_nothing() -> None:
    assert found(Index([]), "la piscine ?", "et le dimanche ?") == []
