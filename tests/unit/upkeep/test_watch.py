"""The watch over gateways: its findings, its alerts, its cost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from shared.channels import Connection, Gateway, GatewayRefused, Pairing, Status
from shared.conversation.conversation import Conversation
from shared.conversation.groups import Session
from shared.errors import ConfigurationError, Drop, Retry
from shared.models.events import SessionStatus
from shared.models.tenant import Channel
from shared.platform import effects
from shared.upkeep.watch import EVERY, LIMIT, Watch, Watched
from tests.world import FakePlugins, World

WELL = Status("WORKING", working=True, registered=True)


@dataclass
class Vendors:
    """Gateways with a scripted status for each channel; they count the requests."""

    answers: dict[str, Status | Exception | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def open(self, _: str, connection: Connection, address: str) -> Gateway | None:
        assert address == f"https://c.example/webhook/{connection.place}"
        answer = self.answers.get(connection.settings.channel, WELL)
        if isinstance(answer, ConfigurationError):
            raise answer
        return None if answer is None else _Gateway(self, connection.settings.channel, answer)


@dataclass
class _Gateway:
    all: Vendors
    channel: str
    answer: Status | Exception

    async def status(self) -> Status:
        self.all.asked.append(self.channel)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def pair(self) -> Pairing:
        raise NotImplementedError

    async def restart(self) -> None:
        raise NotImplementedError

    async def register(self) -> Mapping[str, str]:
        raise NotImplementedError


@pytest.fixture
def vendors() -> Vendors:
    return Vendors()


@pytest.fixture
def watch(world: World, vendors: Vendors) -> Watch:
    files = FakePlugins(world, vendors.open)
    return Watch(world.store, world.clock, world.directory(files, "https://c.example/"))


def severities(lines: list[Mapping[str, Any]]) -> list[str]:
    return [line["severity"] for line in lines if line["event"] == "channel_health"]


async def waha(world: World) -> Channel:
    found = await world.store.get(Channel, tenant="parish", channel="waha")
    assert found is not None
    return found


async def health(world: World) -> tuple[str, bool] | None:
    found = (await waha(world)).health
    return (found.status, found.working) if found else None


async def again(world: World, watch: Watch) -> Watched:
    world.clock.pass_(EVERY.total_seconds())
    return await watch.run()


async def heard(
    world: World, ago: timedelta, *, channel: str = "waha", number: int = 0, tenant: str = "parish"
) -> None:
    """Stores a conversation whose last message is so old."""
    at = world.clock.now() - ago
    name = f"{channel}.c-{number}"
    await world.store.put(
        Conversation(
            tenant=tenant, conversation=name, channel=channel, contact=f"c-{number}", chat="x",
            updated_at=at, session=Session(id="s", started_at=at, last_at=at),
        )
    )  # fmt: skip


async def test_a_gateway_is_asked_once_in_a_while_only(world: World, watch: Watch, vendors: Vendors) -> None:
    assert await watch.run() == Watched(asked=1, ill=0)
    world.clock.pass_(60)
    assert await watch.run() == Watched(asked=0, ill=0)
    assert await again(world, watch) == Watched(asked=1, ill=0)
    assert vendors.asked == ["waha", "waha"]
    assert await health(world) == ("WORKING", True)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Status("SCAN_QR_CODE", working=False, registered=True), "SCAN_QR_CODE"),
        (Status("WORKING", working=True, registered=False), "not_registered"),
        (Retry("gateway_unreachable"), "unreachable"),
        (GatewayRefused(401), "refused_401"),
        (ConfigurationError("parish/waha: settings.session"), "misconfigured"),
    ],
)
async def test_what_is_ill_is_kept_and_alerts_when_it_stays_so(
    world: World, watch: Watch, vendors: Vendors, lines: list[Any], answer: Any, status: str
) -> None:
    vendors.answers["waha"] = answer
    assert await watch.run() == Watched(asked=1, ill=1)
    assert await health(world) == (status, False)
    await again(world, watch)
    await again(world, watch)
    assert severities(lines) == ["WARNING", "ERROR", "ERROR"]
    assert {line["gateway_status"] for line in lines if line["event"] == "channel_health"} == {status}
    vendors.answers["waha"] = WELL
    await again(world, watch)
    assert await health(world) == ("WORKING", True)
    assert severities(lines)[-1] == "INFO"


async def test_what_the_gateway_said_itself_alerts_at_once(
    world: World, watch: Watch, vendors: Vendors, lines: list[Any]
) -> None:
    lost = SessionStatus(
        tenant="parish", channel="waha", status="FAILED", working=False, at=world.clock.now()
    )
    await world.parts.receipts.session(lost)
    vendors.answers["waha"] = Status("FAILED", working=False, registered=True)
    await again(world, watch)
    assert severities(lines) == ["ERROR", "ERROR"]


async def test_old_news_of_a_loss_alerts_nobody(world: World, lines: list[Any]) -> None:
    now = world.clock.now()
    well = SessionStatus(tenant="parish", channel="waha", status="WORKING", working=True, at=now)
    await world.parts.receipts.session(well)
    late = well.model_copy(update={"status": "FAILED", "working": False, "at": now - timedelta(minutes=5)})
    with pytest.raises(Drop):
        await world.parts.receipts.session(late)
    assert await health(world) == ("WORKING", True)
    assert severities(lines) == ["INFO"]


async def test_a_later_word_of_the_gateway_stands(world: World, watch: Watch, vendors: Vendors) -> None:
    """The gateway reported an outage after the watch had asked for its status."""
    after = world.clock.now() + timedelta(seconds=1)
    lost = SessionStatus(tenant="parish", channel="waha", status="FAILED", working=False, at=after)
    await world.parts.receipts.session(lost)
    await watch.run()
    assert await health(world) == ("FAILED", False)


async def test_a_well_one_costs_a_write_and_few_reads(world: World, watch: Watch) -> None:
    await watch.run()
    world.clock.pass_(EVERY.total_seconds())
    account = effects.begin()
    await watch.run()
    assert account.writes == ["tenants/parish/channels/waha"]
    assert account.reads <= 5


async def test_with_nothing_due_a_tick_is_one_empty_query(world: World, watch: Watch) -> None:
    await watch.run()
    account = effects.begin()
    await watch.run()
    assert account.writes == []
    assert account.reads <= 1


async def test_a_channel_without_a_gateway_is_looked_at_once(
    world: World, watch: Watch, vendors: Vendors
) -> None:
    vendors.answers["waha"] = None
    assert await watch.run() == Watched(asked=0, ill=0)
    assert (await waha(world)).due_at is None
    assert await health(world) is None


async def test_two_ticks_at_once_ask_once(world: World, watch: Watch, vendors: Vendors) -> None:
    first, second = await asyncio.gather(watch.run(), watch.run())
    assert first.asked + second.asked == 1
    assert vendors.asked == ["waha"]


async def test_a_bug_in_one_does_not_keep_the_others_from_being_asked(
    world: World, watch: Watch, vendors: Vendors, lines: list[Any]
) -> None:
    await world.store.put(Channel(tenant="parish", channel="other", kind="waha"))
    vendors.answers["waha"] = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await watch.run()
    assert sorted(vendors.asked) == ["other", "waha"]
    assert "watch_failed" in [line["event"] for line in lines]
    assert await watch.run() == Watched(asked=0, ill=0)


async def test_a_tick_has_an_end_and_the_rest_comes_next(world: World, watch: Watch) -> None:
    for number in range(LIMIT + 5):
        await world.store.put(Channel(tenant="parish", channel=f"c{number}", kind="waha"))
    assert (await watch.run()).asked == LIMIT
    assert (await watch.run()).asked == 6


# Silence.


@pytest.mark.parametrize("others", ["same tenant", "another tenant"])
async def test_silence_while_others_write_is_an_illness(world: World, watch: Watch, others: str) -> None:
    for number in range(10):
        await heard(world, timedelta(hours=30 + number), number=number)
    await heard(
        world, timedelta(minutes=5), channel="telegram",
        tenant="parish" if others == "same tenant" else "hotel",
    )  # fmt: skip
    await watch.run()
    assert await health(world) == ("silent", False)
    await heard(world, timedelta(0))
    await again(world, watch)
    assert await health(world) == ("WORKING", True)


async def test_when_nobody_writes_anywhere_nobody_is_silent(world: World, watch: Watch) -> None:
    for number in range(10):
        await heard(world, timedelta(hours=30 + number), number=number)
    await watch.run()
    assert await health(world) == ("WORKING", True)


@pytest.mark.parametrize(
    ("latest", "between", "found"),
    [
        (timedelta(hours=20), timedelta(minutes=5), 10),  # a night
        (timedelta(days=9), timedelta(days=1), 10),  # one person a day: nine days are fewer than ten
        (timedelta(days=30), timedelta(hours=1), 9),  # too few to know the usual number
    ],
)
async def test_a_silence_that_is_usual_is_none(
    world: World, watch: Watch, latest: timedelta, between: timedelta, found: int
) -> None:
    for number in range(found):
        await heard(world, latest + number * between, number=number)
    await heard(world, timedelta(minutes=5), channel="telegram")
    await watch.run()
    assert await health(world) == ("WORKING", True)
