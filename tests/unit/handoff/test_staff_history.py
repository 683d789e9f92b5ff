"""The history of staff's own chat, which a model may read: it has no words about the people they work for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.answers.administration.office import AWA, BOSS, office, writes
from tests.unit.handoff.desk import take
from tests.world import World


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return await office(tmp_path)


async def test_notices_and_relays_are_not_in_the_history_of_staff(world: World) -> None:
    await take(world, BOSS, AWA)
    await writes(world, AWA, "Mon enfant Aïssatou est malade")
    assert any("Aïssatou" in text for text in world.texts())
    history = [line.text for line in (await world.conversation_of(BOSS)).history]
    assert "[#1]" in history
    assert not any(words in line for line in history for words in ("Aïssatou", "Awa"))
