"""Opening hours, in the tenant's time zone and the person's language."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.answers import hours
from shared.models.tenant import Tenant

HOURS = {"fri": ["08:00-12:00", "14:00-17:00"], "mon": ["08:00-12:00"]}
FRIDAY = datetime(2026, 11, 20, tzinfo=UTC)


def tenant(**more: object) -> Tenant:
    return Tenant.model_validate({"tenant": "t", "name": "Parish", "languages": ["fr"], **more})


@pytest.mark.parametrize(
    ("hour", "opens"),
    [
        ((7, 59), "08:00"),
        ((8, 0), None),
        ((12, 0), "14:00"),
        ((17, 0), "lundi 08:00"),
        ((23, 0), "lundi 08:00"),
    ],
)
def test_opening_hours(hour: tuple[int, int], opens: str | None) -> None:
    now = FRIDAY.replace(hour=hour[0], minute=hour[1])
    here = tenant(hours=HOURS, timezone="Africa/Dakar")
    assert hours.is_open(here, now) is (opens is None)
    if opens:
        opening = hours.next_opening(here, now)
        assert opening is not None
        assert hours.spoken(here, opening, now, "fr") == opens


@pytest.mark.parametrize(("language", "day"), [("wo", "Altine"), ("pt", "segunda-feira"), ("xx", "lundi")])
def test_the_day_is_named_in_the_language_of_the_text(language: str, day: str) -> None:
    """If the person's language has no file, the day is in the tenant's language, as are the texts."""
    evening = FRIDAY.replace(hour=20)
    opening = hours.next_opening(tenant(hours=HOURS), evening)
    assert opening is not None
    assert hours.spoken(tenant(), opening, evening, language) == f"{day} 08:00"


def test_hours_are_the_tenants_own_time() -> None:
    assert hours.is_open(
        tenant(hours=HOURS, timezone="Pacific/Auckland"), datetime(2026, 11, 19, 20, tzinfo=UTC)
    )


def test_without_hours_there_is_no_opening() -> None:
    assert hours.next_opening(tenant(), FRIDAY) is None
