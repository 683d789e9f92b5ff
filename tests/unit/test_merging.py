"""One person under several identities is one contact, whatever the order of events, and loses no history."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.conversation.conversation import Conversation
from shared.models.events import MessageReceived, PeerBlocked, PeerMoved
from shared.models.message import Inbound
from shared.models.people import Contact, Identity, Standing
from shared.platform.store import Where
from tests.world import AWA, World

PHONE, LID, USER = f"whatsapp:{AWA}", "whatsapp:lid-1000", "whatsapp:user-SN.1"


def named(world: World, text: str, *identities: str, id: str = "") -> MessageReceived:
    event = world.message(text, id=id)
    peer = event.peer.model_copy(update={"identities": list(identities)})
    return event.model_copy(update={"peer": peer})


async def contact_of(world: World, identity: str) -> str:
    found = await world.store.get(Identity, tenant="parish", identity=identity)
    assert found is not None
    return found.contact


async def test_a_hidden_id_and_a_number_become_one_person_with_one_history(world: World) -> None:
    for event in (
        named(world, "Un ?", PHONE),
        named(world, "Deux ?", LID),
        named(world, "Trois ?", PHONE, LID),
    ):
        await world.receive(event)
        await world.pump()
    assert await contact_of(world, PHONE) == await contact_of(world, LID)
    live = [c for c in await all_conversations(world) if not c.merged_into]
    assert len(live) == 1
    assert [line.text for line in live[0].history if line.author == "person"] == ["Un ?", "Deux ?", "Trois ?"]
    assert len(live[0].earlier) == 1
    assert len(world.texts()) == 3


async def all_conversations(world: World) -> list[Conversation]:
    return await world.store.query(Conversation, limit=20, tenant="parish")


async def test_a_repeat_of_a_message_from_before_the_merge_is_not_answered_again(world: World) -> None:
    first = named(world, "Un ?", LID)
    await world.receive(first)
    await world.receive(named(world, "Deux ?", PHONE))
    await world.receive(named(world, "Trois ?", PHONE, LID))
    await world.receive(first)
    await world.pump()
    assert len(world.texts()) == 3


async def test_what_waited_in_either_conversation_is_answered_after_the_merge(world: World) -> None:
    world.provider.replies = [RuntimeError("killed"), RuntimeError("killed")]
    for event in (named(world, "Un ?", PHONE), named(world, "Deux ?", LID)):
        try:
            await world.receive(event)
        except RuntimeError:
            continue
    await world.receive(named(world, "Trois ?", PHONE, LID))
    await world.pump()
    assert world.texts() == ["answer to: Un ?\nDeux ?\nTrois ?"]
    assert sorted(map(str, await world.outcomes())) == ["answered", "merged", "merged"]


async def test_a_human_in_one_conversation_is_a_human_in_the_merged_one(world: World) -> None:
    await world.receive(named(world, "Un ?", LID))
    await world.pump()
    staff = world.staff("Bonjour")
    await world.receive(
        staff.model_copy(update={"peer": staff.peer.model_copy(update={"identities": [LID]})})
    )
    await world.receive(named(world, "Deux ?", PHONE, LID))
    await world.pump()
    assert len(world.texts()) == 1


async def test_the_stricter_standing_stays(world: World) -> None:
    await world.receive(named(world, "STOP", LID))
    await world.receive(named(world, "Un ?", PHONE))
    await world.receive(named(world, "Deux ?", PHONE, LID))
    await world.pump()
    assert (await world.store.get(Identity, tenant="parish", identity=PHONE)).standing == "opted_out"  # type: ignore[union-attr]
    assert (await world.outcomes())[-1] == "suppressed"


async def test_a_number_that_was_given_up_belongs_to_a_stranger_next(world: World) -> None:
    await world.receive(named(world, "Un ?", PHONE, USER))
    before = await contact_of(world, PHONE)
    moved = world.message("x").model_dump() | {"kind": "moved", "identities": ["whatsapp:+221770000009"]}
    moved["peer"]["identities"] = [PHONE]
    await world.receive(PeerMoved.model_validate(moved))
    await world.receive(named(world, "Bonjour ?", "whatsapp:+221770000009"))
    assert await contact_of(world, "whatsapp:+221770000009") == before
    await world.receive(named(world, "Qui êtes-vous ?", PHONE))
    assert await contact_of(world, PHONE) != before


async def test_who_blocks_us_gets_nothing_until_they_take_it_back(world: World) -> None:
    def blocks(yes: bool) -> PeerBlocked:
        return PeerBlocked.model_validate(
            world.message("x").model_dump() | {"kind": "blocked", "blocked": yes}
        )

    await world.say("Un ?")
    await world.receive(blocks(True))
    await world.say("Deux ?")
    await world.receive(blocks(False))
    await world.say("Trois ?")
    assert await world.outcomes() == ["answered", "suppressed", "answered"]
    contact = (await world.store.query(Contact, limit=1, tenant="parish"))[0]
    assert contact.standing == Standing.OPEN


async def test_an_identity_learnt_on_the_way_is_merged_with_the_rest(world: World) -> None:
    for identities in ([PHONE], [LID], [USER, PHONE], [LID, PHONE]):
        await world.receive(named(world, "Bonjour ?", *identities))
    assert len({await contact_of(world, name) for name in (PHONE, LID, USER)}) == 1


SETS = st.lists(st.sampled_from([PHONE, LID, USER]), min_size=1, max_size=3, unique=True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(order=st.lists(SETS, min_size=1, max_size=7))
def test_any_order_of_events_ends_in_one_person_per_proof(order: list[list[str]]) -> None:
    """Identities that events connect, directly or through others, are one contact; the rest are not."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_any_order(Path(folder), order))


async def _any_order(folder: Path, order: list[list[str]]) -> None:
    world = await World(folder).begin(limits={"messages_per_minute": 100})
    for number, identities in enumerate(order):
        await world.receive(named(world, f"Question {number} ?", *identities))
    await world.pump()
    groups: list[set[str]] = []
    for identities in order:
        touched = [group for group in groups if group & set(identities)]
        groups = [group for group in groups if group not in touched] + [set(identities).union(*touched)]
    contacts = [{await contact_of(world, name) for name in group} for group in groups]
    assert all(len(contact) == 1 for contact in contacts)
    assert len({next(iter(contact)) for contact in contacts}) == len(groups)
    where = [Where("direction", "==", "in")]
    messages = await world.store.query(Inbound, where=where, limit=100, tenant="parish")
    assert len(messages) == len(order)
    assert all(message.outcome == "answered" for message in messages)
    assert len(world.texts()) == len(order)
    world.store.close()
