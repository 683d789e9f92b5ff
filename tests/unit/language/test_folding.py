"""Folding of words: spelling variants of one word fold alike, different words stay different."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.language.folding import folded


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("STOP", "stop"),
        ("  two\n\twords ", "two words"),
        ("Ça va, l'ÉTÉ ?", "ca va l ete"),
        ("e\u0301te\u0301", "ete"),
        ("L’église", "l eglise"),
        ("aujourdʼhui", "aujourd hui"),
        ("SŒUR Ægir", "soeur aegir"),
        ("Straße STRASSE", "strasse strasse"),
        ("ﬁn", "fin"),
        ("İstanbul ısı", "istanbul isi"),
        ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
        ("Łódź, Ålborg, Øre", "lodz alborg ore"),
        ("ŋ Ɓaleejo", "n baleejo"),
        ("_urgence_ *au feu*", "urgence au feu"),
        ("ＳＴＯＰ", "stop"),
        ("désa\u00adbonner me\u200b", "desabonner me"),
        ("٢ ۲ ２", "2 2 2"),
        ("n° 2", "n 2"),
        ("إِلْغَاء", "الغاء"),
        ("أريد آن ٱسم", "اريد ان اسم"),
        ("مـــوظف", "موظف"),
        ("مدرسة على", "مدرسه علي"),
        ("یک", "يك"),
        ("ﷲ", "الله"),
        ("😀 …", ""),
        ("", ""),
    ],
)
def test_a_text_is_compared_as(written: str, compared: str) -> None:
    assert folded(written) == compared


@pytest.mark.parametrize(("one", "other"), [("a", "e"), ("ن", "ت"), ("я", "ъ"), ("か", "き"), ("1", "l")])
def test_other_letters_stay_other_letters(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.lists(st.text(max_size=8), max_size=5))
def test_words_are_folded_alike_alone_and_together(words: list[str]) -> None:
    assert folded(" ".join(words)).split() == [part for word in words for part in folded(word).split()]
