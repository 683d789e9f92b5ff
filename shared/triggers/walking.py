"""The walk of a trigger over all contacts of a tenant, page by page."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from shared.models.occurrence import Occurrence
from shared.models.people import Contact
from shared.models.tenant import Tenant
from shared.models.trigger import Walk
from shared.platform.clock import Clock
from shared.platform.store import AlreadyExists, Store, Transaction, Where
from shared.triggers.planning import Planner
from shared.triggers.rules import Rule
from shared.triggers.wanting import Wanted, wanted

#: Documents of a page, occurrences created by one commit, and the time for the pages of one event.
PAGE, _CHUNK, _TIME = 500, 100, timedelta(seconds=20)
#: Marks the second half of a walk, over the occurrences of earlier definitions.
_STALE = "~"


class Walking:
    def __init__(self, store: Store, clock: Clock, planner: Planner) -> None:
        self._store, self._clock, self._planner = store, clock, planner

    async def on(self, tenant: Tenant, rule: Rule, walk: Walk) -> bool:
        """Goes on with the walk for a while, and keeps its place in `walk`. Returns whether it has ended."""
        began = self._clock.now()
        while self._clock.now() - began < _TIME:
            if not walk.after.startswith(_STALE):
                ended = await self._contacts(tenant, rule, walk)
                if ended:
                    walk.after = _STALE
            elif not rule.trigger.revision or await self._stale(tenant, rule, walk):
                return True
        return False

    async def _contacts(self, tenant: Tenant, rule: Rule, walk: Walk) -> bool:
        """Plans a page of contacts. Returns whether it was the last."""
        if not (rule.active and rule.ahead):
            return True
        page = await self._store.query(
            Contact,
            where=[Where("contact", ">", walk.after)],
            order="contact",
            limit=PAGE,
            tenant=tenant.tenant,
        )
        found: list[tuple[Contact, Wanted]] = []
        for contact in page:
            if not contact.merged_into:
                found += [
                    (contact, each) for each in wanted(tenant, [rule], contact, {}, walk.since, walk.since)
                ]
        walk.planned += await self._create(tenant, rule, found)
        walk.contacts += len(page)
        walk.after = page[-1].contact if page else walk.after
        return len(page) < PAGE

    async def _create(self, tenant: Tenant, rule: Rule, found: Sequence[tuple[Contact, Wanted]]) -> int:
        """Creates the occurrences; one that may exist already is planned by itself."""
        now = self._clock.now()

        async def create(chunk: Sequence[tuple[Contact, Wanted]]) -> None:
            async def work(tx: Transaction) -> None:
                for contact, one in chunk:
                    tx.create(one.document(tenant.tenant, contact.contact, now))

            try:
                await self._store.transaction(work)
            except AlreadyExists:
                for contact, _ in chunk:
                    await self._planner.adopt(tenant, rule, contact.contact)

        quick = [each for each in found if not each[0].absorbed]
        chunks = [quick[begin : begin + _CHUNK] for begin in range(0, len(quick), _CHUNK)]
        await asyncio.gather(*(create(chunk) for chunk in chunks))
        for contact, _ in (each for each in found if each[0].absorbed):
            await self._planner.adopt(tenant, rule, contact.contact)
        return len(found)

    async def _stale(self, tenant: Tenant, rule: Rule, walk: Walk) -> bool:
        """Looks at a page of the trigger's open occurrences; those of an earlier definition are moved or
        cancelled. Returns whether it was the last."""
        page = await self._store.query(
            Occurrence,
            where=[
                Where("trigger", "==", rule.name),
                Where("state", "==", "planned"),
                Where("occurrence", ">", walk.after.removeprefix(_STALE)),
            ],
            order="occurrence",
            limit=PAGE,
            tenant=tenant.tenant,
        )
        for each in page:
            if each.revision != walk.revision:
                await self._planner.adopt(tenant, rule, each.contact)
        if page:
            walk.after = f"{_STALE}{page[-1].occurrence}"
        return len(page) < PAGE
