"""Circuit breakers: which keys of a tenant's models may be used, as this instance knows it.

A key is open after FAILURES failures in a row, of its own or of all keys of the model, or after a rate of
failures; then one probe at a time is made, over all instances. The state is shared by one document for each
model, which an instance reads at most once in KEEP and writes only if it changes.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.errors import Retry
from shared.llm import Failure, ModelFailed
from shared.models.usage import KeyState, ModelHealth, Outage
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction
from shared.routing import outages

#: Longest age of the state that an instance works with.
KEEP = timedelta(seconds=60)
#: Time (s) for reading or changing the shared state: an answer does not wait for it any longer.
DEADLINE = 1.0
#: Failures in a row that open a breaker.
FAILURES = 3
#: Or this share of the calls of the last PERIOD, if there were enough.
RATE, CALLS, PERIOD = 0.5, 10, timedelta(minutes=2)
#: Time (s) after a probe's own deadline at which it counts as abandoned.
ABANDONED = 10.0
_TENANTS, _MODELS = 1_000, 20


@dataclass(frozen=True)
class Call:
    """A call to a model with one of its keys, which began at that time."""

    tenant: str
    entry: str
    keys: Sequence[str]
    key: str
    began: datetime


@dataclass
class _Calls:
    """The calls with one key, or with all keys of a model: failures in a row, and the last results."""

    in_row: int = 0
    last: deque[tuple[datetime, bool]] = field(default_factory=lambda: deque(maxlen=2 * CALLS))

    def count(self, now: datetime, *, well: bool) -> bool:
        """Counts a call; returns whether it opens the breaker."""
        self.in_row = 0 if well else self.in_row + 1
        return self.note(now, well=well) or self.in_row >= FAILURES

    def note(self, now: datetime, *, well: bool) -> bool:
        """Counts a call for the rate of failures alone."""
        self.last.append((now, well))
        recent = [each for at, each in self.last if now - at <= PERIOD]
        return not well and len(recent) >= CALLS and recent.count(False) >= RATE * len(recent)


@dataclass
class _Known:
    """This instance's knowledge of a tenant's models, until it reads again."""

    until: datetime
    models: dict[str, ModelHealth] = field(default_factory=dict)
    #: Calls by model entry and key; of the whole model with the key "".
    calls: dict[tuple[str, str], _Calls] = field(default_factory=dict)
    #: Rests that are too short to be shared.
    rests: dict[tuple[str, str], Outage] = field(default_factory=dict)
    #: The place of the key that is used next.
    turns: dict[str, int] = field(default_factory=dict)

    def outage(self, entry: str, key: str) -> Outage | None:
        health = self.models.get(entry)
        return (health.resting.get(key) if health else None) or self.rests.get((entry, key))

    def forget(self, call: Call) -> None:
        """Forgets the calls before a breaker closed."""
        self.calls.pop((call.entry, call.key), None)
        self.calls.pop((call.entry, ""), None)

    def working(self, call: Call) -> list[str]:
        """Returns the model's keys without an outage."""
        return [key for key in call.keys if self.outage(call.entry, key) is None]

    def of(self, entry: str, key: str = "") -> _Calls:
        return self.calls.setdefault((entry, key), _Calls())


