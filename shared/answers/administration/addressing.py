"""Whether a message of staff is a command of administration, and which one.

A command is a whole message that begins with `#` or `/` and its word. Without a sign it counts only while
its writer talks with nobody, so that words for a person are never taken for one.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.answers import Asked
from shared.answers.choosing import chosen
from shared.answers.staff.addressing import UNSEEN
from shared.language.administration import Order, order
from shared.language.folding import folded
from shared.models.administrator import Administrator, Waiting
from shared.models.handoff import Desk
from shared.models.message import Inbound
from shared.models.parts import Pressed
from shared.models.tenant import Tenant
from shared.models.words import words_of
from shared.platform.store import Store
from shared.tenants import pins

#: Commands of supervisors, and those of administrators alone.
SUPERVISED = frozenset({"find", "show", "take", "say", "today", "health", "help"})
ADMINISTERED = frozenset({"broadcast", "pause", "resume", "block", "unblock", "forget", "pin"})
#: Commands that every member of staff has too (answers/staff).
_SHARED = ("take", "help")
_PREFIX = "admin:"
#: The commands of choices.
_CHOSEN = ("show", "take")
#: Most digits of a number that confirms an act.
_DIGITS = 8


@dataclass(frozen=True)
class Meant:
    """A command. `digits` were typed for the order that `waits`, or while the PIN is locked.

    `stamp` names the list of a choice, 0 if no choice was made.
    """

    order: Order
    stamp: int = 0
    digits: str = ""
    waits: Waiting | None = None
    locked: bool = False

    @property
    def confirms(self) -> bool:
        """Whether the digits are the number that was asked for."""
        waits = self.waits
        return waits is not None and waits.step == "number" and int(self.digits or 0) == waits.number


def allowed(tenant: Tenant, staff: str, word: str) -> bool:
    """Whether a member of staff has the role for a command."""
    member = tenant.staff.get(staff)
    roles = member.roles if member else []
    return "admin" in roles or ("supervisor" in roles and word in SUPERVISED)


class Reading:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def read(self, asked: Asked, desk: Desk) -> Meant | None:
        """Returns the command of a message of staff, or None if it is none of these."""
        message = asked.batch[-1]
        for part in message.parts:
            if isinstance(part, Pressed):
                return _choice(part.id)
        found, leads = order(words_of(message)), allowed(asked.tenant, message.staff, "find")
        if found is not None and found.signed and (leads or found.word not in _SHARED):
            clear = found.word != "take" or await self._lists(asked, found.number)
            return Meant(found) if clear else None
        if not leads:
            return None
        digits = folded(words_of(message)).replace(" ", "")
        if digits.isdecimal() and (awaited := await self._awaited(asked, digits)) is not None:
            return awaited
        if _talks(desk, message):
            return None
        if found is not None:
            return Meant(found)
        picked = chosen(asked.conversation.sending.offered, message) if message.quote is None else None
        choice = _choice(picked.id) if picked else None
        return Meant(choice.order) if choice else None

    async def _lists(self, asked: Asked, number: int) -> bool:
        """Whether the number is in the last list of its writer: else it is that of a request."""
        own, message = await self._own(asked), asked.batch[-1]
        here = asked.conversation.conversation
        return own is not None and bool(own.numbered(number, here, asked.now, message.at))

    async def _awaited(self, asked: Asked, digits: str) -> Meant | None:
        """Returns the order that waits for these digits, or the refusal of a PIN that is locked."""
        own = await self._own(asked)
        waits = own.awaits(asked.conversation.conversation, asked.now) if own else None
        if waits is not None and len(digits) <= _DIGITS:
            return Meant(Order(waits.word, waits.number), 0, digits, waits)
        if own is not None and own.locked(asked.now) and pins.read(digits):
            return Meant(Order("pin"), 0, digits, locked=True)
        return None

    async def _own(self, asked: Asked) -> Administrator | None:
        keys = {"tenant": asked.tenant.tenant, "staff": asked.batch[-1].staff}
        return await self._store.get(Administrator, **keys)


def _choice(picked: str) -> Meant | None:
    """Returns the command of a choice, `admin:show:2:1795000000`: its list has to be the last one still."""
    word, _, rest = picked.removeprefix(_PREFIX).partition(":")
    number, _, stamp = rest.partition(":")
    if not picked.startswith(_PREFIX) or word not in _CHOSEN:
        return None
    if not all(each.isascii() and each.isdecimal() and len(each) <= 12 for each in (number, stamp)):
        return None
    return Meant(Order(word, int(number)), int(stamp))


def _talks(desk: Desk, message: Inbound) -> bool:
    """Whether the writer talks with a person, or may not have seen yet that the talk ended."""
    mine = [talk for talk in desk.talks if talk.staff == message.staff]
    return any(talk.until is None or message.at < talk.until + UNSEEN for talk in mine)
