"""The questions in a message: people ask for two things in one breath, and each has its answer."""

from __future__ import annotations

import re

from shared.language.content import has_content

#: Most questions of one message that are answered.
LIMIT = 4
_STOPS = re.compile(r"(?<=[?!.;؟])\s+|\n+")
#: Words that join two questions, in all languages that we ship.
_JOINTS = re.compile(
    r"\s*,?\s+(?:et aussi|et puis|et|é|ainsi que|and also|and|nd|n|plus|y también|y|e também|e|ak|و)\s+"
    r"|\s*[,&+]\s+",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """Returns the sentences of the text that have a word with content, at most LIMIT."""
    return [part for part in map(str.strip, _STOPS.split(text)) if has_content(part)][:LIMIT]


def halves(text: str) -> list[tuple[str, str]]:
    """Returns each way to read a sentence as two questions that a joining word or a comma separates."""
    cuts = [(text[: joint.start()].strip(), text[joint.end() :].strip()) for joint in _JOINTS.finditer(text)]
    return [(one, other) for one, other in cuts if has_content(one) and has_content(other)][:LIMIT]
