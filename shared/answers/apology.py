"""Apologies for a missing answer, with the time at which a human will answer."""

from __future__ import annotations

from datetime import datetime

from shared.answers import hours
from shared.language.texts import text
from shared.models.tenant import Tenant


def apology(tenant: Tenant, language: str, now: datetime) -> str:
    """Returns the text for a question without an answer: an apology, and when a human answers."""
    return f"{text(tenant, language, 'apology')} {waiting(tenant, language, now)}"


def waiting(tenant: Tenant, language: str, now: datetime) -> str:
    """Returns the text that says when a human answers, from the tenant's hours."""
    if hours.is_open(tenant, now):
        return text(tenant, language, "handoff_open")
    opening = hours.next_opening(tenant, now)
    if opening is None:
        return text(tenant, language, "handoff_unknown")
    return text(tenant, language, "handoff_closed", opening=hours.spoken(tenant, opening, now, language))
