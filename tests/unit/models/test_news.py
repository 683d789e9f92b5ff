"""Older news never overwrites newer: edits, deletions, numbers, sessions, reactions."""

from __future__ import annotations

from typing import Any

import pytest

from shared.channels import Later
from shared.errors import Drop
from shared.models.events import MessageDeleted, MessageEdited, PeerMoved, Reaction, SessionStatus
from shared.models.parts import Text
from shared.models.people import Identity
from shared.models.tenant import Channel
from tests.unit.models.changes import NEW, PHONE, QUESTION, play, told, write
from tests.world import START, World


def edit(world: World, minute: float, words: str, order: int = 0) -> MessageEdited:
    facts = told(world, minute, order) | {"target": "M1", "parts": [Text(text=words)]}
    return MessageEdited.model_validate(facts)


def delete(world: World, minute: float) -> MessageDeleted:
    return MessageDeleted.model_validate(told(world, minute) | {"target": "M1"})


def react(world: World, minute: float, emoji: str) -> Reaction:
    return Reaction.model_validate(told(world, minute) | {"target": "M1", "emoji": emoji})


def moved(world: World, minute: float, to: str = NEW, left: str = PHONE) -> PeerMoved:
    facts = told(world, minute) | {"identities": [to]}
    facts["peer"] = {"chat": to, "identities": [left]}
    return PeerMoved.model_validate(facts)


async def contact_of(world: World, identity: str) -> str:
    found = await world.store.get(Identity, tenant="parish", identity=identity)
    assert found is not None
    return found.contact


# Edits and deletions


async def test_an_older_edit_does_not_overwrite_a_newer_one(world: World) -> None:
    """The gateway is down during the test, so the answer follows each edit."""
    world.channel.results = [Later("down")] * 20
    first, second = edit(world, 1, "Premier ?"), edit(world, 2, "Dernier ?")
    await play(world, world.message(QUESTION, id="M1"), first, second, first)
    assert [message.text for message in await world.inbound()] == ["Dernier ?"]
    world.channel.results.clear()
    await world.pump()
    assert world.texts()[-1] == "answer to: Dernier ?"


async def test_an_older_edit_that_comes_late_is_not_answered(world: World) -> None:
    first, second = edit(world, 1, "Premier ?"), edit(world, 2, "Dernier ?")
    await play(world, world.message(QUESTION, id="M1"), second, first)
    assert [message.text for message in await world.inbound()] == ["Dernier ?"]


@pytest.mark.parametrize("orders", [(0, 0), (1, 2)])
async def test_edits_that_bear_the_messages_own_time(world: World, orders: tuple[int, int]) -> None:
    """WAHA's WEBJS engine posts them so."""
    first, second = edit(world, 0, "Premier ?", orders[0]), edit(world, 0, "Dernier ?", orders[1])
    await play(world, world.message(QUESTION, id="M1"), first, second, first)
    assert [message.text for message in await world.inbound()] == ["Dernier ?"]


async def test_an_edit_back_to_the_old_words_counts_too(world: World) -> None:
    first, back = edit(world, 1, "Premier ?"), edit(world, 2, QUESTION)

    async def change() -> None:
        for event in (first, back, first):
            await world.receive(event)

    world.provider.meanwhile = [change]
    await play(world, world.message(QUESTION, id="M1"), first)
    assert [message.text for message in await world.inbound()] == [QUESTION]
    assert world.texts() == [f"answer to: {QUESTION}"]


async def test_a_deletion_is_final(world: World) -> None:
    world.channel.results = [Later("down")]
    changes = [delete(world, 1), edit(world, 2, "Premier ?"), delete(world, 1)]
    await play(world, world.message(QUESTION, id="M1"), *changes)
    message = (await world.inbound())[0]
    assert (message.deleted, message.text, message.outcome) == (True, QUESTION, "suppressed")


async def test_an_older_reaction_is_not_shown(world: World) -> None:
    late = react(world, 1, "👎")
    await play(world, world.message(QUESTION, id="M1"), react(world, 2, "🙏"), late)
    assert "🙏" in (await world.conversation()).why


# Numbers


async def test_a_repeated_move_takes_nothing_from_the_next_holder_of_the_number(world: World) -> None:
    move = moved(world, 1)
    await play(world, write(world, 0, QUESTION, PHONE), move)
    awa = await contact_of(world, NEW)
    await play(world, write(world, 50, "Bonjour ?", PHONE))
    stranger = await contact_of(world, PHONE)
    assert stranger != awa
    await play(world, move, write(world, 51, "Et moi ?", PHONE), write(world, 52, "Et moi ?", NEW))
    assert (await contact_of(world, PHONE), await contact_of(world, NEW)) == (stranger, awa)
    assert [message.conversation for message in await world.inbound()] == [
        f"waha.{who}" for who in (awa, stranger, stranger, awa)
    ]


