"""Lines that alerts count name each tenant in trouble, so that one does not hide the next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shared.handoff.tick import Tick
from shared.models.handoff import Handoff
from shared.models.message import Inbound
from shared.models.parts import Text
from tests.world import World

Lines = list[dict[str, Any]]


def told(lines: Lines, event: str, *fields: str) -> list[tuple[Any, ...]]:
    return sorted(tuple(line.get(field) for field in fields) for line in lines if line["event"] == event)


async def late(world: World, tenant: str, message: str) -> None:
    """Stores a message that has no outcome though its time is over."""
    now = world.clock.now()
    await world.store.put(
        Inbound(
            tenant=tenant,
            channel="waha",
            conversation="c1",
            contact="p1",
            message=message,
            gateway_id=message,
            parts=[Text(text="Bonjour")],
            at=now,
            received_at=now,
            due_at=now - timedelta(minutes=5),
        )
    )


async def test_the_sweep_counts_the_overdue_messages_of_each_tenant(world: World, lines: Lines) -> None:
    for tenant, message in (("parish", "m1"), ("parish", "m2"), ("inn", "m3")):
        await late(world, tenant, message)
    await world.parts.sweep.run()
    assert told(lines, "ledger", "overdue") == [(3,)]
    assert told(lines, "overdue", "tenant", "messages", "severity") == [
        ("inn", 1, "ERROR"),
        ("parish", 2, "ERROR"),
    ]


async def test_the_sweep_names_no_tenant_if_none_is_overdue(world: World, lines: Lines) -> None:
    await world.parts.sweep.run()
    assert told(lines, "ledger", "overdue") == [(0,)]
    assert told(lines, "overdue", "tenant") == []


async def test_the_tick_counts_the_requests_that_wait_for_each_tenant(world: World, lines: Lines) -> None:
    now = world.clock.now()
    tick = world.parts.handoff.due
    assert isinstance(tick, Tick)
    for tenant, handoff, minutes in (("parish", "h1", 31), ("parish", "h2", 2), ("inn", "h3", 3)):
        await world.store.put(
            Handoff(
                tenant=tenant,
                handoff=handoff,
                conversation="c1",
                contact="p1",
                reason="asked",
                state="notified",
                created_at=now - timedelta(minutes=minutes),
            )
        )
    await tick.run()
    assert told(lines, "handoffs_open", "waiting", "oldest_seconds") == [(3, 1860.0)]
    assert told(lines, "handoffs_waiting", "tenant", "waiting", "oldest_seconds") == [
        ("inn", 1, 180.0),
        ("parish", 2, 1860.0),
    ]
