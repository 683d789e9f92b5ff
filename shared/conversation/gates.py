"""What is decided before anything answers, in this order: blocked, emergency, opted out, rate, human.

Pure functions of what intake has already read.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.models.conversation import Conversation
from shared.models.message import Inbound, Outcome
from shared.models.parts import Media, Text
from shared.models.people import Standing
from shared.models.tenant import Tenant

_WORD = re.compile(r"\w+")
START_WORDS = frozenset({"start", "reprendre", "commencer", "recommencer"})


@dataclass(frozen=True)
class Stop:
    """Nothing will answer; the message ends here, with this outcome."""

    outcome: Outcome
    reason: str


def words_of(message: Inbound) -> str:
    """The person's words in a message: its text, or a file's caption."""
    texts = [
        part.text if isinstance(part, Text) else part.caption
        for part in message.parts
        if isinstance(part, Text | Media)
    ]
    return "\n".join(text for text in texts if text)


def folded(text: str) -> str:
    """Lower case, without accents, words by single spaces: how fixed words are compared."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(_WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))


def is_emergency(tenant: Tenant, text: str) -> bool:
    """Whether one of the tenant's emergency words or phrases stands in the text, as whole words."""
    said = f" {folded(text)} "
    return any(f" {folded(word)} " in said for word in tenant.emergencies.words if folded(word))


def stop(
    tenant: Tenant, conversation: Conversation, standing: Standing, message: Inbound, now: datetime
) -> Stop | None:
    """Why this message gets no turn, or None where it gets one."""
    text = words_of(message)
    emergency = is_emergency(tenant, text)
    if standing == Standing.BLOCKED:
        return Stop(Outcome.SUPPRESSED, "blocked")
    if standing == Standing.OPTED_OUT and not emergency and folded(text) not in START_WORDS:
        return Stop(Outcome.SUPPRESSED, "opted_out")
    if not emergency and over_rate(conversation.recent, tenant.limits.messages_per_minute, now):
        return Stop(Outcome.SUPPRESSED, "rate")
    if conversation.human_present(now):
        return Stop(Outcome.LEFT_TO_HUMAN, "emergency" if emergency else "human_present")
    return None


def over_rate(recent: list[datetime], limit: int, now: datetime) -> bool:
    """Whether the last minute already holds as many messages as a person may send."""
    return sum(1 for at in recent if at > now - timedelta(minutes=1)) >= limit
