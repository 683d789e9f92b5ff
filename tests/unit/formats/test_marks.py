"""Text marks to HTML and from Markdown: marked words, unmarked words, and valid output for any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.local.vendors.telegram.html import visible
from shared.formats.marks import from_markdown, to_html, without


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Ouvert *lundi* et _mardi_.", "Ouvert <b>lundi</b> et <i>mardi</i>."),
        ("*a*", "<b>a</b>"),
        ("*_les deux_*", "<b><i>les deux</i></b>"),
        ("_*les deux*_", "<i><b>les deux</b></i>"),
        ("*gras _les deux_*", "<b>gras <i>les deux</i></b>"),
        ("(*lundi*), *mardi*!", "(<b>lundi</b>), <b>mardi</b>!"),
        ("*a _b* c_", "<b>a _b</b> c_"),
        ("2 * 3 * 4 et 2*3*4", "2 * 3 * 4 et 2*3*4"),
        ("* un\n* deux", "* un\n* deux"),
        ("*pas\nfermé*", "*pas\nfermé*"),
        ("snake_case_name", "snake_case_name"),
        ("__deux__", "__deux__"),
        ("https://hotel.example/_a_/*b*?c=1&d=2", "https://hotel.example/_a_/*b*?c=1&amp;d=2"),
        ("*voir https://hotel.example*", "<b>voir https://hotel.example</b>"),
        ("<b>5 < 6 & 7</b>", "&lt;b&gt;5 &lt; 6 &amp; 7&lt;/b&gt;"),
        ("*<script>*", "<b>&lt;script&gt;</b>"),
        ("&amp;", "&amp;amp;"),
        ("", ""),
    ],
)
def test_marks(text: str, html: str) -> None:
    assert to_html(text) == html


MARKED = st.text(alphabet="*_<>&/b;ab .\n", max_size=60) | st.text(max_size=200)


@given(text=MARKED)
def test_every_text_is_valid_and_loses_nothing_but_marks(text: str) -> None:
    seen = iter(visible(to_html(text)))
    shown = next(seen, "")
    for character in text:
        if character == shown:
            shown = next(seen, "")
        else:
            assert character in "*_"
    assert shown == ""


def test_a_long_text_takes_no_time() -> None:
    for unit in ("*a ", "_*", "* ", "https://", "*_a"):
        text = unit * (20_000 // len(unit))
        assert visible(to_html(text)).replace("*", "").replace("_", "") == text.replace("*", "").replace(
            "_", ""
        )


@pytest.mark.parametrize(
    ("markdown", "ours"),
    [
        ("We open at **7:00**.", "We open at *7:00*."),
        ("__Note__: **one** and **two**", "*Note*: *one* and *two*"),
        ("## Opening hours\nFrom 7:00", "*Opening hours*\nFrom 7:00"),
        ("### Prices ###", "*Prices*"),
        ("* one\n  * two\n+ three\n- four", "• one\n  • two\n• three\n- four"),
        ("See [our menu](https://hotel.example/menu).", "See our menu (https://hotel.example/menu)."),
        ("[https://hotel.example](https://hotel.example)", "https://hotel.example"),
        ("Already *bold* and _italic_.", "Already *bold* and _italic_."),
        ("2 ** 3 = 8, 2**3, a**b**c", "2 ** 3 = 8, 2**3, a**b**c"),
        ("#1 of 3, #bot", "#1 of 3, #bot"),
        ("https://hotel.example/__a__/**b**", "https://hotel.example/__a__/**b**"),
        ("[no link](javascript:alert)", "[no link](javascript:alert)"),
        ("**not\nclosed**", "**not\nclosed**"),
        ("", ""),
    ],
)
def test_markdown_becomes_our_marks(markdown: str, ours: str) -> None:
    assert from_markdown(markdown) == ours
    assert from_markdown(ours) == ours


@given(text=st.text(alphabet="*_#+ab .\n", max_size=60) | st.text(max_size=200))
def test_markdown_loses_no_word(text: str) -> None:
    plain = str.maketrans("", "", "*_#+•")
    assert from_markdown(text).translate(plain).split() == text.translate(plain).split()


def test_a_long_text_of_markdown_takes_no_time() -> None:
    for unit in ("**a ", "__", "# ", "* ", "[a](", "[", "## a #", "**a**"):
        assert from_markdown(unit * (20_000 // len(unit)))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Ouvert *lundi* et _mardi_.", "Ouvert lundi et mardi."),
        ("*_les deux_*", "les deux"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("https://hotel.example/_a_/*b*", "https://hotel.example/_a_/*b*"),
    ],
)
def test_marks_are_left_out(text: str, plain: str) -> None:
    assert without(text) == plain
