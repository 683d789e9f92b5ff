"""Choices as lines of text, on channels without buttons."""

from __future__ import annotations

import pytest

from shared.models.parts import Choice, Choices, as_text

QUESTION = "Can you find a babysitter for tonight?"


@pytest.mark.parametrize(
    ("title", "description", "line"),
    [
        ("Rooms", "", "1. Rooms"),
        ("Rooms", "with a sea view", "1. Rooms: with a sea view"),
        ("Can you find a babysitt…", QUESTION, f"1. {QUESTION}"),
        ("Can you find a …", QUESTION, f"1. {QUESTION}"),
        ("And so on…", QUESTION, f"1. And so on…: {QUESTION}"),
    ],
)
def test_a_title_that_is_cut_off_is_not_told_twice(title: str, description: str, line: str) -> None:
    choices = Choices(text="Which?", choices=[Choice(id="a", title=title, description=description)])
    assert as_text(choices) == f"Which?\n\n{line}"
