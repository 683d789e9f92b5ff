"""Events that no attempt could handle, and the documents that result."""

from __future__ import annotations

import pytest

from shared.models.dead_letter import DeadLetter, Undelivered
from shared.models.events import MessageReceived, OutboundReady, Wake
from shared.models.handoff import Handoff
from tests.world import START, World

QUESTION = "Quand est la messe ?"


def undelivered(event: MessageReceived | OutboundReady | Wake, *, bus_message: str = "b-1") -> Undelivered:
    """Returns the event as Pub/Sub reports it after twenty failed attempts."""
    subscription = "deliver-outbound" if isinstance(event, OutboundReady) else "reply-inbound"
    return Undelivered(
        bus_message=bus_message,
        subscription=subscription,
        attempts=20,
        error="status 500",
        published_at=START,
        data=event.model_dump_json().encode(),
        attributes={
            "tenant": event.tenant,
            "kind": event.kind,
            "traceparent": f"00-{'a' * 32}-{'b' * 16}-01",
        },
        key="",
    )


async def letters(world: World) -> list[DeadLetter]:
    return await world.store.query(DeadLetter, limit=50)


async def one(world: World) -> DeadLetter:
    (letter,) = await letters(world)
    return letter


async def handoffs(world: World) -> list[Handoff]:
    return await world.store.query(Handoff, limit=50, tenant="parish")


async def break_reply(world: World, event: MessageReceived) -> None:
    """Handles an event whose turn fails, so that it stays pending."""
    world.provider.replies = [RuntimeError("poison")]
    with pytest.raises(RuntimeError):
        await world.parts.reply.handle(event)
