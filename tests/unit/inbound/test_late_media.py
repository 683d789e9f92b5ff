"""Files unavailable during their turn: fetched by an event of their own, within a bounded time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from shared.channels import Download
from shared.conversation import outbox
from shared.errors import Drop, Retry
from shared.inbound.media import LATER, MediaIntake
from shared.inbound.turn import Turn
from shared.models.events import INBOUND, FetchMedia, InboundEvent, MessageDeleted, MessageEdited
from shared.models.message import Inbound, Outcome
from shared.models.parts import Media, Part
from tests.simulation.clock import BEGINNING, VirtualClock
from tests.simulation.loop import VirtualLoop
from tests.world import FakeChannel, World

JPEG = b"\xff\xd8\xff\xe0photo"
PHOTO = Media(kind="image", id="photo", mimetype="image/jpeg", caption="Voici ma photo !")
LATE = Retry("media_unavailable")
#: The number of tries in a turn.
TRIES = 4


@pytest.fixture
async def world(tmp_path: Path) -> World:
    begun = await World(tmp_path).begin()
    begun.channel.files["photo"] = late(Download(JPEG, "image/jpeg"))
    return begun


def late(then: Download | Exception, rounds: int = 1) -> list[Download | Exception]:
    """Returns the gateway's answers: failures for so many rounds of tries, then this one."""
    return [*[LATE] * TRIES * rounds, then]


def photo(world: World, *parts: Part) -> InboundEvent:
    return world.message("", id="P1").model_copy(update={"parts": list(parts) or [PHOTO]})


def changed(world: World, kind: str, **more: object) -> object:
    event = world.message("x", id="C1").model_dump() | {"kind": kind, "target": "P1", **more}
    return INBOUND.validate_python(event)


def waiting(world: World) -> list[FetchMedia]:
    """Returns the queued events that fetch a file."""
    events = [INBOUND.validate_json(each.data) for each in world.bus.waiting if each.topic == "inbound"]
    return [event for event in events if isinstance(event, FetchMedia)]


async def file_of(world: World) -> Media:
    """Returns the first part of the newest inbound message."""
    part = (await world.inbound())[-1].parts[0]
    assert isinstance(part, Media)
    return part


async def test_a_file_that_was_late_is_fetched_after_its_turn_which_is_not_repeated(world: World) -> None:
    await world.receive(photo(world))
    assert not (await file_of(world)).stored
    assert await world.outcomes() == [Outcome.ANSWERED]
    await world.pump()
    part = await file_of(world)
    assert await world.parts.blobs.get(part.stored) == JPEG
    assert part == PHOTO.model_copy(update={"stored": part.stored, "stored_type": "image/jpeg", "size": 9})
    assert len(world.texts()) == len(world.provider.asked) == 1


async def test_a_turn_whose_files_are_in_time_publishes_no_more_than_before(world: World) -> None:
    world.channel.files["photo"] = Download(JPEG, "image/jpeg")
    await world.receive(photo(world))
    assert [each.topic for each in world.bus.waiting] == ["outbound"]


async def test_a_file_is_tried_until_it_is_there(world: World) -> None:
    world.channel.files["photo"] = late(Download(JPEG, ""), rounds=3)
    await world.receive(photo(world))
    for _ in range(3):
        assert not (await file_of(world)).stored
        await world.pump()
    assert (await file_of(world)).stored
    assert world.bus.waiting == []


async def test_a_file_that_never_comes_ends_with_its_problem_and_no_dead_letter(world: World) -> None:
    world.channel.files["photo"] = LATE
    await world.receive(photo(world))
    (event,) = waiting(world)
    with pytest.raises(Retry):
        await world.parts.reply.handle(event)
    world.clock.pass_(LATER.total_seconds())
    await world.parts.reply.handle(event)
    assert (await file_of(world)).problem == "media_late"
    with pytest.raises(Drop):  # a repeat
        await world.parts.reply.handle(event)


async def test_a_file_that_is_gone_by_then_says_so(world: World) -> None:
    world.channel.files["photo"] = late(Drop("media_gone"))
    await world.receive(photo(world))
    await world.pump()
    assert (await file_of(world)).problem == "media_gone"
    assert world.bus.waiting == []


async def test_an_edit_of_the_caption_meanwhile_keeps_the_file_and_the_words(world: World) -> None:
    now = PHOTO.model_copy(update={"caption": "Ma photo, de face"})
    await world.receive(photo(world))
    to_fetch = [each for each in world.bus.waiting if each.topic == "inbound"]
    world.bus.waiting = [each for each in world.bus.waiting if each.topic == "outbound"]
    await world.pump()  # the answer has gone out
    edit = changed(world, "edited", parts=[now])
    assert isinstance(edit, MessageEdited)
    await world.receive(edit)
    world.bus.waiting += to_fetch
    await world.pump()
    part = await file_of(world)
    assert (part.caption, bool(part.stored)) == ("Ma photo, de face", True)


async def test_an_edit_of_the_caption_afterwards_keeps_the_file(world: World) -> None:
    await world.receive(photo(world))
    await world.pump()
    stored = (await file_of(world)).stored
    await world.receive(changed(world, "edited", parts=[PHOTO.model_copy(update={"caption": "De face"})]))
    part = await file_of(world)
    assert (part.caption, part.stored) == ("De face", stored)