async def test_a_move_back_is_not_undone_by_a_repeat_of_the_first(world: World) -> None:
    first, back = moved(world, 1), moved(world, 2, to=PHONE, left=NEW)
    await play(world, write(world, 0, QUESTION, PHONE), first, back, first, write(world, 3, "Et ?", PHONE))
    assert len({message.conversation for message in await world.inbound()}) == 1


async def test_a_number_that_a_stranger_gave_up_unseen_is_the_new_holders(world: World) -> None:
    await play(world, write(world, 0, QUESTION, PHONE), write(world, 0, QUESTION, NEW))
    awa, before = await contact_of(world, PHONE), await contact_of(world, NEW)
    await play(world, moved(world, 5), write(world, 6, "Et ?", NEW), write(world, 4, "Avant ?", NEW))
    assert await contact_of(world, NEW) == awa
    places = {message.text: message.conversation for message in await world.inbound()}
    assert (places["Et ?"], places["Avant ?"]) == (f"waha.{awa}", f"waha.{before}")


async def test_who_wrote_from_the_number_after_an_older_move_keeps_it(world: World) -> None:
    await play(world, write(world, 0, QUESTION, PHONE), write(world, 9, QUESTION, NEW))
    newer = await contact_of(world, NEW)
    await play(world, moved(world, 5))
    assert await contact_of(world, NEW) == newer


async def test_what_was_written_before_the_move_is_the_movers_and_sends_nothing_to_the_old_number(
    world: World,
) -> None:
    late = write(world, 1, "En retard ?", PHONE)
    await play(world, write(world, 0, QUESTION, PHONE), moved(world, 2), late)
    assert len({message.conversation for message in await world.inbound()}) == 1
    assert world.channel.sent[-1] == (NEW, "answer to: En retard ?")


@pytest.mark.parametrize("minute", [1, 2])
async def test_a_repeat_of_what_came_before_its_move_is_not_answered_again(world: World, minute: int) -> None:
    """It was written at the moment of the move or later: by the times alone it is the next holder's."""
    message = write(world, minute, "Juste avant ?", PHONE)
    await play(world, write(world, 0, QUESTION, PHONE), message, moved(world, 1), message)
    assert len(world.texts()) == 2
    assert await world.outcomes() == ["answered", "answered"]


async def test_a_later_move_of_somebody_unknown_is_newer_news_for_the_number(world: World) -> None:
    """An older move that arrives later must not lead to a number that belongs to a stranger by now."""
    later = moved(world, 5, to="whatsapp:+221770000010", left=NEW)
    await play(world, write(world, 0, QUESTION, PHONE), later, moved(world, 1))
    await play(world, write(world, 60, "Bonjour ?", NEW))
    assert len({message.conversation for message in await world.inbound()}) == 2


# Sessions


async def test_the_newest_news_of_the_session_is_kept_and_told(
    world: World, lines: list[dict[str, Any]]
) -> None:
    def status(word: str, order: int) -> SessionStatus:
        facts = {"tenant": "parish", "channel": "waha", "status": word, "working": word == "WORKING"}
        return SessionStatus.model_validate(facts | {"at": START, "order": order})

    await world.parts.receipts.session(status("WORKING", 2))
    with pytest.raises(Drop, match="older_news"):
        await world.parts.receipts.session(status("FAILED", 1))
    channel = await world.store.get(Channel, tenant="parish", channel="waha")
    assert channel is not None
    assert channel.health is not None
    assert channel.health.status == "WORKING"
    assert [line["gateway_status"] for line in lines if line["event"] == "channel_health"] == ["WORKING"]


# Documents of the other kind


@pytest.mark.parametrize("change", ["edit", "delete"])
async def test_a_change_of_one_of_our_own_messages_is_dropped_by_name(world: World, change: str) -> None:
    await world.say(QUESTION)
    event = edit(world, 1, "Faux ?") if change == "edit" else delete(world, 1)
    event.target = "re-M1"
    world.clock.pass_(120)
    with pytest.raises(Drop, match="change_of_an_unknown_message"):
        await world.parts.reply.handle(event)


async def test_a_message_that_bears_the_name_of_an_answer_is_dropped_by_name(world: World) -> None:
    await world.say(QUESTION)
    with pytest.raises(Drop, match="repeat_of_a_forgotten_message"):
        await world.parts.reply.handle(world.message("Bonjour", id="re-M1"))


async def test_within_one_second_of_staffs_acts_the_gateways_order_decides(world: World) -> None:
    acts = [world.staff("Je réponds."), world.staff("#bot")]
    takeover, give_back = (act.model_copy(update={"order": order}) for order, act in enumerate(acts, start=1))
    await play(world, give_back, takeover, world.message(QUESTION))
    assert await world.outcomes() == ["answered"]
