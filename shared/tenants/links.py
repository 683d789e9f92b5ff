"""Signed links to a file, or to a request for a human: they allow their holder one thing for a limited time.

A token is `claims.signature`: the claims are JSON in base64url and no secrets, the signature gives the
right. It is signed with the tenant's own key, so no tenant's key can make another tenant's token.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from shared.errors import Rejected
from shared.models.tenant import is_slug

_LONGEST = 4_000


@dataclass(frozen=True)
class _Grant:
    """A right, until `until` (whole seconds)."""

    purpose: ClassVar[str]
    tenant: str
    until: datetime

    def token(self, key: str) -> str:
        """Returns the signed token."""
        claims = asdict(self) | {"until": int(self.until.timestamp()), "purpose": self.purpose}
        said = _encoded(json.dumps(claims, separators=(",", ":"), sort_keys=True).encode())
        return f"{said}.{_encoded(_signature(said, key))}"

    @classmethod
    def read(cls, token: str, now: datetime) -> Self:
        """Returns a token's claims, still to be checked with the key of the tenant that it names.

        Raises Rejected(401) if it is malformed, for another purpose, or expired.
        """
        claims = _claims(token)
        try:
            if claims.pop("purpose") != cls.purpose:
                raise refusal()
            until = datetime.fromtimestamp(claims.pop("until"), UTC)
            grant = cls(until=until, **claims)
        except (KeyError, TypeError, ValueError, OverflowError, OSError):
            raise refusal() from None
        if not all(isinstance(value, str) for value in claims.values()) or not is_slug(grant.tenant):
            raise refusal()
        if grant.until <= now:
            raise Rejected(401, "the link has expired: ask for a new one")
        return grant

    def check(self, token: str, key: str) -> None:
        """Raises Rejected(401) unless this token was signed with the key, compared in constant time."""
        said, _, signature = token.partition(".")
        expected = _encoded(_signature(said, key))
        if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
            raise refusal()


@dataclass(frozen=True)
class FileGrant(_Grant):
    """The right to read one blob, of this media type."""

    purpose: ClassVar[str] = "file"
    blob: str
    media_type: str


@dataclass(frozen=True)
class StaffGrant(_Grant):
    """The right of a member of staff, told on this way, to take a request for a human or to end it."""

    purpose: ClassVar[str] = "staff"
    handoff: str
    staff: str
    way: str


@dataclass(frozen=True)
class PinGrant(_Grant):
    """The right of a member of staff to set their PIN, once."""

    purpose: ClassVar[str] = "pin"
    staff: str


def refusal() -> Rejected:
    """Returns one error for every failure, so that callers cannot probe tenants."""
    return Rejected(401, "this link is not valid")


def _claims(token: str) -> dict[str, Any]:
    said = token.partition(".")[0] if len(token) <= _LONGEST else ""
    try:
        claims = json.loads(urlsafe_b64decode(said + "=" * (-len(said) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise refusal() from None
    if not isinstance(claims, dict):
        raise refusal()
    return claims


def _signature(said: str, key: str) -> bytes:
    return hmac.new(key.encode(), f"grant.{said}".encode(), hashlib.sha256).digest()


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
