"""HMAC signatures of requests that vendors post to us."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime

#: Most seconds between a signature's time and ours, either way.
AGE_S = 300


def sha256(key: str, message: bytes) -> str:
    """Returns the HMAC-SHA256 in hex."""
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def same(wanted: str, given: str) -> bool:
    """Compares in constant time."""
    return hmac.compare_digest(wanted.encode(), given.encode(errors="replace"))


def is_fresh(stamp: str, now: datetime) -> bool:
    """Whether `stamp`, in seconds since 1970, is within AGE_S of now."""
    return bool(re.fullmatch(r"[0-9]{1,12}", stamp)) and abs(int(stamp) - now.timestamp()) <= AGE_S
