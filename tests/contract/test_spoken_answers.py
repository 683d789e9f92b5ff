"""Voice notes answered by voice notes: the model's server and each gateway's own API, over sockets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse

from scripts.local.vendors.models.server import ModelServer
from shared import llm
from shared.formats import sound
from shared.models.message import Status
from shared.models.parts import Media, Text
from shared.models.people import Address
from shared.models.tenant import Channel
from shared.tenants import plugins
from shared.wiring import desk
from tests.fakes.served import served
from tests.fakes.vendor import API_KEY, SETTINGS, Call, Vendor, base_url
from tests.world import FakePlugins, RealChannels, World

#: The chat of a person on each kind of channel.
CHATS = {
    "waha": "221770000001@c.us",
    "green_api": "221770000001@c.us",
    "cloud_api": "221770000001",
    "telegram": "770000001",
}
#: Where each API expects the address of a voice note in a call's body.
PLACES = {
    "waha": ("sendVoice", ("file", "url")),
    "green_api": ("sendFileByUrl", ("urlFile",)),
    "cloud_api": ("messages", ("audio", "link")),
    "telegram": ("sendVoice", ("voice",)),
}
STORED = "tenants/parish/media/person/M1/0"


class Speaking(RealChannels):
    """Real channel files, and real models too."""

    def model(self, kind: str, connection: llm.Connection) -> llm.Model:
        return plugins.model(kind, connection)


class Secrets:
    async def get(self, name: str) -> str:
        return API_KEY

    async def others(self, name: str) -> list[str]:
        return []


async def begun(folder: Path, kind: str, gateway: str, models: str) -> World:
    """Returns a world with one channel of this kind, whose tenant hears and speaks by the model's server."""
    world = World(folder)
    world.origin = "https://concierge.example"
    world.rebuild(Speaking(world), secrets=Secrets())
    url = f"{models}/openai/v1"
    voice = {"format": "openai_compatible", "model": "scripted", "keys": ["key"], "url": url}
    tasks: dict[str, list[str]] = {"answer": [], "transcribe": ["voice"], "speak": ["voice"]}
    answers = {"provider": "offline", "models": {"voice": voice}, "tasks": tasks, "voice": True}
    await world.begin(answers=answers, secrets={"link_key": "key"})
    channel = Channel(
        tenant="parish",
        channel=kind,
        kind=kind,
        settings={"base_url": base_url(kind, gateway), **SETTINGS[kind]},
        secrets={"api_key": "key"},
    )
    await world.store.put(channel)
    return world


async def says(world: World, kind: str, words: str) -> None:
    """Has the person send a voice note with these words, whose file is stored already."""
    data = f"text:{words}".encode()
    await world.ports.blobs.put(STORED, data, "audio/ogg")
    note = Media(kind="voice", id="note", stored=STORED, stored_type="audio/ogg", size=len(data))
    peer = Address(chat=CHATS[kind], identities=[f"test:{kind}"], name="Awa")
    event = world.message("").model_copy(update={"channel": kind, "peer": peer, "parts": [note]})
    await world.receive(event)
    await world.pump()


@pytest.mark.parametrize("kind", CHATS)
async def test_a_voice_note_is_answered_by_one(tmp_path: Path, kind: str) -> None:
    vendor, models = Vendor(kind), ModelServer()
    async with served(vendor.app) as gateway, served(models.app) as origin:
        world = await begun(tmp_path, kind, gateway, origin)
        await says(world, kind, "Quand est la messe ?")
        await world.ports.http.close()  # type: ignore[attr-defined]
    assert [asked.path.rpartition("/")[2] for asked in models.asked] == ["transcriptions", "speech"]
    ((_, message),) = vendor.network.chats.sent("hotel", kind, 0)
    assert message.kind == "voice"
    method, place = PLACES[kind]
    (call,) = [each for each in vendor.calls if method in each.path and place[0] in (each.body or {})]
    address: Any = call.body
    for name in place:
        address = address[name]
    files = desk.wire(world.ports, world.directory(FakePlugins(world))).files
    found = await files.read(address.removeprefix("https://concierge.example/desk/files/"))
    assert sound.seconds(found.data) == pytest.approx(len("Dimanche.") / 15, abs=0.02)


@pytest.mark.parametrize("kind", CHATS)
async def test_a_gateway_that_refuses_the_sound_gets_the_words(tmp_path: Path, kind: str) -> None:
    vendor, models = Vendor(kind), ModelServer()
    method, place = PLACES[kind]

    def refuse(call: Call) -> JSONResponse | None:
        taken = method not in call.path or not isinstance(call.body, dict) or place[0] not in call.body
        told = {"description": "Bad Request: VOICE_MESSAGES_FORBIDDEN", "error": {"code": 131053}}
        return None if taken else JSONResponse(told, 400)

    vendor.fault = refuse
    async with served(vendor.app) as gateway, served(models.app) as origin:
        world = await begun(tmp_path, kind, gateway, origin)
        await says(world, kind, "Quand est la messe ?")
        await world.ports.http.close()  # type: ignore[attr-defined]
    ((_, message),) = vendor.network.chats.sent("hotel", kind, 0)
    assert (message.kind, message.text) == ("text", "Dimanche.")
    (sent,) = await world.outbound()
    assert (sent.status, [each.part for each in sent.parts]) == (Status.SENT, [Text(text="Dimanche.")])
