"""Outbound messages and receipts of the delivery tests."""

from __future__ import annotations

from shared.models.events import Receipt, ReceiptStatus
from shared.models.handoff import Handoff
from shared.models.message import Outbound
from tests.world import World

QUESTION = "Quand est la messe ?"


async def only(world: World) -> Outbound:
    found = await world.outbound()
    assert len(found) == 1
    return found[0]


async def handoffs(world: World) -> list[str]:
    return [handoff.reason for handoff in await world.store.query(Handoff, limit=10, tenant="parish")]


def receipt(world: World, status: ReceiptStatus, id: str = "gw-1") -> Receipt:
    return Receipt(tenant="parish", channel="waha", id=id, status=status, received_at=world.clock.now())
