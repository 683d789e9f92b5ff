"""The roster as people write it: each mistake is told with its field, and gaps are told before they hurt."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scripts import tenant_file
from shared.models.handoff import Desk
from shared.tenants import plugins, roster
from shared.tenants.documents import written
from shared.tenants.rules import gaps
from shared.tenants.validation import Invalid, Problem, validate
from shared.tenants.working_time import DAYS
from tests.fakes.clinic import VALID, changed

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
AWA: list[str | int] = ["staff", "awa"]
MAIL = {"kind": "email", "settings": {"port": 587}, "secrets": {"password": "clinic-smtp-password"}}
ROOM = {"kind": "room", "settings": {}}


@pytest.fixture(autouse=True)
def _notifiers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Knows two kinds of notifiers, whatever files there are."""
    names = plugins.names
    found = {"notifiers": {"email", "room"}}
    monkeypatch.setattr(plugins, "names", lambda family: found.get(family) or names(family))


def with_notifiers(place: list[str | int], value: Any) -> dict[str, Any]:
    """Returns the clinic with notifiers and channels of every kind, and another value at a place."""
    document = copy.deepcopy(VALID | {"notifiers": {"mail": MAIL, "room": ROOM}})
    document["channels"] |= {"bot": {"kind": "telegram"}, "page": {"kind": "webchat"}}
    parent: Any = document
    for step in place[:-1]:
        parent = parent[step]
    parent[place[-1]] = value
    return document


def refused(data: Any) -> list[Problem]:
    """Returns the problems of the data, or an empty list if it is right."""
    try:
        validate(data)
    except Invalid as invalid:
        return invalid.problems
    return []


@pytest.mark.parametrize(
    ("place", "value", "field", "message"),
    [
        (["ways"], [{"to": "+221770000801"}], "ways[0]", "names neither a channel nor a notifier ("),
        (["ways"], [{"channel": "main", "notifier": "mail", "to": "x"}], "ways[0]", "names both a channel a"),
        (["ways"], [{"channel": "mian", "to": "+221770000801"}], "ways[0].channel", "'mian' is not a channe"),
        (["ways"], [{"notifier": "slack"}], "ways[0].notifier", "'slack' is not a notifier of the tenant (e"),
        (["ways"], [{"channel": "main", "to": "770000801"}], "ways[0].to", "'770000801' is not a phone numb"),
        (["ways"], [{"channel": "main", "to": "+221 77 000 08 01"}], "ways[0].to", "'+221 77 000 08 01' is"),
        (["ways"], [{"channel": "main"}], "ways[0].to", "'' is not a phone number (expected E.164"),
        (["ways"], [{"channel": "bot", "to": "+221770000801"}], "ways[0].to", "'+221770000801' is not a Tel"),
        (["ways"], [{"channel": "bot", "to": "@awa"}], "ways[0].to", "'@awa' is not a Telegram id (expected"),
        (["ways"], [{"channel": "page", "to": "x"}], "ways[0].channel", "'page' is a webchat, which reaches"),
        (["ways"], [{"notifier": "mail", "to": "awa"}], "ways[0].to", "'awa' is not an e-mail address"),
        (["ways"], [{"notifier": "mail", "to": "Awa <a@b.example>"}], "ways[0].to", "'Awa <a@b.example>' is"),
        (["ways"], [{"notifier": "mail"}], "ways[0].to", "'' is not an e-mail address"),
        (["ways"], [{"channel": "Main phone", "to": "1"}], "ways[0].channel", "'Main phone' is not allowed"),
        (["languages"], ["fr", "xx"], "languages[1]", "'xx' is not a language (expected one of ar, en,"),
        (["languages"], ["French"], "languages[0]", "'French' is not allowed (expected the form"),
        (["roles"], ["boss"], "roles[0]", "'boss' is not allowed (expected one of admin, agent, supervisor)"),
        (["roles"], [], "roles", "is too short (expected at least 1)"),
        (["accounts"], {"slack": "U1"}, "accounts.slack", "is not a notifier (expected one of mail, room)"),
        (["name"], "", "name", "is too short"),
    ],
)  # fmt: skip
def test_a_wrong_member_is_told(place: list[str | int], value: Any, field: str, message: str) -> None:
    (found,) = refused(with_notifiers([*AWA, *place], value))
    assert found.field == f"staff.awa.{field}"
    assert found.message.startswith(message)


