"""A turn for an answerer under test, and passages that a search would have found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from shared.answers import Asked, Understood
from shared.answers.grounding import Grounding
from shared.conversation.conversation import Conversation
from shared.conversation.groups import Session
from shared.knowledge.passage import Passage
from shared.models.history import Line
from shared.models.message import Inbound
from shared.models.parts import Text
from shared.models.tenant import Tenant

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def asked(tenant: Tenant, text: str, language: str, history: Sequence[Line] = ()) -> Asked:
    """Returns the turn of one message with this text."""
    conversation = Conversation(
        tenant=tenant.tenant,
        conversation="waha.c-1",
        channel="waha",
        contact="c-1",
        chat="221770000001@c.us",
        updated_at=NOW,
        session=Session(id="s-1", started_at=NOW, last_at=NOW),
        history=list(history),
    )
    message = Inbound(
        tenant=tenant.tenant,
        conversation=conversation.conversation,
        message="M1",
        channel="waha",
        gateway_id="M1",
        parts=[Text(text=text)],
        at=NOW,
        received_at=NOW,
    )
    return Asked(tenant, conversation, [message], Understood(text, language), NOW)


class Found(Grounding):
    """Finds the same passages for every question."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages

    async def passages(self, asked: Asked) -> list[Passage]:
        return list(self._passages)

    async def unknown_names(self, asked: Asked) -> list[str]:
        return []

    async def question(self, asked: Asked, passage: Passage) -> str:
        return f"Où est {passage.id} ?"
