"""One person with several identities is one contact for any order of events, and loses no history."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.conversation.conversation import PENDING_LIMIT, Conversation
from shared.models.events import MessageReceived, PeerBlocked, PeerMoved, Reaction, StaffMessage
from shared.models.handoff import Handoff
from shared.models.message import Inbound
from shared.models.people import Contact, Identity, Permission, Standing
from shared.platform import effects
from shared.platform.store import Where
from tests.world import AWA, START, World

PHONE, LID, USER = f"whatsapp:{AWA}", "whatsapp:lid-1000", "whatsapp:user-SN.1"


def named(world: World, text: str, *identities: str) -> MessageReceived:
    event = world.message(text)
    peer = event.peer.model_copy(update={"identities": list(identities)})
    return event.model_copy(update={"peer": peer})


async def contact_of(world: World, identity: str) -> str:
    found = await world.store.get(Identity, tenant="parish", identity=identity)
    assert found is not None
    return found.contact


async def contact(world: World, name: str) -> Contact:
    found = await world.store.get(Contact, tenant="parish", contact=name)
    assert found is not None
    return found


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
    assert len(live[0].archive.earlier) == 1
    assert len(world.texts()) == 3


def word(given: bool, minute: int, source: Literal["system", "person"] = "system") -> Permission:
    return Permission(given=given, at=START + timedelta(minutes=minute), source=source)


async def test_the_contact_that_stays_has_what_only_the_other_knew(world: World) -> None:
    for event in (named(world, "Un ?", PHONE), named(world, "Deux ?", LID)):
        await world.receive(event)
    stays, other = [await contact(world, await contact_of(world, name)) for name in (PHONE, LID)]
    assert (stays.phone, other.phone) == (AWA, "")
    stays.country, other.country, other.timezone = "SN", "FR", "Europe/Paris"
    stays.permissions = {"service": word(True, 1), "promotion": word(False, 1, "person")}
    other.permissions = {"service": word(False, 2), "promotion": word(True, 2)}
    stays.reached = [START + timedelta(minutes=2 * minute) for minute in range(150)]
    other.reached = [START + timedelta(minutes=2 * minute + 1) for minute in range(150)]
    other.attributes, other.absorbed, other.plan_at = {"room": "12"}, ["c-0"], START
    for document in (stays, other):
        await world.store.put(document)
    await world.receive(named(world, "Trois ?", PHONE, LID))
    merged, gone = await contact(world, stays.contact), await contact(world, other.contact)
    assert (merged.phone, merged.country, merged.timezone) == (AWA, "SN", "Europe/Paris")
    assert merged.permissions == {"service": word(False, 2), "promotion": word(False, 1, "person")}
    assert merged.reached == sorted([*stays.reached, *other.reached])[-200:]
    assert (merged.attributes, merged.absorbed) == ({"room": "12"}, [other.contact, "c-0"])
    assert merged.plan_at == world.clock.now()
    assert (gone.merged_into, gone.plan_at) == (stays.contact, None)


async def test_a_second_identity_costs_no_read_once_both_are_known_together(world: World) -> None:
    reads = []
    for names in ([PHONE, LID], [USER]):
        await world.receive(named(world, "Un ?", *names))
        await world.pump()
        account = effects.begin()
        await world.receive(named(world, "Deux ?", *names))
        reads.append(account.reads)
    assert reads[0] == reads[1] > 0


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


@settings(max_examples=60, deadline=None)
@given(order=st.lists(SETS, min_size=1, max_size=7))
def test_any_order_of_events_ends_in_one_person_per_proof(order: list[list[str]]) -> None:
    """Identities connected by events, directly or through others, are one contact; others are separate."""
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


async def unanswered(world: World, event: MessageReceived) -> None:
    """Receives a message whose turn fails, so that it stays pending."""
    world.provider.replies = [RuntimeError("killed")]
    with suppress(RuntimeError):
        await world.receive(event)


def proof(world: World, *identities: str) -> Reaction:
    """Returns an event that names the person by these identities, or the first two, and needs no answer."""
    facts = named(world, "", *(identities or (PHONE, LID))).model_dump(exclude={"kind", "parts"})
    return Reaction.model_validate(facts | {"target": "M0", "emoji": "🙏"})


async def live(world: World) -> Conversation:
    (found,) = [each for each in await all_conversations(world) if not each.merged_into]
    return found


async def test_nothing_is_lost_if_one_event_proves_that_three_contacts_are_one(world: World) -> None:
    for number, identity in enumerate((PHONE, LID, USER)):
        await unanswered(world, named(world, f"Question {number} ?", identity))
    await world.receive(proof(world, PHONE, LID, USER))
    conversation = await live(world)
    assert (len(conversation.turn.pending), len(conversation.archive.earlier)) == (3, 2)
    world.provider.replies = []
    await world.parts.sweep.run()
    await world.pump()
    assert world.texts() == ["answer to: Question 0 ?\nQuestion 1 ?\nQuestion 2 ?"]


@pytest.mark.parametrize("asked", [PHONE, LID])
async def test_an_answer_not_yet_sent_is_left_to_a_human_whom_a_merge_finds(world: World, asked: str) -> None:
    await world.receive(named(world, "Un ?", asked))
    staff = world.staff("Bonjour")
    peer = staff.peer.model_copy(update={"identities": [LID if asked == PHONE else PHONE]})
    await world.receive(staff.model_copy(update={"peer": peer}))
    await world.receive(proof(world))
    await world.pump()
    assert world.texts() == []
    assert list(map(str, await world.outcomes())) == ["left_to_human"]


async def test_nothing_that_waits_is_lost_in_a_merge(world: World) -> None:
    """More messages may be pending than otherwise allowed."""
    for number in range(PENDING_LIMIT):
        for identity in (PHONE, LID):
            await unanswered(world, named(world, f"Question {number} ?", identity))
            for each in await all_conversations(world):
                each.writer.recent = []
                await world.store.put(each)
    await world.receive(proof(world))
    assert len((await live(world)).turn.pending) == 2 * PENDING_LIMIT
    world.provider.replies = []
    await world.parts.sweep.run()
    await world.pump()
    outcomes = await world.outcomes()
    assert len(outcomes) == 2 * PENDING_LIMIT
    assert None not in outcomes
    (asked, rest) = world.provider.asked[-2:]
    assert f"{asked}\n{rest}".count("Question") == 2 * PENDING_LIMIT


async def test_the_newest_of_many_earlier_conversations_are_known(world: World) -> None:
    await world.receive(named(world, "Un ?", PHONE))
    (first,) = await all_conversations(world)
    first.archive.earlier = [f"waha.{each}" for each in range(100)]
    await world.store.put(first)
    await world.receive(named(world, "Deux ?", LID))
    await world.receive(proof(world))
    earlier = (await live(world)).archive.earlier
    assert len(earlier) == 100
    assert "waha.0" not in earlier
    assert (await world.store.get(Conversation, tenant="parish", conversation=earlier[-1])) is not None


@pytest.mark.parametrize("stays", [PHONE, LID])
async def test_a_conversation_that_waits_for_staff_still_does_after_a_merge(world: World, stays: str) -> None:
    await world.receive(named(world, "humain", stays))
    await world.receive(named(world, "Un ?", LID if stays == PHONE else PHONE))
    await world.receive(named(world, "Deux ?", PHONE, LID))
    assert (await live(world)).state == "waiting"


async def test_staff_who_left_one_conversation_do_not_hide_that_another_waits(world: World) -> None:
    staff = world.staff("Bonjour")
    peer = staff.peer.model_copy(update={"identities": [LID]})
    await world.receive(staff.model_copy(update={"peer": peer}))
    world.clock.pass_(61 * 60)
    await world.receive(named(world, "humain", PHONE))
    await world.receive(named(world, "Deux ?", PHONE, LID))
    assert (await live(world)).state == "waiting"


@pytest.mark.parametrize("later", [PHONE, LID])
async def test_an_act_of_staff_from_before_another_stays_outdated_after_a_merge(
    world: World, later: str
) -> None:
    def staff(text: str, identity: str) -> StaffMessage:
        event = world.staff(text)
        peer = event.peer.model_copy(update={"identities": [identity]})
        return event.model_copy(update={"peer": peer})

    for identity in (PHONE, LID):
        await world.receive(named(world, "Un ?", identity))
    old = staff("Bonjour", later)
    world.clock.pass_(60)
    await world.receive(staff("#bot", later))
    await world.receive(named(world, "Deux ?", PHONE, LID))
    await world.receive(old)
    assert not (await live(world)).human_present(world.clock.now())


@pytest.mark.parametrize("newer", [PHONE, LID])
async def test_what_was_offered_last_can_be_chosen_after_a_merge(world: World, newer: str) -> None:
    older = LID if newer == PHONE else PHONE
    await world.receive(named(world, "Un ?", older))
    world.clock.pass_(60)
    await world.receive(named(world, "contact", newer))
    await world.receive(proof(world))
    assert [choice.id for choice in (await live(world)).sending.offered] == ["command:human"]


@pytest.mark.parametrize("urgent", [PHONE, LID])
async def test_an_emergency_still_waits_after_a_merge(tmp_path: Path, urgent: str) -> None:
    world = await World(tmp_path).begin(emergencies={"words": ["viol"]})
    for identity in (PHONE, LID):
        await world.receive(named(world, "Un ?", identity))
    await world.receive(named(world, "un viol", urgent))
    await world.receive(named(world, "encore viol", PHONE, LID))
    where = [Where("reason", "==", "emergency")]
    (request,) = await world.store.query(Handoff, where=where, limit=9, tenant="parish")
    assert request.count == 2
