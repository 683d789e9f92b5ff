"""A message of a trigger whose sending is not known is not repeated to a person who opts out meanwhile."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from shared.channels import Unclear
from tests.unit.triggers.book import know, parish, schedule, tick, until
from tests.world import START

AT_NOON = {"when": {"cron": "0 12 * * *"}, "says": {"fr": {"text": "Bonjour {{ name }}"}}}


async def test_an_unknown_message_is_not_repeated_after_an_opt_out(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"noon": AT_NOON})
    await know(world)
    world.channel.results = [Unclear("unanswered")]
    noon = START + timedelta(hours=2)
    await until(world, noon + timedelta(seconds=30), timedelta(minutes=1))
    assert world.texts() == ["Bonjour Awa"]
    await world.say("STOP")
    for _ in range(30):
        world.clock.pass_(10)
        await world.parts.sweep.run()
        await tick(world)
    assert world.texts().count("Bonjour Awa") == 1
    one, *_ = await schedule(world)
    assert one.state != "planned"
