"""Detection of a burst of messages: a turn waits for its end only if there is a sign of one.

A finished sentence alone, a command or a pressed button is answered without a wait.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from shared.conversation.conversation import Conversation
from shared.language.folding import folded
from shared.language.languages import hanging, shipped
from shared.models.message import Inbound
from shared.models.parts import Media
from shared.models.pending import Reference
from shared.models.words import words_of

#: Quiet (s) that ends a burst, and the longest wait (s) in all.
QUIET = 1.2
LONGEST = 4.0
#: Burstiness from which a person counts as one who writes in bursts.
BURSTY = 0.5

_FINISHED = re.compile(r"[.!?…؟。!?][\s\"'»”)\]]*\Z")
_GOES_ON = re.compile(r"(,|;|:|-|\.\.\.|…)\s*\Z")


def pause(conversation: Conversation, batch: Sequence[Inbound | Reference]) -> float:
    """Returns the seconds of quiet to wait for before answering `batch`, or 0 if no sign hints at more."""
    if not batch:
        return 0.0
    last = batch[-1]
    if last.late:
        return QUIET  # a gateway that was down delivers its whole backlog
    if isinstance(last, Reference):
        return QUIET  # too large to embed; such a message mostly comes with others or before its explanation
    if any(isinstance(part, Media) and not part.caption for part in last.parts):
        return QUIET  # pictures come in albums, or with their explanation after them
    if len(batch) > 1 or looks_unfinished(words_of(last)):
        return QUIET
    if conversation.writer.burstiness >= BURSTY and not _FINISHED.search(words_of(last)):
        return QUIET
    return 0.0


def looks_unfinished(text: str) -> bool:
    """Whether a text is a bare greeting, ends with a comma or an article, or has not come to its point."""
    words = folded(text).split()
    if not words or text.lstrip().startswith(("/", "#")):
        return False
    if set(words) <= _greetings() or _GOES_ON.search(text):
        return True
    return not _FINISHED.search(text) and words[-1] in hanging()


def learn(burstiness: float, messages: int) -> float:
    """Returns the burstiness after a turn of this many messages: a moving average of "more than one"."""
    return round(0.7 * burstiness + 0.3 * (1.0 if messages > 1 else 0.0), 3)


@cache
def _greetings() -> frozenset[str]:
    """Returns the words of bare greetings, in all languages."""
    greetings = (phrase for language in shipped().values() for phrase in language.commands["greeting"])
    titles = (language.titles for language in shipped().values())
    return frozenset(" ".join(greetings).split()).union(*titles)
