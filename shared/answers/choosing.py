"""Which of the things that we offered somebody chose: by a button, by its number, or in its own words.

A channel without buttons shows choices as numbered text, and people type numbers even where it has them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from shared.answers.commands import command
from shared.models.message import Inbound
from shared.models.parts import Choice, Pressed
from shared.models.words import folded, words_of

#: "2", and what people put before it.
_NUMBER = re.compile(r"(?:(?:option|choix|choice|numero|number|nr|no|n|le|la|the) ?)?(\d{1,2})")


class Chosen(NamedTuple):
    """`id` is what we gave it, `title` what the person read."""

    id: str
    title: str


def chosen(offered: Sequence[Choice], message: Inbound) -> Chosen | None:
    """What the message chooses; None where it says something else. A button that we sent long ago is still
    one, a number counts in what was `offered` last."""
    for part in message.parts:
        if isinstance(part, Pressed):
            titles = {choice.id: choice.title for choice in offered}
            return Chosen(part.id, part.title or titles.get(part.id, part.id))
    text = words_of(message)
    if not offered or command(text):  # a command is one whatever was offered
        return None
    words = folded(text)
    number = _NUMBER.fullmatch(words)
    if number and 0 < int(number[1]) <= len(offered):
        choice = offered[int(number[1]) - 1]
        return Chosen(choice.id, choice.title)
    for place, choice in enumerate(offered, start=1):
        title = folded(choice.title)
        if words and words in (title, f"{place} {title}"):
            return Chosen(choice.id, choice.title)
    return None
