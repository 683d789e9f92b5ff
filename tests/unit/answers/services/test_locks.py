"""Locks: of a person over all channels, of a code's beginning over all people, and two tries at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from shared.answers.services.lookups import Candidate
from shared.conversation.conversation import Conversation
from shared.conversation.merging import Merging
from shared.models.events import MessageReceived
from shared.models.people import Address
from shared.models.service import Proof
from shared.models.tenant import Channel, Tenant
from tests.unit.answers.services.families import (
    PHONE,
    RIGHT,
    Families,
    answer_to,
    audited,
    family,
    locks,
    parish,
    shut,
    unmarked,
    verified,
)
from tests.world import AWA, FakePlugins, World

LOCKED = "Il y a eu trop d'essais faux. Pour votre sécurité, réessayez à"
SHUT = "Il y a eu trop d'essais faux pour ce code ;"
OTHERS = [f"+2217700001{number:02}" for number in range(60)]


async def guess(world: World, *typed: str, peer: str = AWA) -> list[str]:
    """Has the person type these codes, each asked for; returns the words for each."""
    await answer_to(world, "mes notes", peer=peer)
    return [await answer_to(world, each, peer=peer) for each in typed]


async def test_three_wrong_tries_lock_the_person_who_is_then_not_evaluated(
    world: World, families: Families
) -> None:
    *_, third = await guess(world, "ABA-0001", "BAB-0002", "CAC-0003")
    assert third.startswith(f"{LOCKED} 10:16.")
    asked = len(families.asked)
    assert (await guess(world, RIGHT))[0].startswith(f"{LOCKED} 10:16.")
    assert len(families.asked) == asked
    assert await verified(world, AWA) is None
    assert await audited(world) == ["wrong", "wrong", "wrong", "locked"]


async def test_locks_last_15_30_60_minutes_and_never_longer(world: World) -> None:
    lasted = []
    for number in range(5):
        await guess(world, *(f"{letters}-{number:04}" for letters in ("AB", "BC", "CD")))
        (own,) = [lock for lock in await locks(world) if lock.lock.startswith("contact-")]
        assert own.until is not None
        wait = own.until - world.clock.now()
        lasted.append(round(wait.total_seconds() / 60))
        world.clock.pass_(wait.total_seconds() + 1)
    assert lasted == [15, 30, 60, 60, 60]


async def test_tries_are_forgotten_a_day_after_the_last(world: World) -> None:
    await guess(world, "AB-0001", "BC-0002")
    world.clock.pass_(timedelta(days=1, minutes=1).total_seconds())
    assert LOCKED not in (await guess(world, "CD-0003"))[0]
    assert (await guess(world, RIGHT))[0] == "Bienvenue Diop (consult_notes)"


async def test_a_right_code_forgets_no_wrong_try(world: World) -> None:
    await guess(world, "SAGNA-0001", "SAGNA-0002", RIGHT)
    assert (await guess(world, "SAGNA-0003"))[0].startswith(LOCKED)
    assert (await guess(world, "SAGNA-7365", peer=OTHERS[0]))[0].startswith(SHUT)


async def test_the_beginning_is_locked_for_everybody_and_others_are_not(world: World) -> None:
    await shut(world)
    told = await guess(world, "DIOP-0004", peer=OTHERS[10])
    assert told[0].startswith(SHUT)
    assert "10:1" in told[0]
    assert await guess(world, "SAGNA-7365", peer=OTHERS[11]) == ["Bienvenue Sagna (consult_notes)"]


async def test_tries_during_a_lock_do_not_make_it_longer(world: World) -> None:
    await shut(world)
    (before,) = [lock for lock in await locks(world) if lock.lock.startswith("code-")]
    for peer in OTHERS[10:20]:
        await guess(world, "DIOP-0005", peer=peer)
    (after,) = [lock for lock in await locks(world) if lock.lock.startswith("code-")]
    assert (before.until, before.level) == (after.until, after.level)


async def test_a_locked_beginning_tells_right_and_wrong_codes_alike(world: World, families: Families) -> None:
    """Words, calls to the source, and the session are the same for every code."""
    await shut(world)
    families.asked.clear()
    typed = (RIGHT, "DIOP-4822", RIGHT, "DIOP-4822")
    told = [await guess(world, code, peer=peer) for code, peer in zip(typed, OTHERS[10:], strict=False)]
    assert len({unmarked(words) for each in told for words in each}) == 1
    assert families.asked == list(typed)
    for peer in OTHERS[10:14]:
        conversation = await world.conversation_of(peer)
        assert conversation.session.verified is None
        assert conversation.session.errand is not None
        assert (conversation.session.errand.step, conversation.why) == (
            "one_time",
            "answered: proof:one_time",
        )
    counted = [lock.tries for lock in await locks(world) if lock.lock.startswith("contact-")]
    assert counted == [1] * 7


async def test_a_right_code_meanwhile_locks_its_person_as_a_wrong_one_does(world: World) -> None:
    await shut(world)
    for code, peer in ((RIGHT, OTHERS[10]), ("DIOP-4822", OTHERS[11])):
        *_, fourth = await guess(world, code, code, code, code, peer=peer)
        assert fourth.startswith(LOCKED)


async def test_ones_own_phone_on_file_passes_a_locked_beginning(tmp_path: Path, families: Families) -> None:
    with pytest.MonkeyPatch.context() as patch:
        families.of[RIGHT] = family("Diop", 1, phone="00221 77 000 09 51")
        world = await parish(tmp_path, patch, families)
    await shut(world)
    assert await guess(world, RIGHT, peer=PHONE) == ["Bienvenue Diop (consult_notes)"]
    assert (await guess(world, RIGHT, peer=OTHERS[10]))[0].startswith(SHUT)
    assert (await guess(world, "DIOP-0009", peer=PHONE))[0].startswith(SHUT)


# --- two channels, two instances


def by_telegram(world: World, text: str, id: str, peer: str = AWA) -> MessageReceived:
    """A message on the second channel, by the same person, as the gateway proves."""
    identities = ["telegram:9000001", f"whatsapp:{peer}"]
    address = Address(chat="9000001", identities=identities, name="Awa")
    return world.message(text, id=id).model_copy(update={"channel": "telegram", "peer": address})


async def test_the_tries_of_one_person_count_over_two_channels(world: World, families: Families) -> None:
    await world.store.put(Channel(tenant="parish", channel="telegram", kind="telegram"))
    await guess(world, "AB-0001", "BC-0002")
    await world.receive(by_telegram(world, "mes notes", "T1"))
    await world.receive(by_telegram(world, "CD-0003", "T2"))
    asked = len(families.asked)
    assert (await guess(world, RIGHT))[0].startswith(LOCKED)
    await world.receive(by_telegram(world, RIGHT, "T3"))
    assert len(families.asked) == asked
    found = await world.store.query(Conversation, limit=5, tenant="parish")
    assert {each.channel for each in found if not each.merged_into} == {"waha", "telegram"}
    assert all(each.session.verified is None for each in found)


class Together(Families):
    """A source that answers wrong codes once all of `expected` are looked up, and right ones after `done`."""

    def __init__(self, of: dict[str, Candidate], expected: int) -> None:
        super().__init__(of)
        self._expected, self._all, self.done = expected, asyncio.Event(), asyncio.Event()

    async def proof(self, tenant: Tenant, proof: Proof, code: str) -> Candidate | None:
        found = await super().proof(tenant, proof, code)
        if len(self.asked) == self._expected:
            self._all.set()
        await (self.done if found else self._all).wait()
        return found


async def test_tries_at_once_at_several_instances_all_count_and_a_lock_meanwhile_refuses_a_right_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, families: Families
) -> None:
    codes = [*(f"DIOP-1{number:03}" for number in range(7)), RIGHT]
    together = Together(families.of, len(codes))
    world = await parish(tmp_path, monkeypatch, together)
    for peer in OTHERS[:8]:
        await answer_to(world, "mes notes", peer=peer)
    world.clock.pass_(10)
    tries = [
        (world.build(FakePlugins(world)).reply.handle, world.message(code, peer=peer))
        for code, peer in zip(codes, OTHERS, strict=False)
    ]
    *wrong, right = [asyncio.ensure_future(handle(event)) for handle, event in tries]
    await asyncio.gather(*wrong)
    together.done.set()
    await right
    await world.pump()
    assert await verified(world, OTHERS[7]) is None
    (shared,) = [lock for lock in await locks(world) if lock.lock.startswith("code-")]
    assert (shared.level, shared.tries) == (1, 0)
    assert dict(world.channel.sent)[f"{OTHERS[7][1:]}@c.us"].startswith(SHUT)
    assert sorted(await audited(world)) == sorted(["wrong"] * 3 + ["unsent"] * 4 + ["one_time"])


# --- merges


async def test_a_merged_contact_has_no_identity(world: World) -> None:
    await world.store.put(Channel(tenant="parish", channel="telegram", kind="telegram"))
    alone = by_telegram(world, RIGHT, "T1")
    alone = alone.model_copy(
        update={"peer": alone.peer.model_copy(update={"identities": ["telegram:9000001"]})}
    )
    await world.receive(alone)
    await answer_to(world, RIGHT)
    await Merging(world.store, world.clock).unite(by_telegram(world, "Bonjour", "T2"))
    found = await world.store.query(Conversation, limit=9, tenant="parish")
    living = [each for each in found if not each.merged_into]
    assert {each.contact for each in living} == {living[0].contact}
    assert len(living) == 2
    moved = [each for each in living if each.archive.earlier]
    assert len(moved) == 1
    assert [each.session.verified for each in moved] == [None]