@pytest.mark.parametrize(
    ("field", "value", "place", "message"),
    [
        (
            "hours",
            ["20:00-06:00"],
            "hours",
            "'20:00-06:00' ends before it begins (until midnight it is 20:00-24:00, then 00:00-06:00 on the",
        ),
        ("hours", ["20:00-00:00"], "hours", "'20:00-00:00' ends before it begins (until midnight it is 20:0"),
        ("hours", ["08:00-12:00", "11:00-13:00"], "hours", "'11:00-13:00' overlaps '08:00-12:00'"),
        ("hours", ["24:00-24:00"], "hours[0]", "'24:00-24:00' is not allowed (expected the form"),
        ("hours", ["08:00-25:00"], "hours[0]", "'08:00-25:00' is not allowed"),
        ("hours", [], "hours", "is too short"),
        ("days", ["monday"], "days[0]", "'monday' is not allowed (expected one of fri, mon,"),
        ("begins", "2026-02-30", "begins", "'2026-02-30' is not a day of the calendar"),
        ("begins", "0000-01-01", "begins", "'0000-01-01' is not a day of the calendar"),
        ("begins", "30.02.2026", "begins", "'30.02.2026' is not allowed (expected the form ^[0-9]{4}-"),
        ("ends", "2026-08-31", "ends", "2026-08-31 is before 2026-09-01, when it begins"),
        ("ends", 7, "ends", "7 is not"),
    ],
)  # fmt: skip
def test_a_wrong_shift_is_told(field: str, value: Any, place: str, message: str) -> None:
    (found,) = refused(changed([*AWA, "shifts", 0, field], value))
    assert found.field == f"staff.awa.shifts[0].{place}"
    assert found.message.startswith(message)


