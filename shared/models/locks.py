"""Locks against guessing: wrong tries are counted, and too many of them end further tries for a while."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import ClassVar, Literal, NamedTuple

from shared.models.document import Document


class Rule(NamedTuple):
    """So many tries lock for the first of these times, as many again for the next, then always for the last.
    All is forgotten so long after the last try."""

    tries: int
    times: tuple[timedelta, ...]
    forgotten: timedelta


#: Wrong codes of a person, and of a code's beginning: no lock lasts longer than an hour.
CODES = Rule(3, tuple(timedelta(minutes=minutes) for minutes in (15, 30, 60)), timedelta(days=1))
#: One-time codes to one address: together for all people who ask for them, and apart for each person who
#: has proven the identity before (`KNOWN`, for 30 days).
ADDRESSES = Rule(6, (timedelta(hours=1),), timedelta(hours=1))
KNOWN = Rule(6, (timedelta(hours=1),), timedelta(days=30))

#: A person over all their channels, the beginning of a code, an address for one-time codes, and a person who
#: has proven an identity.
LockKind = Literal["contact", "code", "address", "known"]


class Lock(Document):
    """The tries of a person, or those of all people at one thing, and the end of a lock that they caused.

    The id is a digest, so that no document tells a code or a name. The field `expires_at` is Firestore's TTL
    too, which deletes a document a day or more later: until then it counts as absent.
    """

    path: ClassVar[str] = "tenants/{tenant}/locks/{lock}"
    tenant: str
    lock: str
    #: Tries since the last lock, and the number of locks so far.
    tries: int = 0
    level: int = 0
    until: datetime | None = None
    expires_at: datetime

    def locked(self, now: datetime) -> bool:
        return self.until is not None and now < self.until

    def count(self, rule: Rule, now: datetime) -> None:
        """Counts a try, which may lock."""
        self.tries += 1
        self.expires_at = now + rule.forgotten
        if self.tries >= rule.tries:
            self.until = now + rule.times[min(self.level, len(rule.times) - 1)]
            self.tries, self.level = 0, self.level + 1
            self.expires_at = max(self.expires_at, self.until)

    def take_back(self, rule: Rule) -> None:
        """Takes back one try that proved to be right, with the lock that it caused."""
        if self.tries:
            self.tries -= 1
        elif self.level:
            self.tries, self.level, self.until = rule.tries - 1, self.level - 1, None


def lock_id(kind: LockKind, *of: str) -> str:
    """Returns the id of the lock of a thing, which is named by one text or several."""
    digest = hashlib.sha256("\0".join(of).encode(errors="surrogatepass")).hexdigest()
    return f"{kind}-{digest[:40]}"


def in_force(found: Lock | None, tenant: str, lock: str, now: datetime) -> Lock:
    """Returns the stored lock, or a new one if there is none or it is forgotten."""
    if found is not None and now < found.expires_at:
        return found
    return Lock(tenant=tenant, lock=lock, expires_at=now)
