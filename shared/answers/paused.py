"""While its staff have paused the concierge of a tenant: people's messages are left to humans.

An emergency calls before this, and a STOP still counts. The person is told once in each pause.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.answers import Answer, Asked
from shared.answers.doubts import DANGER, SAFE, STOP
from shared.conversation.acts import Prepared, Scene
from shared.conversation.handoffs import CallHuman
from shared.language.commands import CONSENTS
from shared.language.texts import text
from shared.models.handoff import HandoffReason
from shared.models.message import Outcome
from shared.models.parts import Text
from shared.models.tenant_state import TenantState
from shared.platform.clock import Clock
from shared.platform.store import Store
from shared.tenants.cache import Cache
from shared.understanding.reader import Danger


class Paused:
    """Leaves messages to humans while the tenant is paused; knows of a pause within a minute."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._states: Cache[TenantState] = Cache(clock)

    async def answer(self, asked: Asked) -> Answer | None:
        if asked.batch[-1].staff or _passes(asked):
            return None
        since = (await self._state(asked.tenant.tenant)).paused_at
        if since is None:
            return None
        danger: tuple[HandoffReason, ...] = ("danger",) if asked.words.danger == Danger.DOUBT else ()
        call = CallHuman(("paused", *danger), asked.batch[0].message)
        told = asked.conversation.writer.paused_told
        if told is not None and told >= since:
            return Answer([], Outcome.HANDED_OFF, "paused", asked.words.language, [call])
        words = text(asked.tenant, asked.words.language, "paused")
        told_now = _Told(asked.now)
        return Answer(
            [Text(text=words)], Outcome.HANDED_OFF, "paused", asked.words.language, [call, told_now]
        )

    async def _state(self, tenant: str) -> TenantState:
        async def load() -> TenantState:
            found = await self._store.get(TenantState, tenant=tenant, document="now")
            return found or TenantState(tenant=tenant)

        return await self._states.get(tenant, load) or TenantState(tenant=tenant)


def _passes(asked: Asked) -> bool:
    """Whether the person opts out or in, or says whether somebody is in danger."""
    choice = asked.words.choice
    return asked.words.command in CONSENTS or (choice is not None and choice.id in (DANGER, SAFE, STOP))


@dataclass(frozen=True)
class _Told:
    """Records that the person was told of the pause."""

    at: datetime

    async def prepare(self, scene: Scene) -> Prepared:
        def write() -> None:
            scene.conversation.writer.paused_told = self.at

        return Prepared(write)