@pytest.mark.parametrize(
    ("place", "value", "field", "message"),
    [
        (["holidays"], ["2026-12-25", "2026-02-30"], "holidays[1]", "'2026-02-30' is not a day of the calen"),
        (["holidays"], ["Christmas"], "holidays[0]", "'Christmas' is not allowed (expected the form"),
        (["contacts"], [{"channel": "main", "to": "1"}], "contacts[0].to", "'1' is not a phone number"),
        (["contacts"], [{}], "contacts[0]", "names neither a channel nor a notifier"),
        (["notifiers", "mail", "kind"], "emial", "notifiers.mail.kind", "'emial' is not a notifier (expecte"),
        (["notifiers", "main"], ROOM, "notifiers.main", "is the name of a channel too"),
        (["notifiers", "mail", "secrets", "password"], "s3cr-ET!", "notifiers.mail.secrets.password", "the"),
        (["secrets", "link_key"], "s3cr-ET!", "secrets.link_key", "the value is not allowed (expected the f"),
        (["secrets"], {"lnk_key": "x"}, "secrets.lnk_key", "is not a name for this place (expected one of"),
        (["handoff", "answer_minutes"], 0, "handoff.answer_minutes", "0 is not allowed (expected 1…1440)"),
        (["handoff", "answer"], 5, "handoff.answer", "is not a field (expected one of answer_minutes,"),
        (["staff", "phone"], {"name": "A"}, "staff.phone", "is a word with another meaning in requests"),
        (["staff", "Awa Faye"], {"name": "A"}, "staff.Awa Faye", "is not a field (expected the form"),
        (["hours", "mon"], ["22:00-06:00"], "hours.mon", "'22:00-06:00' ends before it begins (until midnig"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told(place: list[str | int], value: Any, field: str, message: str) -> None:
    (found,) = refused(with_notifiers(place, value))
    assert found.field == field
    assert found.message.startswith(message)
    assert "ET!" not in found.message


@pytest.mark.parametrize(
    ("way", "other"),
    [
        ({"channel": "main", "to": "+221770000801"}, {"channel": "main", "to": "+221770000801"}),
        ({"notifier": "mail", "to": "awa@clinic.example"}, {"notifier": "mail", "to": "AWA@clinic.example"}),
    ],
)
def test_two_members_have_not_the_same_way(way: dict[str, str], other: dict[str, str]) -> None:
    document = with_notifiers([*AWA, "ways"], [way])
    document["staff"]["ibou"]["ways"] = [other]
    assert refused(document) == [("staff.ibou.ways[0]", "is the same as one of 'awa'")]


def test_two_members_have_not_the_same_account_and_may_share_a_room() -> None:
    document = with_notifiers([*AWA, "accounts"], {"room": "U1"})
    document["staff"]["ibou"]["accounts"] = {"room": "U1"}
    assert refused(document) == [("staff.ibou.accounts.room", "is the same as one of 'awa'")]
    shared = with_notifiers([*AWA, "ways"], [{"notifier": "room"}])
    shared["staff"]["ibou"]["ways"] = [{"notifier": "room"}]
    assert refused(shared) == []


def test_a_roster_with_everything_is_right_and_comes_back_from_its_documents() -> None:
    document = with_notifiers(
        [*AWA, "ways"],
        [
            {"channel": "main", "to": "+221770000801"},
            {"channel": "bot", "to": "123456789"},
            {"notifier": "mail", "to": "awa.faye+desk@clinic.example"},
            {"notifier": "room"},
        ],
    )
    document["staff"]["awa"] |= {"accounts": {"room": "U1"}, "languages": ["fr", "wo"]}
    document["staff"]["awa"]["shifts"][0]["begins"] = date(2026, 9, 1)  # as YAML reads it
    documents = validate(document)
    assert documents.tenant.staff["awa"].shifts[0].begins == "2026-09-01"
    stored = {
        "tenant": documents.tenant.model_dump(),
        "channels": {channel.channel: channel.model_dump() for channel in documents.channels},
        "knowledge": {entry.entry: entry.model_dump() for entry in documents.knowledge},
        "triggers": {each.trigger: each.model_dump() for each in documents.triggers},
        "sources": {},
    }
    again = validate(written(**stored))
    assert again.tenant.model_dump() == documents.tenant.model_dump()


def told(**fields: Any) -> list[str]:
    return list(gaps(validate({**VALID, **fields}).tenant, NOW))


def member(**fields: Any) -> dict[str, Any]:
    return {"name": "Awa Faye", "ways": [{"channel": "main", "to": "+221770000801"}], **fields}


ALWAYS = [{"days": list(DAYS), "hours": ["00:00-24:00"]}]
PAST = [{"days": ["mon"], "hours": ["08:00-12:00"], "ends": "2026-11-19"}]
TODAY = [{"days": ["mon"], "hours": ["08:00-12:00"], "ends": "2026-11-20"}]
OUT_OF_HOURS = "contacts: empty, and nobody is on duty at some hours, so nobody may hear of an emergency then"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"staff": {}}, ["staff: nobody is on the roster"]),
        ({"staff": {}, "contacts": []}, ["staff: nobody is on the roster, and contacts is empty"]),
        ({"staff": {"awa": member()}}, []),
        (
            {"staff": {"awa": member(ways=[])}},
            ["staff.awa.ways: there is no way to tell this member of a request"],
        ),
        ({"staff": {"awa": member(languages=["fr"])}}, ["staff: nobody speaks 'en'"]),
        ({"staff": {"awa": member(shifts=PAST)}}, ["staff: all shifts are in the past"]),
        ({"staff": {"awa": member(shifts=TODAY)}}, []),
        ({"staff": {"awa": member(shifts=PAST), "ibou": member(ways=[])}}, [
            "staff.ibou.ways: there is no way to tell this member of a request"
        ]),
        (
            {"staff": {"awa": member()}, "hours": {"mon": []}},
            ["staff.awa.shifts: without shifts and opening hours this member is never on duty"],
        ),
        ({"staff": {"awa": member()}, "contacts": []}, [OUT_OF_HOURS]),
        ({"staff": {"awa": member(shifts=ALWAYS)}, "contacts": [], "holidays": []}, []),
        (
            {"staff": {"awa": member(shifts=ALWAYS)}, "contacts": [], "holidays": ["2026-11-23"]},
            [OUT_OF_HOURS],
        ),
    ],
)  # fmt: skip
def test_a_gap_of_the_roster_is_told(fields: dict[str, Any], expected: list[str]) -> None:
    assert told(**fields) == expected


@pytest.mark.parametrize("path", sorted(tenant_file.DEMO.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_demo_rosters_have_no_gap(path: Path) -> None:
    tenant = tenant_file.load(path).tenant
    staff = ["agent1", "agent2", "supervisor"]
    assert list(gaps(tenant, NOW)) == []
    assert [roster.member_of(tenant, "waha", [f"whatsapp:+22177000090{n}"]) for n in (1, 2, 3)] == staff
    for name, member in tenant.staff.items():
        assert [(way.notifier, way.to) for way in member.ways][1:] == [
            ("mail", f"{name}@{path.stem}.example")
        ]
    for hour in range(24):
        assert roster.on_duty(tenant, Desk(tenant=tenant.tenant), NOW + timedelta(hours=hour)) == staff
    assert roster.administrators(tenant) == roster.supervisors(tenant) == ["supervisor"]
