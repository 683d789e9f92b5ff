"""Files from people: fetched before the answer, stored under the tenant, never a reason for no answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from shared.channels import Download
from shared.errors import Drop, Retry
from shared.models.events import MessageEdited, MessageReceived
from shared.models.message import Outcome
from shared.models.parts import Media, Part, Text
from shared.models.people import Standing
from shared.platform.blobs import NoSuchBlob
from tests.world import World

JPEG = b"\xff\xd8\xff\xe0photo"
PHOTO = Media(kind="image", id="photo", mimetype="image/jpeg", caption="Voici ma photo !")


@pytest.fixture
async def world(tmp_path: Path) -> World:
    begun = await World(tmp_path).begin()
    begun.channel.files["photo"] = Download(JPEG, "image/jpeg")
    return begun


def sent(world: World, *parts: Part, id: str = "") -> MessageReceived:
    return world.message("", id=id).model_copy(update={"parts": list(parts)})


async def kept(world: World) -> list[Part]:
    """Returns the parts of the only inbound message."""
    (message,) = await world.inbound()
    return message.parts


async def test_a_file_is_kept_under_its_tenant_and_the_message_says_where(world: World) -> None:
    await world.receive(sent(world, Text(text="Bonjour"), PHOTO))
    (message,) = await world.inbound()
    name = f"tenants/parish/media/{message.conversation}/{message.message}/1"
    facts = {"stored": name, "stored_type": "image/jpeg", "size": len(JPEG)}
    assert message.parts == [Text(text="Bonjour"), PHOTO.model_copy(update=facts)]
    assert message.outcome == Outcome.ANSWERED
    assert await world.parts.blobs.get(name) == JPEG


async def test_the_answer_comes_after_its_files(world: World) -> None:
    """So the answer can use them."""
    await world.say("Bonjour")
    seen: list[int] = []

    async def look() -> None:
        seen.append(len(world.channel.fetched))

    world.provider.meanwhile.append(look)
    await world.receive(sent(world, PHOTO.model_copy(update={"caption": "Est-ce le bon formulaire ?"})))
    assert seen == [1]


@pytest.mark.parametrize(
    ("outcome", "problem"),
    [
        (Drop("media_gone"), "media_gone"),
        (Drop("media_too_large"), "media_too_large"),
        (Retry("media_unavailable"), ""),
        (Download(b"MZ\x90\x00", "image/jpeg"), "media_type"),
        (Download(b"%PDF-1.7", "image/jpeg"), "media_type"),
        (Download(b"", "image/jpeg"), "media_type"),
    ],
    ids=str,
)
async def test_a_file_that_cannot_be_had_is_answered_all_the_same(
    world: World, outcome: Download | Exception, problem: str
) -> None:
    world.channel.files["photo"] = outcome
    bare = PHOTO.model_copy(update={"caption": ""})
    await world.receive(sent(world, bare))
    await world.pump()  # failures that may pass are tried again: test_late_media
    assert await kept(world) == [bare.model_copy(update={"problem": problem})]
    assert await world.outcomes() == [Outcome.ANSWERED]
    assert len(world.texts()) == 1
    (message,) = await world.inbound()
    with pytest.raises(NoSuchBlob):
        await world.parts.blobs.get(f"tenants/parish/media/{message.conversation}/{message.message}/0")


async def test_what_may_come_yet_is_waited_for(world: World) -> None:
    later = Retry("media_unavailable", after=3.0)
    world.channel.files["photo"] = [later, Retry("media_http_503"), Download(JPEG, "")]
    await world.receive(sent(world, PHOTO))
    (part,) = await kept(world)
    assert isinstance(part, Media)
    assert part.stored
    assert 3.0 in world.clock.slept


async def test_a_file_that_never_ends_holds_the_answer_for_no_longer_than_its_deadline(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(media: Media) -> Download:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr("shared.inbound.media.DEADLINE_S", 0.05)
    monkeypatch.setattr(world.channel, "fetch", hangs)
    monkeypatch.setattr("shared.inbound.media.PATIENCE_S", 0.05)
    async with asyncio.timeout(1):
        await world.receive(sent(world, *[PHOTO] * 12))
    assert await kept(world) == [PHOTO] * 12
    assert await world.outcomes() == [Outcome.ANSWERED]


async def test_a_store_for_files_that_is_ill_does_not_silence_us(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(name: str, data: bytes, content_type: str) -> None:
        raise Retry("blobs_GenericError")

    monkeypatch.setattr(world.parts.blobs, "put", failing)
    await world.receive(sent(world, PHOTO))
    assert await kept(world) == [PHOTO]
    assert await world.outcomes() == [Outcome.ANSWERED]


async def test_all_files_of_a_burst_are_kept(world: World) -> None:
    world.channel.files |= {str(number): Download(JPEG + bytes([number]), "") for number in range(9)}
    await world.receive(sent(world, *(Media(kind="image", id=str(number)) for number in range(9))))
    for number, part in enumerate(await kept(world)):
        assert isinstance(part, Media)
        assert await world.parts.blobs.get(part.stored) == JPEG + bytes([number])


async def test_a_turn_that_starts_over_fetches_nothing_twice(world: World) -> None:
    async def more() -> None:
        await world.receive(sent(world, Media(kind="image", id="other", caption="et celle-ci ?")))

    world.channel.files["other"] = Download(JPEG, "")
    world.provider.meanwhile.append(more)
    await world.receive(sent(world, PHOTO))
    assert [media.id for media in world.channel.fetched] == ["photo", "other"]
    assert await world.outcomes() == [Outcome.MERGED, Outcome.ANSWERED]
    parts = [part for message in await world.inbound() for part in message.parts]
    assert all(isinstance(part, Media) and part.stored for part in parts)


async def test_an_edit_while_the_answer_is_made_is_still_noticed(world: World) -> None:
    now = PHOTO.model_copy(update={"caption": "Voici la bonne photo !"})

    async def edit() -> None:
        event = sent(world, now, id="E1").model_dump() | {"kind": "edited", "target": "P1", "parts": [now]}
        await world.receive(MessageEdited.model_validate(event))

    world.provider.meanwhile.append(edit)
    await world.receive(sent(world, PHOTO, id="P1"))
    assert world.provider.asked[-1] == "Voici la bonne photo !"
    (part,) = await kept(world)
    assert isinstance(part, Media)
    assert (part.caption, bool(part.stored)) == ("Voici la bonne photo !", True)


async def test_what_is_left_to_a_human_is_kept_for_them(world: World) -> None:
    await world.say("Bonjour")
    await world.receive(world.staff("Je m'en occupe."))
    event = sent(world, PHOTO, id="P1")
    await world.receive(event)
    message = (await world.inbound())[-1]
    assert message.outcome == Outcome.LEFT_TO_HUMAN
    (part,) = message.parts
    assert isinstance(part, Media)
    assert await world.parts.blobs.get(part.stored) == JPEG
    await world.receive(event)  # the repeat arrives, and the file is not fetched again
    assert len(world.channel.fetched) == 1


async def test_a_repeat_makes_good_what_a_crash_left_out_for_a_human(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.say("Bonjour")
    await world.receive(world.staff("Je m'en occupe."))
    event = sent(world, PHOTO, id="P1")
    with monkeypatch.context() as broken:
        broken.setattr(world.channel, "fetch", None)
        with pytest.raises(TypeError):
            await world.receive(event)
    await world.receive(event)
    (part,) = (await world.inbound())[-1].parts
    assert isinstance(part, Media)
    assert part.stored


async def test_nothing_is_fetched_for_what_nobody_will_read(world: World) -> None:
    await world.say("STOP")
    await world.receive(sent(world, PHOTO))
    message = (await world.inbound())[-1]
    assert (message.outcome, message.reason) == (Outcome.SUPPRESSED, Standing.OPTED_OUT)
    assert world.channel.fetched == []


async def test_a_turn_without_files_reads_and_writes_what_it_did(world: World) -> None:
    """The store for files is not even opened."""
    await world.say("Quand est la messe ?")
    assert "_store" not in vars(world.parts.blobs)
    assert await world.outcomes() == [Outcome.ANSWERED]


async def test_messages_that_keep_breaking_us_are_not_fetched_for_the_apology(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(media: Media) -> Download:
        raise ZeroDivisionError

    monkeypatch.setattr(world.channel, "fetch", broken)
    event = sent(world, PHOTO)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await world.receive(event)
        world.clock.pass_(60)
    await world.receive(event)
    assert await world.outcomes() == [Outcome.HANDED_OFF]
