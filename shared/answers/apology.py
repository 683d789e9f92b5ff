"""Words about a human's answer: the time to expect, and apologies."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from shared.answers import hours
from shared.language.texts import text
from shared.models.handoff import Desk
from shared.models.tenant import Tenant
from shared.tenants.waits import estimate


def apology(tenant: Tenant, language: str) -> str:
    """Returns the text for a question without an answer."""
    return text(tenant, language, "apology")


def promise(
    tenant: Tenant, desk: Desk, language: str, now: datetime, handoff: str = ""
) -> tuple[str, datetime | None]:
    """Returns the text that says when a human answers, and that time, None if none can be promised.

    `handoff` is the open request of the person, "" if there is none yet.
    """
    return _promise(tenant, desk, language, now, "handoff", handoff)


def sorry(
    tenant: Tenant, desk: Desk, language: str, now: datetime, handoff: str
) -> tuple[str, datetime | None]:
    """Returns the apology for a promise that has broken, with a new time, and that time."""
    return _promise(tenant, desk, language, now, "handoff_sorry", handoff)


def _promise(
    tenant: Tenant, desk: Desk, language: str, now: datetime, key: str, handoff: str
) -> tuple[str, datetime | None]:
    found = estimate(tenant, desk, now, handoff)
    if found.kind == "soon":
        return text(tenant, language, f"{key}_soon", minutes=str(found.minutes)), found.at
    if found.opening is None:
        return text(tenant, language, f"{key}_unknown"), None
    opening = found.opening.astimezone(ZoneInfo(tenant.timezone))
    spoken = hours.spoken(tenant, opening, now, language)
    return text(tenant, language, f"{key}_closed", opening=spoken), found.at
