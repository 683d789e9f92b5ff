"""The command `make memory`, as an operator types it, on a local run's state."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.conversation.groups import Memory, StatedFact
from shared.platform.store.sqlite import SqliteStore
from tests.unit.scripts import command
from tests.world import AWA, START, World


def run(folder: Path, **variables: str) -> tuple[int, list[str]]:
    """Runs the command. Returns its code and the lines of its output."""
    code, told = command.run("memory", folder, **variables)
    return code, told.splitlines()


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    world = await World(tmp_path).begin()
    await world.say("Quand est la messe ?")
    found = await world.conversation()
    found.memory.facts = [StatedFact(text="Two \x1b[31mchildren", at=START)]
    found.memory.summary = "Asked for the mass."
    await world.store.put(found)
    return tmp_path


async def test_it_is_shown_by_number_and_erased(folder: Path) -> None:
    code, told = run(folder, TENANT="parish", CONTACT=AWA)
    assert code == 0
    assert told[0].endswith(": 2 recent lines")
    assert told[1] == "  summary: Asked for the mass."
    assert told[2].startswith("  2026-11-20 10:00  Two ")
    assert "\x1b" not in "".join(told)
    code, told = run(folder, TENANT="parish", CONTACT=AWA, ERASE="1")
    assert (code, len(told)) == (0, 1)
    world = World(folder)
    world.store = SqliteStore(folder / "store.db")
    found = await world.conversation()
    assert (found.memory, found.history) == (Memory(erased_at=found.memory.erased_at), [])
    assert [message.text for message in await world.inbound()] == ["Quand est la messe ?"]


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "TENANT or CONTACT is missing"),
        ({"TENANT": "parish", "CONTACT": "+1"}, "no contact is called '+1'"),
    ],
)
async def test_a_wrong_call_says_what_to_do(folder: Path, variables: dict[str, str], said: str) -> None:
    code, told = run(folder, **variables)
    assert code == 1
    assert said in told[0]
