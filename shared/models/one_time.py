"""One-time codes: the second proof of an identity, sent to the address that its record has."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from datetime import datetime, timedelta
from typing import ClassVar

from shared.models.document import Document
from shared.models.locks import lock_id
from shared.models.verification import Verified

#: How long a code is valid, how many tries it allows, and how long no other is sent for the same identity.
VALID, TRIES, PAUSE = timedelta(minutes=15), 3, timedelta(minutes=10)
DIGITS = 6
#: Rounds of the hash: some milliseconds, so that a copy of the database takes hours to guess from.
_ROUNDS = 20_000
#: The signs of a reference: no vowels, which make words, and nothing that looks like another sign.
_LETTERS, _FIGURES = "CDFHJKLMNPRTVWX", "234679"


class OneTime(Document):
    """The one-time code of a conversation, kept as a salted hash.

    A document is also written for a wrong code: without an identity (`verified` is None) no code is sent and
    no entry matches, but the person is told and treated in the same way. `due_at` is when it is sent, None
    once it was or if it cannot be. The field `expires_at` is Firestore's TTL too.
    """

    path: ClassVar[str] = "tenants/{tenant}/conversations/{conversation}/one_times/{one_time}"
    tenant: str
    conversation: str
    one_time: str = "now"
    verified: Verified | None = None
    #: The channel on which the person asked, and their contact.
    channel: str
    contact: str
    #: The addresses on file, "" if there is none or the code was sent.
    email: str = ""
    phone: str = ""
    language: str
    salt: str = ""
    digest: str = ""
    #: Wrong entries of the person, and times that it was sent.
    tries: int = 0
    sent: int = 0
    made_at: datetime
    due_at: datetime | None
    expires_at: datetime

    def draw(self, now: datetime) -> str:
        """Returns a new code, which replaces an earlier one."""
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        self.salt = secrets.token_hex(16)
        self.digest = _digest(self.salt, code)
        self.sent, self.expires_at = self.sent + 1, now + VALID
        return code

    def matches(self, entered: str) -> bool:
        """Whether the digits are the code; takes equally long for any digits, also if there is no code."""
        return hmac.compare_digest(_digest(self.salt, entered), self.digest) and self.verified is not None

    def ended(self, now: datetime) -> bool:
        """Whether it is too late, or was tried too often."""
        return now >= self.expires_at or self.tries >= TRIES

    def settle(self) -> None:
        """Ends the sending, and forgets the addresses."""
        self.due_at, self.email, self.phone = None, "", ""

    def stands_against(self, other: OneTime, now: datetime) -> bool:
        """Whether no other code is made yet: this one was sent a while ago at most, and the other is for the
        same identity or for none."""
        if self.verified is None or now >= self.made_at + PAUSE:
            return False
        return other.verified is None or self._identity() == other._identity()

    def _identity(self) -> object:
        return self.verified and (self.verified.profile, self.verified.subject)


def known_lock(contact: str, verified: Verified) -> str:
    """Returns the id of the lock that counts the one-time codes of a contact who has proven this identity."""
    subject = json.dumps({name: [each.id for each in ids] for name, ids in verified.subject.items()})
    return lock_id("known", contact, verified.profile, subject)


def reference(tenant: str, conversation: str) -> str:
    """Returns the sign of a conversation, as in `K7`, which its chat and its one-time codes show.

    An address may receive codes of several conversations; the sign tells which one is for which.
    """
    first, second = hashlib.sha256(f"{tenant}\0{conversation}".encode()).digest()[:2]
    return _LETTERS[first % len(_LETTERS)] + _FIGURES[second % len(_FIGURES)]


def _digest(salt: str, code: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", code.encode(errors="replace"), salt.encode(), _ROUNDS).hex()
