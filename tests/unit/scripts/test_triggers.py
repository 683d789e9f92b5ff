"""The command `make triggers`, as an operator types it, on a local run's state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.models.people import Contact, Identity, Permission
from shared.models.tenant import Channel, Tenant
from shared.models.trigger import Trigger
from shared.platform.clock_shifted import ShiftedClock, shift
from shared.platform.store.sqlite import SqliteStore
from shared.triggers.planning import Planner
from shared.triggers.rules import Rules
from tests.unit.scripts import command

#: The run's clock is ahead of the system's.
AHEAD = timedelta(days=400)
NOW = datetime.now(UTC) + AHEAD
ARRIVAL: dict[str, Any] = {
    "when": {"before": "check_in", "days": 1, "at": "10:00"},
    "says": {"fr": {"text": "À demain, {{ name }} !\n\nChambre {{ room }}.", "choices": [{"title": "Oui"}]}},
}
NEWS: dict[str, Any] = {"when": {"once": "confirmed"}, "says": {"fr": {"text": "Le menu de Noël est là."}}}
WRONG: dict[str, Any] = {"when": {"cron": "every day"}, "says": {"fr": {"text": "x"}}}


def run(folder: Path, *arguments: str, tenant: str = "inn") -> tuple[int, list[str]]:
    """Runs the command. Returns its code and the lines of its output."""
    secrets = {"SECRET_KEY": "x", "SECRET_HMAC": "x"}
    code, told = command.run("triggers", folder, *arguments, TENANT=tenant, **secrets)
    return code, told.splitlines()


def guest(number: int, **fields: Any) -> Contact:
    given = {"service": Permission(given=True, at=NOW, source="file")}
    attributes = {"check_in": (NOW + timedelta(days=3)).date().isoformat(), "room": "12"}
    known = {
        "tenant": "inn",
        "contact": f"c-{number}",
        "name": "Awa",
        "phone": f"+22177000010{number}",
        "permissions": given,
        "attributes": attributes,
        "created_at": NOW,
        "plan_at": NOW,
    }
    return Contact.model_validate(known | fields)


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    shift(tmp_path / "clock", AHEAD)
    store = SqliteStore(tmp_path / "store.db")
    settings = {"base_url": "http://localhost:1", "session": "default", "first_words": True}
    attributes = {"check_in": {"type": "date"}, "room": {"type": "text"}}
    tenant = Tenant.model_validate(
        {
            "tenant": "inn",
            "name": "Inn",
            "languages": ["fr"],
            "timezone": "Africa/Dakar",
            "attributes": attributes,
            "messaging": {"channels": ["waha"]},
        }
    )
    await store.put(tenant)
    await store.put(
        Channel(
            tenant="inn",
            channel="waha",
            kind="waha",
            settings=settings,
            secrets={"api_key": "key", "hmac_key": "hmac"},
        )
    )
    for name, definition in {"arrival": ARRIVAL, "news": NEWS, "wrong": WRONG}.items():
        await store.put(Trigger(tenant="inn", trigger=name, definition=definition))
    planner = Planner(store, ShiftedClock(tmp_path / "clock"))
    for each in guest(1), guest(2, attributes={}), guest(3, permissions={}):
        await store.put(each)
        await store.put(Identity(tenant="inn", identity=f"whatsapp:{each.phone}", contact=each.contact))
        await planner.plan(tenant, await Rules(store).of(tenant), each.contact)
    return tmp_path


def test_triggers_are_listed_with_the_next_time_and_problems(folder: Path) -> None:
    code, told = run(folder)
    due = NOW + timedelta(days=2)
    assert code == 0
    assert told[0] == (
        f"arrival  active  1 day before check_in at 10:00; next {due:%Y-%m-%d} 10:00 UTC; 2 planned, 0 sent"
    )
    assert told[1] == (
        "news     active, waits for a confirmation  once, as soon as it is confirmed; nothing due; "
        "0 planned, 0 sent"
    )
    assert told[3].strip().startswith("problem: when")
    assert run(folder, "list") == (code, told)


def test_a_preview_shows_people_words_and_reasons_without_phone_numbers(folder: Path) -> None:
    code, told = run(folder, "preview", "arrival")
    due = NOW + timedelta(days=2)
    assert code == 0
    assert told == [
        "arrival: 1 day before check_in at 10:00, meant for 3 people",
        "  1 of 3 people would get it",
        f"    c-1  {due:%a %Y-%m-%d} 10:00 in Africa/Dakar, {due:%Y-%m-%d} 10:00 UTC, on waha, fr",
        "  in fr:",
        "    À demain, Awa !",
        "",
        "    Chambre 12.",
        "",
        "    1. Oui",
        "  1 not: check_in is not known of this person (c-2)",
        "  1 not: the person has not agreed to service messages (c-3)",
    ]
    assert run(folder, "preview", "arrival", "+221770000101")[1][2:] == told[4:9]
    assert run(folder, "preview", "arrival", "c-2")[1][1:] == [
        "  would get nothing: check_in is not known of this person"
    ]


def test_the_calendar_follows_the_runs_clock(folder: Path) -> None:
    due = NOW + timedelta(days=2)
    assert run(folder, "calendar")[1] == [f"{due:%a %Y-%m-%d}", "      2  arrival  10:00 × 2"]
    assert run(folder, "calendar", "1") == (0, ["nothing is planned in the next 1 days"])


def test_a_broadcast_is_confirmed_by_its_number(folder: Path) -> None:
    assert run(folder, "confirm", "news", "2") == (
        1,
        ["news: confirmed for 2, but it is meant for 3 people"],
    )
    assert run(folder, "confirm", "news", "3") == (0, ["news: confirmed for 3 people"])
    assert any("confirmed for 3 people" in line for line in run(folder, "show", "news")[1])


def test_a_trigger_is_paused_resumed_and_stopped(folder: Path) -> None:
    assert run(folder, "pause", "arrival") == (0, ["arrival: paused"])
    assert (
        "  it is paused, and sends nothing: this is what it would do" in run(folder, "preview", "arrival")[1]
    )
    assert run(folder, "resume", "arrival") == (0, ["arrival: active"])
    assert run(folder, "stop", "arrival") == (0, ["arrival: stopped"])
    assert run(folder, "resume", "arrival") == (1, ["arrival was stopped (expected a new trigger)"])
    assert run(folder, "results", "arrival")[1][0].startswith("arrival: 2 planned, 0 queued, 0 sent")


def test_wrong_input_is_told_in_one_line(folder: Path, tmp_path: Path) -> None:
    assert run(folder, tenant="") == (1, ["TENANT is missing (expected make triggers TENANT=…)"])
    assert run(folder, tenant="in") == (1, ["TENANT is 'in': there is no such tenant"])
    names = "arrival, news, wrong"
    for each in ("show", "preview", "results", "pause", "resume", "stop"):
        assert run(folder, each, "arival") == (
            1,
            [f"there is no trigger 'arival' (expected one of {names})"],
        )
    assert "there is no contact 'nobody'" in run(folder, "preview", "arrival", "nobody")[1][0]
    code, told = run(folder, "preview", "wrong")
    assert (code, len(told), told[0].startswith("when")) == (1, 1, True)
    for arguments in (("calendar", "0"), ("calendar", "x"), ("confirm", "news", "many"), ("confirm", "news")):
        assert run(folder, *arguments)[0] == 2
    assert "there is no local run yet" in run(tmp_path / "none")[1][0]
