"""Pictures and documents go to a model that may read them, within limits."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from shared import llm
from shared.answers import Asked, reading_files
from shared.answers.reading_files import BYTES, FILES, FileReading, readable
from shared.channels import Download
from shared.errors import Retry
from shared.models.message import Inbound, Outcome
from shared.models.parts import Media, Part, Text
from shared.models.tenant import Tenant
from shared.platform.blobs.object_store import ObjectStoreBlobs
from tests.fakes.asked import asked
from tests.world import World

TENANT = Tenant(tenant="parish", name="Parish", languages=["fr", "en"])
JPEG = b"\xff\xd8\xff\xe0photo"


def stored(name: str = "a", size: int = 9, media_type: str = "image/jpeg", **more: object) -> Media:
    fields = {"kind": "image", "stored": name, "stored_type": media_type, "size": size, **more}
    return Media.model_validate(fields)


def batch(*parts: Part) -> list[Inbound]:
    (message,) = asked(TENANT, "", "fr").batch
    return [message.model_copy(update={"parts": list(parts)})]


@pytest.mark.parametrize(
    "part",
    [
        stored(""),
        stored(media_type="video/mp4"),
        stored(media_type="application/msword", kind="document"),
        stored(kind="sticker"),
        stored(size=BYTES + 1),
        Text(text="a"),
    ],
    ids=str,
)
def test_other_parts_are_not_read(part: Part) -> None:
    assert readable(batch(part)) == []


def test_the_newest_files_are_read_in_their_order() -> None:
    parts = [stored(str(number)) for number in range(FILES + 2)]
    assert readable(batch(*parts)) == parts[2:]


def test_all_files_together_are_within_the_limit() -> None:
    parts = [stored(str(number), BYTES // 2) for number in range(3)]
    assert readable(batch(*parts)) == parts[1:]


def turn(*parts: Part) -> Asked:
    return replace(asked(TENANT, "", "fr"), batch=batch(*parts))


async def test_a_file_that_is_gone_costs_no_answer(tmp_path: Path) -> None:
    blobs = ObjectStoreBlobs(f"folder:{tmp_path}")
    await blobs.put("there", JPEG, "image/jpeg")
    async with FileReading(blobs).files(turn(stored("gone"), stored("there"))) as found:
        assert found == [llm.File(JPEG, "image/jpeg")]


async def test_files_of_many_turns_wait_for_memory_and_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_files, "_PATIENCE_S", 0.02)
    reading = FileReading(ObjectStoreBlobs(f"folder:{tmp_path}"))
    async with AsyncExitStack() as stack:

        async def hold_all() -> None:
            for _ in range(100):
                await stack.enter_async_context(reading.files(turn(stored("a"))))

        with pytest.raises(Retry, match="files_are_busy"):
            await hold_all()
        async with reading.files(turn(Text(text="Bonjour"))) as found:
            assert found == []


@pytest.fixture
async def world(tmp_path: Path) -> World:
    begun = await World(tmp_path).begin()
    begun.channel.files["photo"] = Download(JPEG, "image/jpeg")
    return begun


async def send(world: World, caption: str) -> None:
    photo = Media(kind="image", id="photo", mimetype="image/jpeg", caption=caption)
    await world.receive(world.message("").model_copy(update={"parts": [photo]}))
    await world.pump()


@pytest.mark.parametrize("caption", ["", "Est-ce le bon formulaire ?"])
async def test_a_model_reads_a_picture(world: World, caption: str) -> None:
    await send(world, caption)
    assert world.provider.files == [llm.File(JPEG, "image/jpeg")]
    assert world.texts() == [f"answer to: {caption}".strip()]


async def test_without_a_model_the_person_is_told_what_to_do(world: World) -> None:
    world.provider.replies.append(Retry("model_busy"))
    await send(world, "")
    assert world.texts()[0].startswith("Je ne sais lire que du texte")
    assert await world.outcomes() == [Outcome.ANSWERED]
