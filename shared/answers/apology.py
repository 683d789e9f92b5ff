"""What is said where we cannot answer, with an honest word on when a human will."""

from __future__ import annotations

from datetime import datetime

from shared.answers import hours
from shared.language.texts import text
from shared.models.tenant import Tenant


def apology(tenant: Tenant, language: str, now: datetime) -> str:
    """For a question that nothing here could answer: a human has been asked to."""
    return f"{text(tenant, language, 'apology')} {waiting(tenant, language, now)}"


def waiting(tenant: Tenant, language: str, now: datetime) -> str:
    """When a human answers."""
    if hours.is_open(tenant, now):
        return text(tenant, language, "handoff_open")
    opening = hours.next_opening(tenant, now)
    if opening is None:
        return text(tenant, language, "handoff_unknown")
    return text(tenant, language, "handoff_closed", opening=hours.spoken(tenant, opening, now, language))
