"""The use of a tenant's language models: their cost, and keys of theirs that rest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from pydantic import BaseModel

from shared.models.document import Document

#: Time until the usage of a day is deleted: the field `expires_at` is Firestore's TTL.
KEPT = timedelta(days=400)
#: Most rows of a shard: tasks times models, a vendor's changing names for them among these.
ROWS = 200
#: The model of all calls beyond that.
OTHERS = "others"
#: Share (%) of a day's budget at which an administrator is told, and at which no model is asked any more.
WARNED, SPENT = 80, 100


class Row(BaseModel):
    """The calls of one task to one model: `entry` is its name at the tenant, `model` the vendor's.

    `cost` is in US dollars, `ms` the sum of latencies of the calls that were answered. A call that failed is
    among `calls` too.
    """

    task: str
    entry: str
    model: str
    calls: int = 0
    failures: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    ms: float = 0.0

    def add(self, other: Row) -> None:
        """Adds the numbers of the same task and model."""
        self.calls += other.calls
        self.failures += other.failures
        self.tokens_in += other.tokens_in
        self.tokens_out += other.tokens_out
        self.cost += other.cost
        self.ms += other.ms


def added(rows: list[Row], more: Iterable[Row]) -> list[Row]:
    """Returns the rows with others added, one for each task and model, at most ROWS and one."""
    found = {(row.task, row.entry, row.model): row.model_copy() for row in rows}
    for row in more:
        key = (row.task, row.entry, row.model)
        if key not in found and len(found) >= ROWS:
            key = (OTHERS, OTHERS, OTHERS)
        task, entry, model = key
        found.setdefault(key, Row(task=task, entry=entry, model=model)).add(row)
    return list(found.values())


class UsageShard(Document):
    """The calls of one instance on one day in the tenant's zone.

    An instance writes its own from totals in memory, so that no two write the same document.
    """

    path: ClassVar[str] = "tenants/{tenant}/usage/{day}/shards/{shard}"
    tenant: str
    day: str
    shard: str
    rows: list[Row] = []
    updated_at: datetime
    expires_at: datetime

    @property
    def cost(self) -> float:
        return sum(row.cost for row in self.rows)


class Slice(BaseModel):
    """The share of a day's budget that an instance may spend until `until`, in US dollars.

    `granted` is the sum of its slices on this day, less the parts that it gave back; `spent` is as it said at
    its last request.
    """

    granted: float = 0.0
    spent: float = 0.0
    until: datetime

    @property
    def taken(self) -> float:
        return max(self.granted, self.spent)


class UsageDay(Document):
    """A tenant's budget for one day in its zone, in slices that instances take; `cap` is in US dollars.

    `reached` lists the shares (%) of the cap that were reached, `told` those that staff were told of.
    """

    path: ClassVar[str] = "tenants/{tenant}/usage/{day}"
    tenant: str
    day: str
    cap: float = 0.0
    #: By the instance's name.
    slices: dict[str, Slice] = {}
    reached: list[int] = []
    told: list[int] = []
    why: str = ""
    #: When staff are told of a share, None if there is nothing to tell; and how often that was tried.
    due_at: datetime | None = None
    attempts: int = 0
    expires_at: datetime

    @property
    def spent(self) -> float:
        """The cost (US dollars) that instances told of."""
        return sum(each.spent for each in self.slices.values())

    @property
    def taken(self) -> float:
        """The part of the cap (US dollars) that is spent or in the hands of instances."""
        return sum(each.taken for each in self.slices.values())

    def reach(self, share: int, now: datetime) -> bool:
        """Notes a share (%) of the cap, which staff are to be told of; returns whether it is new."""
        if share in self.reached:
            return False
        self.reached = sorted([*self.reached, share])
        self.due_at, self.attempts = now, 0
        self.why = f"{share} % of {self.cap:.2f} US dollars reached at {now:%H:%M} UTC"
        return True


class Outage(BaseModel):
    """A key that is not used, or by a single probe alone, until `until`.

    `failure` is its kind (llm.Failure). `times` counts the failures since it last worked: each makes the next
    wait longer. `probe_until` is the end of the probe under way, None if there is none.
    """

    failure: str
    since: datetime
    until: datetime
    times: int = 1
    probe_until: datetime | None = None
    why: str = ""


class ModelHealth(Document):
    """The keys of a tenant's model that do not work, by their names in the secret store.

    All instances share it: each reads it once a minute at most, and writes it only if the state of a key
    changes. Deleting a key's entry of `resting` in the console has it tried again within a minute.
    """

    path: ClassVar[str] = "tenants/{tenant}/models/{model}"
    tenant: str
    model: str
    resting: dict[str, Outage] = {}
    #: The usual latency (s, 95th percentile) of an answer, None if not known yet.
    usual: float | None = None
    why: str = ""
    updated_at: datetime


#: Whether a key may be used, may be probed, or neither.
KeyState = Literal["ready", "due", "resting"]
