"""The text of a page as paragraphs and lists."""

from __future__ import annotations

import pytest

from shared.formats.marks import Run, runs
from shared.pages.prose import Block, blocks, one_line


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["a"], [Block(["a"])]),
        (["a\nb"], [Block(["a", "b"])]),
        (["a\n\nb", "c"], [Block(["a"]), Block(["b"]), Block(["c"])]),
        (["a\r\n- b\r- c\nd"], [Block(["a"]), Block(["b", "c"], items=True), Block(["d"])]),
        (["• a\n* b\n– c"], [Block(["a", "b", "c"], items=True)]),
        (["*gras* a\n-5 °C\n- "], [Block(["*gras* a", "-5 °C", "-"])]),
        (["1. a\n2. b"], [Block(["1. a", "2. b"])]),
        (["a\u202eb\x00\x1bc\ud800"], [Block(["abc"])]),
        (["", " \n\n "], []),
        ([], []),
    ],
)
def test_blocks(texts: list[str], expected: list[Block]) -> None:
    assert blocks(texts) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a *b _c_* d", [Run("a "), Run("b ", bold=True), Run("c", bold=True, italic=True), Run(" d")]),
        ("2 * 3 * 4", [Run("2 * 3 * 4")]),
        ("*a*", [Run("a", bold=True)]),
        ("https://hotel.example/_a_", [Run("https://hotel.example/_a_")]),
        ("", []),
    ],
)
def test_runs_of_one_style(text: str, expected: list[Run]) -> None:
    assert runs(text) == expected


def test_one_line() -> None:
    assert one_line(" a\n\tb\x07 ") == "a b"
