"""The function `knowledge`: its tick hands out due sources, and its events are worked off once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.errors import Drop
from shared.models.events import SourceDue
from shared.models.source import Claim, Source
from shared.platform.pause import Pause
from shared.platform.publishing import Publisher
from shared.upkeep.sources.tick import Tick
from tests.unit.upkeep.sources.library import World


class Bus:
    def __init__(self) -> None:
        self.events: list[SourceDue] = []

    async def publish(self, topic: str, data: bytes, **_: Any) -> None:
        assert topic == "sources"
        self.events.append(SourceDue.model_validate_json(data))


@pytest.fixture
async def world(tmp_path: Path) -> World:
    found = World(tmp_path)
    await found.begin("guide", "later", "busy", "dropped")
    now = found.clock.now()
    claim = Claim(by="another", until=now + timedelta(minutes=5))
    changes: dict[str, dict[str, Any]] = {
        "later": {"due_at": now + timedelta(minutes=1)},
        "busy": {"claim": claim},
        "dropped": {"dropped": True},
    }
    for name, change in changes.items():
        source = await found.store.get(Source, tenant="hotel", source=name)
        assert source is not None
        await found.store.put(source.model_copy(update=change))
    return found


async def tick(world: World) -> list[str]:
    bus = Bus()
    pause = Pause(world.store, world.clock)
    await Tick(world.store, world.clock, Publisher(bus), pause).run()  # type: ignore[arg-type]
    return sorted(event.source for event in bus.events)


async def test_due_sources_are_handed_out_unless_somebody_reads_them(world: World) -> None:
    assert await tick(world) == ["dropped", "guide"]
    world.clock.pass_(301)
    assert await tick(world) == ["busy", "dropped", "guide", "later"]


async def test_a_source_that_was_read_is_due_after_its_interval(world: World) -> None:
    world.shelves.texts = {"a.md": "One."}
    await world.run()
    assert "guide" not in await tick(world)
    with pytest.raises(Drop, match="source_is_being_read"):
        await world.refresh().run("hotel", "busy")


async def test_a_paused_deployment_reads_nothing(world: World) -> None:
    from shared.models.deployment import Deployment

    await world.store.put(Deployment(paused_at=world.clock.now(), why="test"))
    assert await tick(world) == []
