"""Messages stored under former ids, which name a person, are still found."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.errors import Drop
from shared.models import people
from shared.models.events import MessageDeleted, MessageEdited, MessageReceived
from shared.models.message import Outcome
from shared.models.parts import Text
from shared.platform import effects
from tests.world import World

OLD, NEW = "700000001.17", "700000001.18"
STRANGER = "+221770000009"


@pytest.fixture
async def world(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world whose only conversation has one message, answered before ids became digests."""
    with monkeypatch.context() as before:
        before.setattr(people, "_personal", lambda _: False)
        await world.say("Quand est la messe ?", id=OLD)
    conversation = await world.conversation()
    conversation.archive.ids_since = None
    await world.store.put(conversation)
    assert [message.message for message in await world.inbound()] == [OLD]
    return world


async def reads(world: World, event: object) -> int:
    """Returns the reads that an event costs with empty caches."""
    world.clock.pass_(600)
    account = effects.begin()
    await world.receive(event)
    await world.pump()
    return account.reads


async def test_a_repeat_is_not_answered_again(world: World) -> None:
    said = world.texts()
    for _ in range(2):
        await world.say("Quand est la messe ?", id=OLD)
        await world.say("Et demain ?", id=NEW)  # the conversation goes on with the new ids
        world.clock.pass_(3_600)
    assert [text for text in world.texts() if text == said[0]] == said
    assert len(await world.inbound()) == 2


async def test_a_repeat_of_its_owner_takes_the_turn_up_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process stopped between taking the turn and answering; the repeat reaches the new version."""
    question = world.message("Et demain ?", id=NEW)
    with monkeypatch.context() as before:
        before.setattr(people, "_personal", lambda _: False)
        world.provider.replies = [RuntimeError("killed")]
        with pytest.raises(RuntimeError):
            await world.parts.reply.handle(question)
    conversation = await world.conversation()
    assert conversation.turn.lease
    assert conversation.turn.lease.owner == NEW
    world.clock.pass_(15)
    await world.receive(question)
    await world.pump()
    assert await world.outcomes() == [Outcome.ANSWERED, Outcome.ANSWERED]
    assert len(await world.inbound()) == 2


@pytest.mark.parametrize("days", [0, 7, 30])
async def test_an_edit_and_a_deletion_find_it(world: World, days: int) -> None:
    await world.say("Et demain ?", id=NEW)
    world.clock.pass_(timedelta(days=days).total_seconds())
    common = world.message("x").model_dump() | {"target": OLD}
    edit = MessageEdited.model_validate(
        common | {"kind": "edited", "id": f"{OLD}.edit.1", "parts": [Text(text="Quand ?")]}
    )
    await world.parts.reply.handle(edit)
    await world.parts.reply.handle(
        MessageDeleted.model_validate(common | {"kind": "deleted", "id": f"{OLD}.deleted"})
    )
    found = next(message for message in await world.inbound() if message.message == OLD)
    assert (found.text, found.edited, found.deleted) == ("Quand ?", True, True)


async def test_only_an_old_conversation_is_read_twice_and_not_for_good(world: World) -> None:
    await world.say("Bonjour", id="700000009.1", peer=STRANGER)
    ordinary = await reads(world, world.message("Merci", id="700000009.2", peer=STRANGER))
    assert await reads(world, world.message("Merci", id="3EB0C767D26A1B2C3D4E")) == ordinary
    assert await reads(world, world.message("Merci", id="700000001.20")) == ordinary + 1
    world.clock.pass_(timedelta(days=9).total_seconds())
    assert await reads(world, world.message("Merci", id="700000001.21")) == ordinary


async def test_a_new_conversations_unknown_message_is_looked_for_once(world: World) -> None:
    await world.say("Bonjour", id="700000009.1", peer=STRANGER)

    def deletion(target: str) -> MessageDeleted:
        told = world.message("x", peer=STRANGER).model_dump()
        return MessageDeleted.model_validate(told | {"kind": "deleted", "id": "d", "target": target})

    world.clock.pass_(120)
    costs = []
    for target in ("700000009.99", "3EB0C767D26A1B2C3D4E"):
        account = effects.begin()
        event = deletion(target)
        world.clock.pass_(120)
        with pytest.raises(Drop):
            await world.parts.reply.handle(event)
        costs.append(account.reads)
    assert costs[0] == costs[1]


async def test_two_people_who_prove_to_be_one_keep_their_old_messages(world: World) -> None:
    """The conversation that stays is the new one; the old one is merged into it."""
    await world.say("Bonjour", id="700000009.1", peer=STRANGER)
    old = world.message("Quand est la messe ?", id=OLD)
    told = old.model_dump() | {"id": "700000009.2"}
    told["peer"]["identities"] = ["whatsapp:+221770000009", "whatsapp:+221770000001"]
    await world.receive(MessageReceived.model_validate(told))
    await world.pump()
    said = len(world.texts())
    await world.receive(old)
    await world.pump()
    assert len(world.texts()) == said
