"""What an entry lacks of a question."""

from __future__ import annotations

import pytest

from shared.knowledge.lacking import Vocabulary

VOCABULARY = Vocabulary(
    [["When is the communion? On 30 May 2027 in Dakar"], ["Are dogs welcome? Dogs and cats up to 10 kg"]]
)
#: Places of the lacks in the list: words that no entry has, words of other entries, names, years, numbers.
UNKNOWN, ELSEWHERE, NAMES, YEARS, NUMBERS, FOREIGN = 0, 2, 5, 6, 7, 8


def lacks(text: str, number: int, *, foreign: bool = False) -> list[float]:
    return VOCABULARY.lacks(text, text.casefold(), number, foreign=foreign)


@pytest.mark.parametrize(
    ("text", "number", "place", "expected"),
    [
        ("are dogs welcome", 1, UNKNOWN, 0),
        ("are parrots welcome", 1, UNKNOWN, 1),
        ("are communons on", 0, UNKNOWN, 0),
        ("communion of dogs", 1, ELSEWHERE, 1),
        ("communion of dogs", 0, ELSEWHERE, 1),
        ("is it in Dakar", 0, NAMES, 0),
        ("is it in Dakar", 1, NAMES, 1),
        ("is it in Thiès", 0, NAMES, 1),
        ("communion in 2027", 0, YEARS, 0),
        ("communion in 2031", 0, YEARS, 1),
        ("dogs of 10 kg", 1, NUMBERS, 0),
        ("dogs of 20 kg", 1, NUMBERS, 1),
        ("dogs of 20 kg", 1, YEARS, 0),
    ],
)
def test_words_names_and_numbers_are_compared(text: str, number: int, place: int, expected: float) -> None:
    assert lacks(text, number)[place] == expected


def test_a_foreign_text_is_compared_by_names_and_numbers_only() -> None:
    found = lacks("¿se aceptan loros en 2031?", 1, foreign=True)
    assert (found[UNKNOWN], found[ELSEWHERE], found[YEARS], found[FOREIGN]) == (0, 0, 1, 1)


def test_many_lacking_words_count_as_some() -> None:
    assert lacks(" ".join(f"zz{letter}zz" for letter in "abcdefgh"), 0)[UNKNOWN] == 4
