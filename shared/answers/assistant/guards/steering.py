"""Signs that a text tries to steer the model: such words are a subject of their own, and not the tenant's.

No sign is needed for safety's sake alone: whatever a text says, it stays data, and the answer is checked.
With a sign, the checks no longer let an answer rest on the person's words.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from pathlib import Path

from shared.answers.assistant.guards.notation import plain
from shared.answers.assistant.guards.stems import sentences


def steers(text: str) -> bool:
    """Whether the text has a sign of an attempt to steer, in any of the languages that have patterns."""
    written = "\n".join(" ".join(plain(line).split()) for line in text.splitlines())
    return _pattern().search(written) is not None or _pattern().search(text) is not None


def without(text: str) -> str:
    """Returns the sentences of a text that have no sign."""
    return "".join(each for each in sentences(text) if not steers(each)) if steers(text) else text


@lru_cache(maxsize=500)
def stating(text: str) -> str:
    """Returns the sentences of a text that state something: questions do not, nor do those with a sign.

    Most texts are passages, which are asked for again and again.
    """
    kept = without(text)
    if "?" not in kept:
        return kept
    return "".join(each for each in sentences(kept) if not each.rstrip().endswith("?"))


@cache
def _pattern() -> re.Pattern[str]:
    signs = json.loads(Path(__file__).with_name("steering.json").read_bytes())
    return re.compile("|".join(signs), re.MULTILINE)