async def test_a_file_that_was_exchanged_meanwhile_is_fetched_itself(world: World) -> None:
    world.channel.files["other"] = Download(JPEG + b"2", "")
    await world.receive(photo(world))
    to_fetch = [each for each in world.bus.waiting if each.topic == "inbound"]
    world.bus.waiting = [each for each in world.bus.waiting if each.topic == "outbound"]
    await world.pump()
    await world.receive(changed(world, "edited", parts=[PHOTO.model_copy(update={"id": "other"})]))
    world.bus.waiting += to_fetch
    await world.pump()
    assert await world.parts.blobs.get((await file_of(world)).stored) == JPEG + b"2"


async def test_a_message_that_was_deleted_is_fetched_no_more(world: World) -> None:
    await world.receive(photo(world))
    (event,) = waiting(world)
    deletion = changed(world, "deleted")
    assert isinstance(deletion, MessageDeleted)
    await world.receive(deletion)
    fetched = len(world.channel.fetched)
    with pytest.raises(Drop):
        await world.parts.reply.handle(event)
    assert len(world.channel.fetched) == fetched


async def test_a_crash_before_the_answer_is_committed_loses_no_file(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    event = photo(world)
    with monkeypatch.context() as broken:
        broken.setattr(Turn, "_commit", crash)
        with pytest.raises(ZeroDivisionError):
            await world.receive(event)
    (event_of_file,) = waiting(world)
    with pytest.raises(Retry):  # its turn comes first
        await world.parts.reply.handle(event_of_file)
    world.clock.pass_(60)
    await world.receive(event)
    assert (await file_of(world)).stored
    await world.pump()
    assert (await world.outcomes(), len(world.texts())) == ([Outcome.ANSWERED], 1)


async def test_a_crash_after_it_loses_none_either(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    event = photo(world)
    with monkeypatch.context() as broken:
        broken.setattr(outbox, "announce", crash)
        with pytest.raises(ZeroDivisionError):
            await world.receive(event)
    await world.receive(event)
    await world.pump()
    assert (await file_of(world)).stored
    assert len(world.texts()) == 1


async def test_a_late_file_for_staff_is_fetched_for_them(world: World) -> None:
    await world.say("Bonjour")
    await world.receive(world.staff("Je m'en occupe."))
    await world.receive(photo(world))
    assert not (await file_of(world)).stored
    await world.pump()
    assert (await file_of(world)).stored


async def test_a_file_of_a_turn_that_a_human_took_over_is_there_for_them(world: World) -> None:
    async def step_in() -> None:
        await world.receive(world.staff("Je m'en occupe."))

    world.channel.files["photo"] = Download(JPEG, "")
    world.provider.meanwhile.append(step_in)
    await world.receive(photo(world, PHOTO.model_copy(update={"caption": "Est-ce le bon formulaire ?"})))
    assert await world.outcomes() == [Outcome.LEFT_TO_HUMAN]
    assert (await file_of(world)).stored


# --- beside a tenant whose gateway hangs


class _Blobs:
    async def put(self, name: str, data: bytes, content_type: str) -> None: ...


class _Bus:
    """A bus that counts published fetches."""

    late = 0

    async def publish(self, *_: object, **__: object) -> None:
        self.late += 1


class _Gateway(FakeChannel):
    def __init__(self, seconds: float, answer: Download | Retry) -> None:
        super().__init__()
        self._seconds, self._answer = seconds, answer

    async def fetch(self, media: Media) -> Download:
        await asyncio.sleep(self._seconds)
        if isinstance(self._answer, Retry):
            raise self._answer
        return self._answer


def _photo_of(tenant: str, number: int) -> Inbound:
    name = f"{tenant}{number}"
    return Inbound(
        tenant=tenant,
        conversation=f"waha.{name}",
        message=name,
        channel="waha",
        gateway_id=name,
        parts=[PHOTO],
        at=BEGINNING,
        received_at=BEGINNING + timedelta(0),
    )


def test_a_neighbours_hanging_gateway_costs_nobody_a_file() -> None:
    """14 people of each of two tenants send a photo, twenty a second; one gateway hangs for 8 s, until its
    deadline, the other takes 0.5 s. With one line of three slots, 2 of the 14 were kept, after 10 s."""
    loop = VirtualLoop(Random(1))  # noqa: S311
    bus = _Bus()
    media = MediaIntake(_Blobs(), None, VirtualClock(loop), bus)  # type: ignore[arg-type]
    hangs, works = _Gateway(8, LATE), _Gateway(0.5, Download(JPEG, "image/jpeg"))

    async def one(tenant: str, gateway: _Gateway, number: int) -> tuple[Part, float]:
        await loop.sleep(number / 20)
        began = loop.now
        (message,) = await media.take_in(gateway, [_photo_of(tenant, number)])
        return message.parts[0], loop.now - began

    async def both() -> tuple[list[tuple[Part, float]], list[tuple[Part, float]]]:
        theirs = asyncio.gather(*(one("parish", hangs, number) for number in range(14)))
        ours = await asyncio.gather(*(one("hotel", works, number) for number in range(14)))
        return ours, await theirs

    ours, theirs = loop.run_until_complete(both())
    loop.close()
    assert [isinstance(part, Media) and bool(part.stored) for part, _ in ours] == [True] * 14
    assert max(seconds for _, seconds in ours) < 5
    assert [part for part, _ in theirs] == [PHOTO] * 14
    assert max(seconds for _, seconds in theirs) <= 15
    assert bus.late == 14
