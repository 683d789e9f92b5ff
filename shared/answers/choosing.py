"""Recognition of a choice that we offered: by a button, by its number, or in its own words.

A channel without buttons shows choices as numbered text, and people type numbers even if there are buttons.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from shared.answers import Chosen
from shared.language.commands import command
from shared.language.folding import folded
from shared.language.languages import shipped
from shared.models.message import Inbound
from shared.models.parts import Choice, Pressed
from shared.models.words import words_of


def chosen(offered: Sequence[Choice], message: Inbound) -> Chosen | None:
    """Returns the choice that the message makes, or None if it makes no choice.

    A button of an old message still counts; a number or a title counts only for the last `offered` choices.
    """
    for part in message.parts:
        if isinstance(part, Pressed):
            titles = {choice.id: choice.title for choice in offered}
            return Chosen(part.id, part.title or titles.get(part.id, part.id))
    text = words_of(message)
    if not offered or command(text):  # a command comes before a choice with the same words
        return None
    words = folded(text)
    number = _number().fullmatch(words)
    if number and 0 < int(number[1]) <= len(offered):
        choice = offered[int(number[1]) - 1]
        return Chosen(choice.id, choice.title)
    for place, choice in enumerate(offered, start=1):
        title, short = folded(choice.title), folded(choice.title.partition(",")[0])  # "Yes" for "Yes, danger"
        if words and words in (title, short, f"{place} {title}"):
            return Chosen(choice.id, choice.title)
    return None


@cache
def _number() -> re.Pattern[str]:
    """Returns a pattern for the folded number of a choice, with the words that people put before it."""
    before = sorted(word for language in shipped().values() for word in language.numbering)
    return re.compile(rf"(?:(?:{'|'.join(before)}) ?)?(\d{{1,2}})")
