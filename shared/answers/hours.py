"""Opening hours of the organisation's staff, to tell people when a human will answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared.language.languages import first_shipped
from shared.models.tenant import Tenant
from shared.tenants import working_time

_WEEK = timedelta(days=7)


def is_open(tenant: Tenant, now: datetime) -> bool:
    """Whether `now` lies in the tenant's hours, in its own time zone, on no holiday."""
    first = next(working_time.opening(tenant, now), None)
    return first is not None and first.begins <= now


def next_opening(tenant: Tenant, now: datetime) -> datetime | None:
    """Returns the next opening within 60 days, in the tenant's time zone, or None if there is none."""
    coming = (span.begins for span in working_time.opening(tenant, now) if span.begins > now)
    opening = next(coming, None)
    return opening.astimezone(ZoneInfo(tenant.timezone)) if opening else None


def spoken(tenant: Tenant, opening: datetime, now: datetime, language: str) -> str:
    """Returns an opening in words: `14:30`, `lundi 08:30` on another day, `lundi 28/12 08:30` in a week."""
    zone = ZoneInfo(tenant.timezone)
    local, today = opening.astimezone(zone), now.astimezone(zone).date()
    clock = local.strftime("%H:%M")
    if local.date() == today:
        return clock
    day = first_shipped(tenant, language).days[local.weekday()]
    return f"{day} {clock}" if local.date() - today < _WEEK else f"{day} {local:%d/%m} {clock}"
