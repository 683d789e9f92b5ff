"""The command `make gaps`, as an operator types it, on a local run's state with the real embedder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from scripts.gaps import lines
from shared.conversation.gaps import Gap
from shared.models.tenant import Tenant
from shared.platform.store.sqlite import SqliteStore
from shared.upkeep.gaps import LIMIT, Group
from tests.unit.scripts import command

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def gap(question: str, count: int, language: str = "fr", at: datetime = NOW) -> Gap:
    made = Gap.of("parish", question, question, language, at)
    made.count = count
    return made


run = partial(command.run, "gaps")


async def test_the_gaps_are_shown_grouped_by_meaning_most_asked_first(tmp_path: Path) -> None:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    store = SqliteStore(tmp_path / "store.db")
    await store.put(Tenant(tenant="parish", name="Parish", languages=["fr", "en"]))
    for kept in (
        gap("Avez-vous une piscine ?", 4, at=at),
        gap("Avez-vous un parking ?", 3, at=at - timedelta(days=1)),
        gap("Do you have a car park?", 2, "en", at=at),
    ):
        await store.put(kept)
    code, told = run(tmp_path, TENANT="parish")
    assert (code, told.splitlines()) == (
        0,
        [
            f"    5 ×  fr   {at:%Y-%m-%d %H:%M}  Avez-vous un parking ?",
            " " * 32 + "also: Do you have a car park?",
            f"    4 ×  fr   {at:%Y-%m-%d %H:%M}  Avez-vous une piscine ?",
        ],
    )


async def test_an_empty_list_and_an_unknown_tenant_are_told_in_one_line(tmp_path: Path) -> None:
    await SqliteStore(tmp_path / "store.db").put(Tenant(tenant="parish", name="P", languages=["fr"]))
    none = "parish: no question of the last 180 days is without an answer"
    assert run(tmp_path, TENANT="parish") == (0, none)
    assert run(tmp_path, TENANT="parisch") == (1, "TENANT is 'parisch': there is no such tenant")
    assert run(tmp_path) == (1, "TENANT is missing (expected make gaps TENANT=…)")


def test_without_a_local_run_it_says_so(tmp_path: Path) -> None:
    code, told = run(tmp_path, TENANT="parish")
    assert (code, len(told.splitlines())) == (1, 1)
    assert "there is no local run yet" in told


def test_no_more_than_three_other_wordings_are_shown() -> None:
    group = Group([gap(f"parking {number}", 9 - number) for number in range(6)])
    first, *others = lines("parish", [group])
    assert first == "   39 ×  fr   2026-11-20 10:00  parking 0"
    assert [line.strip() for line in others] == [f"also: parking {number}" for number in (1, 2, 3)]


def test_a_strangers_control_characters_do_not_reach_the_terminal() -> None:
    group = Group([gap("\x1b[31mparking\u202e", 2), gap("\x07garage", 1)])
    assert all(line.isprintable() for line in lines("parish", [group]))


def test_a_list_that_is_not_whole_says_so() -> None:
    whole = [Group([gap("parking", 1)] * (LIMIT - 1))]
    assert not next(lines("parish", whole)).startswith("…")
    cut = [*whole, Group([gap("pool", 1)])]
    assert next(lines("parish", cut)) == "… only the newest 1000 questions are read"
