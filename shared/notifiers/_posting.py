"""Posts to vendors' webhooks, and the meaning of answers that all vendors share.

A webhook's address is a password: it stands in no log, error or result.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from shared.errors import ConfigurationError
from shared.notifiers import Connection, Later, Refused, Unclear
from shared.platform.guard import Forbidden
from shared.platform.http import HttpAnswer, Unanswered, Unreachable

#: Deadline (s) of one post.
TIMEOUT_S = 15.0
_ADDRESS_LIMIT = 4_000
#: Stands for our own origin if the address is not on this machine: then only the Internet may be called.
_ELSEWHERE = "http://localhost"
#: Statuses of a proxy that passed the request on and lost the answer (520 and 524 are Cloudflare's).
_PERHAPS_DONE = 502, 504, 520, 524
_MAY_PASS = 408, 425, 429
_REASONS = {
    400: "the format of the message is not accepted",
    404: "this address does not exist, or not any more: make a new webhook",
    410: "this address does not exist any more: make a new webhook",
    413: "the message is too large",
    422: "the format of the message is not accepted",
}


async def key(connection: Connection, name: str) -> str:
    """Returns a secret that authenticates.

    Raises ConfigurationError if it is empty: any stranger could sign with that.
    """
    value = (await connection.secret(name)).strip()
    if not value:
        raise ConfigurationError(f"{connection.place}: secrets.{name} is empty")
    return value


def dumps(body: Any) -> bytes:
    """Returns compact JSON in UTF-8, with `?` for halves of emoji."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


async def post(
    connection: Connection, url: str, body: bytes, headers: Mapping[str, str] | None = None
) -> HttpAnswer | Later | Unclear:
    """Posts JSON to a webhook: with HTTPS on the Internet, or on this machine.

    Raises ConfigurationError if the address is another one.
    """
    own = url if _is_loopback(url) else _ELSEWHERE
    sent = {"content-type": "application/json; charset=UTF-8", **(headers or {})}
    if len(url) > _ADDRESS_LIMIT:
        raise ConfigurationError(f"{connection.place}: url: expected at most {_ADDRESS_LIMIT} characters")
    try:
        return await connection.http.post(url, body, own=own, headers=sent, timeout=TIMEOUT_S)
    except Forbidden as refused:
        raise ConfigurationError(f"{connection.place}: url: {refused}") from None
    except Unreachable:
        return Later("unreachable")
    except Unanswered:
        return Unclear("unanswered")


def host_of(url: str) -> str:
    """Returns the host of an address, "" if it is malformed."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def accepted(answer: HttpAnswer) -> bool:
    return 200 <= answer.status < 300


def failure(answer: HttpAnswer, reason: str = "") -> Later | Unclear | Refused:
    """Returns the meaning of an answer that is not 2xx.

    `reason` is the vendor's own reason in plain words, "" if it gives none. The reason `credentials` says
    that the vendor refuses our key, and raises an alert.
    """
    status = answer.status
    if status in _PERHAPS_DONE:
        return Unclear(f"http_{status}")
    if status in _MAY_PASS or status >= 500:
        return Later(f"http_{status}", after=answer.retry_after)
    if reason:
        return Refused(reason)
    if status in (401, 403):
        return Refused("credentials")
    if 300 <= status < 400:
        return Refused("this address leads to another one: expected the final address")
    return Refused(_REASONS.get(status, f"the message was refused with status {status}"))


def _is_loopback(url: str) -> bool:
    host = host_of(url)
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