class Breakers:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def refresh(self, tenant: str) -> None:
        """Reads the tenant's documents if this instance's knowledge is too old; if it cannot, that stays."""
        known, now = self._of(tenant), self._clock.now()
        if now < known.until:
            return
        known.until = now + KEEP  # before the read, so that requests at the same time make one
        try:
            async with asyncio.timeout(DEADLINE):
                found = await self._store.query(ModelHealth, limit=_MODELS, tenant=tenant)
        except (Retry, TimeoutError) as error:
            logs.logger().warning("breakers_unread", tenant=tenant, **logs.describe(error))
            return
        known.models = {each.model: each for each in found}

    def state(self, tenant: str, entry: str, keys: Collection[str]) -> KeyState:
        """Returns the best state among a model's keys."""
        states = {self._state(tenant, entry, key) for key in keys}
        best: Sequence[KeyState] = ("ready", "due")
        return next((each for each in best if each in states), "resting")

    def pick(self, tenant: str, entry: str, keys: Sequence[str], tried: Collection[str]) -> str | None:
        """Returns the key to use next: those that are ready in turn, then one that is due for a probe."""
        known = self._of(tenant)
        turn = known.turns.get(entry, 0)
        if not tried:
            known.turns[entry] = (turn + 1) % len(keys)
        left = [key for key in (*keys[turn:], *keys[:turn]) if key not in tried]
        states = {key: self._state(tenant, entry, key) for key in left}
        wanted = [key for key in left if states[key] == "ready"] + [k for k in left if states[k] == "due"]
        return wanted[0] if wanted else None

    def is_due(self, tenant: str, entry: str, key: str) -> bool:
        """Whether the key may be used for a probe alone."""
        return self._state(tenant, entry, key) == "due"

    def probes(self, tenant: str, entry: str, key: str) -> int:
        """Returns how many probes of a key have failed since it last worked."""
        outage = self._of(tenant).outage(entry, key)
        return outage.times - 1 if outage else 0

    def usual(self, tenant: str, entry: str) -> float | None:
        """Returns the latency (s) that was usual before the model's breaker opened, if known."""
        health = self._of(tenant).models.get(entry)
        return health.usual if health else None

    async def claim(self, tenant: str, entry: str, key: str, seconds: float) -> bool:
        """Claims the probe of a key, which takes so long; False if another instance has it or it is too soon.

        True also if the key works again, as another instance found out.
        """
        now = self._clock.now()

        def take(health: ModelHealth) -> bool:
            outage = health.resting.get(key)
            if outage is None or outages.state(outage, now) != "due":
                return False
            outage.probe_until = now + timedelta(seconds=seconds + ABANDONED)
            return True

        claimed = await self._change(tenant, entry, take)
        return claimed or (claimed is not None and self._state(tenant, entry, key) == "ready")

    async def succeeded(self, call: Call) -> None:
        """Counts an answer, and closes the key's breaker if it was open before the call began."""
        known, now = self._of(call.tenant), self._clock.now()
        known.of(call.entry, call.key).count(now, well=True)
        known.of(call.entry).count(now, well=True)
        outage = known.outage(call.entry, call.key)
        if outage is None or call.began < outage.until:
            return
        known.rests.pop((call.entry, call.key), None)
        if outage.failure == Failure.RATE:
            return  # it is over by itself
        known.forget(call)
        if await self._change(call.tenant, call.entry, lambda health: outages.close(health, call.key, now)):
            logs.logger().info("breaker_closed", tenant=call.tenant, provider=call.entry, secret=call.key)

    async def failed(self, call: Call, failed: ModelFailed, usual: float | None) -> None:
        """Counts a failure, and opens breakers; `usual` is the model's usual latency (s) if known."""
        if failed.failure in outages.HARMLESS:
            await self.succeeded(call)
            return
        known, now = self._of(call.tenant), self._clock.now()
        outage = known.outage(call.entry, call.key)
        if outage is not None and call.began < outage.until:
            return  # it began before the breaker opened
        opened = _opened(known, call, failed, now)
        if failed.failure == Failure.RATE and _rest(known, call, failed, now):
            return
        if opened:
            await self._open(known, call, opened, failed, usual)

    async def _open(
        self, known: _Known, call: Call, keys: Sequence[str], failed: ModelFailed, usual: float | None
    ) -> None:
        """Opens the breakers of keys for all instances, or for this one if the store does not answer."""
        now = self._clock.now()
        new: list[str] = []

        def change(health: ModelHealth) -> bool:
            health.usual = usual if usual is not None else health.usual
            new[:] = [key for key in keys if outages.open_(health, key, failed, now)]
            return True

        if await self._change(call.tenant, call.entry, change) is None:
            change(known.models.setdefault(call.entry, _health(call.tenant, call.entry, now)))
        for key in new:
            _log(call, key, failed)

    async def lost(self, call: Call, usual: float | None) -> None:
        """Counts a call that a second request overtook: for the model's rate of failures alone."""
        known = self._of(call.tenant)
        if known.of(call.entry).note(self._clock.now(), well=False):
            failed = ModelFailed(Failure.BUSY, "overtaken")
            await self._open(known, call, known.working(call), failed, usual)

    def _state(self, tenant: str, entry: str, key: str) -> KeyState:
        return outages.state(self._of(tenant).outage(entry, key), self._clock.now())

    def _of(self, tenant: str) -> _Known:
        known = self._known.setdefault(tenant, _Known(datetime.min.replace(tzinfo=self._clock.now().tzinfo)))
        self._known.move_to_end(tenant)
        while len(self._known) > _TENANTS:
            self._known.popitem(last=False)
        return known

    async def _change(self, tenant: str, entry: str, change: Callable[[ModelHealth], bool]) -> bool | None:
        """Changes the shared document; returns whether it did, None if the store does not answer."""

        async def work(tx: Transaction) -> tuple[bool, ModelHealth]:
            found = await tx.get(ModelHealth, tenant=tenant, model=entry)
            health = found or _health(tenant, entry, self._clock.now())
            changed = change(health)
            if changed:
                tx.put(health)
            return changed, health

        try:
            async with asyncio.timeout(DEADLINE):
                changed, health = await self._store.transaction(work)
        except (Retry, TimeoutError) as error:
            logs.logger().warning("breaker_unshared", tenant=tenant, provider=entry, **logs.describe(error))
            return None
        self._of(tenant).models[entry] = health
        return changed


def _health(tenant: str, entry: str, now: datetime) -> ModelHealth:
    return ModelHealth(tenant=tenant, model=entry, updated_at=now)


def _opened(known: _Known, call: Call, failed: ModelFailed, now: datetime) -> list[str]:
    """Counts a failure; returns the keys whose breakers it opens: a probe's own, or all of a dead model."""
    if failed.failure in outages.OF_KEY:
        return [call.key]
    of_key = known.of(call.entry, call.key).count(now, well=False)
    of_model = known.of(call.entry).count(now, well=False)
    if known.outage(call.entry, call.key) is not None:
        return [call.key]
    if of_model:
        return known.working(call)
    return [call.key] if of_key else []


def _rest(known: _Known, call: Call, failed: ModelFailed, now: datetime) -> bool:
    """Rests a key in this instance alone if the rest is short; returns whether it is."""
    before = known.rests.get((call.entry, call.key))
    times = before.times + 1 if before else 1
    until = now + outages.wait(failed, times)
    if until - now >= outages.SHARED:
        return False
    known.rests[call.entry, call.key] = Outage(failure=failed.failure, since=now, until=until, times=times)
    return True


def _log(call: Call, key: str, failed: ModelFailed) -> None:
    """Logs, once, that a key rests: for an administrator if only one can mend it."""
    log, tenant, entry, reason = logs.logger(), call.tenant, call.entry, failed.reason
    if failed.failure == Failure.REFUSED_KEY:
        log.critical("key_refused", tenant=tenant, provider=entry, secret=key, reason=reason)
    elif failed.failure == Failure.SPENT:
        log.error("credit_spent", tenant=tenant, provider=entry, secret=key, reason=reason)
    else:
        kind = str(failed.failure)
        log.warning("breaker_opened", tenant=tenant, provider=entry, secret=key, failure=kind, reason=reason)
