"""The roster: recognising staff, finding them by name, and knowing who is on duty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.language.typos import alike
from shared.models.handoff import Desk, Duty
from shared.models.tenant import Tenant
from shared.tenants import roster
from shared.tenants.working_time import DAYS

WEEKDAYS = {day: ["08:00-12:00", "14:00-18:00"] for day in DAYS[:5]}
FRIDAY = datetime(2026, 11, 20, 10, tzinfo=UTC)
STAFF: dict[str, Any] = {
    "agent1": {
        "name": "Félicité Ndour",
        "skills": ["baptême", "première communion"],
        "ways": [
            {"channel": "main", "to": "+221770000901"},
            {"channel": "telegram", "to": "770000901"},
            {"notifier": "mail", "to": "Agent1@parish.example"},
        ],
    },
    "agent2": {
        "name": "Moussa Ba",
        "ways": [
            {"channel": "main", "to": "+221770000902"},
            {"notifier": "mail", "to": "agent2@parish.example"},
        ],
        "accounts": {"team": "U0123"},
    },
    "diop": {"name": "Moussa Diop", "roles": ["supervisor", "admin"], "ways": [{"notifier": "team"}]},
    "root": {"name": "Anne de La Tour", "roles": ["admin"]},
}


def tenant(**more: object) -> Tenant:
    fields = {"tenant": "t", "name": "Parish", "languages": ["fr"], "hours": WEEKDAYS, "staff": STAFF}
    return Tenant.model_validate(fields | more)


def desk(**duty: Duty) -> Desk:
    return Desk(tenant="t", duty=duty)


@pytest.mark.parametrize(
    ("channel", "identities", "expected"),
    [
        ("main", ["whatsapp:+221770000901"], "agent1"),
        ("main", ["whatsapp:lid-1000", "whatsapp:+221770000902"], "agent2"),
        ("telegram", ["telegram:770000901"], "agent1"),
        ("telegram", ["whatsapp:+221770000901"], None),
        ("main", ["telegram:770000901"], None),
        ("other", ["whatsapp:+221770000901"], None),
        ("main", ["web:+221770000901"], None),
        ("main", ["whatsapp:+221770000903"], None),
        ("main", ["whatsapp:221770000901"], None),
        ("main", ["whatsapp:"], None),
        ("", ["whatsapp:", "telegram:"], None),
        ("main", [], None),
    ],
)
def test_staff_are_recognised_by_identity_on_their_own_channel(
    channel: str, identities: list[str], expected: str | None
) -> None:
    assert roster.member_of(tenant(), channel, identities) == expected


@pytest.mark.parametrize(
    ("notifier", "who", "expected"),
    [
        ("mail", "agent1@parish.example", "agent1"),
        ("mail", " AGENT2@Parish.example", "agent2"),
        ("mail", "stranger@parish.example", None),
        ("mail", "", None),
        ("team", "U0123", "agent2"),
        ("team", "U9999", "diop"),
        ("team", "", "diop"),
        ("other", "agent1@parish.example", None),
        ("", "", None),
    ],
)
def test_staff_are_recognised_by_their_account(notifier: str, who: str, expected: str | None) -> None:
    assert roster.by_account(tenant(), notifier, who) == expected


def test_an_account_of_two_members_is_nobodys() -> None:
    two = {name: {"name": name, "ways": [{"notifier": "team"}]} for name in ("awa", "ibou")}
    assert roster.by_account(tenant(staff=two), "team", "U1") is None
    shared = {name: {"name": name, "accounts": {"team": "U1"}} for name in ("awa", "ibou")}
    assert roster.by_account(tenant(staff=shared), "team", "U1") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mme félicité", ["agent1"]),
        ("FELICITE NDOUR", ["agent1"]),
        ("Felictié", ["agent1"]),
        ("je voudrais parler à madame Ndur", ["agent1"]),
        ("Moussa", ["agent2", "diop"]),
        ("moussa ba", ["agent2"]),
        ("M. Ba", ["agent2"]),
        ("Mousa Diop", ["diop"]),
        ("agent2", ["agent2"]),
        ("agent3", []),
        ("@diop", ["diop"]),
        ("la première communion", ["agent1"]),
        ("quelqu'un pour le bapteme svp", ["agent1"]),
        ("supervisor", ["diop"]),
        ("mme de la comptabilité", []),
        ("Anne de La Tour", ["root"]),
        ("Ibrahima", []),
        ("", []),
        ("🙏", []),
        ("ba " * 5000, ["agent2"]),
    ],
)
def test_members_are_found_by_name_skill_and_role(text: str, expected: list[str]) -> None:
    assert roster.found(tenant(), text) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("ndour", "ndour", True),
        ("felicite", "felicté", False),
        ("felicite", "felicit", True),
        ("felicite", "feliciite", True),
        ("felicite", "falicite", True),
        ("felicite", "efelicite", True),
        ("felicite", "felicitee", True),
        ("felicite", "eflicite", True),
        ("felicite", "felictei", False),
        ("felicite", "elicit", False),
        ("awa", "ava", False),
        ("agent1", "agent2", False),
        ("", "awa", False),
    ],
)
def test_one_typo_is_forgiven(one: str, other: str, expected: bool) -> None:
    assert alike(one, other) is expected
    assert alike(other, one) is expected


def test_roles() -> None:
    assert roster.administrators(tenant()) == ["diop", "root"]
    assert roster.supervisors(tenant()) == ["diop"]
    assert roster.answering(tenant()) == ["agent1", "agent2", "diop"]
    assert roster.answering(tenant(staff={"root": STAFF["root"]})) == ["root"]


def test_without_shifts_the_opening_hours_hold() -> None:
    assert roster.on_duty(tenant(), desk(), FRIDAY) == list(STAFF)
    assert roster.on_duty(tenant(), desk(), FRIDAY.replace(hour=13)) == []
    assert roster.on_duty(tenant(holidays=["2026-11-20"]), desk(), FRIDAY) == []
    assert roster.on_duty(tenant(staff={}), desk(), FRIDAY) == []


def test_shifts_hold_within_their_dates_in_the_tenants_zone() -> None:
    shift = {"days": ["fri"], "hours": ["10:00-12:00"], "begins": "2026-11-20", "ends": "2026-11-27"}
    here = tenant(timezone="Asia/Tokyo", staff={"awa": {"name": "Awa Faye", "shifts": [shift]}})
    begins = datetime(2026, 11, 20, 1, tzinfo=UTC)
    on_duty = [week for week in range(-1, 3) if roster.on_duty(here, desk(), begins + timedelta(weeks=week))]
    assert on_duty == [0, 1]
    assert roster.on_duty(here, desk(), begins - timedelta(seconds=1)) == []
    assert roster.duty_ends(here, "awa", begins) == begins + timedelta(hours=2)
    assert roster.next_duty(here, begins) == begins + timedelta(weeks=1)
    assert roster.next_duty(here, begins + timedelta(weeks=1)) is None


def test_their_own_word_holds_until_its_end() -> None:
    evening, until = FRIDAY.replace(hour=20), FRIDAY.replace(hour=22)
    on, off = (Duty(on=word, at=FRIDAY, until=until) for word in (True, False))
    words = desk(agent1=on, agent2=off, nobody=on)
    assert "agent2" not in roster.on_duty(tenant(), words, FRIDAY)
    assert roster.on_duty(tenant(), words, evening) == ["agent1"]
    assert roster.on_duty(tenant(), words, until) == []
    assert roster.on_duty(tenant(holidays=["2026-11-20"]), words, FRIDAY) == ["agent1"]


def test_duty_goes_on_after_a_word_that_ends_within_a_shift() -> None:
    words = desk(agent1=Duty(on=False, at=FRIDAY, until=FRIDAY + timedelta(hours=1)))
    alone = tenant(staff={"agent1": STAFF["agent1"]})
    assert roster.on_duty(alone, words, FRIDAY) == []
    assert roster.next_duty(alone, FRIDAY, words) == FRIDAY + timedelta(hours=1)
    assert roster.on_duty(alone, words, FRIDAY + timedelta(hours=1)) == ["agent1"]


def test_the_next_duty_is_after_a_time_with_nobody_there() -> None:
    assert roster.next_duty(tenant(), FRIDAY) == FRIDAY.replace(hour=14)
    assert roster.next_duty(tenant(), FRIDAY.replace(hour=18)) == FRIDAY.replace(day=23, hour=8)
    closed = [f"2026-11-{day}" for day in (23, 24)]
    assert roster.next_duty(tenant(holidays=closed), FRIDAY.replace(hour=18)) == FRIDAY.replace(
        day=25, hour=8
    )
    assert roster.next_duty(tenant(staff={}), FRIDAY) == FRIDAY.replace(hour=14)
    assert roster.next_duty(tenant(hours={}), FRIDAY) is None


def test_a_duty_at_all_hours_has_no_end() -> None:
    always = [{"days": list(DAYS), "hours": ["00:00-24:00"]}]
    here = tenant(staff={"awa": {"name": "Awa Faye", "shifts": always}})
    assert roster.on_duty(here, desk(), FRIDAY.replace(hour=23, minute=59, second=59)) == ["awa"]
    assert roster.duty_ends(here, "awa", FRIDAY) is None
    assert roster.next_duty(here, FRIDAY) is None
    midnight = FRIDAY.replace(day=24, hour=0)
    holiday = here.model_copy(update={"holidays": ["2026-11-24"]})
    assert roster.duty_ends(holiday, "awa", FRIDAY) == midnight
    assert roster.next_duty(holiday, FRIDAY) == midnight + timedelta(days=1)
    assert roster.duty_ends(here, "nobody", FRIDAY) is None
