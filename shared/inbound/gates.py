"""Gates before any answer, in this order: blocked, opted out, rate, human, the tenant's rate, too many
pending messages.

A first emergency passes all of them but the first and the human. Gates are pure functions of the documents
that intake has read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.conversation.conversation import PENDING_LIMIT, Conversation
from shared.conversation.groups import RECENT_LIMIT
from shared.language.commands import Command, command
from shared.models.message import Inbound, Outcome
from shared.models.people import Standing
from shared.models.tenant import Tenant
from shared.models.words import words_of

#: People write shorter lines to people.
TO_STAFF = 4


@dataclass(frozen=True)
class Stop:
    """A gate's decision: the message gets no turn and ends with this outcome."""

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
    working: bool = False,
    away: bool = False,
) -> Stop | None:
    """Returns why this message gets no turn, or None if it gets one.

    Words of staff who are `working` at the desk are for the people they talk with: only a block stops them.

    An `emergency` passes the limits of rate and of pending messages, unless an earlier emergency of the
    conversation waits for a human. `away` means that too many people write for this one to get a turn.
    """
    first = emergency and not conversation.staff.emergency_waits(now)
    if standing == Standing.BLOCKED:
        return Stop(Outcome.SUPPRESSED, "blocked")
    if working:
        return None
    if standing == Standing.OPTED_OUT and not emergency and command(words_of(message)) != Command.START:
        return Stop(Outcome.SUPPRESSED, "opted_out")
    counted = not first and not message.late  # that late ones come at once is the gateway's doing
    if counted and over_rate(conversation.writer.recent, limit_of(tenant, conversation, now), now):
        return Stop(Outcome.SUPPRESSED, "rate")
    if conversation.human_present(now):
        return Stop(Outcome.LEFT_TO_HUMAN, "emergency" if emergency else "human_present")
    if away:
        return Stop(Outcome.SUPPRESSED, "tenant_rate")
    if not first and len(conversation.turn.pending) >= PENDING_LIMIT:
        return Stop(Outcome.SUPPRESSED, "too_many_pending")
    return None


def limit_of(tenant: Tenant, conversation: Conversation, now: datetime) -> int:
    """Returns the messages a minute that a person may send: to staff at a desk TO_STAFF times as many."""
    limit = tenant.limits.messages_per_minute
    human = conversation.staff.human
    at_desk = human is not None and human.source == "desk" and conversation.human_present(now)
    return min(limit * TO_STAFF, RECENT_LIMIT) if at_desk else limit


def over_rate(recent: list[datetime], limit: int, now: datetime) -> bool:
    """Whether the last minute already holds as many messages as a person may send."""
    return sum(1 for at in recent if at > now - timedelta(minutes=1)) >= limit
