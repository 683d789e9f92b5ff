"""The cost of models for one person: counted by the act, per day in the tenant's zone, through a merge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.conversation.absorbing import absorb
from shared.conversation.acts import Scene
from shared.conversation.conversation import Conversation
from shared.conversation.groups import Session
from shared.conversation.spending import Spend, may_spend, spent_today
from shared.models.tenant import Tenant

NOW = datetime(2026, 11, 20, 10, 7, tzinfo=UTC)


def tenant(zone: str = "UTC", per_person: float | None = None) -> Tenant:
    settings = {"budget": {"per_person": per_person}}
    return Tenant.model_validate(
        {"tenant": "t", "name": "T", "languages": ["fr"], "timezone": zone, "answers": settings}
    )


def conversation(name: str = "waha.c-1") -> Conversation:
    session = Session(id="s", started_at=NOW, last_at=NOW)
    keys = {"tenant": "t", "conversation": name, "channel": "waha", "contact": "c-1", "chat": "1@c.us"}
    return Conversation(**keys, updated_at=NOW, session=session)


async def spend(found: Conversation, usd: float, at: datetime) -> None:
    (await Spend(usd).prepare(Scene(None, found, [], at))).write()  # type: ignore[arg-type]


async def test_the_costs_of_a_day_add_up_and_end_with_it() -> None:
    found = conversation()
    for minutes in range(0, 600, 7):
        await spend(found, 0.01, NOW + timedelta(minutes=minutes))
    assert spent_today(found, tenant(), NOW + timedelta(minutes=600)) == pytest.approx(0.86)
    assert spent_today(found, tenant(), NOW + timedelta(hours=14)) == 0
    stored = Conversation.model_validate(found.model_dump(mode="json"))
    assert spent_today(stored, tenant(), NOW + timedelta(minutes=600)) == pytest.approx(0.86)


async def test_the_day_is_the_tenants_own() -> None:
    found = conversation()
    await spend(found, 0.5, NOW)
    await spend(found, 0.2, NOW + timedelta(hours=1))
    assert spent_today(found, tenant("Pacific/Auckland"), NOW + timedelta(hours=1)) == pytest.approx(0.2)
    assert spent_today(found, tenant("Asia/Kathmandu"), NOW + timedelta(hours=1)) == pytest.approx(0.7)


async def test_a_person_over_their_budget_asks_no_model_until_tomorrow() -> None:
    found, limited = conversation(), tenant(per_person=0.05)
    assert may_spend(found, limited, NOW)
    await spend(found, 0.05, NOW)
    assert not may_spend(found, limited, NOW + timedelta(hours=1))
    assert may_spend(found, tenant(), NOW + timedelta(hours=1))
    assert may_spend(found, limited, NOW + timedelta(hours=14))


async def test_the_document_does_not_grow_with_time() -> None:
    found = conversation()
    for hours in range(0, 24 * 30):
        await spend(found, 0.01, NOW + timedelta(hours=hours))
    assert len(found.spending.costs) <= 26


async def test_a_merge_keeps_the_costs_of_both() -> None:
    one, other = conversation(), conversation("waha.c-2")
    await spend(one, 0.1, NOW)
    await spend(other, 0.2, NOW)
    merged = absorb(one, other, "waha.c-2", "c-2", NOW)
    assert spent_today(merged, tenant(), NOW) == pytest.approx(0.3)
