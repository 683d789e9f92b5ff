"""The command `make handoffs`, as an operator types it, on a local run's state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.models.handoff import Handoff
from shared.models.tenant import Tenant
from shared.platform.store.sqlite import SqliteStore
from shared.upkeep.handoffs import promise_kept
from tests.unit.scripts import command

NOW = datetime.now(UTC).replace(second=0, microsecond=0)


def run(folder: Path, *arguments: str, tenant: str = "parish") -> tuple[int, str]:
    """Runs the command. Returns its code and its output."""
    return command.run("handoffs", folder, *arguments, TENANT=tenant)


def request(number: int, ago: timedelta = timedelta(hours=1), **fields: Any) -> Handoff:
    """Returns a request that was made `ago`; times in `fields` are in seconds after that."""
    at = NOW - ago
    times = {
        name: at + timedelta(seconds=value)
        for name, value in fields.items()
        if name.endswith("_at") and value is not None
    }
    made = {
        "tenant": "parish",
        "handoff": f"h{number}",
        "conversation": "c",
        "contact": "p",
        "number": number,
    }
    return Handoff.model_validate({**made, "created_at": at, "reason": "asked", **fields, **times})


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    store = SqliteStore(tmp_path / "store.db")
    staff = {"one": {"name": "Aminata Ba", "ways": [{"channel": "waha", "to": "+221770000901"}]}}
    tenant = {"tenant": "parish", "name": "Parish", "languages": ["fr"], "staff": staff}
    await store.put(Tenant.model_validate(tenant))
    taken = request(2, reasons=["asked", "mood"], state="notified", promised_at=600, broken=1, name="Awa")
    taken.take("one", "waha", NOW)
    taken.notes = ["Aminata Ba: rappeler au +221 77 000 00 01 demain\x1b[31m"]
    for each in (
        taken,
        request(1, timedelta(hours=3), state="notified", notified_at=1),
        request(3, state="closed", notified_at=2, taken_at=60, first_words_at=90, promised_at=600, rating=4),
        request(4, state="closed", notified_at=4, taken_at=7_200, promised_at=600, rating=5, reason="mood"),
        request(5, timedelta(days=8), state="closed", taken_at=9_999),
    ):
        await store.put(each)
    return tmp_path


def test_open_requests_are_listed_oldest_first(folder: Path) -> None:
    old, new = NOW - timedelta(hours=3), NOW - timedelta(hours=1)
    promised = new + timedelta(minutes=10)
    code, told = run(folder)
    assert (code, told.splitlines()) == (
        0,
        [
            f"#1     {old:%Y-%m-%d %H:%M}  asked: notified  h1",
            f"#2     {new:%Y-%m-%d %H:%M}  asked, mood: taken by Aminata Ba, "
            f"promised {promised:%Y-%m-%d %H:%M}, 1 broken  h2",
        ],
    )
    assert run(folder, "list") == (code, told)


@pytest.mark.parametrize("name", ["2", "#2", "h2"])
def test_one_request_is_shown_without_phone_numbers(folder: Path, name: str) -> None:
    code, told = run(folder, "show", name)
    assert code == 0
    assert f"  {NOW:%Y-%m-%d %H:%M}:00  taken         to: Aminata Ba  way: waha" in told.splitlines()
    assert "  note  Aminata Ba: rappeler au … demain" in told
    assert "\x1b" not in told
    assert "77 000" not in told
    assert "Awa" not in told


def test_the_report_counts_and_measures(folder: Path) -> None:
    code, told = run(folder, "report")
    assert (code, told.splitlines()) == (
        0,
        [
            "parish: 4 requests for a human in 7 days",
            "  reasons       3 asked, 2 mood",
            "  states        2 closed, 1 notified, 1 taken",
            "  notified      3 of 4, median 2.0 s, p90 4.0 s",
            "  taken         3 of 4, median 1 h 00 min, p90 2 h 00 min",
            "  first words   1 of 4, median 2 min, p90 2 min",
            "  promises kept 33% of 3",
            "  rating        4.5 of 5, 2 rated",
        ],
    )
    assert run(folder, "report", "30")[1].splitlines()[0] == "parish: 5 requests for a human in 30 days"


def test_wrong_input_is_told_in_one_line(folder: Path, tmp_path: Path) -> None:
    assert run(folder, tenant="") == (1, "TENANT is missing (expected make handoffs TENANT=…)")
    assert run(folder, tenant="parisch") == (1, "TENANT is 'parisch': there is no such tenant")
    assert run(folder, "show", "99") == (
        1,
        "there is no request '99' (expected an id or number, as listed)",
    )
    for days in "0", "-1", "x", "9999":
        assert "DAYS" in run(folder, "report", days)[1]
    assert "there is no local run yet" in run(tmp_path / "none")[1]


async def test_a_tenant_without_requests(tmp_path: Path) -> None:
    await SqliteStore(tmp_path / "store.db").put(Tenant(tenant="parish", name="P", languages=["fr"]))
    assert run(tmp_path) == (0, "parish: no request for a human is open")
    assert run(tmp_path, "report") == (0, "parish: 0 requests for a human in 7 days")


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({}, None),
        ({"promised_at": 600, "taken_at": 600}, True),
        ({"promised_at": 600, "taken_at": 601}, False),
        ({"promised_at": 600, "taken_at": 60, "broken": 1}, False),
        ({"promised_at": 600}, False),
        ({"promised_at": 7_200}, None),
        ({"promised_at": 600, "closed_at": 60, "state": "closed"}, None),
        ({"promised_at": 600, "closed_at": 700, "state": "expired"}, False),
    ],
)
def test_a_promise_is_kept_broken_or_still_open(fields: dict[str, Any], kept: bool | None) -> None:
    assert promise_kept(request(1, **fields), NOW) is kept
