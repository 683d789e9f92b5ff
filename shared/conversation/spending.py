"""The cost of language models for one person and day: an act adds to it, and a tenant may limit it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from shared.conversation.acts import Prepared, Scene
from shared.conversation.conversation import Conversation
from shared.models.tenant import Tenant


@dataclass(frozen=True)
class Spend:
    """Adds the cost (US dollars) of a turn's models to the person's own."""

    usd: float

    async def prepare(self, scene: Scene) -> Prepared:
        return Prepared(lambda: scene.conversation.spending.add(self.usd, scene.now))


def spent_today(conversation: Conversation, tenant: Tenant, now: datetime) -> float:
    """Returns the cost (US dollars) of language models for this person today, in the tenant's zone."""
    local = now.astimezone(ZoneInfo(tenant.timezone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return conversation.spending.since(midnight.astimezone(UTC))


def may_spend(conversation: Conversation, tenant: Tenant, now: datetime) -> bool:
    """Whether a model may be asked for this person: now, and still today."""
    spared_until = conversation.spending.spared_until
    if spared_until is not None and now < spared_until:
        return False
    most = tenant.answers.budget.per_person
    return most is None or spent_today(conversation, tenant, now) < most
