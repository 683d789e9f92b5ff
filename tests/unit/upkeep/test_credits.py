"""The watch over credits: an alert line before one ends, hourly, each key once, whatever a vendor answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared import llm
from shared.errors import ConfigurationError, Retry
from shared.models.tenant import Tenant
from shared.models.usage import Row, UsageShard
from shared.platform import logs
from shared.upkeep.credits import Credits
from tests.world import FakePlugins, World

Lines = list[dict[str, Any]]


class Account:
    """A vendor's account: its credit, or its failure."""

    def __init__(self) -> None:
        self.left: float | Exception | None = 100.0
        self.asked: list[str] = []


class Prepaid:
    def __init__(self, account: Account, connection: llm.Connection) -> None:
        self._account, self._connection = account, connection

    async def complete(self, request: llm.Request) -> llm.Completion:
        raise AssertionError("was asked to answer")

    async def credit(self) -> float | None:
        self._account.asked.append(self._connection.model)
        if isinstance(self._account.left, Exception):
            raise self._account.left
        return self._account.left


class Vendor(FakePlugins):
    def model(self, kind: str, connection: llm.Connection) -> llm.Model:
        return super().model(kind, connection) if kind == "other" else Prepaid(self.account, connection)

    account: Account


@pytest.fixture
def lines() -> Iterator[Lines]:
    found: Lines = []
    logs.configure("info", lambda line: found.append(dict(line)))
    yield found
    logs.configure("info", lambda _: None)


@pytest.fixture
async def world(tmp_path: Path) -> World:
    models = {
        "router": {"format": "prepaid", "model": "m1", "keys": ["one"]},
        "other": {"format": "other", "keys": ["two"]},
    }
    return await World(tmp_path).begin(answers={"models": models})


def watch(world: World) -> tuple[Credits, Account]:
    vendor, account = Vendor(world), Account()
    vendor.account = account
    return Credits(world.store, world.clock, world.directory(vendor)), account


def told(lines: Lines, event: str) -> list[tuple[Any, ...]]:
    return [
        (line["tenant"], line["provider"], line.get("credit")) for line in lines if line["event"] == event
    ]


async def test_a_low_credit_is_told_every_hour_and_a_high_one_is_not(world: World, lines: Lines) -> None:
    credits, account = watch(world)
    for left in (100.0, 1.9, 1.8):
        account.left = left
        for _ in range(60):
            await credits.run()
            world.clock.pass_(60)
    assert account.asked == ["m1"] * 3
    assert told(lines, "credit_low") == [("parish", "router", 1.9), ("parish", "router", 1.8)]
    assert told(lines, "credit") == [("parish", "router", left) for left in (100.0, 1.9, 1.8)]


@pytest.mark.parametrize(("left", "low"), [(13.0, False), (11.9, True)])
async def test_a_credit_is_low_if_it_lasts_no_three_days(
    world: World, lines: Lines, left: float, low: bool
) -> None:
    now = world.clock.now()
    for back, cost in ((0, 1.0), (1, 4.0)):
        row = Row(task="answer", entry="router", model="m1", calls=1, cost=cost)
        day = (now - timedelta(days=back)).date().isoformat()
        shard = UsageShard(
            tenant="parish", day=day, shard=f"s{back}", rows=[row], updated_at=now, expires_at=now
        )
        await world.store.put(shard)
    credits, account = watch(world)
    account.left = left
    assert await credits.run() == int(low)
    assert bool(told(lines, "credit_low")) == low


async def test_a_key_of_several_tenants_is_asked_about_once_and_told_to_each(
    world: World, lines: Lines
) -> None:
    models = {"mine": {"format": "prepaid", "model": "m2", "keys": ["one"]}}
    other = {"tenant": "inn", "name": "Inn", "languages": ["en"], "answers": {"models": models}}
    await world.store.put(Tenant.model_validate(other))
    credits, account = watch(world)
    account.left = 0.5
    await credits.run()
    assert len(account.asked) == 1
    assert sorted(told(lines, "credit_low")) == [("inn", "mine", 0.5), ("parish", "router", 0.5)]


@pytest.mark.parametrize("left", [None, Retry("down"), ConfigurationError("no such key")])
async def test_without_a_credit_nobody_is_alarmed(world: World, lines: Lines, left: Any) -> None:
    credits, account = watch(world)
    account.left = left
    assert await credits.run() == 0
    assert told(lines, "credit_low") == []
    assert len(told(lines, "credit_unknown")) == int(isinstance(left, Exception))
