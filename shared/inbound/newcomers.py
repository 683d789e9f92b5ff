"""Newcomers in a flood: their acquaintance with us decides about a turn, and about models."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from shared.conversation.conversation import Conversation
from shared.inbound.floods import Level
from shared.models.tenant import Tenant

#: When a person who was turned away should try again; until then they are not told again.
TRY_AGAIN = timedelta(minutes=10)

Acquaintance = Literal["stranger", "returning", "present"]
#: The level from which each gets no turn. People with a running session always do.
_WAIT: dict[Acquaintance, Level] = {"stranger": Level.STRANGERS_WAIT, "returning": Level.NEWCOMERS_WAIT}


def acquaintance(tenant: Tenant, conversation: Conversation, now: datetime) -> Acquaintance:
    """Returns `present` for a running session, `returning` after an earlier one or a message of ours.

    A message that was turned away is no session.
    """
    writer, session = conversation.writer, conversation.session
    if writer.turned_away is not None:
        return "stranger" if writer.turned_away.stranger else "returning"
    if writer.heard_at is None:
        return "returning" if conversation.sending.outbound else "stranger"
    running = now - session.last_at <= timedelta(minutes=tenant.limits.session_idle_minutes)
    return "present" if running else "returning"


def turns_away(level: Level, who: Acquaintance) -> bool:
    """Whether this person gets no turn at this level of a flood."""
    return who in _WAIT and level >= _WAIT[who]


def admit(conversation: Conversation, level: Level, who: Acquaintance, now: datetime) -> None:
    """Records that the person's message gets a turn, and asks no model for strangers in a flood."""
    conversation.writer.turned_away = None
    if who == "stranger" and level >= Level.SPARING:
        conversation.spending.spared_until = now + TRY_AGAIN
