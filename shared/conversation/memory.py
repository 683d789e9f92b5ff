"""Memory: facts that the person stated, and a summary of the conversation, within bounds.

Both are fields of the conversation, which a turn reads and writes anyway: they cost no read, are there to be
read and erased in the database's console, and go where the conversation goes in a merge of contacts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.conversation.acts import Prepared, Scene
from shared.conversation.conversation import Conversation
from shared.conversation.groups import Memory, StatedFact
from shared.language.content import content
from shared.language.folding import folded
from shared.models.parts import shortened, whole

#: Most facts of a person, the newest, and most characters of one: a page that a member of staff reads at a
#: glance, and some 1,000 tokens of a request at most.
FACTS, LENGTH = 20, 200
#: Most characters of a summary.
SUMMARY = 1_200
#: New lines that are worth a summary after a pause, and as many that it must not wait: older ones are about
#: to fall out of the history (HISTORY_LIMIT).
ENOUGH, MANY = 6, 14
#: A pause of a conversation. The history is dropped after the tenant's idle time: the pause is half of it at
#: most.
PAUSE = timedelta(minutes=10)


@dataclass(frozen=True)
class Remember:
    """Keeps a fact that the person stated; of facts that say the same, the newest counts."""

    fact: str

    async def prepare(self, scene: Scene) -> Prepared:
        text = shortened(" ".join(whole(self.fact).split()), LENGTH)
        fact = StatedFact(text=text, at=scene.now)

        def write() -> None:
            memory = scene.conversation.memory
            memory.facts = joined(memory.facts, [fact] if text else [])

        return Prepared(write)


@dataclass(frozen=True)
class AwaitSummary:
    """Has the summary refreshed after the turn if it lacks enough lines; `idle` ends a session."""

    idle: timedelta

    async def prepare(self, scene: Scene) -> Prepared:
        return Prepared(lambda: await_summary(scene.conversation, self.idle, scene.now))


def joined(earlier: Sequence[StatedFact], later: Sequence[StatedFact]) -> list[StatedFact]:
    """Returns the facts, each once, the newest last; of facts that say the same, the newest."""
    kept: list[StatedFact] = []
    for fact in sorted([*earlier, *later], key=lambda each: each.at):
        kept = [*(each for each in kept if _words(fact) != _words(each)), fact]
    return kept[-FACTS:]


def both(earlier: Memory, later: Memory) -> str:
    """Returns the summaries of two conversations that became one, as one text."""
    texts = dict.fromkeys(filter(None, (earlier.summary, later.summary)))
    return shortened("\n".join(texts), SUMMARY)


def erase(conversation: Conversation, now: datetime) -> None:
    """Erases the memory and the recent history of the conversation. Its messages stay stored."""
    conversation.memory, conversation.history = Memory(erased_at=now), []


def await_summary(conversation: Conversation, idle: timedelta, now: datetime) -> None:
    """Sets when the summary is to be refreshed, if it lacks enough lines."""
    lines, memory = len(unsummarised(conversation)), conversation.memory
    if lines >= MANY:
        memory.reflect_at = now
    elif lines >= ENOUGH:
        memory.reflect_at = now + min(PAUSE, idle / 2)


def unsummarised(conversation: Conversation) -> list[str]:
    """Returns the lines of the history that the summary does not cover, each with its author."""
    until = conversation.memory.summarised_until
    return [
        f"{line.author}: {line.text}" for line in conversation.history if until is None or line.at > until
    ]


def _words(fact: StatedFact) -> frozenset[str]:
    """Returns the words of a fact that have content, or all if none has."""
    words = folded(fact.text)
    return frozenset(content(words) or words.split())
