"""PINs of administrators: four to eight digits, kept as a digest by scrypt (RFC 7914) with a salt.

A PIN has few digits, so the lock (models/administrator.py) is its protection over chat; the digest makes a
copy of the database slow to try.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from shared.language.folding import folded
from shared.models.administrator import Pin

#: Digits of a PIN.
DIGITS = range(4, 9)
_FORM = re.compile(rf"[0-9]{{{DIGITS.start},{DIGITS.stop - 1}}}")
_SALT_BYTES = 16
#: Work factors of scrypt: 16 MiB, and some 50 ms.
_N, _R, _P = 2**14, 8, 1


@dataclass(frozen=True)
class Attempt:
    """A PIN that was typed, as its digest with this salt."""

    salt: str
    digest: str

    def fits(self, pin: Pin) -> bool:
        """Whether it is the PIN, compared in constant time."""
        return self.salt == pin.salt and hmac.compare_digest(self.digest, pin.digest)


def read(text: str) -> str | None:
    """Returns the PIN that a text is, or None if it is none."""
    digits = folded(text).replace(" ", "")
    return digits if _FORM.fullmatch(digits) else None


async def attempt(digits: str, salt: str) -> Attempt:
    """Returns the attempt, made beside the event loop."""
    return Attempt(salt, await asyncio.to_thread(_digest, digits, salt))


async def made(digits: str, now: datetime) -> Pin:
    """Returns a new PIN with these digits."""
    salt = secrets.token_hex(_SALT_BYTES)
    return Pin(salt=salt, digest=(await attempt(digits, salt)).digest, set_at=now)


def _digest(digits: str, salt: str) -> str:
    return hashlib.scrypt(digits.encode(), salt=bytes.fromhex(salt), n=_N, r=_R, p=_P).hex()
