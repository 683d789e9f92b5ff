"""Setting of a PIN by a member of staff, on the page of a signed link that they asked for in their chat."""

from __future__ import annotations

from dataclasses import dataclass

from shared.answers.administration.addressing import allowed
from shared.answers.administration.pin_links import LASTS
from shared.errors import Rejected, Retry
from shared.formats import wire
from shared.handoff.grants import granted
from shared.models.administrator import Administrator, Pin
from shared.models.audit import KEPT, AuditEntry
from shared.models.tenant import Tenant
from shared.platform.clock import Clock, Ids
from shared.platform.pause import Pause
from shared.platform.store import Store, Transaction
from shared.tenants import pins, roster
from shared.tenants.directory import Directory
from shared.tenants.links import PinGrant, refusal
from shared.tenants.pins import Attempt

#: The largest body (bytes) with two PINs.
BODY_LIMIT = 1_000
_SEQUENCES = ("0123456789", "9876543210")


@dataclass(frozen=True)
class PinPage:
    """A link's page: `has_pin` says that the present PIN is asked for, `done` that the new one is set."""

    tenant: str
    language: str
    has_pin: bool
    done: bool = False


@dataclass(frozen=True)
class NewPin:
    """The PIN that was typed, and the present one, "" if there is none."""

    pin: str
    old: str

    @classmethod
    def read(cls, body: bytes) -> NewPin:
        """Reads the page's JSON. Raises Rejected(400), which names the field, if it does not fit."""
        told = wire.as_it_stands(body)
        if not isinstance(told, dict):
            raise Rejected(400, "body: expected JSON with pin and old")
        digits = [pins.read(each) if isinstance(each := told.get(name), str) else None for name in _FIELDS]
        pin, old = digits
        if pin is None or _simple(pin):
            raise Rejected(400, "pin: expected 4 to 8 digits, not all alike and not in a row")
        return cls(pin, old or "")


_FIELDS = ("pin", "old")


class PinSetting:
    """The use of links. Raises Rejected: 401 the link, or its holder may not administer any more, or it was
    used; 403 the present PIN is wrong, 429 it is locked."""

    def __init__(self, store: Store, clock: Clock, ids: Ids, directory: Directory, pause: Pause) -> None:
        self._store, self._clock, self._ids = store, clock, ids
        self._directory, self._pause = directory, pause

    async def show(self, token: str) -> PinPage:
        """Returns the page of a link."""
        tenant, grant, own = await self._admitted(token)
        return PinPage(tenant.name, roster.reader(tenant, grant.staff), own.pin is not None)

    async def set(self, token: str, new: NewPin) -> PinPage:
        """Sets the PIN, once for each link."""
        tenant, grant, own = await self._admitted(token)
        if await self._pause.in_force():
            raise Retry("paused")
        pin = await pins.made(new.pin, self._clock.now())
        attempt = await pins.attempt(new.old, own.pin.salt) if own.pin else None
        refused = await self._store.transaction(lambda tx: self._set(tx, grant, pin, attempt))
        if refused is not None:
            raise refused
        return PinPage(tenant.name, roster.reader(tenant, grant.staff), has_pin=True, done=True)

    async def _set(
        self, tx: Transaction, grant: PinGrant, pin: Pin, attempt: Attempt | None
    ) -> Rejected | None:
        """Returns why the PIN is not set, or None; the attempt is logged and counted in either case."""
        keys = {"tenant": grant.tenant, "staff": grant.staff}
        own = await tx.get(Administrator, **keys) or Administrator(**keys)
        now, before = self._clock.now(), "set" if own.pin else "none"
        refused = None
        if _used(own, grant):
            refused = refusal()
        elif own.locked(now):
            refused = Rejected(429, "old: too many wrong PINs, try again later")
        elif own.pin is not None and (attempt is None or not attempt.fits(own.pin)):
            own.refuse(now)
            refused = Rejected(403, "old: wrong")
        else:
            own.pin, own.wrong, own.proven_until = pin, 0, None
        tx.put(own)
        tx.put(
            AuditEntry(
                tenant=grant.tenant,
                entry=self._ids.new("pin"),
                at=now,
                who=grant.staff,
                what="pin",
                before=before,
                after="set" if refused is None else before,
                result="done" if refused is None else f"refused: {refused.status}",
                expires_at=now + KEPT,
            )
        )
        return refused

    async def _admitted(self, token: str) -> tuple[Tenant, PinGrant, Administrator]:
        grant = await granted(PinGrant, token, self._directory, self._clock)
        tenant = await self._directory.tenant(grant.tenant)
        if tenant is None or not allowed(tenant, grant.staff, "pin"):
            raise refusal()
        keys = {"tenant": grant.tenant, "staff": grant.staff}
        own = await self._store.get(Administrator, **keys) or Administrator(**keys)
        if _used(own, grant):
            raise refusal()
        return tenant, grant, own


def _used(own: Administrator, grant: PinGrant) -> bool:
    """Whether a PIN was set since the link was made."""
    return own.pin is not None and own.pin.set_at >= grant.until - LASTS


def _simple(pin: str) -> bool:
    return len(set(pin)) == 1 or any(pin in digits for digits in _SEQUENCES)
