"""A tenant's share of an instance: excess work is safe, waits in line, and delays no other tenant."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel

from shared.conversation.conversation import Conversation
from shared.errors import Drop, Retry
from shared.models.events import MessageReceived
from shared.models.message import Inbound, Outcome
from shared.models.tenant import Channel, Tenant
from shared.platform import fair_line
from shared.platform.fair_line import FairLine
from shared.platform.store import Where
from tests.world import FakePlugins, World

#: Small enough for one running turn per tenant, beside one of another tenant.
SHARE = 2


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(fair_line, "SLOTS", SHARE)
    begun = World(tmp_path)
    await begun.begin()
    await begun.store.put(
        Tenant.model_validate(
            {"tenant": "hotel", "name": "Hotel", "languages": ["fr"], "answers": {"provider": "model"}}
        )
    )
    await begun.store.put(Channel(tenant="hotel", channel="waha", kind="waha"))
    return begun


class Thinking:
    """A model that takes one question and answers when told to stop."""

    def __init__(self, world: World) -> None:
        self._begun, self._over = asyncio.Event(), asyncio.Event()
        world.provider.meanwhile.append(self._think)

    async def begun(self) -> None:
        async with asyncio.timeout(5):
            await self._begun.wait()

    def stop(self) -> None:
        self._over.set()

    async def _think(self) -> None:
        self._begun.set()
        await self._over.wait()


def person(number: int) -> str:
    return f"+22177000{number:04d}"


def asks(world: World, number: int, tenant: str = "parish") -> MessageReceived:
    return world.message(f"Question {number} ?", peer=person(number)).model_copy(update={"tenant": tenant})


async def unanswered(world: World) -> int:
    where = [Where("direction", "==", "in"), Where("outcome", "==", None)]
    return len(await world.store.query(Inbound, where=where, limit=100, tenant="parish"))


async def test_what_is_over_the_share_is_safe_at_once_and_answered_in_its_order(world: World) -> None:
    thinking = Thinking(world)
    first = asyncio.create_task(world.receive(asks(world, 0)))
    await thinking.begun()
    for number in range(1, 5):
        async with asyncio.timeout(1):
            await world.receive(asks(world, number))  # acknowledged: no refusal, no failed attempt
    assert world.provider.asked == ["Question 0 ?"]
    assert await unanswered(world) == 5
    thinking.stop()
    await first
    assert world.provider.asked == [f"Question {number} ?" for number in range(5)]
    assert await world.outcomes() == [Outcome.ANSWERED] * 5


async def test_another_tenant_is_answered_meanwhile(world: World) -> None:
    thinking = Thinking(world)
    first = asyncio.create_task(world.receive(asks(world, 0)))
    await thinking.begun()
    await world.receive(asks(world, 1))
    async with asyncio.timeout(1):
        await world.receive(asks(world, 2, "hotel"))
    assert world.provider.asked == ["Question 0 ?", "Question 2 ?"]
    thinking.stop()
    await first


async def test_the_sweep_answers_what_waited_in_an_instance_that_died(world: World) -> None:
    thinking = Thinking(world)
    first = asyncio.create_task(world.receive(asks(world, 0)))
    await thinking.begun()
    await world.receive(asks(world, 1))
    world.rebuild(FakePlugins(world))  # another instance
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await world.parts.sweep.run()
    assert world.bus.waiting == []  # its line may still start it
    for _ in range(2):
        world.clock.pass_(120)
        await world.parts.sweep.run()
        await world.pump()
    assert await world.outcomes() == [Outcome.ANSWERED] * 2


async def test_a_message_that_waits_however_long_is_answered_and_not_apologised_for(world: World) -> None:
    """Waiting in line counts as no failed attempt, neither of the event nor of its turn."""
    thinking = Thinking(world)
    first = asyncio.create_task(world.receive(asks(world, 0)))
    await thinking.begun()
    event = asks(world, 1)
    await world.receive(event)
    for _ in range(10):
        world.clock.pass_(125)
        await world.parts.sweep.run()
        await world.pump()
        await world.receive(event)  # the repeat arrives
    thinking.stop()
    await first
    await world.pump()  # the first one has taken so long that the line hands on the waiting work
    assert await world.outcomes() == [Outcome.ANSWERED] * 2


async def test_more_messages_of_who_waits_are_one_turn(world: World) -> None:
    thinking = Thinking(world)
    first = asyncio.create_task(world.receive(asks(world, 0)))
    await thinking.begun()
    for text in ("Bonjour !", "Quand est la messe ?"):
        await world.receive(world.message(text, peer=person(1)))
    thinking.stop()
    await first
    assert sorted(map(str, await world.outcomes())) == [Outcome.ANSWERED, Outcome.ANSWERED, Outcome.MERGED]


async def test_a_free_instance_makes_nobody_wait(world: World) -> None:
    for number in range(10):
        await world.receive(asks(world, number))
        conversations = await world.store.query(Conversation, limit=100, tenant="parish")
        assert all(conversation.turn.lease is None for conversation in conversations)
    assert await world.outcomes() == [Outcome.ANSWERED] * 10


async def test_a_gateway_that_hangs_holds_up_its_own_tenant_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = asyncio.Event()
    send = world.channel.send

    async def hangs(to: str, *rest: object, **more: object) -> object:
        if to.startswith("22177000000"):
            await over.wait()
        return await send(to, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(world.channel, "send", hangs)
    for number, tenant in ((0, "parish"), (1, "parish"), (2, "parish"), (10, "hotel")):
        await world.receive(asks(world, number, tenant))
    carried = [published for published in world.bus.waiting if published.topic == "outbound"]
    assert len(carried) == 4
    sending = [asyncio.create_task(world._carry(published)) for published in carried]
    _, still = await asyncio.wait(sending, timeout=1)
    assert len(still) == 1  # one hangs, two wait in its line without a request of theirs
    assert [to for to, _ in world.channel.sent] == [f"{person(10)[1:]}@c.us"]
    over.set()
    await asyncio.gather(*still)
    assert [to for to, _ in world.channel.sent[1:]] == [f"{person(number)[1:]}@c.us" for number in range(3)]


# --- the line itself


class Ping(BaseModel):
    name: str


class Line:
    """A fair line with one unit of work of tenant `a` under way until `end`."""

    def __init__(self, world: World, lasts: float = 0, failing: Mapping[str, Exception] = {}) -> None:
        self.done: list[str] = []
        self.published: list[str] = []
        self.line = FairLine(world.clock, SHARE, self._do, self._publish)
        self._over, self._clock, self._lasts, self._failing = asyncio.Event(), world.clock, lasts, failing
        self._first = asyncio.create_task(self.line.run("a", self._work))

    def wait(self, *names: str) -> None:
        for name in names:
            self.line.wait("a", Ping(name=name))

    async def end(self) -> None:
        self._over.set()
        await self._first

    async def _work(self, at_once: bool) -> None:
        await self._over.wait()

    async def _do(self, ping: Ping) -> None:
        self.done.append(ping.name)
        self._clock.pass_(self._lasts)
        if ping.name in self._failing:
            raise self._failing[ping.name]

    async def _publish(self, ping: Ping) -> None:
        self.published.append(ping.name)


async def test_work_that_fails_for_now_holds_up_neither_the_line_nor_the_event(world: World) -> None:
    line = Line(world, failing={"later": Retry("rate_limited"), "nobody": Drop("nothing_to_wake")})
    line.wait("later", "nobody", "last")
    await line.end()
    assert line.done == ["later", "nobody", "last"]


async def test_a_request_carries_on_for_a_bounded_time_and_hands_the_line_on(world: World) -> None:
    line = Line(world, lasts=8)
    line.wait(*"012345")
    await line.end()
    assert (line.done, line.published) == (["0", "1", "2"], ["3"])


async def test_a_line_has_an_end_and_holds_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fair_line, "LENGTH", 2)
    line = Line(world)
    line.wait("0", "1", "1", "2")
    await line.end()
    assert line.done == ["0", "1"]
