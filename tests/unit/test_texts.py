"""Fixed texts: the tenant's wording, the person's language, and never a template out of a value."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.answers import hours
from shared.answers.commands import Command, command
from shared.answers.texts import KEYS, text
from shared.models.tenant import Tenant

HOURS = {"fri": ["08:00-12:00", "14:00-17:00"], "mon": ["08:00-12:00"]}
FRIDAY = datetime(2026, 11, 20, tzinfo=UTC)


def tenant(**more: object) -> Tenant:
    return Tenant.model_validate({"tenant": "t", "name": "Parish {opening}", "languages": ["fr"], **more})


@pytest.mark.parametrize("language", ["fr", "en", "wo", ""])
def test_every_text_is_there_in_every_language(language: str) -> None:
    assert all(text(tenant(), language, key, opening="8h") for key in KEYS)


def test_the_tenants_own_wording_comes_first() -> None:
    own = tenant(texts={"fr": {"thanks": "De rien, {name}."}})
    assert text(own, "fr", "thanks") == "De rien, Parish {opening}."
    assert text(own, "en", "thanks").startswith("You are welcome")


def test_the_language_of_the_person_then_of_the_tenant() -> None:
    assert text(tenant(), "en", "thanks").startswith("You")
    assert text(tenant(), "wo", "thanks").startswith("Avec")


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
        assert hours.spoken(opening, now, "fr") == opens


def test_hours_are_the_tenants_own_time() -> None:
    assert hours.is_open(
        tenant(hours=HOURS, timezone="Pacific/Auckland"), datetime(2026, 11, 19, 20, tzinfo=UTC)
    )


def test_without_hours_there_is_no_opening() -> None:
    assert hours.next_opening(tenant(), FRIDAY) is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("STOP", Command.STOP),
        ("Arrêt !", Command.STOP),
        ("/start", Command.START),
        ("Humain", Command.HUMAN),
        ("merci beaucoup", Command.THANKS),
        ("bonjour", Command.GREETING),
        ("stop the music", None),
        ("", None),
        ("je voudrais un agent de voyage", None),
    ],
)
def test_commands_are_the_whole_message(said: str, meant: Command | None) -> None:
    assert command(said) == meant
