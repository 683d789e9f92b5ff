"""Words of staff about something not seen, or that did not arrive; ends that come unnoticed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.channels import Refused
from shared.conversation.conversation import PENDING_LIMIT
from shared.conversation.handoffs import request_id
from shared.errors import Retry
from shared.models.events import Quote
from shared.models.handoff import Handoff
from shared.models.message import Inbound
from shared.models.parts import Pressed, Text
from shared.models.tenant import Limits, Tenant
from tests.unit.handoff.desk import (
    BINTA,
    CHIEF,
    ONE,
    TWO,
    offered,
    parish,
    request,
    requests,
    said_to,
    take,
    tick,
    writes,
)
from tests.world import AWA, World


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return await parish(tmp_path, emergencies={"words": ["au feu"]})


@pytest.fixture
async def two_talks(world: World) -> World:
    """Agent one talks with Awa (#1) and Binta (#2)."""
    await take(world)
    await take(world, name=BINTA)
    world.channel.sent.clear()
    return world


async def test_a_number_is_no_answer_to_a_question_that_was_not_yet_sent(two_talks: World) -> None:
    world = two_talks
    await world.receive(world.message("Votre livret est prêt.", peer=ONE))
    await world.receive(world.message("1", peer=ONE))
    await world.pump()
    assert said_to(world, AWA) == said_to(world, BINTA) == []
    assert await offered(world, ONE) == ["#1 Awa", "#2 Awa"]
    await writes(world, ONE, "2")
    assert said_to(world, BINTA) == ["Votre livret est prêt."]
    assert said_to(world, AWA) == []


async def test_a_number_answers_the_question_that_was_seen_not_the_one_asked_since(two_talks: World) -> None:
    world = two_talks
    await writes(world, ONE, "Pour Awa")
    seen = world.clock.now() + timedelta(seconds=1)
    world.clock.pass_(3)
    await world.receive(world.message("Pour Binta", peer=ONE))
    await world.pump()
    late = world.message("1", peer=ONE).model_copy(update={"at": seen})
    await world.receive(late)
    await world.pump()
    assert said_to(world, AWA) == said_to(world, BINTA) == []


async def test_a_number_beside_a_quote_answers_what_is_quoted(world: World) -> None:
    await world.say("Je voudrais parler à quelqu'un")
    await world.say("Je voudrais parler à quelqu'un", peer=BINTA)
    await writes(world, ONE, "1", quoting="Demande #1")
    assert [each.holder for each in await requests(world)] == ["one", ""]


async def test_a_number_beside_the_quote_of_a_persons_words_is_for_the_person(two_talks: World) -> None:
    world = two_talks
    await writes(world, AWA, "Combien de livrets ?")
    await world.say("Je voudrais parler à quelqu'un", peer="+221770000003")
    await writes(world, ONE, "1", quoting="Combien de livrets ?")
    assert said_to(world, AWA)[-1] == "1"


async def test_a_quote_of_a_message_that_we_do_not_know_is_for_nobody_certain(world: World) -> None:
    """The gateway's answer with the id of the quoted message was lost."""
    await take(world)
    world.channel.sent.clear()
    event = world.message("Pour une autre personne", peer=ONE)
    await world.receive(event.model_copy(update={"quote": Quote(id="gw-lost")}))
    await world.pump()
    assert said_to(world, AWA) == []
    assert await offered(world, ONE) == ["#1 Awa"]


async def test_a_button_pressed_twice_passes_the_words_on_once(two_talks: World) -> None:
    world = two_talks
    await writes(world, ONE, "Votre livret est prêt.")
    own = await world.conversation_of(ONE)
    first = Pressed(id=own.sending.offered[0].id, title="#1 Awa")
    for _ in range(2):
        world.clock.pass_(2)
        await world.receive(world.message("", peer=ONE).model_copy(update={"parts": [first]}))
        await world.pump()
    assert said_to(world, AWA) == ["Votre livret est prêt."]


async def test_the_writer_of_words_that_did_not_arrive_is_told_once(two_talks: World) -> None:
    world = two_talks
    world.channel.results = [Refused("no_account")]
    await writes(world, ONE, "#1 Bonjour")
    assert said_to(world, ONE) == ["#1 : votre message n'est pas arrivé à Awa."]
    await tick(world, 3)
    assert len(said_to(world, ONE)) == 1


async def test_the_writer_is_told_also_if_the_talk_has_ended_meanwhile(two_talks: World) -> None:
    world = two_talks
    world.channel.results = [Refused("no_account")]
    await world.receive(world.message("#1 Bonjour", peer=ONE))
    await world.receive(world.message("#close 1", peer=ONE))
    await world.pump()
    assert "#1 : votre message n'est pas arrivé à Awa." in said_to(world, ONE)


async def test_a_writer_who_has_left_the_staff_holds_nothing_up(two_talks: World) -> None:
    world = two_talks
    world.channel.results = [Refused("no_account")]
    await world.receive(world.message("#1 Bonjour", peer=ONE))
    tenant = await world.store.get(Tenant, tenant="parish")
    assert tenant is not None
    tenant.staff.pop("one")
    await world.store.put(tenant)
    world.clock.pass_(600)
    await world.pump()
    await tick(world, 1)
    steps = [(step.step, step.to) for step in (await requests(world))[0].steps]
    assert steps.count(("not_notified", "one")) == 1


async def test_an_emergency_after_an_end_in_the_console_is_answered(world: World) -> None:
    await take(world)
    await world.store.put((await request(world)).model_copy(update={"state": "closed"}))
    await writes(world, AWA, "Au feu !")
    assert [each.state for each in await requests(world)] == ["closed", "notified"]
    assert "secours" in said_to(world, AWA)[-1]
    assert "Au feu !" in said_to(world, CHIEF)[-1]


async def test_an_emergency_after_the_phones_request_ended_in_the_console_is_answered(world: World) -> None:
    """The human on the phone leaves with the request, also before a tick carries its end out."""
    await world.say("Je voudrais parler à quelqu'un")
    await world.receive(world.staff("Bonjour, c'est le secrétariat."))
    await world.pump()
    assert (await request(world)).holder == "phone"
    await world.store.put((await request(world)).model_copy(update={"state": "closed"}))
    await writes(world, AWA, "Au feu !")
    assert [each.state for each in await requests(world)] == ["closed", "notified"]
    assert "secours" in said_to(world, AWA)[-1]
    await tick(world, 3)
    assert not (await world.conversation_of(AWA)).human_present(world.clock.now())


async def test_a_request_that_fails_does_not_hold_back_the_others(world: World) -> None:
    lost = Handoff(
        tenant="parish",
        handoff="lost",
        conversation="gone",
        contact="gone",
        reason="asked",
        created_at=world.clock.now(),
        due_at=world.clock.now() - timedelta(hours=1),
    )
    await world.store.put(lost)
    await world.say("Je voudrais parler à quelqu'un")
    world.clock.pass_(240)
    await world.parts.handoff.due.run()
    world.bus.waiting = [each for each in world.bus.waiting if b'"lost"' not in each.data]
    await world.pump()
    found = next(each for each in await requests(world) if each.handoff != "lost")
    assert len({step.to for step in found.steps if step.step == "notified"}) == 2


async def test_a_message_whose_request_was_closed_does_not_call_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The desk was faster than the answer."""
    transaction = world.store.transaction
    closed: list[str] = []

    async def meanwhile(work: Callable[[Any], Awaitable[Any]]) -> Any:
        found = await requests(world)
        if found and not closed:
            closed.append(found[0].handoff)
            await world.store.put(found[0].model_copy(update={"state": "closed", "due_at": None}))
            person = await world.conversation_of(AWA)
            person.give_back("given back: closed")
            await world.store.put(person)
        return await transaction(work)

    monkeypatch.setattr(world.store, "transaction", meanwhile)
    await world.say("Au feu !")
    assert closed
    assert [each.state for each in await requests(world)] == ["closed"]
    assert "secours" in said_to(world, AWA)[-1]


async def test_a_second_request_for_the_same_message_is_another_one(world: World) -> None:
    await world.say("Je voudrais parler à quelqu'un")
    person = await world.conversation_of(AWA)
    await world.store.put((await request(world)).model_copy(update={"state": "closed", "due_at": None}))
    first = (await request(world)).handoff
    second = request_id(person, first.rpartition(".")[2])
    assert second != first


async def test_staff_who_talk_to_staff_themselves_lose_no_words_of_their_people(world: World) -> None:
    """A member of staff asked for a colleague, who came while words of a person were on their way."""
    await writes(world, ONE, "humain")
    await world.say("Je voudrais parler à quelqu'un")
    await writes(world, ONE, "#take 2")
    place = (await world.conversation_of(ONE)).conversation
    own = next(each for each in await requests(world) if each.conversation == place)
    await world.receive(world.message("J'ai perdu mon livret", peer=AWA))
    await world.receive(world.message(f"#take {own.number}", peer=TWO))
    await world.pump()
    assert "J'ai perdu mon livret" in "".join(said_to(world, ONE))


async def filled(world: World, peer: str) -> None:
    """Fills the pending messages of a conversation."""
    place = await world.conversation_of(peer)
    waiting = [
        Inbound(
            tenant="parish",
            conversation=place.conversation,
            message=f"W{number}",
            channel="waha",
            gateway_id=f"W{number}",
            parts=[Text(text="…")],
            at=world.clock.now(),
            received_at=world.clock.now(),
        )
        for number in range(PENDING_LIMIT)
    ]
    place.turn.enqueue(*waiting)
    await world.store.put(place)


async def test_more_words_than_can_wait_are_refused_to_the_bus_and_not_dropped(two_talks: World) -> None:
    await filled(two_talks, ONE)
    with pytest.raises(Retry):
        await two_talks.receive(two_talks.message("#1 Bonjour", peer=ONE))


async def test_words_of_staff_whose_talk_ended_meanwhile_are_not_dropped_either(world: World) -> None:
    await writes(world, ONE, "#list")
    await filled(world, ONE)
    with pytest.raises(Retry):
        await world.receive(world.message("Nous ouvrons à 8h.", peer=ONE))


async def test_quick_words_of_staff_after_the_end_of_a_talk_are_not_limited(
    world: World,
) -> None:
    await take(world)
    await writes(world, ONE, "#close")
    limit = Limits().messages_per_minute
    for number in range(limit + 2):
        await writes(world, ONE, f"Réponse {number}")
    assert not any("plus vite" in said for said in said_to(world, ONE))


async def test_an_emergency_whose_holder_cannot_be_reached_calls_everybody_again(world: World) -> None:
    await world.say("Au feu !")
    await writes(world, ONE, "#take")
    world.channel.sent.clear()
    world.channel.results = [Refused("no_account")]
    await writes(world, AWA, "Vous êtes là ?")
    await tick(world, 1)
    again = await request(world)
    assert again.holder == ""
    assert "Vous êtes là ?" in said_to(world, TWO)[-1]
    assert "Vous êtes là ?" in said_to(world, CHIEF)[-1]
