"""The appointments in rows, for the calendar of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.answers.services.lookups import Value
from shared.models.page import Appointment
from shared.models.service import Action, PageOffer
from shared.models.tenant import Tenant

_DAY = timedelta(days=1)


def appointments(
    tenant: Tenant, action: Action, offer: PageOffer, rows: Sequence[Mapping[str, Value]], title: str
) -> list[Appointment]:
    """Returns an appointment for each row that says when it begins.

    A time without a zone is the tenant's local time, and a day without a time lasts the whole day. An
    appointment is named by the row's other words, or has the page's title if there are none.
    """
    zone, found = ZoneInfo(tenant.timezone), []
    for row in rows:
        begins = _moment(row.get(offer.begins or ""), zone)
        if begins is None:
            continue
        moment, all_day = begins
        found.append(
            Appointment(
                title=_named(action, offer, row) or title,
                begins=moment,
                ends=_end(_moment(row.get(offer.ends or ""), zone), moment, all_day=all_day),
                place=_text(row.get(offer.place or "")),
                all_day=all_day,
            )
        )
    return found


def _moment(value: Value | None, zone: ZoneInfo) -> tuple[datetime, bool] | None:
    """Returns a moment in UTC, and whether it is a whole day; None if the value is no time."""
    if isinstance(value, str):
        try:
            value = (
                datetime.fromisoformat(value) if len(value) > len("2026-12-24") else date.fromisoformat(value)
            )
        except ValueError:
            return None
    if isinstance(value, datetime):
        local = value if value.tzinfo else value.replace(tzinfo=zone)
        return local.astimezone(UTC), False
    return (datetime.combine(value, time(), UTC), True) if isinstance(value, date) else None


def _end(end: tuple[datetime, bool] | None, begins: datetime, *, all_day: bool) -> datetime | None:
    """Returns the end; the end of whole days is the day after the last one (RFC 5545, 3.6.1)."""
    if end is None or end[1] != all_day or end[0] < begins:
        return None
    return end[0] + _DAY if all_day else end[0]


def _named(action: Action, offer: PageOffer, row: Mapping[str, Value]) -> str:
    taken = (offer.begins, offer.ends, offer.place, offer.files)
    texts = (_text(row.get(name)) for name in action.fields if name not in taken)
    return ", ".join(filter(None, texts))


def _text(value: Value | None) -> str:
    """Returns the words of a value, "" for a number, a day or a yes and no, which name nothing."""
    if isinstance(value, list):
        return ", ".join(value)
    return value if isinstance(value, str) else ""
