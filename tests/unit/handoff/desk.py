"""A tenant with staff, and what they say and read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shared.models.events import MessageReceived, Quote
from shared.models.handoff import Desk, Handoff
from shared.models.message import Outbound
from shared.models.parts import Choices
from shared.models.parts import words as told
from shared.platform.store import Where
from tests.world import AWA, FakePlugins, World

ONE, TWO, CHIEF = "+221770000901", "+221770000902", "+221770000903"
BINTA = "+221770000002"
ALWAYS = [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "hours": ["00:00-24:00"]}]
STAFF: dict[str, Any] = {
    "one": {"name": "Aminata Ba", "languages": ["fr", "en"], "ways": [{"channel": "waha", "to": ONE}]},
    "two": {"name": "Moussa Sy", "languages": ["fr"], "ways": [{"channel": "waha", "to": TWO}]},
    "chief": {
        "name": "Félicité Ndour",
        "languages": ["fr"],
        "roles": ["supervisor", "admin"],
        "ways": [{"channel": "waha", "to": CHIEF}, {"notifier": "mail", "to": "chief@parish.example"}],
    },
}
MAIL = {"mail": {"kind": "email", "settings": {}, "secrets": {}}}


async def parish(folder: Path, **tenant: object) -> World:
    """Returns a world whose tenant has staff, on duty at all hours."""
    staff = {name: {"shifts": ALWAYS, **member} for name, member in STAFF.items()}
    world = World(folder)
    world.origin = "https://concierge.example"
    world.rebuild(FakePlugins(world), secrets=Keys())
    secrets = {"link_key": "parish-link-key"}
    return await world.begin(**{"staff": staff, "notifiers": MAIL, "secrets": secrets, **tenant})


class Keys:
    """A secret store with one value."""

    async def get(self, name: str) -> str:
        return f"value of {name}"

    async def others(self, name: str) -> list[str]:
        return []


def said_to(world: World, number: str) -> list[str]:
    """Returns the texts that the gateway was asked to send to this number, in order."""
    return [text for chat, text in world.channel.sent if chat == f"{number[1:]}@c.us"]


async def requests(world: World) -> list[Handoff]:
    return await world.store.query(Handoff, limit=100, order="created_at", tenant="parish")


async def request(world: World) -> Handoff:
    (found,) = await requests(world)
    return found


async def desk(world: World) -> Desk:
    found = await world.store.get(Desk, tenant="parish", desk="now")
    assert found is not None
    return found


async def writes(world: World, number: str, text: str, *, quoting: str = "", **more: Any) -> None:
    """A message of this number, and all that follows."""
    world.clock.pass_(2)
    event: MessageReceived = world.message(text, peer=number, **more)
    if quoting:
        event = event.model_copy(update={"quote": Quote(id=await sent_id(world, number, quoting))})
    await world.receive(event)
    await world.pump()


async def sent_id(world: World, number: str, words: str) -> str:
    """Returns the gateway's id of the last message to this number with these words."""
    where = [Where("direction", "==", "out")]
    found = await world.store.query(Outbound, where=where, limit=200, tenant="parish")
    mine = [
        each
        for each in found
        if each.to == f"{number[1:]}@c.us" and any(words in told(part.part) for part in each.parts)
    ]
    return max(mine, key=lambda each: each.at).gateway_ids[-1]


async def tick(world: World, minutes: float = 0) -> None:
    """Lets time pass, then runs the tick of `handoff` and all that follows."""
    world.clock.pass_(minutes * 60)
    await world.parts.handoff.due.run()
    await world.pump()


async def take(world: World, number: str = ONE, name: str = AWA) -> None:
    """The person asks for a human, and this member of staff takes the request."""
    await world.say("Je voudrais parler à quelqu'un", peer=name)
    await writes(world, number, "#take")


async def offered(world: World, number: str) -> list[str]:
    """Returns the titles of the choices last offered to this number."""
    where = [Where("direction", "==", "out")]
    found = await world.store.query(Outbound, where=where, limit=200, tenant="parish")
    mine = [each for each in found if each.to == f"{number[1:]}@c.us"]
    parts = [part.part for each in sorted(mine, key=lambda each: each.seq) for part in each.parts]
    choices = [part for part in parts if isinstance(part, Choices)]
    return [choice.title for choice in choices[-1].choices] if choices else []
