"""The act of an order: role, PIN and confirmation are checked in the transaction that does it and logs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from shared.answers.staff.wording import Wording
from shared.conversation.acts import Prepared, Scene
from shared.conversation.people import living
from shared.models.administrator import Administrator, Waiting
from shared.models.audit import KEPT, AuditEntry
from shared.models.parts import Part, Text
from shared.models.people import Contact
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.tenants.pins import Attempt

#: Stands in a stored message for a PIN.
_CONCEALED = "•••"


class Unable(Exception):
    """An order that cannot be carried out, with the text that says why; nothing is written but the log."""

    def __init__(self, key: str, about: str = "", **values: object) -> None:
        super().__init__(key)
        self.key, self.about, self.values = key, about, values


@dataclass(frozen=True)
class Done:
    """A deed after its reads: its entry in the audit log, its writes, and its words for the member of staff.

    `due` and `queued` are as in Prepared.
    """

    about: str = ""
    before: str = ""
    after: str = ""
    result: str = "done"
    parts: Sequence[Part] = ()
    write: Callable[[], None] = lambda: None
    due: str = ""
    queued: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Whom:
    """The person of an order, by a number of the member's last list or, after the PIN, by the contact's id.

    `written` is the time of the number's message; `stamp` names the list that a choice is of, 0 if the number
    was typed.
    """

    number: int = 0
    contact: str = ""
    written: datetime | None = None
    stamp: int = 0

    async def of(self, scene: Scene, own: Administrator) -> Contact:
        """Returns the contact as it is now. Raises Unable if the list does not have it any more."""
        found = self.listed(own, scene.conversation.conversation, scene.now)
        contact = await living(scene.tx, own.tenant, found) if found else None
        if contact is None:
            raise Unable("admin_no_number", number=self.number)
        return contact

    def listed(self, own: Administrator, conversation: str, now: datetime) -> str:
        """Returns the id of the contact, "" if the list of this conversation does not have it."""
        if self.contact or own.listed is None:
            return self.contact
        if self.stamp and self.stamp != own.listed.stamp:
            return ""
        written = now if self.stamp or self.written is None else self.written
        return own.numbered(self.number, conversation, now, written)


class Deed(Protocol):
    """One thing to do. A `sensitive` one needs the PIN."""

    @property
    def sensitive(self) -> bool: ...

    async def target(self, scene: Scene, own: Administrator, /) -> str:
        """Returns the id of the contact or trigger that it is about, "" if of none. Raises Unable."""
        ...

    async def prepare(self, scene: Scene, own: Administrator, /) -> Done:
        """Makes the reads; returns the writes. Raises Unable."""
        ...


@dataclass(frozen=True)
class Perform:
    """Carries out an order of a member of staff.

    `refused` says why it is not even tried, None if it is. `attempt` is the PIN that they typed, and `waits`
    the order that waited for it, or for the number `typed`.
    """

    tenant: Tenant
    staff: str
    word: str
    deed: Deed | None = None
    refused: Unable | None = None
    number: int = 0
    attempt: Attempt | None = None
    typed: int = 0
    waits: Waiting | None = None

    async def prepare(self, scene: Scene) -> Prepared:
        keys = {"tenant": self.tenant.tenant, "staff": self.staff}
        own = await scene.tx.get(Administrator, **keys) or Administrator(**keys)
        try:
            done = await self._do(scene, own)
        except Unable as unable:
            words = Wording(self.tenant, self.staff).of(unable.key, **unable.values)
            done = Done(unable.about, result=f"refused: {unable.key}", parts=[Text(text=words)])
        entry = self._entry(scene, done)
        logs.logger().info("administered", act=self.word, result=done.result)

        def write() -> None:
            done.write()
            scene.tx.put(own)
            scene.tx.put(entry)

        return Prepared(write, more=done.parts, due=done.due, queued=done.queued, marks=self._marks())

    async def _do(self, scene: Scene, own: Administrator) -> Done:
        if self.refused is not None:
            raise self.refused
        self._check_waiting(scene, own)
        if self.deed is None:
            raise Unable("admin_nothing_waits")
        if self.deed.sensitive and not own.proven(scene.conversation.conversation, scene.now):
            return await self._ask_pin(scene, own, self.deed)
        own.waiting = None
        return await self.deed.prepare(scene, own)

    def _check_waiting(self, scene: Scene, own: Administrator) -> None:
        """Checks the PIN, or the number that confirms. Raises Unable if it is wrong, or nothing waits."""
        if self.waits is None and self.attempt is None:
            return
        here, now = scene.conversation.conversation, scene.now
        if own.locked(now):
            raise Unable("admin_locked", minutes=_minutes(own, now))
        if own.awaits(here, now) != self.waits or self.waits is None:
            raise Unable("admin_nothing_waits")
        about = self.waits.about
        if self.waits.step == "number" and self.typed != self.waits.number:
            own.waiting = None
            raise Unable("admin_wrong_number", about)
        if self.waits.step == "pin":
            if own.pin is None or self.attempt is None or not self.attempt.fits(own.pin):
                own.refuse(now)
                key = "admin_locked" if own.locked(now) else "admin_wrong_pin"
                raise Unable(key, about, minutes=_minutes(own, now))
            own.accept(here, now)

    async def _ask_pin(self, scene: Scene, own: Administrator, deed: Deed) -> Done:
        if own.pin is None:
            raise Unable("admin_no_pin")
        if own.locked(scene.now):
            raise Unable("admin_locked", minutes=_minutes(own, scene.now))
        about = await deed.target(scene, own)
        own.waiting = Waiting(
            step="pin",
            word=self.word,
            about=about,
            number=self.number,
            at=scene.now,
            conversation=scene.conversation.conversation,
        )
        words = Wording(self.tenant, self.staff).of("admin_ask_pin")
        return Done(about, result="asked for the PIN", parts=[Text(text=words)])

    def _entry(self, scene: Scene, done: Done) -> AuditEntry:
        return AuditEntry(
            tenant=self.tenant.tenant,
            entry=f"{scene.conversation.conversation}.{scene.batch[-1].message}",
            at=scene.now,
            who=self.staff,
            what=self.word,
            about=done.about,
            before=done.before,
            after=done.after,
            result=done.result,
            expires_at=scene.now + KEPT,
        )

    def _marks(self) -> dict[str, object]:
        """Returns the fields that take the PIN out of the stored message."""
        if self.attempt is None:
            return {}
        return {"parts": [Text(text=_CONCEALED)], "text": _CONCEALED}


def _minutes(own: Administrator, now: datetime) -> int:
    """Returns the minutes until the PIN is unlocked, rounded up."""
    left = (own.locked_until or now) - now
    return -(-left // timedelta(minutes=1))
