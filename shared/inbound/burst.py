"""Waits for the end of a burst, but only where there is a sign of one.

A lone finished sentence, a command, a button wait for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from shared.conversation.conversation import Conversation
from shared.language.folding import folded
from shared.language.languages import shipped
from shared.models.message import Inbound
from shared.models.parts import Media
from shared.models.pending import Reference
from shared.models.words import words_of

#: How long (s) it must be quiet before we answer, and how long we wait in all.
QUIET = 1.2
LONGEST = 4.0
#: From here on a person counts as one who writes in bursts.
BURSTY = 0.5

_FINISHED = re.compile(r"[.!?…؟。!?][\s\"'»”)\]]*\Z")
_GOES_ON = re.compile(r"(,|;|:|-|\.\.\.|…)\s*\Z")


def pause(conversation: Conversation, batch: Sequence[Inbound | Reference]) -> float:
    """Seconds of quiet to wait for before answering `batch`; 0 where nothing hints at more to come."""
    if not batch:
        return 0.0
    last = batch[-1]
    if last.late:
        return QUIET  # a gateway that was down brings all that it has kept
    if isinstance(last, Reference):
        return QUIET  # so much comes in several messages, or with its explanation after it
    if any(isinstance(part, Media) and not part.caption for part in last.parts):
        return QUIET  # pictures come in albums, and their explanation after them
    if len(batch) > 1 or looks_unfinished(words_of(last)):
        return QUIET
    if conversation.burstiness >= BURSTY and not _FINISHED.search(words_of(last)):
        return QUIET
    return 0.0


def looks_unfinished(text: str) -> bool:
    """A bare greeting, a trailing comma or article, an introduction that has not come to its point."""
    words = folded(text).split()
    if not words or text.lstrip().startswith(("/", "#")):
        return False
    if set(words) <= _greetings() or _GOES_ON.search(text):
        return True
    return not _FINISHED.search(text) and words[-1] in _hanging()


def learn(burstiness: float, messages: int) -> float:
    """How bursty the person is after a turn of so many messages: a moving average of "more than one"."""
    return round(0.7 * burstiness + 0.3 * (1.0 if messages > 1 else 0.0), 3)


@cache
def _greetings() -> frozenset[str]:
    """Words that a bare greeting is made of, in any language."""
    greetings = (phrase for language in shipped().values() for phrase in language.commands["greeting"])
    titles = (language.titles for language in shipped().values())
    return frozenset(" ".join(greetings).split()).union(*titles)


@cache
def _hanging() -> frozenset[str]:
    """Words that a finished sentence does not end with, in any language."""
    return frozenset[str]().union(*(language.hanging for language in shipped().values()))
