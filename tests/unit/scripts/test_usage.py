"""The command `make costs`, as an operator types it, on a local run's state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scripts.usage import lines
from shared.models.tenant import Tenant
from shared.models.usage import Row, UsageDay, UsageShard
from shared.platform.store.sqlite import SqliteStore
from shared.upkeep.usage import Report
from tests.unit.scripts import command

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
ANSWER = Row(
    task="answer",
    entry="quick",
    model="claude-haiku-4-5",
    calls=120,
    failures=20,
    tokens_in=500_000,
    tokens_out=60_000,
    cost=0.8,
    ms=90_000,
)
JUDGE = Row(task="judge", entry="own", model="own", calls=1, failures=1)


def run(folder: Path, **variables: str) -> tuple[int, list[str]]:
    """Runs the command. Returns its code and the lines of its output."""
    code, told = command.run("usage", folder, **variables)
    return code, told.splitlines()


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    store = SqliteStore(tmp_path / "store.db")
    await store.put(Tenant(tenant="hotel", name="Hotel", languages=["en"]))
    end = NOW + timedelta(days=1)
    for day, shard, rows in (
        ("2026-11-20", "a", [ANSWER]),
        ("2026-11-20", "b", [ANSWER, JUDGE]),
        ("2026-11-30", "a", [ANSWER]),
        ("2026-12-01", "a", [ANSWER]),
    ):
        await store.put(
            UsageShard(tenant="hotel", day=day, shard=shard, rows=rows, updated_at=NOW, expires_at=end)
        )
    await store.put(UsageDay(tenant="hotel", day="2026-11-20", cap=2.0, expires_at=end))
    return tmp_path


async def test_a_days_costs_are_summed_by_task_and_model(folder: Path) -> None:
    code, told = run(folder, TENANT="hotel", DAY="2026-11-20")
    assert code == 0
    assert [line.split() for line in told] == [
        ["task", "model", "calls", "failed", "tokens", "in", "out", "seconds", "US", "$"],
        ["answer", "quick", "(claude-haiku-4-5)", "240", "40", "1000000", "120000", "0.90", "1.6000"],
        ["judge", "own", "1", "1", "0", "0", "0.0000"],
        ["hotel,", "2026-11-20:", "1.6000", "US", "dollars", "of", "2.00"],
    ]


async def test_a_month_is_the_sum_of_its_days(folder: Path) -> None:
    _, told = run(folder, TENANT="hotel", MONTH="2026-11")
    assert told[-1] == "hotel, 2026-11: 2.4000 US dollars"
    _, told = run(folder, TENANT="hotel", MONTH="2026-12")
    assert told[-1] == "hotel, 2026-12: 0.8000 US dollars"
    _, told = run(folder, TENANT="hotel", MONTH="2020-02")
    assert told == ["hotel, 2020-02: no model was asked"]


async def test_without_a_day_it_is_this_month(folder: Path) -> None:
    code, told = run(folder, TENANT="hotel")
    assert code == 0
    assert told[-1].startswith(f"hotel, {datetime.now(UTC):%Y-%m}: ")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "TENANT is missing (expected make costs TENANT=…"),
        ({"TENANT": "hotle"}, "TENANT is 'hotle': there is no such tenant"),
        ({"TENANT": "hotle", "DAY": "2026-11-20"}, "TENANT is 'hotle': there is no such tenant"),
        ({"TENANT": "hotel", "DAY": "20/11"}, "DAY='20/11': expected the form 2026-11-20"),
        ({"TENANT": "hotel", "MONTH": "2026-13"}, "MONTH='2026-13': expected the form 2026-11"),
        ({"TENANT": "hotel", "DAY": "2026-11-20", "MONTH": "2026-11"}, "DAY and MONTH are both set"),
    ],
)
async def test_a_mistake_is_one_line(folder: Path, variables: dict[str, str], said: str) -> None:
    code, told = run(folder, **variables)
    assert (code, len(told)) == (1, 1)
    assert told[0].startswith(said)


def test_a_vendors_control_characters_do_not_reach_the_terminal() -> None:
    row = ANSWER.model_copy(update={"model": "\x1b[31mred\u202e" * 40})
    assert all(line.isprintable() for line in lines("hotel", "2026-11", Report([row])))


def test_a_sum_of_too_many_documents_says_so() -> None:
    assert "only 1000 documents" in list(lines("hotel", "2026-11", Report([ANSWER], whole=False)))[-1]
