"""Events of a person at a given minute, and the handling of several in order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shared.models.events import MessageReceived
from tests.world import AWA, START, World

QUESTION = "Quand est la messe ?"

PHONE, LID, NEW = f"whatsapp:{AWA}", "whatsapp:lid-1000", "whatsapp:+221770000009"


def told(world: World, minute: float, order: int = 0) -> dict[str, Any]:
    """Returns the fields of an event of that minute, by the gateway's time."""
    at = START + timedelta(minutes=minute)
    return world.message("x", at=at).model_dump(exclude={"kind", "parts"}) | {"order": order}


def write(world: World, minute: float, words: str, *identities: str, order: int = 0) -> MessageReceived:
    event = world.message(words, at=START + timedelta(minutes=minute))
    peer = event.peer.model_copy(update={"identities": list(identities or [PHONE]), "chat": identities[0]})
    return event.model_copy(update={"order": order, "peer": peer if identities else event.peer})


async def play(world: World, *events: object) -> None:
    """Receives the events one after another, at an hour when all of them have happened."""
    world.clock.time = max(world.clock.time, START + timedelta(minutes=100))
    for event in events:
        await world.receive(event)
        await world.pump()
