"""The text of a notice beside the facts, lines and links that its page shows by themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.models.history import Line
from shared.notifiers import Action, Notice
from shared.notifiers.email.prose import prose
from tests.fakes.connection import NOW

NOTICE = Notice(
    id="1",
    purpose="request",
    tenant_name="Hotel",
    thread="7",
    title="Awa needs a person",
    text="",
    language="en",
    facts=[("Mood", "unhappy"), ("Summary", "A late check-out,\nif possible")],
    lines=[Line(author="person", text="Is it ok?\nPlease", at=NOW)],
    actions=[Action("take", "Take it", "https://desk.example/take")],
)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Awa needs a person\n\nMood: unhappy\nSummary: A late check-out,\nif possible", []),
        ("Last messages:\nAwa: Is it ok?\nPlease\n\nTake it: https://desk.example/take", []),
        ("Awa wrote again.\n\nMood: unhappy", ["Awa wrote again."]),
        ("She is unhappy", ["She is unhappy"]),
        ("Already said:\nNo pool.", ["Already said:\nNo pool."]),
        ("", []),
    ],
)
def test_only_lines_that_are_shown_elsewhere_are_left_out(text: str, left: list[str]) -> None:
    assert prose(replace(NOTICE, text=text)) == left
