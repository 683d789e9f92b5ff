"""A flood from many people: strangers wait, others go on, and no budget and no other tenant suffers."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.conversation.conversation import Conversation
from shared.inbound.newcomers import TRY_AGAIN
from shared.models.load import Load
from shared.models.message import Inbound, Outcome
from shared.models.people import Identity
from shared.models.tenant import Channel, Tenant
from shared.platform import effects
from shared.platform.store import Where
from tests.world import FakePlugins, World

LIMIT = 200
QUESTION = "Quand est la messe ?"
CROWDED = "En ce moment, énormément de personnes"


@pytest.fixture
async def world(tmp_path: Path) -> World:
    found = World(tmp_path)
    await found.begin(limits={"tenant_messages_per_minute": LIMIT}, emergencies={"words": ["au feu"]})
    return found


def second(world: World) -> World:
    """Returns another instance of the functions over the same store, clock and bus."""
    other = World.__new__(World)
    other.__dict__.update(world.__dict__)
    other.parts = other.build(FakePlugins(other))
    return other


def number(place: int) -> str:
    return f"+2217701{place:05}"


async def flood(*worlds: World, people: int, first: int = 0) -> None:
    """Has that many strangers ask at the same minute, in turn on each of the instances."""
    for place in range(first, first + people):
        await worlds[place % len(worlds)].say(f"{QUESTION} {place}", peer=number(place))


async def admitted(world: World) -> int:
    where = [Where("direction", "==", "in"), Where("outcome", "==", Outcome.ANSWERED)]
    return await world.store.count(Inbound, where=where, tenant="parish")


async def last(world: World, peer: str) -> tuple[str | None, str]:
    """Returns the outcome and reason of the person's last message."""
    [identity] = [
        each
        for each in await world.store.query(Identity, limit=1_000, tenant="parish")
        if each.identity == f"whatsapp:{peer}"
    ]
    found = [each for each in await all_inbound(world) if each.conversation == f"waha.{identity.contact}"]
    message = max(found, key=lambda each: (each.at, len(each.message), each.message))
    return message.outcome, message.reason if message.outcome == "suppressed" else ""


def told(world: World, peer: str) -> list[str]:
    return [text for to, text in world.channel.sent if to == f"{peer[1:]}@c.us"]


async def test_half_of_the_limit_is_for_strangers_over_all_instances(world: World) -> None:
    other = second(world)
    await flood(world, other, people=500)
    assert LIMIT / 2 <= await admitted(world) <= LIMIT / 2 + LIMIT * 0.05
    assert await last(world, number(499)) == ("suppressed", "tenant_rate")
    conversations = await world.store.query(Conversation, limit=600, tenant="parish")
    assert len(conversations) == 500
    outcomes = [message.outcome for message in await all_inbound(world)]
    assert len(outcomes) == 500
    assert None not in outcomes


async def all_inbound(world: World) -> list[Inbound]:
    where = [Where("direction", "==", "in")]
    return await world.store.query(Inbound, where=where, limit=1_000, tenant="parish")


async def test_models_are_asked_for_a_quarter_of_the_limit_at_most(world: World) -> None:
    await flood(world, people=500)
    assert len(world.provider.asked) <= LIMIT / 4
    assert told(world, number(60))[0].startswith("Dimanche.")


async def test_a_person_who_is_turned_away_is_told_once_and_heard_after_the_flood(world: World) -> None:
    await flood(world, people=150)
    late = number(149)
    for _ in range(3):
        await world.say(QUESTION, peer=late)
    assert [text[: len(CROWDED)] for text in told(world, late)] == [CROWDED]
    assert "10 minutes" in told(world, late)[0]
    world.clock.pass_(60)
    await world.say(QUESTION, peer=late)
    assert await last(world, late) == ("answered", "")
    assert len(told(world, late)) == 2


async def test_a_second_flood_is_told_again(world: World) -> None:
    await flood(world, people=101)
    world.clock.pass_(TRY_AGAIN.total_seconds())
    await flood(world, people=100, first=1_000)
    await world.say(QUESTION, peer=number(100))
    assert len(told(world, number(100))) == 2


async def test_people_whom_we_know_are_answered_and_a_running_session_above_the_whole_limit(
    world: World,
) -> None:
    regular, guest = "+221770000001", "+221770000002"
    for peer in (regular, guest):
        await world.say(QUESTION, peer=peer)
    world.clock.pass_(3_600)
    await world.say(QUESTION, peer=guest)
    await flood(world, people=150)
    await world.say(QUESTION, peer=regular)
    assert await last(world, regular) == ("answered", "")
    talkers = [number(place) for place in range(100)]
    for peer in talkers:  # their sessions run: with them the whole limit is used up
        await world.say(QUESTION, peer=peer)
    world.clock.pass_(3_600)
    known = [number(place) for place in range(100)]
    await world.say(QUESTION, peer=guest)
    for _ in range(2):
        for peer in known:
            await world.say(QUESTION, peer=peer)
    await world.say(QUESTION, peer=regular)
    assert await last(world, regular) == ("suppressed", "tenant_rate")
    await world.say(QUESTION, peer=guest)
    assert await last(world, guest) == ("answered", "")


async def test_emergencies_and_opt_outs_pass(world: World) -> None:
    await flood(world, people=150)
    await world.say("Au feu !", peer=number(900))
    assert (await last(world, number(900)))[0] == "handed_off"
    await world.say("STOP", peer=number(901))
    assert (await last(world, number(901)))[0] == "answered"
    await world.say("STOP", peer=number(149))
    assert (await last(world, number(149)))[0] == "answered"


async def test_another_tenant_is_not_touched(world: World) -> None:
    await world.store.put(Tenant(tenant="hotel", name="Hotel", languages=["fr"]))
    await world.store.put(Channel(tenant="hotel", channel="waha", kind="waha"))
    await flood(world, people=150)
    event = world.message("Bonjour", peer=number(1)).model_copy(update={"tenant": "hotel"})
    await world.receive(event)
    await world.pump()
    found = await world.store.query(Inbound, where=[Where("direction", "==", "in")], limit=9, tenant="hotel")
    assert [message.outcome for message in found] == ["answered"]


async def test_a_turn_reads_and_writes_nothing_for_it_until_many_people_write(world: World) -> None:
    account = effects.begin()
    await flood(world, people=int(LIMIT * 0.05) - 1)
    assert not [path for path in account.writes if "/load/" in path]
    account = effects.begin()
    await flood(world, people=150, first=20)
    counted = [path for path in account.writes if "/load/" in path]
    assert 1 <= len(counted) <= LIMIT / 2 / (LIMIT * 0.05)


async def test_the_count_is_one_over_all_instances(world: World) -> None:
    other = second(world)
    await flood(world, other, people=60)
    [load] = await world.store.query(Load, limit=9, tenant="parish")
    assert 60 - 2 * LIMIT * 0.05 < load.strangers <= 60
    assert load.messages == load.strangers
