"""Deeds of administrators about the organisation: to pause the concierge, and to begin a broadcast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.answers.administration.performing import Done, Unable
from shared.answers.staff.wording import Wording
from shared.conversation.acts import Scene
from shared.models.administrator import Administrator
from shared.models.parts import Part, Text
from shared.models.tenant import Tenant
from shared.models.tenant_state import TenantState
from shared.models.trigger import Asked, Trigger


@dataclass(frozen=True)
class Tell:
    """Tells something that was read; `listed` are the contacts that it numbers, None if it lists nobody, and
    `stamp` names the list."""

    parts: Sequence[Part]
    about: str = ""
    listed: Sequence[str] | None = None
    stamp: int = 0
    sensitive: bool = False

    async def target(self, _: Scene, __: Administrator) -> str:
        return self.about

    async def prepare(self, scene: Scene, own: Administrator) -> Done:
        if self.listed is not None:
            own.list(list(self.listed), self.stamp, scene.conversation.conversation, scene.now)
        return Done(self.about, parts=self.parts)


@dataclass(frozen=True)
class Pause:
    """Pauses the concierge of a tenant, or has it answer again."""

    tenant: Tenant
    staff: str
    on: bool

    @property
    def sensitive(self) -> bool:
        return self.on

    async def target(self, _: Scene, __: Administrator) -> str:
        return ""

    async def prepare(self, scene: Scene, _: Administrator) -> Done:
        found = await scene.tx.get(TenantState, tenant=self.tenant.tenant, document="now")
        state = found or TenantState(tenant=self.tenant.tenant)
        before = _word(state)
        state.paused_at = (state.paused_at or scene.now) if self.on else None
        state.by = self.staff
        words = Wording(self.tenant, self.staff).of("admin_paused" if self.on else "admin_resumed")
        return Done("", before, _word(state), parts=[Text(text=words)], write=lambda: scene.tx.put(state))


@dataclass(frozen=True)
class Broadcast:
    """Has the function `triggers` count the people of a broadcast, or confirms it for `count` people."""

    tenant: Tenant
    staff: str
    name: str
    count: int = 0
    sensitive: bool = True

    async def target(self, scene: Scene, _: Administrator) -> str:
        return (await self._trigger(scene)).trigger

    async def prepare(self, scene: Scene, _: Administrator) -> Done:
        trigger, said = await self._trigger(scene), Wording(self.tenant, self.staff)
        trigger.asked = Asked(
            staff=self.staff,
            conversation=scene.conversation.conversation,
            at=scene.now,
            step="confirm" if self.count else "count",
        )
        trigger.confirm, trigger.due_at = self.count or None, scene.now
        key = "admin_broadcast_confirming" if self.count else "admin_broadcast_counts"
        after = f"to be confirmed for {self.count} people" if self.count else "being counted"
        parts = [Text(text=said.of(key, name=self.name, count=self.count))]
        return Done(self.name, "", after, parts=parts, write=lambda: scene.tx.put(trigger))

    async def _trigger(self, scene: Scene) -> Trigger:
        found = await scene.tx.get(Trigger, tenant=self.tenant.tenant, trigger=self.name)
        if found is None or not found.broadcast or found.state != "active":
            raise Unable("admin_broadcast_none", name=self.name, names="?")
        return found


def _word(state: TenantState) -> str:
    return "paused" if state.paused_at else "at work"
