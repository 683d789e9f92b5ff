"""Older news never overwrites newer: blocks and opt-outs."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from shared.channels import Later
from shared.models.events import MessageDeleted, MessageReceived, PeerBlocked
from shared.models.news import Latest
from shared.models.people import Contact, Identity, Standing
from tests.unit.models.changes import LID, PHONE, QUESTION, play, told, write
from tests.world import START, World


def block(world: World, minute: float, *, blocked: bool = True, order: int = 0) -> PeerBlocked:
    return PeerBlocked.model_validate(told(world, minute, order) | {"blocked": blocked})


def say(world: World, minute: float, words: str, order: int = 0) -> MessageReceived:
    event = world.message(words, at=START + timedelta(minutes=minute))
    return event.model_copy(update={"order": order})


async def standing(world: World) -> set[Standing]:
    """Returns the standings of the contact and of all its identities."""
    contacts = await world.store.query(Contact, limit=9, tenant="parish")
    identities = await world.store.query(Identity, limit=9, tenant="parish")
    return {each.standing for each in [*contacts, *identities]}


# Blocks


async def test_a_repeated_block_does_not_undo_the_unblocking(world: World) -> None:
    blocked, unblocked = block(world, 1), block(world, 2, blocked=False)
    await play(world, say(world, 0, QUESTION), blocked, unblocked, blocked, say(world, 3, QUESTION))
    assert await world.outcomes() == ["answered", "answered"]
    assert await standing(world) == {Standing.OPEN}


async def test_an_older_block_that_comes_late_does_not_win(world: World) -> None:
    late = block(world, 1)
    await play(world, say(world, 0, QUESTION), block(world, 2, blocked=False), late, say(world, 3, QUESTION))
    assert await world.outcomes() == ["answered", "answered"]


@pytest.mark.parametrize("swapped", [False, True])
async def test_within_one_second_the_gateways_order_decides(world: World, *, swapped: bool) -> None:
    events = [block(world, 1, order=7), block(world, 1, blocked=False, order=8)]
    await play(world, say(world, 0, QUESTION), *(reversed(events) if swapped else events), events[0])
    assert await standing(world) == {Standing.OPEN}


async def test_within_one_second_a_repeat_is_known_where_no_order_is_told(world: World) -> None:
    blocked, unblocked = block(world, 1), block(world, 1, blocked=False)
    await play(world, say(world, 0, QUESTION), blocked, unblocked, blocked)
    assert await standing(world) == {Standing.OPEN}


async def test_a_block_reaches_every_identity_and_what_was_written_before_it(world: World) -> None:
    both = write(world, 0, QUESTION, LID, PHONE)
    await play(world, both, block(world, 2), write(world, 1, QUESTION, LID))
    assert await world.outcomes() == ["answered", "suppressed"]
    assert await standing(world) == {Standing.BLOCKED}


async def test_who_writes_after_a_block_has_unblocked_us(world: World) -> None:
    first = write(world, 0, QUESTION, LID, PHONE)
    await play(world, first, block(world, 1), write(world, 2, QUESTION, LID))
    assert await world.outcomes() == ["answered", "answered"]
    assert await standing(world) == {Standing.OPEN}


async def test_who_writes_in_the_second_of_the_block_but_after_it_has_unblocked_us(world: World) -> None:
    blocked = block(world, 1, order=5)
    await play(world, say(world, 0, QUESTION), blocked, say(world, 1, QUESTION, order=6), blocked)
    assert await world.outcomes() == ["answered", "answered"]
    assert await standing(world) == {Standing.OPEN}


async def test_a_block_that_comes_after_what_was_written_later_is_over(world: World) -> None:
    await play(world, say(world, 0, QUESTION), say(world, 2, QUESTION), block(world, 1))
    assert await standing(world) == {Standing.OPEN}


async def test_unblocking_does_not_undo_an_opting_out(world: World) -> None:
    events = [say(world, 1, "STOP"), block(world, 2), block(world, 3, blocked=False), say(world, 4, QUESTION)]
    await play(world, *events)
    assert await standing(world) == {Standing.OPTED_OUT}
    assert await world.outcomes() == ["answered", "suppressed"]


async def test_who_opted_out_and_blocked_us_may_come_back_with_start(world: World) -> None:
    await play(world, say(world, 1, "STOP"), block(world, 2), say(world, 3, "START"), say(world, 4, QUESTION))
    assert await world.outcomes() == ["answered", "answered", "answered"]


async def test_a_document_from_before_is_read_as_it_was_meant(world: World) -> None:
    await world.say(QUESTION)
    identity = await world.store.get(Identity, tenant="parish", identity=PHONE)
    assert identity is not None
    identity.standing = Standing.OPTED_OUT
    await world.store.put(identity)
    await play(world, block(world, 1), block(world, 2, blocked=False), say(world, 3, QUESTION))
    assert await world.outcomes() == ["answered", "suppressed"]


# Opting out


async def test_a_late_stop_does_not_undo_a_newer_start(world: World) -> None:
    stop = say(world, 1, "STOP")
    await play(world, say(world, 0, QUESTION), say(world, 2, "START"), stop, say(world, 3, QUESTION))
    assert await standing(world) == {Standing.OPEN}
    assert [(m.outcome, m.reason) for m in await world.inbound()][1] == ("suppressed", "older_news")
    assert not any("ne recevrez plus" in text for text in world.texts())
    contact = (await world.store.query(Contact, limit=1, tenant="parish"))[0]
    assert [act.standing for act in contact.consent] == ["opted_out", "open"]


async def test_a_late_start_does_not_undo_a_newer_stop(world: World) -> None:
    start = say(world, 1, "START")
    await play(world, say(world, 0, QUESTION), say(world, 2, "STOP"), start, say(world, 3, QUESTION))
    assert await standing(world) == {Standing.OPTED_OUT}


@pytest.mark.parametrize("minute", [0.5, 1.5, 3])
async def test_an_overtaken_stop_costs_nothing_else_of_its_burst_its_answer(
    world: World, minute: float
) -> None:
    await play(world, say(world, 0, QUESTION), say(world, 2, "START"))
    question, stop = say(world, minute, "Où est le secrétariat ?"), say(world, 1, "STOP")
    world.provider.replies = [RuntimeError("killed")]
    with suppress(RuntimeError):
        await world.receive(question)
    await world.receive(stop)
    world.clock.pass_(60)
    await world.parts.sweep.run()
    await world.pump()
    ended = {each.message: (each.outcome, each.reason) for each in await world.inbound()}
    assert ended[stop.id] == ("suppressed", "older_news")
    assert ended[question.id][0] == "answered"
    assert world.texts()[-1] == "answer to: Où est le secrétariat ?"
    assert await standing(world) == {Standing.OPEN}
    contact = (await world.store.query(Contact, limit=1, tenant="parish"))[0]
    assert (contact.consent[0].standing, contact.consent[0].message) == ("opted_out", stop.id)


async def test_an_opting_out_stands_if_its_stop_is_deleted_unanswered(world: World) -> None:
    await play(world, say(world, 0, QUESTION))
    stop = say(world, 1, "STOP")
    deleted = MessageDeleted.model_validate(told(world, 2) | {"target": stop.id})
    world.channel.results = [Later("down")]
    await play(world, stop, deleted, say(world, 3, QUESTION))
    assert await standing(world) == {Standing.OPTED_OUT}
    await play(world, say(world, 4, "START"), say(world, 5, QUESTION))
    assert await standing(world) == {Standing.OPEN}
    assert (await world.outcomes())[1:3] == ["suppressed", "suppressed"]
    assert (await world.outcomes())[-1] == "answered"


# Merged contacts


@pytest.mark.parametrize("swapped", [False, True])
async def test_of_two_contacts_the_newest_news_of_each_fact_stays(world: World, *, swapped: bool) -> None:
    one, other = (LID, PHONE) if swapped else (PHONE, LID)
    events = [write(world, 0, QUESTION, one), write(world, 1, "STOP", one), write(world, 2, "START", other)]
    blocked = block(world, 3)
    blocked.peer.identities = [one]
    unblocked = block(world, 4, blocked=False)
    unblocked.peer.identities = [other]
    await play(world, *events, blocked, unblocked, write(world, 3.5, QUESTION, PHONE, LID))
    assert await standing(world) - {Standing.BLOCKED, Standing.OPTED_OUT} == {Standing.OPEN}
    identities = await world.store.query(Identity, limit=9, tenant="parish")
    assert {each.standing for each in identities} == {Standing.OPEN}
    assert (await world.outcomes())[-1] == "answered"


async def test_a_fact_that_one_contact_alone_was_told_of_stays(world: World) -> None:
    events = [
        write(world, 1, "STOP", LID),
        write(world, 2, QUESTION, PHONE),
        write(world, 3, "?", PHONE, LID),
    ]
    await play(world, *events)
    identities = await world.store.query(Identity, limit=9, tenant="parish")
    assert {each.standing for each in identities} == {Standing.OPTED_OUT}


def test_a_time_of_an_older_document_is_the_newest_news() -> None:
    assert Latest.model_validate(START) == Latest.model_validate(START.isoformat()) == Latest(at=START)


async def test_an_opting_in_during_the_intake_of_a_question_counts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await play(world, say(world, 0, QUESTION), say(world, 1, "STOP"))
    get, start = world.store.get, [say(world, 2, "START")]

    async def slow(model: Any, /, **keys: str) -> Any:
        """Reads, and lets the opting-in be answered before its caller goes on."""
        found = await get(model, **keys)
        if model is Identity and start:
            await play(world, start.pop())
        return found

    monkeypatch.setattr(world.store, "get", slow)
    await play(world, say(world, 1.9, QUESTION))
    assert await world.outcomes() == ["answered"] * 4
