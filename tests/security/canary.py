"""A server on this machine that must not be reached: any connection shows that a request was led inside."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from shared.platform import guard


@dataclass(frozen=True)
class Canary:
    listener: socket.socket

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def hits(self) -> int:
        """Returns the number of connections since the last call."""
        found = 0
        while True:
            try:
                connection, _ = self.listener.accept()
            except BlockingIOError:
                return found
            connection.close()
            found += 1


@contextmanager
def canary(host: str = "", port: int = 0) -> Iterator[Canary]:
    """Listens on all of this machine's addresses, of both families, or on `host` only."""
    if host:
        listener = socket.create_server((host, port), backlog=100)
    else:
        listener = socket.create_server(
            ("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=100
        )
    with listener:
        listener.setblocking(False)
        yield Canary(listener)


def names(known: Mapping[str, list[str]]) -> guard.Resolve:
    """Returns a resolver of these names, and of IP addresses in all spellings that the system accepts."""

    async def resolve(host: str, port: int) -> list[str]:
        if host in known:
            return known[host]
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        return [str(ipaddress.ip_address(str(address[0]))) for *_, address in found]

    return resolve
