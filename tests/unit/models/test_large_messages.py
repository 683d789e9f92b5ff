"""Large messages: documents stay below Firestore's 1 MiB, and every message gets an outcome."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import Retry
from shared.models import size
from shared.models.bounds import bounded
from shared.models.events import MessageDeleted, MessageEdited, MessageReceived, StaffMessage
from shared.models.message import Inbound
from shared.models.parts import Part, Text
from shared.models.pending import Reference
from shared.platform.store import Where
from tests.unit.models.sizes import EMOJI, LONGEST, MESSAGES
from tests.unit.upkeep.undelivered import undelivered
from tests.world import World

MIB = 1_048_576


def large(world: World, parts: list[Part], **more: object) -> MessageReceived:
    event = world.message("", **more)  # type: ignore[arg-type]
    return MessageReceived.model_validate(
        event.model_dump() | {"parts": parts, "quote": {"text": "x" * LONGEST}}
    )


def sizes(world: World) -> list[int]:
    """Returns the size in bytes of each stored document. Times take more bytes here than in Firestore."""
    with sqlite3.connect(world.store._path) as file:
        rows = file.execute("SELECT path, body FROM documents").fetchall()
    return [size.value(json.loads(body)) + len(path) for path, body in rows]


async def leave_pending(world: World, event: MessageReceived) -> None:
    """Receives a message whose turn fails, so that it stays pending."""
    world.provider.replies = [RuntimeError("killed")] * 50
    with suppress(RuntimeError):
        await world.receive(event)
    world.provider.replies = []


async def resume(world: World) -> None:
    world.provider.replies = []
    world.clock.pass_(60)
    await world.parts.sweep.run()
    await world.pump()


async def fill_pending(world: World, number: int = 30) -> None:
    for each in range(number):
        await leave_pending(world, large(world, [Text(text=f"Question {each} ?"), *EMOJI[1:]]))
        world.clock.pass_(0.1)


async def messages(world: World) -> list[Inbound]:
    where = [Where("direction", "==", "in")]
    return await world.store.query(Inbound, where=where, limit=100, tenant="parish")


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return await World(tmp_path).begin(limits={"messages_per_minute": 120})


async def test_thirty_large_messages_wait_and_are_all_answered_in_their_words(world: World) -> None:
    await fill_pending(world)
    assert max(sizes(world)) < MIB / 4
    assert all(isinstance(each, Reference) for each in (await world.conversation()).turn.pending)
    await resume(world)
    assert world.provider.asked[-1] == "\n".join(f"Question {number} ?" for number in range(30))
    assert await world.outcomes() == ["merged"] * 29 + ["answered"]
    assert all(len(message.parts) == 20 for message in await messages(world))


async def test_many_middling_messages_wait_whole_until_there_is_no_more_room(world: World) -> None:
    for number in range(30):
        await leave_pending(world, large(world, [Text(text=f"Question {number} ? " + "x" * 15_000)]))
    pending = (await world.conversation()).turn.pending
    whole = [each for each in pending if isinstance(each, Inbound)]
    assert 8 < len(whole) < 15
    assert max(sizes(world)) < MIB / 2


async def test_an_ordinary_message_among_large_ones_is_kept_whole(world: World) -> None:
    await fill_pending(world, 3)
    await leave_pending(world, world.message("Et la confession ?"))
    assert [type(each) for each in (await world.conversation()).turn.pending] == [Reference] * 3 + [Inbound]


async def test_an_edit_of_a_large_message_that_waits_is_answered(world: World) -> None:
    await fill_pending(world, 2)
    edited = large(world, [Text(text="Plutôt ceci ?"), *EMOJI[1:]]).model_dump()
    await world.receive(MessageEdited.model_validate(edited | {"kind": "edited", "target": "M1"}))
    await resume(world)
    assert world.provider.asked[-1] == "Plutôt ceci ?\nQuestion 1 ?"


async def test_an_edit_of_a_large_message_while_it_is_answered_starts_over(world: World) -> None:
    async def edit() -> None:
        edited = large(world, [Text(text="Plutôt ceci ?"), *EMOJI[1:]]).model_dump()
        await world.receive(MessageEdited.model_validate(edited | {"kind": "edited", "target": "M1"}))

    world.provider.meanwhile = [edit]
    await world.receive(large(world, [Text(text="Question ?"), *EMOJI[1:]]))
    await world.pump()
    assert world.texts() == ["answer to: Plutôt ceci ?"]


async def test_a_large_message_that_is_deleted_is_not_answered(world: World) -> None:
    await fill_pending(world, 2)
    deleted = world.message("").model_dump(exclude={"parts"}) | {"kind": "deleted", "target": "M1"}
    await world.receive(MessageDeleted.model_validate(deleted))
    await resume(world)
    assert world.provider.asked[-1] == "Question 1 ?"
    assert await world.outcomes() == ["suppressed", "answered"]


async def test_staff_who_step_in_leave_large_messages_as_they_were(world: World) -> None:
    await fill_pending(world, 3)
    await world.receive(world.staff("Je réponds."))
    assert await world.outcomes() == ["left_to_human"] * 3
    assert all(len(message.parts) == 20 for message in await messages(world))


async def test_a_large_message_that_died_is_kept_replayed_and_answered(world: World) -> None:
    event = large(world, [Text(text="Question ?"), *EMOJI[1:]])
    await leave_pending(world, event)
    await world.parts.dead_letters.receive(undelivered(event))
    assert await world.outcomes() == ["dead_lettered"]
    async for letter in world.parts.replay.waiting():
        await world.parts.replay.replay(letter)
    await resume(world)
    assert "answer to: Question ?" in world.texts()
    assert max(sizes(world)) < MIB
    assert [len(message.parts) for message in await messages(world)] == [20]


async def test_the_worst_event_fits_into_its_dead_letter(world: World) -> None:
    parts = [Text(text="\x01" * LONGEST) for _ in range(20)]
    await world.parts.dead_letters.receive(undelivered(large(world, list(parts))))
    assert MIB / 2 < max(sizes(world)) < MIB


ACTS = st.lists(
    st.tuples(st.sampled_from(["say", "say", "say", "breaks", "edit", "staff", "back", "delete"]), MESSAGES),
    min_size=1,
    max_size=14,
)


@settings(max_examples=20, deadline=None)
@given(ACTS)
def test_whatever_comes_in_every_document_fits_and_every_message_ends(
    acts: list[tuple[str, list[Part]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_run_acts(Path(folder), acts))


async def _run_acts(folder: Path, acts: list[tuple[str, list[Part]]]) -> None:
    world = await World(folder).begin(limits={"messages_per_minute": 120}, emergencies={"words": ["mot"]})
    said: dict[str, list[Part]] = {"M0": bounded([Text(text="Un ?"), *EMOJI[1:]])}
    await leave_pending(
        world, large(world, [Text(text="Un ?"), *EMOJI[1:]], id="M0")
    )  # so that the first messages wait together
    deleted = False
    for act, parts in acts:
        event = large(world, parts)
        target = {"target": next(iter(said))}
        match act:
            case "say" | "breaks":
                said[event.id] = event.parts
                await (leave_pending(world, event) if act == "breaks" else world.receive(event))
            case "edit":
                if not deleted:  # a deletion is final
                    said[target["target"]] = event.parts
                await receive_change(
                    world, MessageEdited.model_validate(event.model_dump() | target | {"kind": "edited"})
                )
            case "delete":
                deleted = True
                await receive_change(
                    world, MessageDeleted.model_validate(event.model_dump() | target | {"kind": "deleted"})
                )
            case "staff":
                await world.receive(StaffMessage.model_validate(event.model_dump() | {"kind": "staff"}))
            case "back":
                await world.receive(world.staff("#bot"))
        world.clock.pass_(1)
        assert max(sizes(world)) < MIB
    await world.pump()
    await resume(world)
    found = await messages(world)
    assert all(message.outcome for message in found)
    assert {message.message: _said(message.parts) for message in found} == {
        name: _said(parts) for name, parts in said.items()
    }
    world.store.close()


async def receive_change(world: World, event: MessageEdited | MessageDeleted) -> None:
    """Receives a change. A change of an unknown message raises Retry until it is dropped."""
    with suppress(Retry):
        await world.receive(event)


def _said(parts: list[Part]) -> list[str]:
    return [
        getattr(part, "text", "") + getattr(part, "caption", "") + getattr(part, "vcard", "")
        for part in parts
    ]
