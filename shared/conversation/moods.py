"""Moods: the person's mood as it was read last, and the call for a human, once for each bad spell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.conversation.acts import Prepared, Scene
from shared.conversation.conversation import Conversation
from shared.conversation.groups import Mood
from shared.models.parts import shortened, whole

#: The score from which a mood is bad, and that above which a bad spell is over.
BAD, BETTER = -0.5, -0.1
#: The time after which a mood that is still bad calls again.
SPELL = timedelta(hours=24)
#: How soon a mood that no model has read is read outside the turn: several together cost one request.
LATER = timedelta(minutes=5)
#: Most characters of a reason.
REASON = 200


@dataclass(frozen=True)
class Feeling:
    """A mood as it was read: `score` is −1 (bad) to 1 (good), `reason` a few words for staff."""

    score: float
    needs_attention: bool = False
    reason: str = ""

    @property
    def bad(self) -> bool:
        return self.needs_attention or self.score <= BAD

    @property
    def line(self) -> str:
        """The reason on one line, of REASON characters at most."""
        return shortened(" ".join(whole(self.reason).split()), REASON)


@dataclass(frozen=True)
class NoteMood:
    """Records the mood of the turn; `called` if a human is called for it in the same answer."""

    feeling: Feeling
    called: bool = False

    async def prepare(self, scene: Scene) -> Prepared:
        at = max(message.at for message in scene.batch)
        return Prepared(lambda: note(scene.conversation, self.feeling, at, scene.now, called=self.called))


@dataclass(frozen=True)
class ReadMoodLater:
    """Has the turn's mood read outside the turn, because no model has read it."""

    async def prepare(self, scene: Scene) -> Prepared:
        def write() -> None:
            memory, due = scene.conversation.memory, scene.now + LATER
            memory.reflect_at = min(filter(None, (memory.reflect_at, due)))

        return Prepared(write)


def calls(conversation: Conversation, feeling: Feeling, now: datetime) -> bool:
    """Whether the mood calls a human: it is bad, no human is present, and this spell has not called yet."""
    called = conversation.mood.mood_called_at
    return feeling.bad and not conversation.human_present(now) and (called is None or now - called >= SPELL)


def note(
    conversation: Conversation, feeling: Feeling, at: datetime, now: datetime, *, called: bool = False
) -> None:
    """Records a mood as of the person's line of the time `at`; the caller puts the conversation."""
    before = conversation.mood.mood_called_at
    over = feeling.score > BETTER and not feeling.needs_attention
    conversation.mood = Mood(
        mood_score=feeling.score,
        mood_reason=feeling.line,
        mood_at=at,
        mood_called_at=now if called else None if over else before,
    )
