"""The session: a conversation's working memory, which ends after the tenant's idle time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.conversation.acts import Prepared, Scene
from shared.conversation.conversation import HISTORY_LIMIT, Conversation, Session
from shared.models.history import Line
from shared.models.tenant import Tenant
from shared.platform.clock import Ids

_LINE_LIMIT = 1_000


@dataclass(frozen=True)
class CountMiss:
    """Counts a question without an answer; a turn with an answer resets the count."""

    async def prepare(self, scene: Scene) -> Prepared:
        misses = scene.conversation.session.misses + 1

        def write() -> None:
            scene.conversation.session.misses = misses

        return Prepared(write)


def refresh(conversation: Conversation, tenant: Tenant, ids: Ids, now: datetime) -> None:
    """Extends the session, or begins a new one with an empty history if the last one was idle too long."""
    session = conversation.session
    if now - session.last_at > timedelta(minutes=tenant.limits.session_idle_minutes):
        conversation.session = Session(
            id=ids.new("s"), started_at=now, last_at=now, language=session.language
        )
        conversation.history = []
    else:
        session.last_at = now


def remember(conversation: Conversation, *lines: Line) -> None:
    """Adds the lines to the recent history, within its bounds."""
    short = [line.model_copy(update={"text": line.text[:_LINE_LIMIT]}) for line in lines if line.text]
    conversation.history = [*conversation.history, *short][-HISTORY_LIMIT:]
