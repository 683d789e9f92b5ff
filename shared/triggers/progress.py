"""The numbers of a trigger's occurrences, by count queries: no document is written with each message."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from shared.models.message import Outbound, Status
from shared.models.occurrence import Occurrence
from shared.models.trigger import Progress
from shared.platform.store import Store, Where

#: The most occurrences whose reasons are read.
_REASONS, _COMMONEST = 500, 10
_OPEN = (Status.QUEUED, Status.SENDING, Status.UNKNOWN)


async def progress_of(store: Store, tenant: str, trigger: str, now: datetime) -> Progress:
    """Returns the numbers as of now. Each count costs one read for a thousand documents."""

    async def occurrences(state: str) -> int:
        where = [Where("trigger", "==", trigger), Where("state", "==", state)]
        return await store.count(Occurrence, where=where, tenant=tenant)

    async def messages(*statuses: Status) -> int:
        where = [Where("trigger", "==", trigger), Where("status", "in", [str(each) for each in statuses])]
        return await store.count(Outbound, where=where, tenant=tenant)

    return Progress(
        at=now,
        planned=await occurrences("planned"),
        queued=await messages(*_OPEN),
        sent=await messages(Status.SENT),
        delivered=await messages(Status.DELIVERED),
        read=await messages(Status.READ),
        failed=await occurrences("failed"),
        skipped=await occurrences("skipped"),
        cancelled=await occurrences("cancelled"),
        reasons=await _reasons(store, tenant, trigger),
    )


async def _reasons(store: Store, tenant: str, trigger: str) -> dict[str, int]:
    found: Counter[str] = Counter()
    for state in ("failed", "skipped", "cancelled"):
        where = [Where("trigger", "==", trigger), Where("state", "==", state)]
        page = await store.query(Occurrence, where=where, limit=_REASONS, tenant=tenant)
        found.update(each.why for each in page)
    return dict(found.most_common(_COMMONEST))
