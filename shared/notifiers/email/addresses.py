"""E-mail addresses and message ids, and the token of a request in both.

A reply names its request by the part after `+` in the address that it is sent to. Some servers cut that part
off, so our own message ids carry the token too: a reply repeats them in `References` and `In-Reply-To`
(RFC 5322, 3.6.4).
"""

from __future__ import annotations

import re
from urllib.parse import quote

#: A dot-atom (RFC 5322, 3.2.3) before the @: what mail servers accept in practice, without quoted forms.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(
    r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_TAGGED = re.compile(r"[^@+]*\+([a-z0-9_-]{1,200})@(.+)")


def domain(text: str) -> str:
    """Returns the domain in ASCII (IDNA) and lower case, or "" if it is none."""
    try:
        ascii_only = text.strip().encode("idna").decode().lower()
    except UnicodeError:  # an empty or overlong label
        return ""
    return ascii_only if _DOMAIN.fullmatch(ascii_only) else ""


def address(text: str) -> str:
    """Returns the address with its domain in ASCII, or "" if it is not one plain address."""
    local, _, host = text.strip().rpartition("@")
    if len(local) > 64 or not _LOCAL.fullmatch(local) or not domain(host):
        return ""
    return f"{local}@{domain(host)}"


def tagged(local: str, token: str, host: str) -> str:
    """Returns `local+token@host`, or `local@host` without a token; `local` may hold any characters."""
    plain = quote(local, safe="")
    return f"{plain}+{token}@{host}" if token else f"{plain}@{host}"


def token(text: str, host: str = "") -> str:
    """Returns the part after `+` of an address or message id, in lower case; "" if it has none.

    With `host`, an id of another domain has none: mail programs use `+` in ids of their own.
    """
    match = _TAGGED.fullmatch(text.strip().strip("<>").lower())
    return match[1] if match and (not host or match[2] == host) else ""
