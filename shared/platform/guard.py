"""Guard against server-side request forgery: decides which addresses from outside may be called.

https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

#: Resolves a name and port to IP addresses, the preferred first. Raises OSError if there are none.
Resolve = Callable[[str, int], Awaitable[list[str]]]

_IPV6_IN_USE = ipaddress.IPv6Network("2000::/3")  # RFC 4291, 2.4: all other addresses are not the Internet
#: Characters that stay as they are in a path and a query (RFC 3986, 3.3 and 3.4), with existing escapes.
_PATH, _QUERY = "/%:@!$&'()*+,;=~", "/?%:@!$&'()*+,;=~"
_HOST = re.compile(r"[a-z0-9._:-]{1,253}")
_PORTS = {"http": 80, "https": 443}


class Forbidden(Exception):
    """An address that must not be called. The text gives the reason, never the address."""


@dataclass(frozen=True)
class Target:
    """A checked target of a connection.

    `addresses` are checked: the caller connects to one of them and never resolves the name again, which by
    then may lead elsewhere (DNS rebinding).
    """

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]

    @property
    def authority(self) -> str:
        """Value of the Host header (RFC 9110, 7.2): a default port is left out, also for signed URLs."""
        host = _bracketed(self.host)
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def at(self, address: str) -> str:
        """Returns the URL with the address in place of the host."""
        return f"{self.scheme}://{_bracketed(address)}:{self.port}{self.path}"


async def target(url: str, *, own: str, resolve: Resolve) -> Target:
    """Checks an address. Raises Forbidden; OSError if the name cannot be resolved.

    A URL with the origin (scheme, host, port) of `own`, the operator's own setting, is trusted like it: it
    may be plain HTTP, or in our private network. Any other must be HTTPS on its default port and lead to the
    Internet alone.
    """
    split = _split(url)
    scheme, host, port = _origin(split)
    ours = (scheme, host, port) == _origin(_split(own))
    if not ours and (scheme, port) != ("https", _PORTS["https"]):
        raise Forbidden("expected https, on port 443")
    if split.username is not None:
        raise Forbidden("expected no user name")
    addresses = await resolve(host, port)
    if not ours and not all(is_public(address) for address in addresses):
        raise Forbidden("its name resolves to a private network")
    path = quote(split.path or "/", safe=_PATH) + (
        f"?{quote(split.query, safe=_QUERY)}" if split.query else ""
    )
    return Target(scheme, host, port, path, tuple(addresses))


def is_public(address: str) -> bool:
    """Whether an IP address is one host on the Internet: neither private, loopback, link-local (where clouds
    keep their metadata), multicast nor reserved, nor an IPv6 address that hides an IPv4 one."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        hidden = ip.sixtofour or ip.teredo
        return ip in _IPV6_IN_USE and ip.is_global and not hidden
    return ip.is_global and not ip.is_multicast


async def resolve(host: str, port: int) -> list[str]:
    """Resolves a name with the system's resolver."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _split(url: str) -> SplitResult:
    try:
        split = urlsplit(url)
        split.port  # noqa: B018  # reading it checks it
    except ValueError:
        raise Forbidden("malformed address") from None
    return split


def _origin(split: SplitResult) -> tuple[str, str, int]:
    try:
        host = (split.hostname or "").rstrip(".").encode("idna").decode()
    except UnicodeError:
        host = ""
    if split.scheme not in _PORTS or not _HOST.fullmatch(host):
        raise Forbidden("expected http or https, and a host")
    return split.scheme, host, _PORTS[split.scheme] if split.port is None else split.port
