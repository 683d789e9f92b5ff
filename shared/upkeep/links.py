"""Signed links that allow a person without an account one action for a limited time.

A token is `tenant.channel.purpose.until.signature`: its parts are no secrets, the signature gives the right.
It is signed with the channel's own key, so no tenant's key can make another tenant's token.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from shared.errors import Rejected
from shared.models.staff import SLUG

Purpose = Literal["pair"]

_TOKEN = re.compile(
    rf"(?P<tenant>{SLUG})\.(?P<channel>{SLUG})"
    r"\.(?P<purpose>pair)\.(?P<until>[0-9]{1,11})\.(?P<signature>[A-Za-z0-9_-]{43})",
    re.ASCII,
)


@dataclass(frozen=True)
class Grant:
    """The right to do `purpose` on this one channel until `until` (whole seconds)."""

    tenant: str
    channel: str
    purpose: Purpose
    until: datetime

    def token(self, key: str) -> str:
        """Returns the signed token. Names contain no dot, so no two grants have the same text."""
        said = f"{self.tenant}.{self.channel}.{self.purpose}.{int(self.until.timestamp())}"
        digest = hmac.new(key.encode(), f"link.{said}".encode(), hashlib.sha256).digest()
        return f"{said}.{urlsafe_b64encode(digest).decode().rstrip('=')}"

    def check(self, token: str, key: str) -> None:
        """Raises Rejected(401) unless this very grant was signed with the key, compared in constant time."""
        if not hmac.compare_digest(self.token(key).encode(), token.encode(errors="replace")):
            raise refusal()


def read(token: str, purpose: Purpose, now: datetime) -> Grant:
    """Returns a token's claims, still to be checked with the key of the channel that it names.

    Raises Rejected(401) for a malformed token, another purpose or an expired one.
    """
    match = _TOKEN.fullmatch(token)
    if match is None or match["purpose"] != purpose:
        raise refusal()
    until = datetime.fromtimestamp(int(match["until"]), UTC)
    if until <= now:
        raise Rejected(401, "the link has expired: ask for a new one")
    return Grant(match["tenant"], match["channel"], purpose, until)


def refusal() -> Rejected:
    """Returns one error for every failure, so that callers cannot probe tenants."""
    return Rejected(401, "Authorization: expected Bearer and the link's token")
