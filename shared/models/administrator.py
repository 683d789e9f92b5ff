"""A member of staff who administers over chat: their PIN, and the numbers of the last list that they saw."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Literal

from pydantic import BaseModel

from shared.models.document import Document

#: How long the numbers of a list can be used, how long a PIN is not asked again, and how long an act waits
#: for the PIN or for a number.
LISTED, PROVEN, WAITS = timedelta(minutes=30), timedelta(minutes=10), timedelta(minutes=10)
#: Wrong PINs in a row that lock it, and for how long.
TRIES, LOCKED = 3, timedelta(minutes=15)


class Pin(BaseModel):
    """A PIN as a digest by scrypt, both in hex."""

    salt: str
    digest: str
    set_at: datetime


class Listed(BaseModel):
    """The contacts of the last list, numbered from 1, and the conversation that shows it.

    `stamp` distinguishes it from earlier lists in the ids of choices.
    """

    contacts: list[str]
    stamp: int
    at: datetime
    conversation: str


class Waiting(BaseModel):
    """An act that waits for the PIN, or for the number that confirms it, in this conversation.

    `about` is a contact or a trigger; `number` is its number in the list, or the number of people that a
    broadcast goes to.
    """

    step: Literal["pin", "number"]
    word: str
    about: str = ""
    number: int = 0
    at: datetime
    conversation: str


class Administrator(Document):
    path: ClassVar[str] = "tenants/{tenant}/administrators/{staff}"
    tenant: str
    staff: str
    pin: Pin | None = None
    #: Wrong PINs in a row.
    wrong: int = 0
    locked_until: datetime | None = None
    #: Until when, and in which conversation, the PIN is not asked again.
    proven_until: datetime | None = None
    proven_in: str = ""
    listed: Listed | None = None
    waiting: Waiting | None = None

    def locked(self, now: datetime) -> bool:
        """Whether too many wrong PINs were typed lately."""
        return self.locked_until is not None and now < self.locked_until

    def proven(self, conversation: str, now: datetime) -> bool:
        """Whether the PIN was typed in this conversation lately."""
        until = self.proven_until
        return until is not None and now < until and self.proven_in == conversation

    def awaits(self, conversation: str, now: datetime) -> Waiting | None:
        """Returns the act that waits in this conversation, or None."""
        waits = self.waiting
        fresh = waits is not None and waits.conversation == conversation and now < waits.at + WAITS
        return waits if fresh else None

    def list(self, contacts: list[str], stamp: int, conversation: str, now: datetime) -> None:
        """Numbers these contacts."""
        self.listed = Listed(contacts=contacts, stamp=stamp, at=now, conversation=conversation)

    def numbered(self, number: int, conversation: str, now: datetime, written: datetime) -> str:
        """Returns the contact of a number that was written at this time, "" if the list has none or is old.

        A number that was written before its list was made belongs to an earlier one. Gateways tell whole
        seconds.
        """
        listed = self.listed
        if listed is None or listed.conversation != conversation or now >= listed.at + LISTED:
            return ""
        if written < listed.at.replace(microsecond=0) or not 1 <= number <= len(listed.contacts):
            return ""
        return listed.contacts[number - 1]

    def accept(self, conversation: str, now: datetime) -> None:
        """Records that the right PIN was typed."""
        self.wrong, self.locked_until = 0, None
        self.proven_until, self.proven_in = now + PROVEN, conversation

    def refuse(self, now: datetime) -> None:
        """Counts a wrong PIN; the last of TRIES locks it."""
        self.wrong += 1
        self.proven_until = None
        if self.wrong >= TRIES:
            self.wrong, self.locked_until = 0, now + LOCKED
            self.waiting = None
