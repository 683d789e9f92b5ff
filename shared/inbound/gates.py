"""What is decided before anything answers, in this order: blocked, emergency, opted out, rate, human.

Pure functions of what intake has already read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.answers.emergency import is_emergency
from shared.conversation.conversation import Conversation
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
    tenant: Tenant, conversation: Conversation, standing: Standing, message: Inbound, now: datetime
) -> Stop | None:
    """Why this message gets no turn, or None where it gets one."""
    text = words_of(message)
    emergency = is_emergency(tenant, text)
    if standing == Standing.BLOCKED:
        return Stop(Outcome.SUPPRESSED, "blocked")
    if standing == Standing.OPTED_OUT and not emergency and command(text) != Command.START:
        return Stop(Outcome.SUPPRESSED, "opted_out")
    if not emergency and over_rate(conversation.recent, tenant.limits.messages_per_minute, now):
        return Stop(Outcome.SUPPRESSED, "rate")
    if conversation.human_present(now):
        return Stop(Outcome.LEFT_TO_HUMAN, "emergency" if emergency else "human_present")
    return None


def over_rate(recent: list[datetime], limit: int, now: datetime) -> bool:
    """Whether the last minute already holds as many messages as a person may send."""
    return sum(1 for at in recent if at > now - timedelta(minutes=1)) >= limit
