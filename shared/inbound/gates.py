"""What is decided before anything answers, in this order: blocked, opted out, rate, human, too much waits.
A first emergency passes all of them but the first and the human.

Pure functions of what intake has already read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.conversation.conversation import PENDING_LIMIT, Conversation
from shared.language.commands import Command, command
from shared.models.message import Inbound, Outcome
from shared.models.people import Standing
from shared.models.tenant import Tenant
from shared.models.words import words_of


@dataclass(frozen=True)
class Stop:
    """Nothing will answer; the message ends here, with this outcome."""

    outcome: Outcome
    reason: str


def stop(
    tenant: Tenant,
    conversation: Conversation,
    standing: Standing,
    message: Inbound,
    now: datetime,
    *,
    emergency: bool,
) -> Stop | None:
    """Why this message gets no turn, or None if it gets one. No rate and no number that waits holds up an
    `emergency`, unless an earlier one of the conversation waits for a human."""
    first = emergency and not conversation.emergency_waits(now)
    if standing == Standing.BLOCKED:
        return Stop(Outcome.SUPPRESSED, "blocked")
    if standing == Standing.OPTED_OUT and not emergency and command(words_of(message)) != Command.START:
        return Stop(Outcome.SUPPRESSED, "opted_out")
    counted = not first and not message.late  # that late ones come at once is the gateway's doing
    if counted and over_rate(conversation.recent, tenant.limits.messages_per_minute, now):
        return Stop(Outcome.SUPPRESSED, "rate")
    if conversation.human_present(now):
        return Stop(Outcome.LEFT_TO_HUMAN, "emergency" if emergency else "human_present")
    if not first and len(conversation.pending) >= PENDING_LIMIT:
        return Stop(Outcome.SUPPRESSED, "too_many_pending")
    return None


def over_rate(recent: list[datetime], limit: int, now: datetime) -> bool:
    """Whether the last minute already holds as many messages as a person may send."""
    return sum(1 for at in recent if at > now - timedelta(minutes=1)) >= limit
