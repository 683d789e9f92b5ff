"""Pieces are cut by structure, never within a sentence, and keep their ids as long as their words."""

from __future__ import annotations

from shared.knowledge.cutting import LONGEST, Cut, cut
from shared.knowledge.reading import Block


def pieces(*blocks: Block, title: str = "Guide") -> list[Cut]:
    return list(cut(blocks, title, source="guide", item="guide.md"))


def test_blocks_below_one_title_are_one_piece_and_other_titles_and_pages_another() -> None:
    found = pieces(
        Block(("Meals",), "One.", 1),
        Block(("Meals",), "Two.", 1),
        Block(("Meals",), "Three.", 2),
        Block((), "Four."),
    )
    assert [(each.title, each.topic, each.page, each.text) for each in found] == [
        ("Guide › Meals", "Meals", 1, "One.\nTwo."),
        ("Guide › Meals", "Meals", 2, "Three."),
        ("Guide", "Four.", None, "Four."),
    ]


def test_a_title_that_repeats_the_one_above_is_left_out() -> None:
    assert [each.title for each in pieces(Block(("GUIDE", "Meals"), "One."))] == ["Guide › Meals"]


def test_long_text_is_cut_between_sentences() -> None:
    sentences = [
        f"This is sentence number {n} of a long text about nothing in particular." for n in range(60)
    ]
    found = pieces(Block(("A",), " ".join(sentences)))
    assert len(found) > 3
    assert all(len(each.text) <= LONGEST and each.text.endswith(".") for each in found)
    assert " ".join(each.text for each in found) == " ".join(sentences)


def test_a_sentence_without_end_is_cut_between_words_and_a_word_within() -> None:
    found = pieces(Block((), "word " * 900 + "x" * 3_000))
    assert all(0 < len(each.text) <= LONGEST for each in found)
    assert sum(each.text.count("word") for each in found) == 900


def test_rows_are_pieces_of_their_own() -> None:
    rows = [Block(("Prices", f"Item {n}"), f"Item: {n}", alone=True) for n in range(3)]
    assert [each.text for each in pieces(*rows)] == ["Item: 0", "Item: 1", "Item: 2"]
    same = [Block(("Prices",), f"Item: {n}", alone=True) for n in range(3)]
    assert len(pieces(*same)) == 3


def test_an_id_is_that_of_its_words_and_place_and_no_other_s() -> None:
    before = pieces(Block(("A",), "One."), Block(("B",), "Two."), Block(("B",), "Three."))
    after = pieces(Block(("New",), "First."), Block(("A",), "One."), Block(("B",), "Two. Three."))
    assert before[0].id == after[1].id
    assert before[1].id != after[2].id
    twice = pieces(Block(("A",), "One.", alone=True), Block(("A",), "One.", alone=True))
    assert twice[0].id != twice[1].id
    assert twice[0].digest == twice[1].digest


def test_control_characters_and_halves_of_pairs_do_not_reach_the_store() -> None:
    (found,) = pieces(Block(("A\x00b",), "One\x07 \ud800two.\x1b[2J"))
    assert found.title == "Guide › A b"
    assert found.text.encode()
    assert found.text.isprintable()
